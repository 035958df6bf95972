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

async function measure(
  work: Work,
): Promise<{ readonly nanoseconds: readonly number[]; readonly collections: number }> {
  let times = 20_000;
  let ms = timed(work, times);
  // Doubling until a run is long enough warms up as well.
  while (ms < RUN_MS) {
    times *= ms < RUN_MS / 8 ? 4 : 2;
    ms = timed(work, times);
  }
  await nextTurn();
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const nanoseconds: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage();
    work(times);
    const { user, system } = process.cpuUsage(before);
    nanoseconds.push(((user + system) * 1000) / times);
  }
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
