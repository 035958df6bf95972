import type { Client } from '../geo/client.js';
import { findPrefix } from '../geo/prefix-table.js';
import { type MemberStates, STEADY } from '../state/member-states.js';
import { candidates, collect, isLive, Leniency, steadyMs } from './candidates.js';
import { MAX_ENDPOINTS, type Pool } from './pool.js';
import { type Steering, WhenAllDown } from './service.js';
import { Want } from './want.js';

export { Want };

/** What a decision is made of beside service and client. One per thread. */
export interface Circumstances {
  readonly states: MemberStates;
  /** Where rr and wrr stand: each service owns some words, all 0 at first. Written by `decide`; explain passes a copy. */
  readonly turns: Int32Array;
  /** A uint32, uniform. */
  readonly random: () => number;
}

/** NONE: no member of the pool can give what is wanted (NODATA, 503). */
export const Choice = { NONE: 0, ADDRESSES: 1, HOST: 2, URL: 3 } as const;
export type Choice = (typeof Choice)[keyof typeof Choice];

/** Refilled for each decision; keep no reference. */
export class Decision {
  choice: Choice = Choice.NONE;
  /** Endpoints in {@link endpoints} and {@link members}. */
  count = 0;
  /** For ADDRESSES: endpoint indexes of `service.v4` or `service.v6`, in the order of the answer. */
  readonly endpoints = new Uint16Array(MAX_ENDPOINTS);
  /** The member of each endpoint; for HOST and URL `members[0]` is the choice (for URL the others follow in order of preference). */
  readonly members = new Uint16Array(MAX_ENDPOINTS);
  /** Seconds. */
  ttl = 0;
  /**
   * Prefix on which this decision's steering is constant, in bits of the client's address as given; 0: it holds for
   * everyone. It may be longer than what is known of the address.
   */
  scopeBits = 0;
  /** Index of the first rule that leads to the pool of the rule that matched. A trace names the one that matched. */
  rule = 0;
  /** Index of the pool that served; of the rule's pool when none did. */
  pool = 0;
  /** True when every member was down and `when_all_down` chose. */
  lastResort = false;
}

/** Is told of a decision, to find out why it is as it is: see trace.ts. */
export interface DecisionTrace {
  /** @param circumstances as they were for the decision, but with `turns` as it left them */
  record(client: Client, want: Want, circumstances: Circumstances, decision: Decision): void;
}

/**
 * Chooses the members that this client is sent to. Pure but for `turns`: same inputs, same decision.
 * Allocates nothing, never throws, without a trace.
 *
 * The rule gives the pool; the first of it and its fallbacks with a live member serves; the pool's scheduler picks.
 * @param trace is told why, at the end
 */
export function decide(
  service: Steering,
  client: Client,
  want: Want,
  circumstances: Circumstances,
  decision: Decision,
  trace?: DecisionTrace,
): void {
  matchRule(service, client, decision);
  const { turns } = circumstances;
  const { words } = circumstances.states;
  const count = findPool(service, want, words, decision);
  decision.choice = Choice.NONE;
  decision.count = 0;
  let leastMs = STEADY;
  if (count > 0) {
    const pool = service.pools[decision.pool] as Pool;
    const need = placesNeeded(pool, count, want);
    const turnsAt = pool.turnsAt + want * pool.turnWords;
    const scopeBits = pool.scheduler.arrange(pool, count, need, client, turns, turnsAt);
    if (scopeBits > decision.scopeBits) decision.scopeBits = scopeBits;
    leastMs = fill(service, pool, need, want, words, turns, decision);
  }
  decision.ttl = service.ttlMin;
  if (service.ttlMin !== service.ttlMax) {
    leastMs = Math.min(leastMs, steadyMsPassedOver(service, words, decision));
    const seconds = Math.floor(leastMs / 1000);
    decision.ttl = Math.max(service.ttlMin, Math.min(service.ttlMax, seconds));
  }
  if (trace !== undefined) trace.record(client, want, circumstances, decision);
}

function matchRule(service: Steering, client: Client, decision: Decision): void {
  decision.rule = 0;
  decision.scopeBits = 0;
  if (service.ruleTable === undefined) return;
  decision.rule = findPrefix(service.ruleTable, client);
  decision.scopeBits = client.givenBits(client.matchBits);
}

/** Finds the pool that serves and collects its candidates. Returns their number, or -1: nothing may serve. */
function findPool(service: Steering, want: Want, words: Int32Array, decision: Decision): number {
  const own = service.rulePools[decision.rule] as number;
  const chain = (service.pools[own] as Pool).chain;
  decision.lastResort = false;
  let count = askPools(service, chain, want, words, Leniency.LIVE, decision);
  if (count >= 0) return count;
  decision.lastResort = true;
  decision.pool = own;
  if (service.whenAllDown === WhenAllDown.NONE) return -1;
  for (let leniency = Leniency.AS_IF_UP as Leniency; leniency <= Leniency.EVERYONE && count < 0; leniency++) {
    if (service.whenAllDown < 0) {
      count = askPools(service, chain, want, words, leniency as Leniency, decision);
    } else {
      decision.pool = service.whenAllDown;
      const pool = service.pools[decision.pool] as Pool;
      count = collect(pool, 1 << want, words, leniency as Leniency);
    }
  }
  return count;
}

