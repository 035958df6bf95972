import type { Exchange } from './exchange.js';

/** What is to become of a query. */
export const Verdict = {
  ANSWER: 0,
  /** Answer as short as can be, so that a requestor which is not forged knows how to ask again. */
  SLIP: 1,
  /** No response. */
  DROP: 2,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Limits what is answered over UDP, where the requestor's address may be forged. */
export interface Limiter {
  /** Asked once for each query whose cookie does not hold, signed ones too. No allocation, no exception. */
  judge(exchange: Exchange): Verdict;
}
