import { readdirSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { counter, gauge, type MetricRow, type Sample, single } from './metric-row.js';

/** How often the event loop's delay is measured, in ms: each time wakes the thread, which took half a percent of a CPU at 20. */
const RESOLUTION_MS = 250;

/** The process and its main thread, by the names that client libraries of Prometheus use. */
export class ProcessMetrics {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  rows(): MetricRow[] {
    return [
      counter(
        { name: 'process_cpu_seconds_total', help: 'CPU time of all threads, user and system.' },
        () => {
          const { user, system } = process.cpuUsage();
          return single((user + system) / 1e6);
        },
      ),
      gauge({ name: 'process_start_time_seconds', help: 'When the process was started, since 1970.' }, () =>
        single(performance.timeOrigin / 1000),
      ),
      gauge({ name: 'process_resident_memory_bytes', help: 'Memory of the process.' }, () =>
        single(process.memoryUsage.rss()),
      ),
      gauge({ name: 'process_open_fds', help: 'Open file descriptors, sockets too.' }, () =>
        single(openDescriptors()),
      ),
      gauge({ name: 'nodejs_heap_used_bytes', help: 'Heap of the main thread that is in use.' }, () =>
        single(process.memoryUsage().heapUsed),
      ),
      gauge(
        {
          name: 'nodejs_eventloop_lag_seconds',
          help: 'How late timers of the main thread were since the last scrape, by percentile. Answers do not wait for it.',
          labels: ['percentile'],
        },
        () => this.#lags(),
      ),
    ];
  }

  *#lags(): Iterable<Sample> {
    for (const percentile of PERCENTILES) {
      // A timer's period is in it.
      const lateMs = Math.max(0, this.#delay.percentile(percentile) / 1e6 - RESOLUTION_MS);
      yield { labels: { percentile: String(percentile) }, value: lateMs / 1000 };
    }
    this.#delay.reset();
  }
}

const PERCENTILES = [50, 99, 100];

/** undefined where there is no /proc. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
