import type { Answer, Exchange } from '../answer/exchange.js';

/** Answers what the answering of queries leaves: transfers, NOTIFY, and whatever is signed with TSIG. One per thread. */
export interface SpecialRequests {
  /**
   * Answers one request; what more there is to a response over TCP goes into `exchange.more`.
   * @param plain answers a query as if it were not special; it was judged and counted already
   * @returns octets of the response, or 0: send nothing. Never throws
   */
  answer(exchange: Exchange, plain: Answer): number;
  /** Takes what the main thread says. */
  take(message: unknown): void;
}

/** What the module of {@link ThreadSetup.special} exports. */
export interface SpecialModule {
  makeSpecialRequests(context: SpecialContext): SpecialRequests;
}

export interface SpecialContext {
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Says something to the main thread. */
  readonly tell: (message: unknown) => void;
}
