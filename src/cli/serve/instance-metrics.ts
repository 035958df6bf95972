import type { Config } from '../../config/config.js';
import { type ClusterFigure, clusterRows } from '../../metrics/cluster-rows.js';
import { counterRows } from '../../metrics/counter-rows.js';
import { dnsRows } from '../../metrics/dns-rows.js';
import { type InstanceSource, instanceRows } from '../../metrics/instance-rows.js';
import { type MemberFigure, memberRows } from '../../metrics/member-rows.js';
import type { MetricRow } from '../../metrics/metric-row.js';
import type { ProbeTally } from '../../metrics/probe-tally.js';
import type { ProcessMetrics } from '../../metrics/process-rows.js';
import { redirectRows } from '../../metrics/redirect-rows.js';
import type { RunningRedirect } from '../../redirect/start-redirect.js';
import type { DnsThreads } from '../../server/dns-threads.js';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import { type MemberStates, Override } from '../../state/member-states.js';
import type { SecondaryState } from '../../transfer/secondary-zone.js';
import { VERSION } from '../version.js';
import { STANDINGS } from './instance-status.js';

/** What an instance's metrics are read from, each time anew. */
export interface InstanceFigures {
  /** How much is told apart. */
  readonly bounds: Config['metrics'];
  readonly states: MemberStates;
  readonly probes: ProbeTally;
  readonly process: ProcessMetrics;
  readonly snapshot: () => Snapshot;
  /** undefined before there are threads. */
  readonly dns: () => DnsThreads | undefined;
  readonly redirect: () => Pick<RunningRedirect, 'counts' | 'bySite'> | undefined;
  readonly reloads: InstanceSource['reloads'];
  readonly secondaries: () => ReadonlyMap<string, SecondaryState>;
  /** undefined when nothing is shared. */
  readonly cluster: () => ClusterFigure | undefined;
}

/** Every metric of an instance. Another part's rows are added here. */
export function metricsOf(figures: InstanceFigures): MetricRow[] {
  const { bounds, snapshot, dns, redirect } = figures;
  const source: InstanceSource = {
    version: VERSION,
    loadedAt: () => snapshot().loadedAt,
    reloads: figures.reloads,
    zones: () => snapshot().zones,
    services: () => snapshot().services.length,
    secondaries: () =>
      [...figures.secondaries()].map(([name, { list, confirmedAt }]) => ({
        name,
        served: list !== undefined,
        confirmedAt,
      })),
    threadRestarts: () => dns()?.counters().restarts ?? 0,
  };
  return [
    ...dnsRows(() => dns()?.tallies(), Date.now),
    ...counterRows(() => dns()?.counters().total),
    ...memberRows(
      {
        members: (most) => membersOf(figures, most),
        services: () => snapshot().services.map(({ spec }) => spec),
        tallies: () => dns()?.tallies(),
        probes: figures.probes,
      },
      bounds.members,
    ),
    ...redirectRows({
      sites: () => sitesOf(redirect()),
      outcomes: () => redirect()?.counts ?? {},
    }),
    ...instanceRows(source, bounds.zones),
    ...clusterRows(figures.cluster),
    ...figures.process.rows(),
  ];
}

function* membersOf({ snapshot, states }: InstanceFigures, most: number): Iterable<MemberFigure> {
  let left = most;
  for (const { spec, slots } of snapshot().services) {
    for (const [index, { name }] of spec.members.entries()) {
      if (left-- <= 0) return;
      const slot = slots[index] as number;
      yield {
        service: spec.name,
        member: name,
        standing: STANDINGS[states.standing(slot)],
        overridden: states.override(slot) !== Override.NONE,
      };
    }
  }
}

function* sitesOf(
  redirect: Pick<RunningRedirect, 'bySite'> | undefined,
): Iterable<{ site: string; status: number; count: number }> {
  for (const [site, statuses] of redirect?.bySite ?? []) {
    for (const [status, count] of statuses) yield { site, status, count };
  }
}
