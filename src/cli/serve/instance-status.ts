import type {
  ClusterStatus,
  InstanceStatus,
  MemberStatus,
  OverrideStatus,
  SecondaryStatus,
} from '../../admin/controls.js';
import type { SharingStatus } from '../../cluster/sharing.js';
import type { ListenAddress } from '../../config/config.js';
import type { MemberHealthReport } from '../../health/health-report.js';
import type { StoredOverride } from '../../health/state-file.js';
import type { DnsThreads } from '../../server/dns-threads.js';
import { formatEndpoint } from '../../server/listen-error.js';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import { countersByName } from '../../state/counters.js';
import { type MemberStates, Override, Standing } from '../../state/member-states.js';
import type { SecondaryState } from '../../transfer/secondary-zone.js';
import { VERSION } from '../version.js';

/** Where the sockets really are. */
export interface Listening {
  readonly dns: readonly ListenAddress[];
  readonly dot: readonly ListenAddress[];
  readonly http: readonly ListenAddress[];
  readonly admin?: ListenAddress;
}

/** What a status is made of. Times in ms since 1970. */
export interface StatusSource {
  readonly startedAt: number;
  readonly listening: Listening;
  readonly tls: InstanceStatus['tls'];
  readonly snapshot: Snapshot;
  readonly refusedReload: InstanceStatus['refusedReload'];
  readonly secondaries: ReadonlyMap<string, SecondaryState>;
  readonly health: readonly MemberHealthReport[];
  /** undefined when nothing is shared. */
  readonly sharing: SharingStatus | undefined;
  readonly states: MemberStates;
  readonly overrides: readonly StoredOverride[];
  /** Operators' weights, by `service/member`. */
  readonly weights: ReadonlyMap<string, number>;
  /** undefined before the threads that count are there. */
  readonly counters: ReturnType<DnsThreads['counters']> | undefined;
}

export function statusOf(source: StatusSource): InstanceStatus {
  const { listening, snapshot, refusedReload } = source;
  return {
    product: 'steerdns',
    version: VERSION,
    pid: process.pid,
    startedAt: new Date(source.startedAt).toISOString(),
    config: snapshot.config.file,
    listen: {
      dns: listening.dns.map(endpoint),
      dot: listening.dot.map(endpoint),
      http: listening.http.map(endpoint),
      admin: listening.admin === undefined ? '' : endpoint(listening.admin),
    },
    ...(source.tls === undefined ? {} : { tls: source.tls }),
    snapshot: {
      loadedAt: new Date(snapshot.loadedAt).toISOString(),
      zones: snapshot.zones.map(({ name, serial, records }) => ({ name, serial, records })),
      services: snapshot.services.length,
    },
    ...(source.secondaries.size === 0
      ? {}
      : { secondaries: [...source.secondaries].map(([name, state]) => secondaryStatus(name, state)) }),
    ...(source.sharing === undefined ? {} : { cluster: clusterStatus(source.sharing) }),
    ...(refusedReload === undefined ? {} : { refusedReload }),
    members: source.health.map((report) => memberStatus(report, source.states, source.weights)),
    overrides: source.overrides.map(overrideStatus),
    counters: source.counters === undefined ? {} : countsOf(source.counters),
  };
}

export const STANDINGS = {
  [Standing.UP]: 'up',
  [Standing.DOWN]: 'down',
  [Standing.DRAINING]: 'draining',
} as const;
const OVERRIDES = { [Override.DRAIN]: 'drain', [Override.UP]: 'up', [Override.DOWN]: 'down' } as const;

function countsOf({ total, restarts }: ReturnType<DnsThreads['counters']>): Record<string, number> {
  return { ...countersByName(total), threadRestarts: restarts };
}

function secondaryStatus(
  name: string,
  { list, serial, confirmedAt, problem, problemSince, expiresAt, refreshing }: SecondaryState,
): SecondaryStatus {
  return {
    name,
    state: list !== undefined ? 'served' : serial === undefined ? 'absent' : 'expired',
    ...(serial === undefined ? {} : { serial }),
    ...(confirmedAt === 0 ? {} : { confirmedAt: new Date(confirmedAt).toISOString() }),
    ...(expiresAt === 0 ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(refreshing ? { refreshing } : {}),
    ...(problem === undefined ? {} : { problem, problemSince: new Date(problemSince).toISOString() }),
  };
}

function clusterStatus({ since, instances, counters, ...said }: SharingStatus): ClusterStatus {
  return {
    ...said,
    since: new Date(since).toISOString(),
    instances: instances.map(({ isSelf, startedAt, ...instance }) => ({
      ...instance,
      self: isSelf,
      startedAt: new Date(startedAt).toISOString(),
    })),
    counters: { ...counters },
  };
}

/** @param weights operators' weights, by `service/member` */
export function memberStatus(
  report: MemberHealthReport,
  states: MemberStates,
  weights: ReadonlyMap<string, number>,
): MemberStatus {
  const slot = states.slotOf(report.member);
  const override = states.override(slot);
  const weight = weights.get(report.member);
  return {
    member: report.member,
    standing: STANDINGS[states.standing(slot)],
    health: report.health,
    ...(override === Override.NONE ? {} : { override: OVERRIDES[override] }),
    ...(weight === undefined ? {} : { weight }),
    since: new Date(report.since).toISOString(),
    ...(report.votes.size === 0 ? {} : { votes: Object.fromEntries(report.votes) }),
    result: report.reason,
  };
}

function overrideStatus({ since, until, version: _, ...rest }: StoredOverride): OverrideStatus {
  return {
    ...rest,
    since: new Date(since).toISOString(),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
}

function endpoint({ address, port }: ListenAddress): string {
  return formatEndpoint(address, port);
}
