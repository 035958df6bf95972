import { availableParallelism } from 'node:os';
import pino, { type Logger } from 'pino';
import { AuditLog } from '../admin/audit-log.js';
import { type RunningAdmin, startAdmin } from '../admin/start-admin.js';
import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { QueryLog } from '../querylog/query-log.js';
import { type RunningRedirect, startRedirect } from '../redirect/start-redirect.js';
import { DnsThreads } from '../server/dns-threads.js';
import { formatEndpoint } from '../server/listen-error.js';
import { loadAddon } from '../server/native-udp.js';
import { watchFiles } from '../snapshot/watch-files.js';
import {
  CONFIG_OPTION,
  type CommandIo,
  DEFAULT_CONFIG,
  defineCommand,
  ExitCode,
  UsageError,
} from './command.js';
import { startDemoMembers } from './demo-members.js';
import { Instance } from './serve/instance.js';

export const serve = defineCommand(
  {
    name: 'serve',
    summary: 'answer DNS queries and HTTP requests',
    positionals: [],
    options: {
      config: CONFIG_OPTION,
      demo: { help: "start the example's members as well" },
      udp: { value: 'WAY', help: 'addon (the default where it can be loaded) or dgram, slower' },
      'log-level': { value: 'LEVEL', help: 'debug, info, warn or error (default info)' },
    },
    examples: ['steerdns serve --config /etc/steerdns/steerdns.yaml'],
    notes: [
      'SIGHUP loads the configuration anew; a wrong one is refused whole. SIGUSR1 opens the file of the query log anew. SIGTERM and SIGINT end it.',
      'The log goes to standard error, a line of JSON an event.',
    ],
  },
  async (line, io) => {
    const level = line.option('log-level') ?? 'info';
    if (!LEVELS.includes(level))
      throw new UsageError(`--log-level must be one of ${LEVELS.join(', ')} but is ${level}`);
    const log = pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      pino.destination({ dest: 2, sync: true }),
    );
    const udp = line.option('udp');
    if (udp !== undefined && !UDP_WAYS.includes(udp)) {
      throw new UsageError(`--udp must be one of ${UDP_WAYS.join(', ')} but is ${udp}`);
    }
    const options = { demo: line.isSet('demo'), udp };
    return run(line.option('config') ?? DEFAULT_CONFIG, options, log, io);
  },
);

const LEVELS = ['debug', 'info', 'warn', 'error'];
const UDP_WAYS = ['addon', 'dgram'];

interface ServeOptions {
  readonly demo: boolean;
  /** One of {@link UDP_WAYS}; undefined: the addon where it can be loaded. */
  readonly udp: string | undefined;
}

async function run(file: string, options: ServeOptions, log: Logger, io: CommandIo): Promise<ExitCode> {
  const diagnostics = new Diagnostics();
  const opened = await orSay(() => Instance.open(file, log, diagnostics), io);
  io.err(formatDiagnostics(diagnostics.list, { color: process.stderr.isTTY }));
  if (opened === undefined) return ExitCode.INPUT;
  const server = await orSay(() => Server.start(opened, options, log), io);
  if (server === undefined) {
    await opened.stop();
    return ExitCode.INPUT;
  }
  // Nobody may read it any more.
  process.stdout.on('error', () => {});
  const ready = `${server.readyLine()}\n`;
  if (opened.config.queryLog?.file === 'stdout') io.err(ready);
  else io.out(ready);
  await server.ended;
  return ExitCode.DONE;
}

/** Runs what may find the machine wanting: a port that is taken, a folder that can't be written. */
async function orSay<T>(work: () => Promise<T>, io: CommandIo): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    io.err(`steerdns serve: ${error.message}\n`);
    return undefined;
  }
}

/** The sockets of an instance, and the signals that end it. */
class Server {
  /** Settled when everything is closed. */
  readonly ended: Promise<void>;
  readonly #instance: Instance;
  readonly #log: Logger;
  /** In the order in which they were opened. */
  readonly #closers: (() => Promise<void>)[] = [];
  #dns: DnsThreads | undefined;
  #queryLog: QueryLog | undefined;
  #redirect: RunningRedirect | undefined;
  #admin: RunningAdmin | undefined;

  private constructor(instance: Instance, log: Logger) {
    this.#instance = instance;
    this.#log = log;
    this.ended = new Promise((resolve, reject) => {
      const end = (signal: string): void => {
        log.info({ signal }, 'leaving');
        this.#close()
          .then(() => log.info({ signal }, 'left'))
          .then(resolve, reject);
      };
      process.once('SIGTERM', end);
      process.once('SIGINT', end);
    });
  }

