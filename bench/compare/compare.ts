import { join } from 'node:path';
import type { Peer } from '../peers/peer.js';
import type { BenchArguments } from './arguments.js';
import { type Case, makeRandom } from './cases.js';
import { checkAnswers } from './check-answers.js';
import { type LoadReport, runLoad } from './load.js';
import type { ManyNames } from './plan.js';
import { writeQueryFile } from './query-file.js';
import type { Sample } from './report.js';
import { LOAD_CPU, type RunningPeer, startPeer } from './running-peer.js';

export interface Comparison {
  readonly args: BenchArguments;
  readonly peers: readonly Peer[];
  readonly cases: readonly Case[];
  /** For what it writes; the caller removes it. */
  readonly folder: string;
  /** The compiled load generator. */
  readonly load: string;
}

/** A case with the file of its queries. */
interface Prepared {
  readonly case: Case;
  readonly file: string;
}

/** Answers before what is measured: for caches, and for V8 to compile what is hot. */
const WARM_ANSWERS = 50_000;
const WARM_SECONDS = 0.5;
/** Where that many take longer, the load goes on to what is measured. */
const MOST_WARM_RUNS = 10;
const SEED = 20_250_601;

/** Samples, and a line for each time that a peer did not start or answered wrongly. */
export interface Compared {
  readonly samples: readonly Sample[];
  readonly problems: readonly string[];
}

/** Runs every case on every peer that can, in rounds; peers start anew with each round. */
export async function compareServers(comparison: Comparison): Promise<Compared> {
  const { args, cases, folder } = comparison;
  const samples: Sample[] = [];
  const problems: string[] = [];
  const prepared = cases.map((one) => ({ case: one, file: queriesOf(one, args, folder) }));
  for (const workers of args.workers) {
    for (const kind of [undefined, 'one zone', 'many zones'] as const) {
      const own = prepared.filter((one) => one.case.many === kind);
      if (own.length === 0) continue;
      const rounds = Array.from({ length: args.rounds }, (_, round) => round);
      // Loading many names takes too long to do it again for each round.
      for (const group of kind ? [rounds] : rounds.map((round) => [round])) {
        samples.push(...(await runRounds(comparison, own, workers, group, problems)));
      }
    }
  }
  return { samples, problems };
}

/** What a case that asks for many names has; any other takes no notice of it. */
function manyOf({ many }: Case, { names, zones }: BenchArguments): ManyNames {
  return { names, zones: many === 'many zones' ? Math.min(zones, names) : 1 };
}

function queriesOf(one: Case, args: BenchArguments, folder: string): string {
  const file = join(folder, `${one.name}.queries`);
  writeQueryFile(file, one.queries(makeRandom(SEED), manyOf(one, args)));
  return file;
}

/** Starts every peer, runs these rounds, and stops them. */
async function runRounds(
  comparison: Comparison,
  cases: readonly Prepared[],
  workers: number,
  rounds: readonly number[],
  problems: string[],
): Promise<Sample[]> {
  const { peers, args, folder } = comparison;
  const first = cases[0]?.case;
  const many = first?.many === undefined ? undefined : manyOf(first, args);
  const own = join(folder, `${workers}-${many?.zones ?? 0}-${rounds[0]}`);
  const started: RunningPeer[] = [];
  const note = (problem: string): void => {
    tell(problem);
    problems.push(problem);
  };
  try {
    for (const peer of peers) {
      if (!cases.some((one) => can(peer, one.case, workers))) continue;
      await startPeer(peer, { folder: own, workers, many }).then(
        (running) => {
          started.push(running);
          if (many !== undefined)
            tell(
              `${peer.name} loaded ${many.names} names of ${many.zones} zones in ${figuresOfLoad(running)}`,
            );
        },
        (error: Error) => note(`${peer.name} is left out: ${error.message}`),
      );
    }
    const samples: Sample[] = [];
    for (const round of rounds) {
      for (const one of cases) {
        // Each round begins with another peer, so that none always runs after the same one.
        for (const peer of rotated(started, round)) {
          if (!can(peer.peer, one.case, workers)) continue;
          const problem = await problemOf(peer, one.case, manyOf(one.case, args));
          if (problem !== undefined) note(`${peer.peer.name} is left out of ${one.case.name}: ${problem}`);
          else samples.push(await measure(comparison, peer, one, workers, round));
        }
      }
    }
    return samples;
  } finally {
    await Promise.all(started.map(({ process }) => process.stop()));
  }
}

async function measure(
  { args, load }: Comparison,
  { peer, port, process: running }: RunningPeer,
  { case: { name, sources }, file }: Prepared,
  workers: number,
  round: number,
): Promise<Sample> {
  const { window, sockets } = args;
  const options = { port, queries: file, window, sockets, cpu: LOAD_CPU, sources };
  for (let run = 0, answers = 0; run < MOST_WARM_RUNS && answers < WARM_ANSWERS; run++) {
    answers += (await runLoad(load, { ...options, seconds: WARM_SECONDS })).answered;
  }
  const before = running.cpu();
  const report = await runLoad(load, { ...options, seconds: args.seconds });
  const after = running.cpu();
  if (report.answered === 0) throw new Error(`${peer.name} answered nothing of ${name}:\n${running.tail()}`);
  const cpuUs = (after.totalUs - before.totalUs) / report.answered;
  const userTicks = after.userTicks - before.userTicks;
  const ticks = userTicks + after.systemTicks - before.systemTicks;
  const userUs = ticks === 0 ? 0 : (cpuUs * userTicks) / ticks;
  const sample = { case: name, workers, peer: peer.name, round, cpuUs, userUs, systemUs: cpuUs - userUs };
  tell(
    `round ${round + 1}/${args.rounds} ${name} ${workers > 1 ? `(${workers}) ` : ''}${peer.name}: ${summary(cpuUs, report)}`,
  );
  return { ...sample, ...figures(report) };
}

async function problemOf({ port }: RunningPeer, one: Case, many: ManyNames): Promise<string | undefined> {
  return checkAnswers(port, one, many).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

function figures(
  report: LoadReport,
): Pick<Sample, 'perSecond' | 'lost' | 'bad' | 'p50Us' | 'p999Us' | 'loadCpu'> {
  const { perSecond, lost, bad, latencyUs, loadCpu } = report;
  return { perSecond, lost, bad, p50Us: latencyUs.p50, p999Us: latencyUs.p999, loadCpu };
}

function summary(cpuUs: number, { perSecond, lost, bad, firstBad, loadCpu }: LoadReport): string {
  const wrong = bad === 0 ? '' : `, ${bad} wrong (${firstBad})`;
  return `${cpuUs.toFixed(2)} µs, ${perSecond}/s, ${lost} lost${wrong}; load's CPU ${(100 * loadCpu).toFixed(0)} %`;
}

/** Whether a peer has what a case needs, with so many workers. */
export function can(peer: Peer, { needs }: Case, workers: number): boolean {
  return (
    workers <= (peer.mostWorkers ?? workers) && needs.every((feature) => peer.features.includes(feature))
  );
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function figuresOfLoad({ process: running, readyMs }: RunningPeer): string {
  return `${readyMs} ms, ${(running.memoryOctets() / 2 ** 20).toFixed(0)} MiB`;
}

function tell(line: string): void {
  console.error(line);
}
