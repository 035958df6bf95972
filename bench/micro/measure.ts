import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { median } from '../compare/report.js';

/** Repeats one piece of work. */
export type Work = (times: number) => void;

/** Runs of each measurement, of which the median is shown. */
const RUNS = 7;
/** Long enough that the kernel's clock and the compiler's work on the side do not matter. */
const RUN_MS = 150;

/** Measures each piece of work and prints it: CPU time of one, in ns, and how often memory was collected. */
export async function printMeasures(works: Readonly<Record<string, Work>>): Promise<void> {
  console.log(`${''.padEnd(40)} ns (least–most), collections of memory in ${RUNS} runs`);
  for (const [title, work] of Object.entries(works)) {
    const { nanoseconds, collections } = await measure(work);
    const range = `${Math.min(...nanoseconds).toFixed(0)}–${Math.max(...nanoseconds).toFixed(0)}`;
    console.log(
      `${title.padEnd(40)} ${median(nanoseconds).toFixed(0).padStart(6)} (${range}), ${collections}`,
    );
  }
}

/** Runs of each in turn, since the machine is not as fast in one second as in the next. */
const RATIO_RUNS = 25;

/** Prints how much more CPU time each piece of work takes than the first: medians over runs in turn, and their quartiles. */
export function printRatios(works: Readonly<Record<string, Work>>): void {
  const [[, base] = [], ...others] = Object.entries(works);
  if (base === undefined) return;
  const times = timesOf(base);
  const all = [base, ...others.map(([, work]) => work)];
  for (const work of all) work(times);
  const runs = Array.from({ length: RATIO_RUNS }, () => all.map((work) => cpuNanoseconds(work, times)));
  for (const [i, [title]] of others.entries()) {
    const ratios = runs.map((run) => (run[i + 1] as number) / (run[0] as number)).sort((a, b) => a - b);
    const more = median(runs.map((run) => (run[i + 1] as number) - (run[0] as number)));
    const quartiles = [0.25, 0.75].map((part) =>
      (ratios[Math.floor(part * RATIO_RUNS)] as number).toFixed(2),
    );
    console.log(
      `${title.padEnd(40)} ${median(ratios).toFixed(2)} × (${quartiles.join('–')}), ${more.toFixed(0)} ns more`,
    );
  }
}

/** How often work is to be done to take {@link RUN_MS}. Warms up as well. */
function timesOf(work: Work): number {
  let times = 20_000;
  let ms = timed(work, times);
  while (ms < RUN_MS) {
    times *= ms < RUN_MS / 8 ? 4 : 2;
    ms = timed(work, times);
  }
  return times;
}

function cpuNanoseconds(work: Work, times: number): number {
  const before = process.cpuUsage();
  work(times);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / times;
}

async function measure(
  work: Work,
): Promise<{ readonly nanoseconds: readonly number[]; readonly collections: number }> {
  const times = timesOf(work);
  await nextTurn();
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const nanoseconds: number[] = [];
  for (let run = 0; run < RUNS; run++) nanoseconds.push(cpuNanoseconds(work, times));
  // What was observed is told in a later turn.
  await nextTurn();
  observer.disconnect();
  return { nanoseconds, collections };
}

function timed(work: Work, times: number): number {
  const start = performance.now();
  work(times);
  return performance.now() - start;
}
