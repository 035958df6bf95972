import type { Client } from '../geo/client.js';
import { coordinatesOf, distanceKm } from '../geo/coordinates.js';
import type { Place } from '../geo/place-table.js';
import { Health, type MemberStates, Override, Standing } from '../state/member-states.js';
import { collect, isLive, Leniency } from './candidates.js';
import { Choice, type Circumstances, type Decision } from './decide.js';
import { measureOdds, membersInAnswer } from './odds.js';
import { coordinatesOfMember } from './points.js';
import type { Pool } from './pool.js';
import { type Service, WhenAllDown } from './service.js';
import type { MemberSpec, PoolMemberSpec, PoolSpec, SchedulerName } from './spec.js';
import { Want } from './want.js';

/** One pool that was asked. */
export interface PoolTrace {
  readonly name: string;
  readonly scheduler: SchedulerName;
  /**
   * `serves`; `serves-nothing`: it has live members, but none that gives what is wanted; `down`: the next pool was asked;
   * `last-resort`: every pool was down, and it serves as `when_all_down` says.
   */
  readonly code: 'serves' | 'serves-nothing' | 'down' | 'last-resort';
  readonly why: string;
  /** In the order written. */
  readonly members: readonly MemberTrace[];
}

/** One member in a pool that was asked. */
export interface MemberTrace {
  readonly name: string;
  readonly standing: 'up' | 'down' | 'draining';
  readonly health: 'unknown' | 'up' | 'down';
  readonly override: 'none' | 'drain' | 'up' | 'down';
  /** What the pool says of its health. */
  readonly status: 'obey' | 'up' | 'down';
  readonly weight: number;
  /** In the answer. */
  readonly chosen: boolean;
  /** Share of answers to this client, as things stand, that the member is in: 0 to 1. */
  readonly odds: number;
  readonly code: MemberCode;
  readonly why: string;
  /** From the client's place, for `nearest`; absent where either is unknown. */
  readonly distanceKm?: number;
}

/** Why a member is in the answer or not. `spare`: of weight 0, while others live. `other-kind`: a host name, beside addresses. */
type MemberCode =
  | 'chosen'
  | 'not-chosen'
  | 'not-its-turn'
  | 'other-kind'
  | 'spare'
  | 'gives-nothing'
  | 'down'
  | 'drained'
  | 'forced-down'
  | 'status-down';

/** The pools that were asked for a decision, in order, each with all its members. */
export function tracePools(
  service: Service,
  client: Client,
  want: Want,
  circumstances: Circumstances,
  decision: Decision,
  place: Place,
): PoolTrace[] {
  const { states } = circumstances;
  const served = !(decision.lastResort && service.whenAllDown === WhenAllDown.NONE);
  const odds = served
    ? measureOdds(service, client, want, circumstances, decision.pool)
    : new Float64Array(service.slots.length);
  const chosen = membersInAnswer(decision);
  return poolsAsked(service, decision).map((index) => {
    const pool = service.pools[index] as Pool;
    const code = served && index === decision.pool ? servingCode(decision) : 'down';
    const leniency = code === 'last-resort' ? leniencyUsed(pool, states) : Leniency.LIVE;
    const spec = service.spec.pools[index] as PoolSpec;
    const around = { service, pool, spec, want, states, leniency, place, odds, chosen };
    const members = spec.members.map((member) => traceMember(member, around));
    const why = code === 'last-resort' ? lastResortWhys[leniency] : poolWhys[code];
    return { name: spec.name, scheduler: spec.scheduler, code, why, members };
  });
}

/** The rule's pool and its fallbacks, up to the one that serves; behind them the one of `when_all_down`. */
function poolsAsked(service: Service, decision: Decision): number[] {
  const own = service.pools[service.rulePools[decision.rule] as number] as Pool;
  const chain = [...own.chain];
  if (!decision.lastResort) return chain.slice(0, chain.indexOf(decision.pool) + 1);
  return chain.includes(decision.pool) ? chain : [...chain, decision.pool];
}

function servingCode(decision: Decision): PoolTrace['code'] {
  if (decision.lastResort) return 'last-resort';
  return decision.choice === Choice.NONE ? 'serves-nothing' : 'serves';
}

/** The leniency at which a pool that is down serves as the last resort. */
function leniencyUsed(pool: Pool, states: MemberStates): Leniency {
  const tried = [Leniency.AS_IF_UP, Leniency.DRAINING_TOO] as const;
  return tried.find((leniency) => collect(pool, 0, states.words, leniency) >= 0) ?? Leniency.EVERYONE;
}

/** What {@link traceMember} goes by beside the member. */
interface Around {
  readonly service: Service;
  readonly pool: Pool;
  readonly spec: PoolSpec;
  readonly want: Want;
  readonly states: MemberStates;
  readonly leniency: Leniency;
  readonly place: Place;
  /** By member of the service. */
  readonly odds: Float64Array;
  readonly chosen: ReadonlySet<number>;
}

