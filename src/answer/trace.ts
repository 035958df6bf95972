import type { Decision, Want } from '../steer/decide.js';
import type { Service } from '../steer/service.js';
import type { Trace } from '../steer/trace.js';

/** One step on the way to an answer (RFC 1034 §4.3.2), names in presentation format. */
export type AnswerStep =
  | { readonly step: 'zone'; readonly name: string; readonly apex: string }
  /** No served zone has the name. After a CNAME that is where the answer ends; else it is REFUSED. */
  | { readonly step: 'outside'; readonly name: string }
  | {
      readonly step: 'match';
      readonly name: string;
      readonly how: 'exact' | 'wildcard';
      readonly owner: string;
    }
  | {
      readonly step: 'cname' | 'dname' | 'alias' | 'flatten';
      readonly owner: string;
      readonly target: string;
    }
  | { readonly step: 'referral'; readonly owner: string }
  | { readonly step: 'nodata' | 'nxdomain'; readonly name: string; readonly soa: string }
  | { readonly step: 'static'; readonly owner: string; readonly type: number; readonly ttl: number }
  /** Addresses of a name outside of the served zones, as the resolver found them. */
  | { readonly step: 'resolved'; readonly status: 'unknown' | 'addresses' | 'nodata' | 'failed' }
  | {
      readonly step: 'steered';
      readonly owner: string;
      readonly service: Service;
      readonly want: Want;
      readonly decision: Decision;
      readonly trace: Trace;
      /** TTL of the answer: the decision's, or less by the record's bound. */
      readonly ttl: number;
    };

/** What explain reads: how one answer was made. The hot path has none. */
export class AnswerTrace {
  readonly steps: AnswerStep[] = [];

  /** @param services of the catalog that is answered from, in its order */
  constructor(readonly services: readonly Service[]) {}
}
