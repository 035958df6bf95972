/** Failures at once from a client that made none lately: an operator who pastes the wrong one, a script with an old one. */
const BURST = 10;

/** One more failure is allowed each so often. A token of 128 bits stands against any number; this spares the log. */
const REGAIN_MS = 6_000;

/** Clients that are remembered; the one that failed first is forgotten for another. */
const MAX_CLIENTS = 4096;

/** Counts failures of clients, and says when one has to wait. Its size is bounded. */
export class FailureLimit {
  readonly #now: () => number;
  /** Until when a client's failures count, in ms: each adds {@link REGAIN_MS}. The oldest first. */
  readonly #debts = new Map<string, number>();

  /** @param now ms, of any origin */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long a client has to wait, in whole seconds; 0: not at all. */
  waitSeconds(client: string): number {
    const over = (this.#debts.get(client) ?? 0) - this.#now() - (BURST - 1) * REGAIN_MS;
    return Math.max(0, Math.ceil(over / 1000));
  }

  count(client: string): void {
    const now = this.#now();
    const debt = Math.max(this.#debts.get(client) ?? 0, now) + REGAIN_MS;
    this.#debts.delete(client);
    this.#debts.set(client, debt);
    if (this.#debts.size <= MAX_CLIENTS) return;
    const [first] = this.#debts.keys();
    if (first !== undefined) this.#debts.delete(first);
  }
}
