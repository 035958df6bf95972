import type { Prefix } from '../geo/prefix-table.js';

/** Where something was written, for messages and explanations. */
export interface Where {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/** A service as it was written, checked: every reference in it resolves. Services and octoDNS `dynamic` both become one. */
export interface ServiceSpec {
  /** The file's name without `.yaml`; for octoDNS `dynamic` the owner name and type: `www.example.com./A`. */
  readonly name: string;
  readonly members: readonly MemberSpec[];
  readonly pools: readonly PoolSpec[];
  /** The first that matches wins; the last matches everyone. */
  readonly rules: readonly RuleSpec[];
  readonly answers: AnswersSpec;
  readonly where: Where;
}

export interface MemberSpec {
  /** Unique in its service; `service/member` names its state. */
  readonly name: string;
  /** IPv4 and IPv6, 4 or 16 octets each, in the order written; empty for a host member. */
  readonly addresses: readonly Uint8Array[];
  /** A host member's name, in wire form; clients are sent to it by CNAME. */
  readonly host?: Uint8Array;
  /** 0 to 65535; 0 serves only when every other live candidate is gone. */
  readonly weight: number;
  /** octoDNS geo code, `EU-DE`, `NA-US-NY`. */
  readonly place?: string;
  /** [latitude, longitude] in degrees. */
  readonly coordinates?: readonly [number, number];
  /** Absolute URL that the redirect endpoint joins the request's path to; ends with `/`. */
  readonly url?: string;
  /** All must pass for the member to be up; none: it counts as up. */
  readonly checks: readonly CheckSpec[];
  readonly where: Where;
}

export interface PoolSpec {
  readonly name: string;
  readonly members: readonly PoolMemberSpec[];
  readonly scheduler: SchedulerName;
  /** The pool that is asked when no member of this one can serve. */
  readonly fallback?: string;
}

export interface PoolMemberSpec {
  readonly member: string;
  /** 0 to 65535. */
  readonly weight: number;
  /** octoDNS: `up` and `down` override the member's health in this pool, `obey` follows it. */
  readonly status: 'obey' | 'up' | 'down';
}

/** Names and meanings of Linux IPVS, and `nearest`, `all`. */
export const SCHEDULERS = ['rr', 'wrr', 'fo', 'sh', 'mh', 'all', 'nearest'] as const;
export type SchedulerName = (typeof SCHEDULERS)[number];

export interface RuleSpec {
  /** The rule matches when one of these does. `[{}]` matches everyone. */
  readonly matches: readonly MatchSpec[];
  readonly pool: string;
}

/** Matches when each kind that is given does; a kind matches when one entry of its list does. */
export interface MatchSpec {
  readonly subnets?: readonly Prefix[];
  readonly lines?: readonly string[];
  readonly asns?: readonly number[];
  /** octoDNS codes: `EU`, `EU-DE`, `NA-US-CA`. */
  readonly geos?: readonly string[];
}

export interface AnswersSpec {
  /** Addresses in an answer at the most; without it 1, and every address for scheduler `all`. */
  readonly count?: number;
  /** Seconds; min = max is a fixed TTL. */
  readonly ttl: { readonly min: number; readonly max: number };
  /**
   * When no member of the rule's pool and its fallbacks is live: the members of the rule's pool as if up, no answer, or a
   * pool's members as if up. Those that an operator put out serve only when that leaves nobody.
   */
  readonly whenAllDown: 'all' | 'none' | { readonly pool: string };
}

/** One probe. Durations in ms. */
export interface CheckSpec {
  readonly type: 'http' | 'https' | 'tcp';
  /** The address to probe, text; without it each of the member's own addresses, or its host. */
  readonly target?: string;
  readonly port: number;
  readonly path: string;
  /** Host header and SNI; without it the target. */
  readonly host?: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expect: { readonly status: readonly number[]; readonly body?: string };
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Successes in a row before up. */
  readonly rise: number;
  /** Failures in a row before down. */
  readonly fall: number;
}
