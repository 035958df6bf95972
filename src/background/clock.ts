/** Time for work in the background; tests bring one that they turn by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Runs something once, later.
   * @returns cancels it; harmless when it has run
   */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's time. A delay longer than a timer can hold is cut to it. */
export const systemClock: Clock = {
  now: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(delayMs, MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** The longest that `setTimeout` waits; it fires at once past it. */
const MAX_TIMER_MS = 0x7fffffff;