/** Asks pools in turn until one is not down. */
function askPools(
  service: Steering,
  chain: Uint16Array,
  want: Want,
  words: Int32Array,
  leniency: Leniency,
  decision: Decision,
): number {
  for (let i = 0; i < chain.length; i++) {
    const index = chain[i] as number;
    const count = collect(service.pools[index] as Pool, 1 << want, words, leniency);
    if (count < 0) continue;
    decision.pool = index;
    return count;
  }
  return -1;
}

/** How many members the scheduler has to put in order. */
function placesNeeded(pool: Pool, count: number, want: Want): number {
  if (want === Want.URL) return Math.min(count, MAX_ENDPOINTS);
  if (want === Want.HOST || pool.limit === 1 || pool.scheduler.alone) return 1;
  // Of a mixed pool any member may have to be skipped.
  return pool.mixed ? count : Math.min(count, pool.limit);
}

/**
 * Writes what the first `need` candidates give. When the first is a host member it is the answer alone: a CNAME suffers no
 * other data beside it (RFC 1034 §3.6.2).
 * @returns the least {@link steadyMs} of the members in the answer
 */
function fill(
  service: Steering,
  pool: Pool,
  need: number,
  want: Want,
  words: Int32Array,
  turns: Int32Array,
  decision: Decision,
): number {
  const first = pool.members[candidates[0] as number] as number;
  const named = (service.hosts[first] as Uint8Array).length > 0;
  if (want !== Want.URL && !named) {
    if (pool.limit === 1) return fillAddress(service, pool, first, want, words, turns, decision);
    return fillAddresses(service, pool, need, want, words, turns, decision);
  }
  decision.choice = want === Want.URL ? Choice.URL : Choice.HOST;
  decision.count = want === Want.URL ? need : 1;
  for (let i = 0; i < decision.count; i++) {
    decision.members[i] = pool.members[candidates[i] as number] as number;
  }
  return steadyMs(pool, candidates[0] as number, words);
}

/** As {@link fillAddresses}, of the first candidate alone. */
function fillAddress(
  service: Steering,
  pool: Pool,
  member: number,
  want: Want,
  words: Int32Array,
  turns: Int32Array,
  decision: Decision,
): number {
  const start = want === Want.A ? service.v4Start : service.v6Start;
  const rotateAt = (want === Want.A ? service.v4Turn : service.v6Turn)[member] as number;
  const begin = start[member] as number;
  let endpoint = begin;
  if (rotateAt >= 0) {
    const size = (start[member + 1] as number) - begin;
    const rotated = turns[rotateAt] as number;
    endpoint += rotated;
    turns[rotateAt] = rotated + 1 < size ? rotated + 1 : 0;
  }
  decision.endpoints[0] = endpoint;
  decision.members[0] = member;
  decision.choice = Choice.ADDRESSES;
  decision.count = 1;
  return steadyMs(pool, candidates[0] as number, words);
}

/** One address of each member in the order of choice, then their second ones, and so on, until the answer is full. */
function fillAddresses(
  service: Steering,
  pool: Pool,
  need: number,
  want: Want,
  words: Int32Array,
  turns: Int32Array,
  decision: Decision,
): number {
  const start = want === Want.A ? service.v4Start : service.v6Start;
  const turn = want === Want.A ? service.v4Turn : service.v6Turn;
  let leastMs = STEADY;
  let count = 0;
  let placed = 0;
  let more = true;
  for (let round = 0; more && count < pool.limit; round++) {
    more = false;
    for (let i = 0; i < need && count < pool.limit; i++) {
      const position = candidates[i] as number;
      const member = pool.members[position] as number;
      const begin = start[member] as number;
      const size = (start[member + 1] as number) - begin;
      if (round >= size) continue;
      const rotateAt = turn[member] as number;
      const rotated = rotateAt < 0 ? 0 : (turns[rotateAt] as number);
      decision.endpoints[count] = begin + ((rotated + round) % size);
      decision.members[count] = member;
      count += 1;
      if (round + 1 < size) more = true;
      if (round === 0) leastMs = Math.min(leastMs, steadyMs(pool, position, words));
    }
    if (round === 0) placed = count;
  }
  for (let i = 0; i < placed; i++) {
    const member = decision.members[i] as number;
    const rotateAt = turn[member] as number;
    if (rotateAt < 0) continue;
    const size = (start[member + 1] as number) - (start[member] as number);
    turns[rotateAt] = ((turns[rotateAt] as number) + 1) % size;
  }
  decision.choice = Choice.ADDRESSES;
  decision.count = count;
  return leastMs;
}

/**
 * The least {@link steadyMs} of members that were passed over because they are down: with one of them back, another answer
 * would be right. They are those of the pools before the one that serves, and in a pool of `fo` those before the chosen.
 */
function steadyMsPassedOver(service: Steering, words: Int32Array, decision: Decision): number {
  const own = service.pools[service.rulePools[decision.rule] as number] as Pool;
  let leastMs = STEADY;
  for (let i = 0; i < own.chain.length; i++) {
    const index = own.chain[i] as number;
    if (index === decision.pool && !decision.lastResort) break;
    const passed = service.pools[index] as Pool;
    for (let position = 0; position < passed.members.length; position++) {
      leastMs = Math.min(leastMs, steadyMs(passed, position, words));
    }
  }
  const pool = service.pools[decision.pool] as Pool;
  if (!pool.scheduler.alone || decision.count === 0) return leastMs;
  for (let position = 0; position < (candidates[0] as number); position++) {
    const at = pool.slotWords[position] as number;
    if (isLive(words, at, pool.status[position] as number, Leniency.LIVE)) continue;
    leastMs = Math.min(leastMs, steadyMs(pool, position, words));
  }
  return leastMs;
}
