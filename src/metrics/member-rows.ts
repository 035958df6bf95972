import { OTHER_MEMBER, tallyLayout } from '../answer/tally-layout.js';
import type { ThreadTallies } from '../server/dns-threads.js';
import type { MemberName } from '../server/tally-rows.js';
import type { PoolSpec, ServiceSpec } from '../steer/spec.js';
import { counter, gauge, histogram, type MetricRow, type Sample } from './metric-row.js';
import { PROBE_BOUNDS, type ProbeTally } from './probe-tally.js';

/** A member as it stands. */
export interface MemberFigure {
  readonly service: string;
  readonly member: string;
  readonly standing: 'up' | 'down' | 'draining';
  /** An operator said so. */
  readonly overridden: boolean;
}

/** What the metrics of members are made of. */
export interface MemberSource {
  /** Of the services that are served, at the most so many; the rest are not shown. */
  members(most: number): Iterable<MemberFigure>;
  services(): Iterable<ServiceSpec>;
  /** undefined before there are threads. */
  tallies(): ThreadTallies | undefined;
  readonly probes: ProbeTally;
}

/** @param most members, and members of pools, that are shown apart */
export function memberRows(source: MemberSource, most: number): MetricRow[] {
  return [
    gauge(
      {
        name: 'steerdns_member_state',
        help: 'State of a member: 1 for the one that it is in.',
        labels: ['service', 'member', 'state'],
      },
      () => states(source.members(most)),
    ),
    gauge(
      {
        name: 'steerdns_member_overridden',
        help: '1 when an operator said what the state of a member is, and not its checks.',
        labels: ['service', 'member'],
      },
      () => overridden(source.members(most)),
    ),
    counter(
      {
        name: 'steerdns_member_transitions_total',
        help: 'Times that the health of a member became another, by what it became.',
        labels: ['service', 'member', 'to'],
      },
      () => source.probes.transitions(),
    ),
    counter(
      {
        name: 'steerdns_probes_total',
        help: 'Probes of a member, by how they ended; unmade ones say nothing of the member.',
        labels: ['service', 'member', 'outcome'],
      },
      () => source.probes.outcomes(),
    ),
    histogram(
      {
        name: 'steerdns_probe_duration_seconds',
        help: 'Time that probes of a member took, passed or failed.',
        labels: ['service', 'member'],
      },
      PROBE_BOUNDS,
      () => source.probes.durations(),
    ),
    gauge(
      {
        name: 'steerdns_member_configured_share_ratio',
        help: "Share of its pool's answers that a member has by its weight while all are up; none for scheduler nearest.",
        labels: ['service', 'pool', 'member'],
      },
      () => configuredShares(source.services(), most),
    ),
    counter(
      {
        name: 'steerdns_member_answers_total',
        help: 'DNS answers that name a member, by the pool that it was chosen from.',
        labels: ['service', 'pool', 'member'],
      },
      () => answers(source.tallies(), most),
    ),
  ];
}

const STATES = ['up', 'down', 'draining'] as const;

function* states(members: Iterable<MemberFigure>): Iterable<Sample> {
  for (const { service, member, standing } of members) {
    for (const state of STATES)
      yield { labels: { service, member, state }, value: standing === state ? 1 : 0 };
  }
}

function* overridden(members: Iterable<MemberFigure>): Iterable<Sample> {
  for (const { service, member, overridden: said } of members) {
    yield { labels: { service, member }, value: said ? 1 : 0 };
  }
}

function* configuredShares(services: Iterable<ServiceSpec>, most: number): Iterable<Sample> {
  let left = most;
  for (const { name: service, pools } of services) {
    for (const pool of pools) {
      const shares = sharesOf(pool);
      for (const [index, { member }] of pool.members.entries()) {
        if (left-- <= 0) return;
        const value = shares[index];
        if (value !== undefined) yield { labels: { service, pool: pool.name, member }, value };
      }
    }
  }
}

/** Of the pool's members, in order; none when it depends on the client alone. */
function sharesOf({ scheduler, members }: PoolSpec): readonly number[] {
  const equal = members.map(() => 1 / members.length);
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  switch (scheduler) {
    case 'nearest':
      return [];
    case 'rr':
    case 'all':
      return equal;
    case 'fo': {
      const heaviest = Math.max(...members.map(({ weight }) => weight));
      const first = members.findIndex(({ weight }) => weight === heaviest);
      return members.map((_, index) => (index === first ? 1 : 0));
    }
    case 'wrr':
    case 'sh':
    case 'mh':
      return total === 0 ? equal : members.map(({ weight }) => weight / total);
  }
}

/** Each row that has counted, those past the bound together. */
function* answers(tallies: ThreadTallies | undefined, most: number): Iterable<Sample> {
  if (tallies === undefined) return;
  const { membersAt } = tallyLayout(tallies.zoneRows);
  const threads = [...tallies.threads.values()];
  let others = 0;
  for (const [row, name] of tallies.members.entries()) {
    const value = threads.reduce((total, cells) => total + (cells[membersAt + row] ?? 0), 0);
    if (row === OTHER_MEMBER || row > most) others += value;
    else if (value > 0) yield { labels: { ...name }, value };
  }
  if (others > 0) yield { labels: { ...OTHERS }, value: others };
}

const OTHERS: MemberName = { service: 'other', pool: 'other', member: 'other' };
