import type { Clock } from './clock.js';

/** Things that have not given a result yet, for those who wait until each has. */
export class Outstanding<T> {
  readonly #things = new Set<T>();
  readonly #waiting = new Set<() => void>();

  add(thing: T): void {
    this.#things.add(thing);
  }

  /** It has a result, or none is waited for any longer. Harmless when it is not there. */
  remove(thing: T): void {
    this.#things.delete(thing);
    this.#wake();
  }

  clear(): void {
    this.#things.clear();
    this.#wake();
  }

  /**
   * Waits until nothing is outstanding, at the longest `limitMs`.
   * @returns how many things still are
   */
  async settled(clock: Clock, limitMs: number): Promise<number> {
    if (this.#things.size > 0) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          cancel();
          this.#waiting.delete(wake);
          resolve();
        };
        const cancel = clock.after(limitMs, wake);
        this.#waiting.add(wake);
      });
    }
    return this.#things.size;
  }

  #wake(): void {
    if (this.#things.size > 0) return;
    for (const wake of [...this.#waiting]) wake();
  }
}
