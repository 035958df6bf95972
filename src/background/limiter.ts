/** Lets at most so many jobs run at once; the others wait, first come first served. */
export class Limiter {
  readonly #limit: number;
  #running = 0;
  /** Jobs that wait, from {@link #next}; those before it have started. */
  #waiting: (() => void)[] = [];
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Starts the job now or when its turn comes. Rejects only as the job does. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((start) => this.#waiting.push(start));
    else this.#running += 1;
    try {
      return await job();
    } finally {
      this.#release();
    }
  }

  /** Hands this job's place to the one that waits longest. */
  #release(): void {
    const start = this.#waiting[this.#next];
    if (start === undefined) {
      this.#running -= 1;
      this.#waiting = [];
      this.#next = 0;
      return;
    }
    this.#next += 1;
    if (this.#next > COMPACT_AFTER) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    start();
  }
}

/** Starts of jobs that are kept after use until the queue is copied: makes the copying rare, the waste small. */
const COMPACT_AFTER = 1024;