  /**
   * Opens every socket, probes, and serves.
   * @throws ListenError, Error: nothing is left open then
   */
  static async start(instance: Instance, options: ServeOptions, log: Logger): Promise<Server> {
    const server = new Server(instance, log);
    try {
      await server.#open(options);
    } catch (error) {
      await server.#close();
      throw error;
    }
    return server;
  }

  /** One line for people and scripts: what listens where. */
  readyLine(): string {
    const parts = [`dns ${(this.#dns?.addresses ?? []).map(endpoint).join(' ')}`];
    const dot = this.#dns?.dot ?? [];
    if (dot.length > 0) parts.push(`dot ${dot.map(endpoint).join(' ')}`);
    const http = this.#redirect?.addresses ?? [];
    if (http.length > 0) parts.push(`http ${http.map(endpoint).join(' ')}`);
    if (this.#admin !== undefined) parts.push(`admin ${endpoint(this.#admin.address)}`);
    return `ready: ${parts.join(', ')}`;
  }

  async #open({ demo, udp }: ServeOptions): Promise<void> {
    const instance = this.#instance;
    const log = this.#log;
    const { listen, tcp, workers } = instance.config;
    if (demo) await this.#openDemo();
    // Sockets first: a port that is taken shows at once, not after the first round of probes.
    const { identity, states } = instance;
    const load = udp === 'dgram' ? { addon: undefined } : loadAddon();
    if ('reason' in load) {
      if (udp === 'addon') throw new Error(`the UDP addon can't be loaded: ${load.reason}`);
      log.warn({ reason: load.reason }, 'no UDP addon: node:dgram answers UDP, slower');
    }
    const { metrics, queryLog } = instance.config;
    const dns = await DnsThreads.start({
      listen: listen.dns,
      dot: listen.dot,
      transport: instance.transport,
      tcp,
      identity,
      states,
      udpThreads: workers === 'auto' ? availableParallelism() : workers,
      addon: load.addon,
      special: instance.transfers,
      tallyZones: metrics.zones,
      ...(queryLog && { queryLog: { sample: queryLog.sample, slots: queryLog.buffer } }),
      log,
    });
    this.#dns = dns;
    this.#closers.push(async () => {
      await dns.close();
      await this.#queryLog?.stop();
    });
    if (queryLog !== undefined) {
      const { file, clientBits } = queryLog;
      const written = new QueryLog({ file, clientBits, rings: dns.queryRings() }, log);
      dns.onMembers = (members) => written.knowMembers(members);
      this.#queryLog = written;
    }
    if (listen.admin !== undefined) {
      const audit = new AuditLog(instance.config.admin.auditLog);
      // Tokens are those of the configuration that was loaded last.
      const tokens = () => instance.config.admin.tokens;
      this.#admin = await startAdmin({ listen: listen.admin, controls: instance, log, tokens, audit });
      this.#closers.push(this.#admin.close);
    }
    this.#redirect = await startRedirect({ listen: listen.http, source: instance.redirects, log });
    this.#closers.push(this.#redirect.close);
    instance.redirectsBy(this.#redirect);
    instance.listens({
      dns: this.#dns.addresses,
      dot: this.#dns.dot,
      http: this.#redirect.addresses,
      ...(this.#admin === undefined ? {} : { admin: this.#admin.address }),
    });
    await instance.start(dns);
    const { version } = process;
    log.info(
      {
        ...instance.listening,
        udp: load.addon === undefined ? 'dgram' : 'addon',
        node: version,
        pid: process.pid,
      },
      'serving',
    );
    this.#reloadOnDemand();
  }

  async #openDemo(): Promise<void> {
    const demo = await startDemoMembers(this.#instance.loopbackMembers());
    this.#closers.push(demo.stop);
    for (const { name, address, port } of demo.members) {
      this.#log.info(`the example's member ${name} listens on http://${formatEndpoint(address, port)}/`);
    }
  }

  #reloadOnDemand(): void {
    const reload = (): void => {
      this.#instance.reload().catch((error: unknown) => this.#log.error({ err: error }, 'reload failed'));
    };
    // Without a listener it would open Node's debugger.
    const reopen = (): void => this.#queryLog?.reopen();
    const hangUp = (): void => {
      this.#log.info({ signal: 'SIGHUP' }, 'reloading');
      reload();
    };
    process.on('SIGHUP', hangUp);
    process.on('SIGUSR1', reopen);
    const watch = watchFiles(this.#instance.geoFiles(), (files) => {
      this.#log.info({ files }, 'geo data changed: reloading');
      reload();
    });
    this.#closers.push(async () => {
      process.removeListener('SIGHUP', hangUp);
      process.removeListener('SIGUSR1', reopen);
      watch.close();
    });
  }

  async #close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
    await this.#instance.stop();
  }
}

function endpoint({ address, port }: { readonly address: string; readonly port: number }): string {
  return formatEndpoint(address, port);
}
