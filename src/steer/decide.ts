import type { Client } from '../geo/client.js';
import type { MemberStates } from '../state/member-states.js';
import type { Service } from './service.js';

/** What is asked of a service. HOST: only host members; URL: only members with a `url`. */
export const Want = { A: 0, AAAA: 1, HOST: 2, URL: 3 } as const;
export type Want = (typeof Want)[keyof typeof Want];

/** What a decision is made of beside service and client. One per thread. */
export interface Circumstances {
  readonly states: MemberStates;
  /** Where rr and wrr stand: each service owns some words. Written by `decide`; explain passes a copy. */
  readonly turns: Int32Array;
  /** A uint32, uniform. */
  readonly random: () => number;
}

/** NONE: no member of the pool can give what is wanted (NODATA, 503). */
export const Choice = { NONE: 0, ADDRESSES: 1, HOST: 2, URL: 3 } as const;
export type Choice = (typeof Choice)[keyof typeof Choice];

/** The most endpoints a decision holds. */
export const MAX_ENDPOINTS = 64;

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
  /** Prefix on which this decision's steering is constant, in bits of the client's address as given; 0: it holds for everyone. */
  scopeBits = 0;
  /** Index of the rule that matched. */
  rule = 0;
  /** Index of the pool that served. */
  pool = 0;
  /** True when every member was down and `when_all_down` chose. */
  lastResort = false;
}

/**
 * Chooses the members that this client is sent to. Pure but for `turns`: same inputs, same decision.
 * Allocates nothing, never throws, without a trace.
 */
export function decide(
  service: Service,
  client: Client,
  want: Want,
  circumstances: Circumstances,
  decision: Decision,
): void {
  void [service, client, want, circumstances, decision];
  throw new Error('not built yet');
}
