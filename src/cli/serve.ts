import pino, { type Logger } from 'pino';
import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { loadConfig } from '../config/load-config.js';
import { type Addon, loadAddon } from '../server/native-udp.js';
import {
  CONFIG_OPTION,
  type CommandIo,
  DEFAULT_CONFIG,
  defineCommand,
  ExitCode,
  UsageError,
} from './command.js';
import { openInstance } from './serve/open-instance.js';
import { type PreparedProcess, prepareProcess } from './serve/prepare-process.js';
import { type ServeOptions, Server } from './serve/server.js';

const LEVELS = ['debug', 'info', 'warn', 'error'];
const UDP_WAYS = ['addon', 'dgram'];

export const serve = defineCommand(
  {
    name: 'serve',
    summary: 'answer DNS queries and HTTP requests',
    positionals: [],
    options: {
      config: CONFIG_OPTION,
      demo: { help: "start the example's members as well" },
      replace: { help: 'take over from the instance that runs with the same state folder' },
      udp: {
        value: 'WAY',
        choices: UDP_WAYS,
        help: 'addon (the default where it can be loaded) or dgram, slower',
      },
      'log-level': { value: 'LEVEL', choices: LEVELS, help: 'debug, info, warn or error (default info)' },
    },
    examples: ['steerdns serve --config /etc/steerdns/steerdns.yaml'],
    notes: [
      'SIGHUP loads the configuration anew; a wrong one is refused whole. SIGUSR1 opens the file of the query log anew. SIGTERM and SIGINT end it when what is under way is finished; a second one ends it at once. SIGUSR2 starts the program anew, which takes over as by --replace.',
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
    if (line.isSet('demo') && line.isSet('replace'))
      throw new UsageError(
        "--demo and --replace don't go together: the example's members have sockets of their own",
      );
    const options = { demo: line.isSet('demo'), replace: line.isSet('replace'), udp };
    return run(line.option('config') ?? DEFAULT_CONFIG, options, log, io);
  },
);

async function run(file: string, options: ServeOptions, log: Logger, io: CommandIo): Promise<ExitCode> {
  // Until they mean something: by default they end a process.
  process.on('SIGHUP', () => {});
  process.on('SIGUSR2', () => {});
  const load = loadAddon();
  const prepared = await orSay(() => prepare(file, options, load.addon), io);
  if (prepared === undefined) return ExitCode.INPUT;
  const diagnostics = new Diagnostics();
  const opened = await orSay(() => openInstance(file, log, diagnostics), io);
  io.err(formatDiagnostics(diagnostics.list, { color: process.stderr.isTTY }));
  if (opened === undefined || prepared === 'broken') {
    if (prepared !== 'broken') prepared.release();
    return ExitCode.INPUT;
  }
  const server = await orSay(() => Server.start(opened, prepared, load, options, log), io);
  if (server === undefined) {
    await opened.stop();
    prepared.release();
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

/** @returns `broken` when the configuration has errors, which are told with those of all other files */
async function prepare(
  file: string,
  { replace }: ServeOptions,
  addon: Addon | undefined,
): Promise<PreparedProcess | 'broken'> {
  const diagnostics = new Diagnostics();
  const config = loadConfig(file, diagnostics);
  if (config === undefined || diagnostics.hasErrors) return 'broken';
  return prepareProcess(config, addon, replace);
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
