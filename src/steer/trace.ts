import type { Client } from '../geo/client.js';
import type { Place } from '../geo/place-table.js';
import { findPrefix } from '../geo/prefix-table.js';
import { hashedBits } from './client-hash.js';
import { Choice, type Circumstances, type Decision, type DecisionTrace } from './decide.js';
import type { Service } from './service.js';
import type { PoolSpec } from './spec.js';
import { type PoolTrace, tracePools } from './trace-pools.js';
import { type RuleTrace, traceRules } from './trace-rules.js';
import { Want } from './want.js';

/** Why the SCOPE is as long as it is. */
export interface ScopeTrace {
  /** In bits of the client's address as given. */
  readonly bits: number;
  /** What it was that needs the most bits; `everyone`: nothing depends on the client. */
  readonly code: 'everyone' | 'rules' | 'hash' | 'place';
  readonly why: string;
}

/** Why the TTL is as long as it is. */
export interface TtlTrace {
  readonly seconds: number;
  /** `steady`: no member that matters can change its state before; `min`, `max`: that time, cut to the bounds. */
  readonly code: 'fixed' | 'steady' | 'min' | 'max';
  readonly why: string;
}

/** A trace's fields in words for {@link Want} and {@link Choice}. */
export type WantWord = keyof typeof Want;
export type ChoiceWord = keyof typeof Choice;

/**
 * Why a decision is as it is: plain data, for explain. `decide` fills it at its end from what it decided by; every `why` is
 * a phrase in lower case without a full stop, every `code` stays the same over releases.
 */
export class Trace implements DecisionTrace {
  readonly #service: Service;
  readonly service: string;
  want: WantWord = 'A';
  choice: ChoiceWord = 'NONE';
  /** What is known of where the client is; `nearest`, lines, ASNs and geos go by it. */
  place: Place = { lines: [] };
  rules: RuleTrace[] = [];
  /** Index of the rule that matched. */
  rule = 0;
  /** In the order in which they were asked: the rule's, its fallbacks, the one of `when_all_down`. */
  pools: PoolTrace[] = [];
  /** True when every member was down and `when_all_down` chose. */
  lastResort = false;
  /** Names of the members in the answer, in its order, each once. */
  members: string[] = [];
  scope: ScopeTrace = { bits: 0, code: 'everyone', why: '' };
  ttl: TtlTrace = { seconds: 0, code: 'fixed', why: '' };

  /** @param service that is decided of */
  constructor(service: Service) {
    this.#service = service;
    this.service = service.spec.name;
  }

  record(client: Client, want: Want, circumstances: Circumstances, decision: Decision): void {
    const service = this.#service;
    this.want = wordOf(Want, want);
    this.choice = wordOf(Choice, decision.choice);
    const { prefixes, places } = service.places;
    this.place = places[findPrefix(prefixes, client)] ?? { lines: [] };
    this.rules = traceRules(service.spec.rules, client, this.place);
    this.rule =
      this.rules.find(({ code }) => code === 'everyone' || code === 'matched')?.index ?? decision.rule;
    this.lastResort = decision.lastResort;
    const chosen = [...decision.members.subarray(0, decision.count)];
    this.members = [...new Set(chosen.map((member) => service.spec.members[member]?.name ?? ''))];
    this.pools = tracePools(service, client, want, circumstances, decision, this.place);
    this.scope = traceScope(service, client, decision);
    this.ttl = traceTtl(service, decision);
  }
}

function wordOf<Words extends Record<string, number>>(words: Words, code: number): keyof Words & string {
  const found = Object.entries(words).find(([, value]) => value === code);
  return found?.[0] ?? '';
}

function traceScope(service: Service, client: Client, decision: Decision): ScopeTrace {
  const bits = decision.scopeBits;
  if (bits === 0) {
    return { bits, code: 'everyone', why: 'the answer does not depend on who asks' };
  }
  const { scheduler } = service.spec.pools[decision.pool] as PoolSpec;
  if (decision.count > 0 && rulesBits(service, client) < bits) {
    if (scheduler === 'nearest') {
      return { bits, code: 'place', why: `the client's place is known for /${bits}, and nearest goes by it` };
    }
    return {
      bits,
      code: 'hash',
      why: `${scheduler} hashes ${hashedBits(client)} bits of the client's address`,
    };
  }
  return { bits, code: 'rules', why: `the rules send all of the client's /${bits} to one pool` };
}

/** Bits of the client's address that the rules depend on. */
function rulesBits(service: Service, client: Client): number {
  if (service.ruleTable === undefined) return 0;
  findPrefix(service.ruleTable, client);
  return client.givenBits(client.matchBits);
}

function traceTtl({ ttlMin, ttlMax }: Service, { ttl: seconds }: Decision): TtlTrace {
  if (ttlMin === ttlMax) return { seconds, code: 'fixed', why: 'it is fixed' };
  if (seconds === ttlMax) {
    return {
      seconds,
      code: 'max',
      why: `no member that matters can change within ${seconds} s, the maximum`,
    };
  }
  if (seconds === ttlMin) {
    return {
      seconds,
      code: 'min',
      why: `a member that matters may change soon; ${seconds} s is the minimum`,
    };
  }
  return { seconds, code: 'steady', why: `no member that matters can change within ${seconds} s` };
}
