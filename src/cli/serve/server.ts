import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AuditLog } from '../../admin/audit-log.js';
import { type RunningAdmin, startAdmin } from '../../admin/start-admin.js';
import type { ListenAddress } from '../../config/config.js';
import type { ListenOn } from '../../http/listen-http.js';
import { QueryLog } from '../../querylog/query-log.js';
import { type RunningRedirect, startRedirect } from '../../redirect/start-redirect.js';
import { DnsThreads } from '../../server/dns-threads.js';
import { formatEndpoint } from '../../server/listen-error.js';
import type { Addon, AddonLoad } from '../../server/native-udp.js';
import { watchFiles } from '../../snapshot/watch-files.js';
import { type SourceWatch, watchSources } from '../../snapshot/watch-sources.js';
import { ExitCode } from '../command.js';
import { startDemoMembers } from '../demo-members.js';
import { Handover } from './handover.js';
import type { Instance } from './instance.js';
import { loopbackMembers } from './loopback-members.js';
import { checkAllUsed, type PreparedProcess, udpThreadsOf } from './prepare-process.js';
import { ServiceManager } from './service-manager.js';
import { endBySignals, replaceOnDemand } from './signals.js';
import { geoFiles, sourcesOf } from './watched-files.js';

export interface ServeOptions {
  readonly demo: boolean;
  /** Takes over from a running instance. */
  readonly replace: boolean;
  /** `addon` or `dgram`; undefined: the addon where it can be loaded. */
  readonly udp: string | undefined;
}

/** The sockets of an instance, and the signals that end it. */
export class Server {
  /** Settled when everything is closed. */
  readonly ended: Promise<void>;
  readonly #instance: Instance;
  readonly #process: PreparedProcess;
  readonly #log: Logger;
  readonly #manager: ServiceManager;
  #end: (how: string) => Promise<void>;
  /** Of what listens and watches: closed together. */
  readonly #closers: (() => Promise<void>)[] = [];
  #stopDemo: () => Promise<void> = async () => {};
  #handover: Handover | undefined;
  #dns: DnsThreads | undefined;
  #queryLog: QueryLog | undefined;
  #redirect: RunningRedirect | undefined;
  #admin: RunningAdmin | undefined;

