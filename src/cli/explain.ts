import type { Config } from '../config/config.js';
import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { explain as explainAnswer } from '../explain/explain.js';
import type { ExplainAsk, ExplainReport } from '../explain/explain-report.js';
import { formatExplain } from '../explain/format-explain.js';
import { AskError, parseAsk } from '../explain/parse-ask.js';
import { SnapshotLoader } from '../snapshot/snapshot-loader.js';
import { AliasTable } from '../state/alias-table.js';
import { MemberStates } from '../state/member-states.js';
import { InstanceError } from './api-client.js';
import { adminOption, askInstance, INSTANCE_OPTIONS, readConfig, tokenOption } from './ask-instance.js';
import {
  type CommandIo,
  type CommandLine,
  defineCommand,
  ExitCode,
  JSON_OPTION,
  UsageError,
} from './command.js';
import { progressOn } from './progress.js';

export const explain = defineCommand(
  {
    name: 'explain',
    summary: 'show how an answer comes about: zone, place, rule, pool, members, TTL, ECS scope',
    positionals: [
      { name: 'NAME', help: 'the name to ask for' },
      { name: 'TYPE', help: 'the RR type (default A)', optional: true },
    ],
    options: {
      from: { value: 'ADDRESS', help: 'who asks: a client, or its resolver' },
      ecs: { value: 'PREFIX', help: 'the prefix that the resolver sends by ECS (RFC 7871)' },
      ...INSTANCE_OPTIONS,
      json: JSON_OPTION,
    },
    notes: [
      'A running instance is asked, by the states that its members have now. Where none is running, the answer is made\n' +
        'from the files, with the states of members unknown.',
    ],
    examples: [
      'steerdns explain www.example.com A --from 203.0.113.7',
      'steerdns explain www.example.com AAAA --from 192.0.2.53 --ecs 2001:db8:7::/48',
    ],
  },
  async (line, io) => {
    const ask = readAsk(line);
    const report = await findReport(ask, line, io);
    if (report === undefined) return ExitCode.INPUT;
    io.out(line.isSet('json') ? `${JSON.stringify(report, null, 2)}\n` : formatExplain(report));
    return ExitCode.DONE;
  },
);

function readAsk(line: CommandLine): ExplainAsk {
  const [name = '', type = 'A'] = line.positionals;
  const from = line.option('from');
  const ecs = line.option('ecs');
  const ask = { name, type, ...(from === undefined ? {} : { from }), ...(ecs === undefined ? {} : { ecs }) };
  try {
    parseAsk(ask);
  } catch (error) {
    if (error instanceof AskError) throw new UsageError(error.message);
    throw error;
  }
  return ask;
}

/** @returns undefined after what is wrong was shown */
async function findReport(
  ask: ExplainAsk,
  line: CommandLine,
  io: CommandIo,
): Promise<ExplainReport | undefined> {
  const given = adminOption(line);
  const config = given === undefined ? readConfig(line, io) : undefined;
  const address = given ?? config?.listen.admin;
  if (address === undefined) return config && explainFiles(ask, config, io);
  const token = tokenOption(line);
  try {
    const query = new URLSearchParams({ ...ask });
    const call = { method: 'GET', path: `/v1/explain?${query}` } as const;
    const answer = await askInstance(address, { ...call, ...(token === undefined ? {} : { token }) });
    if (answer.ok) return answer.json as ExplainReport;
    io.err(`${answer.refusal.detail}\n`);
  } catch (error) {
    if (!(error instanceof InstanceError)) throw error;
    // Where --admin is given, that very instance is meant.
    if (error.code === 'ERR_NO_INSTANCE' && config !== undefined) return explainFiles(ask, config, io);
    io.err(`${error.message}\n`);
  }
  return undefined;
}

/** Answers from the files, as an instance would before its first probe. */
async function explainFiles(
  ask: ExplainAsk,
  config: Config,
  io: CommandIo,
): Promise<ExplainReport | undefined> {
  const states = new MemberStates();
  const diagnostics = new Diagnostics();
  const progress = progressOn(process.stderr);
  const loader = new SnapshotLoader({ states, aliases: new AliasTable(), onStep: progress.step });
  const snapshot = await loader.load(config, diagnostics);
  progress.done();
  if (snapshot === undefined) {
    io.err(formatDiagnostics(diagnostics.list, { color: false }));
    return undefined;
  }
  const { catalog, services, places } = snapshot;
  return explainAnswer(ask, {
    catalog,
    services,
    places,
    circumstances: { states, turns: new Int32Array(catalog.turnWords), random: () => 0 },
    identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
    now: () => Math.floor(Date.now() / 1000),
    states: 'unknown',
  });
}