function traceMember(member: PoolMemberSpec, around: Around): MemberTrace {
  const { service, pool, spec, states, leniency, place } = around;
  const position = pool.members.findIndex((index) => service.spec.members[index]?.name === member.member);
  const index = pool.members[position] as number;
  const slot = service.slots[index] as number;
  const live = isLiveAt(around, position);
  const chosen = live && around.chosen.has(index);
  const distance = spec.scheduler === 'nearest' ? distanceTo(service.spec.members[index], place) : undefined;
  const override = states.override(slot);
  const verdict = live ? judgeLive(around, position, chosen) : judgeDead(member.status, override);
  return {
    name: member.member,
    standing: standingWords[states.standing(slot)],
    health: healthWords[states.health(slot)],
    override: overrideWords[override],
    status: member.status,
    weight: member.weight,
    chosen,
    odds: live ? (around.odds[index] ?? 0) : 0,
    code: verdict.code,
    why: leniency === Leniency.LIVE || !chosen ? verdict.why : `${verdict.why}, as the last resort`,
    ...(distance === undefined ? {} : { distanceKm: distance }),
  };
}

interface Verdict {
  readonly code: MemberCode;
  readonly why: string;
}

function judgeDead(status: PoolMemberSpec['status'], override: Override): Verdict {
  if (override === Override.DRAIN) return { code: 'drained', why: 'an operator drains it' };
  if (override === Override.DOWN) return { code: 'forced-down', why: 'an operator set it down' };
  if (status === 'down') return { code: 'status-down', why: 'the pool says status: down' };
  return { code: 'down', why: 'its checks fail' };
}

function judgeLive(around: Around, position: number, chosen: boolean): Verdict {
  const { service, pool, spec, want } = around;
  const whys = schedulerWhys[spec.scheduler];
  const index = pool.members[position] as number;
  if (chosen) return { code: 'chosen', why: whys.chosen };
  if (((pool.gives[position] as number) & (1 << want)) === 0) {
    return { code: 'gives-nothing', why: lackWhys[want] };
  }
  if (pool.weights[position] === 0 && hasWeightedLive(around)) {
    return { code: 'spare', why: 'its weight is 0 and others are live' };
  }
  if ((around.odds[index] as number) > 0) return { code: 'not-its-turn', why: whys.notItsTurn };
  const named = (service.hosts[index] as Uint8Array).length > 0;
  const firstIsNamed = [...around.chosen].some((each) => (service.hosts[each] as Uint8Array).length > 0);
  if (named && !firstIsNamed && pool.limit > 1 && want !== Want.URL && !pool.scheduler.alone) {
    return { code: 'other-kind', why: 'it is a host name, and the answer holds addresses' };
  }
  return { code: 'not-chosen', why: whys.notChosen };
}

function hasWeightedLive(around: Around): boolean {
  return around.pool.weights.some((weight, position) => weight > 0 && isLiveAt(around, position));
}

function isLiveAt({ pool, states, leniency }: Around, position: number): boolean {
  return isLive(states.words, pool.slotWords[position] as number, pool.status[position] as number, leniency);
}

function distanceTo(member: MemberSpec | undefined, place: Place): number | undefined {
  const from = coordinatesOf(place);
  const to = member && coordinatesOfMember(member);
  return from && to && distanceKm(from[0], from[1], to[0], to[1]);
}

const standingWords = {
  [Standing.UP]: 'up',
  [Standing.DOWN]: 'down',
  [Standing.DRAINING]: 'draining',
} as const;

const healthWords = { [Health.UNKNOWN]: 'unknown', [Health.UP]: 'up', [Health.DOWN]: 'down' } as const;

const overrideWords = {
  [Override.NONE]: 'none',
  [Override.DRAIN]: 'drain',
  [Override.UP]: 'up',
  [Override.DOWN]: 'down',
} as const;

const lackWhys = {
  [Want.A]: 'it has no IPv4 address',
  [Want.AAAA]: 'it has no IPv6 address',
  [Want.HOST]: 'it has no host name',
  [Want.URL]: 'it has no url',
} as const;

const poolWhys = {
  serves: 'it has live members',
  'serves-nothing': 'it has live members, but none gives what is asked for',
  down: 'none of its members is live',
} as const;

const lastResortWhys = {
  [Leniency.LIVE]: '',
  [Leniency.AS_IF_UP]: 'every pool is down: its members count as up, but those that an operator put out',
  [Leniency.DRAINING_TOO]: 'every pool is down: its draining members serve',
  [Leniency.EVERYONE]: 'every pool is down or put out: all its members serve',
} as const;

const TURN = {
  chosen: 'it is its turn',
  notItsTurn: "it is another's turn",
  notChosen: "it is another's turn",
};
const HASH = {
  chosen: "the client's network hashes to it",
  notItsTurn: "the client's network hashes to another",
  notChosen: "the client's network hashes to another",
};

/** Why a scheduler chose a member; left out one that it will come to; left one out for as long as things stand. */
const schedulerWhys: Readonly<
  Record<SchedulerName, { readonly chosen: string; readonly notItsTurn: string; readonly notChosen: string }>
> = {
  rr: TURN,
  wrr: TURN,
  fo: {
    chosen: 'it is the first by weight that is live',
    notItsTurn: 'another comes first by weight',
    notChosen: 'another comes first by weight',
  },
  sh: HASH,
  mh: HASH,
  all: { ...TURN, chosen: 'every live member is in the answer', notChosen: 'the answer is full' },
  nearest: {
    chosen: 'it is the nearest',
    notItsTurn: "it is another's turn at the nearest place",
    notChosen: 'another is nearer',
  },
};