  private constructor(instance: Instance, prepared: PreparedProcess, addon: Addon | undefined, log: Logger) {
    this.#instance = instance;
    this.#process = prepared;
    this.#log = log;
    this.#manager = new ServiceManager(process.env, addon, log);
    this.#end = async () => {};
    this.ended = new Promise((resolve, reject) => {
      this.#end = (how) => {
        this.#end = async () => {};
        log.info({ how }, 'leaving');
        const closed = this.#close();
        closed.then(() => log.info({ how }, 'left')).then(resolve, reject);
        return closed;
      };
    });
    endBySignals((signal) => {
      this.#manager.stopping();
      void this.#end(signal);
    }, log);
  }

  /**
   * Opens every socket, probes, and serves.
   * @throws ListenError, Error: nothing is left open then
   */
  static async start(
    instance: Instance,
    prepared: PreparedProcess,
    load: AddonLoad,
    options: ServeOptions,
    log: Logger,
  ): Promise<Server> {
    const server = new Server(instance, prepared, load.addon, log);
    try {
      await server.#open(load, options);
    } catch (error) {
      await server.#closeListeners();
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

  async #open(load: AddonLoad, { demo, udp }: ServeOptions): Promise<void> {
    const instance = this.#instance;
    const log = this.#log;
    const { taken, sockets } = this.#process;
    const { listen, tcp } = instance.config;
    if (demo) await this.#openDemo();
    // Sockets first: a port that is taken shows at once, not after the first round of probes.
    const { identity, states } = instance;
    if (udp === 'addon' && 'reason' in load) throw new Error(`the UDP addon can't be loaded: ${load.reason}`);
    if (udp !== 'dgram' && 'reason' in load)
      log.warn({ reason: load.reason }, 'no UDP addon: node:dgram answers UDP, slower');
    const { metrics, queryLog } = instance.config;
    const dns = await DnsThreads.start({
      listen: listen.dns,
      dot: listen.dot,
      transport: instance.transport,
      tcp,
      identity,
      states,
      udpThreads: udpThreadsOf(instance.config),
      addon: udp === 'dgram' ? undefined : load.addon,
      ...(sockets === undefined ? {} : { sockets }),
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
    const on = (use: 'http' | 'admin', wanted: ListenAddress): ListenOn =>
      sockets === undefined ? wanted : sockets.duplicate(sockets.tcp(use, wanted));
    const http = listen.http.map((wanted) => on('http', wanted));
    const admin = listen.admin && on('admin', listen.admin);
    if (sockets !== undefined) checkAllUsed(sockets);
    // Another process answers these until this one can.
    if (taken !== undefined) await instance.start(dns);
    await this.#openHttp(http, admin);
    if (taken === undefined) await instance.start(dns);
    const { version, pid } = process;
    log.info(
      { ...instance.listening, udp: load.addon === undefined ? 'dgram' : 'addon', node: version, pid },
      'serving',
    );
    this.#reloadOnDemand();
    await this.#takePlace(load.addon);
  }

  async #openHttp(http: readonly ListenOn[], admin: ListenOn | undefined): Promise<void> {
    const instance = this.#instance;
    const log = this.#log;
    if (admin !== undefined) {
      const audit = new AuditLog(instance.config.admin.auditLog);
      // Tokens are those of the configuration that was loaded last.
      const tokens = () => instance.config.admin.tokens;
      this.#admin = await startAdmin({ listen: admin, controls: instance, log, tokens, audit });
      this.#closers.push(this.#admin.close);
    }
    this.#redirect = await startRedirect({ listen: http, source: instance.redirects, log });
    this.#closers.push(this.#redirect.close);
    instance.redirectsBy(this.#redirect);
    instance.listens({
      dns: this.#dns?.addresses ?? [],
      dot: this.#dns?.dot ?? [],
      http: this.#redirect.addresses,
      ...(this.#admin === undefined ? {} : { admin: this.#admin.address }),
    });
  }

  /** Answers from here on: whoever answered before may leave, and the service manager is told. */
  async #takePlace(addon: Addon | undefined): Promise<void> {
    const { taken, sockets, folder } = this.#process;
    const log = this.#log;
    if (taken !== undefined) {
      const left = await taken.leave();
      if (left) log.info({ pid: taken.pid }, 'took over from another process');
      else log.warn({ pid: taken.pid }, 'took over from another process, which has not said that it leaves');
    }
    sockets?.closeUnused();
    if (addon !== undefined && sockets !== undefined) {
      const handover = await Handover.start({
        folder,
        addon,
        sockets: () => sockets.list,
        hold: (held) => this.#instance.hold(held),
        leave: (pid) => this.#leaveFor(pid),
        log,
      });
      this.#handover = handover;
      this.#closers.push(async () => handover.close());
    }
    this.#manager.ready(this.#instance.summary());
    const dns = this.#dns;
    this.#manager.startWatchdog(() => dns?.haveTurned() !== false);
  }

  async #leaveFor(pid: number): Promise<void> {
    this.#manager.replacedBy(pid);
    await Promise.race([this.#end(`process ${pid} took over`), delay(QUIET_MS)]);
  }

  async #openDemo(): Promise<void> {
    const demo = await startDemoMembers(loopbackMembers(this.#instance.snapshot));
    this.#stopDemo = demo.stop;
    for (const { name, address, port } of demo.members) {
      this.#log.info(`the example's member ${name} listens on http://${formatEndpoint(address, port)}/`);
    }
  }

  #reloadOnDemand(): void {
    const instance = this.#instance;
    const reload = (): void => {
      instance.reload().catch((error: unknown) => this.#log.error({ err: error }, 'reload failed'));
    };
    // Without a listener it would open Node's debugger.
    const reopen = (): void => this.#queryLog?.reopen();
    const hangUp = (): void => {
      this.#log.info({ signal: 'SIGHUP' }, 'reloading');
      reload();
    };
    process.on('SIGHUP', hangUp);
    process.on('SIGUSR1', reopen);
    const because = (what: string) => (files: readonly string[]) => {
      this.#log.info({ files }, `${what} changed: reloading`);
      reload();
    };
    const replace = replaceOnDemand(this.#log);
    process.on('SIGUSR2', replace);
    const geo = watchFiles(geoFiles(instance.snapshot), because('geo data'));
    let sources = watchOf(instance, because('files'));
    instance.aroundReload = async (work) => {
      this.#manager.reloading();
      const outcome = await work().finally(() => this.#manager.ready(instance.summary()));
      // Other files may belong to it now.
      sources?.close();
      sources = watchOf(instance, because('files'));
      return outcome;
    };
    this.#closers.push(async () => {
      process.removeListener('SIGHUP', hangUp);
      process.removeListener('SIGUSR1', reopen);
      process.removeListener('SIGUSR2', replace);
      geo.close();
      sources?.close();
    });
  }

  async #close(): Promise<void> {
    const late = setTimeout(() => {
      this.#log.error('what is under way does not end: leaving all the same');
      process.exit(ExitCode.INPUT);
    }, LATE_MS).unref();
    await this.#closeListeners();
    await this.#instance.stop();
    this.#process.release();
    clearTimeout(late);
  }

  /** All at once: none is answered while others end. */
  async #closeListeners(): Promise<void> {
    // Its path must be free before another process is told that it is.
    this.#handover?.close();
    await Promise.all(this.#closers.splice(0).map((close) => close()));
    await this.#stopDemo();
  }
}

/** Connections may take seconds to end; that no more queries are taken takes less. */
const QUIET_MS = 1_000;

/** Longer than each listener gives what is on its way, together with the saving of states. */
const LATE_MS = 15_000;

function watchOf(instance: Instance, onChange: (files: readonly string[]) => void): SourceWatch | undefined {
  const sources = sourcesOf(instance.snapshot);
  return sources && watchSources(sources, onChange);
}

function endpoint({ address, port }: { readonly address: string; readonly port: number }): string {
  return formatEndpoint(address, port);
}
