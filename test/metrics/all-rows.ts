import { metricsOf } from '../../src/cli/serve/instance-metrics.js';
import type { MetricRow } from '../../src/metrics/metric-row.js';
import { ProbeTally } from '../../src/metrics/probe-tally.js';
import { ProcessMetrics } from '../../src/metrics/process-rows.js';
import { MemberStates } from '../../src/state/member-states.js';

/** Every row that the program shows; what they say is of no instance. */
export function allRows(): MetricRow[] {
  const process = new ProcessMetrics();
  process.stop();
  return metricsOf({
    bounds: { zones: 1, members: 1 },
    states: new MemberStates(1),
    probes: new ProbeTally(1),
    process,
    snapshot: () => {
      throw new Error('there is no instance');
    },
    dns: () => undefined,
    redirect: () => undefined,
    reloads: () => ({ done: 0, refused: 0, lastDone: true }),
    secondaries: () => new Map(),
    cluster: () => undefined,
  });
}
