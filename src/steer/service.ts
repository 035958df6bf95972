import type { PlaceTable } from '../geo/place-table.js';
import type { PrefixTable } from '../geo/prefix-table.js';
import type { MemberStates } from '../state/member-states.js';
import { compilePool, type PoolContext } from './compile-pool.js';
import type { Pool } from './pool.js';
import { compileRules, type RuleContext } from './rule-table.js';
import type { MemberSpec, ServiceSpec } from './spec.js';
import { Want } from './want.js';

/** What `decide` reads of a service: immutable, flat arrays, which threads can share; indexes are of the spec's lists. */
export interface Steering {
  /** Address → index of a rule that leads to its pool, see rule-table.ts; undefined: rule 0 holds for everyone. */
  readonly ruleTable: PrefixTable | undefined;
  /** Pool of each rule. */
  readonly rulePools: Uint16Array;
  readonly pools: readonly Pool[];
  /** State slot of each member. */
  readonly slots: Int32Array;
  /** A endpoints: 4 octets each; {@link v4Member} says whose. */
  readonly v4: Uint8Array;
  readonly v4Member: Uint16Array;
  /** Where each member's A endpoints begin, and behind the last member's. */
  readonly v4Start: Uint16Array;
  /** Word of `turns` that rotates a member's A endpoints; -1 where there is nothing to rotate. */
  readonly v4Turn: Int32Array;
  /** AAAA endpoints: 16 octets each. */
  readonly v6: Uint8Array;
  readonly v6Member: Uint16Array;
  readonly v6Start: Uint16Array;
  readonly v6Turn: Int32Array;
  /** Host members' names in wire form, by member; empty for the others. */
  readonly hosts: readonly Uint8Array[];
  /** Seconds. */
  readonly ttlMin: number;
  readonly ttlMax: number;
  /** What serves when no pool can: a {@link WhenAllDown}, or a pool's index. */
  readonly whenAllDown: number;
}

/** A service compiled, with what its traces tell of it. */
export interface Service extends Steering {
  readonly spec: ServiceSpec;
  /** What the rules and `nearest` know of addresses. */
  readonly places: PlaceTable;
}

/** The values of {@link Steering.whenAllDown} that are no pool's index. */
export const WhenAllDown = { ALL: -1, NONE: -2 } as const;

/** What several services of one snapshot share while they are compiled. */
export interface CompileContext extends PoolContext, RuleContext {
  readonly states: MemberStates;
}

/**
 * Compiles a checked service. Members keep their state slots by name, also over a reload.
 * @throws RangeError when a reference does not resolve, or there are more members, endpoints or members of a pool than fit
 */
export function compileService(spec: ServiceSpec, context: CompileContext): Service {
  const { members, answers } = spec;
  const slots = Int32Array.from(members, ({ name }) => context.states.slotOf(`${spec.name}/${name}`));
  const v4 = compileEndpoints(spec, 4, context);
  const v6 = compileEndpoints(spec, 16, context);
  return {
    spec,
    places: context.places,
    ruleTable: compileRules(spec.rules, context),
    rulePools: Uint16Array.from(spec.rules, ({ pool }) => poolIndex(spec, pool)),
    pools: compilePools(spec, slots, context),
    slots,
    v4: v4.octets,
    v4Member: v4.member,
    v4Start: v4.start,
    v4Turn: v4.turn,
    v6: v6.octets,
    v6Member: v6.member,
    v6Start: v6.start,
    v6Turn: v6.turn,
    hosts: members.map(({ host }) => host ?? new Uint8Array(0)),
    ttlMin: answers.ttl.min,
    ttlMax: answers.ttl.max,
    whenAllDown: whenAllDownOf(spec),
  };
}

/**
 * Compiles a service anew whose spec differs in weights alone: what does not depend on them is shared.
 * @param context its turns go on from those of the catalog that the service is from
 */
export function reweighService(service: Service, spec: ServiceSpec, context: PoolContext): Service {
  return { ...service, spec, pools: compilePools(spec, service.slots, context) };
}

function compilePools(spec: ServiceSpec, slots: Int32Array, context: PoolContext): Pool[] {
  const { members } = spec;
  const surroundings = {
    service: spec,
    memberIndexes: new Map(members.map(({ name }, index) => [name, index])),
    slots,
    gives: Uint8Array.from(members, givesOf),
    hostBit: 1 << Want.HOST,
  };
  return spec.pools.map((pool) => compilePool(pool, surroundings, context));
}

interface Endpoints {
  readonly octets: Uint8Array;
  readonly member: Uint16Array;
  readonly start: Uint16Array;
  readonly turn: Int32Array;
}

/** Endpoint indexes, and a member's own, are 16 bits. */
const MAX_INDEX = 0xffff;

/** @param length octets of the family's addresses */
function compileEndpoints(spec: ServiceSpec, length: 4 | 16, context: CompileContext): Endpoints {
  const ofMember = spec.members.map(({ addresses }) =>
    addresses.filter((address) => address.length === length),
  );
  const all = ofMember.flat();
  if (all.length > MAX_INDEX || spec.members.length > MAX_INDEX) {
    throw new RangeError(
      `service ${spec.name} has ${spec.members.length} members with ${all.length} addresses of one family; ${MAX_INDEX} are the most`,
    );
  }
  const octets = new Uint8Array(all.length * length);
  all.forEach((address, index) => {
    octets.set(address, index * length);
  });
  const start = new Uint16Array(ofMember.length + 1);
  const turn = new Int32Array(ofMember.length).fill(-1);
  ofMember.forEach((addresses, member) => {
    start[member + 1] = (start[member] as number) + addresses.length;
    if (addresses.length > 1) turn[member] = context.turnWords++;
  });
  const member = Uint16Array.from(ofMember.flatMap((addresses, index) => addresses.map(() => index)));
  return { octets, member, start, turn };
}

/** A member with a host name gives A and AAAA too: by CNAME, or flattened at the apex. */
function givesOf({ addresses, host, url }: MemberSpec): number {
  const named = host !== undefined;
  const v4 = named || addresses.some(({ length }) => length === 4);
  const v6 = named || addresses.some(({ length }) => length === 16);
  return (
    (v4 ? 1 << Want.A : 0) |
    (v6 ? 1 << Want.AAAA : 0) |
    (named ? 1 << Want.HOST : 0) |
    (url === undefined ? 0 : 1 << Want.URL)
  );
}

function poolIndex(spec: ServiceSpec, pool: string): number {
  const index = spec.pools.findIndex(({ name }) => name === pool);
  if (index < 0) throw new RangeError(`service ${spec.name} names pool ${pool}, which it lacks`);
  return index;
}

function whenAllDownOf(spec: ServiceSpec): number {
  const { whenAllDown } = spec.answers;
  if (whenAllDown === 'all') return WhenAllDown.ALL;
  if (whenAllDown === 'none') return WhenAllDown.NONE;
  return poolIndex(spec, whenAllDown.pool);
}
