import { Health } from '../state/member-states.js';

/**
 * What the results of one probe say over time. The first result decides at once. Afterwards:
 *
 *   UP    → DOWN   after `fall` failures. A single success does not take a failure back; `rise` successes in a row take all back,
 *                  so that a member that fails every second probe goes down.
 *   DOWN  → UP     after `rise` successes in a row.
 */
export class Thresholds {
  health: Health;
  /** Failures that count towards DOWN; 0 unless UP. */
  failures = 0;
  /** Successes in a row that count towards UP, or towards forgetting the failures. */
  successes = 0;
  readonly #rise: number;
  readonly #fall: number;

  /**
   * @param rise at least 1
   * @param fall at least 1
   * @param health where it stands before the first result: UNKNOWN, or what a former run of the program remembered
   */
  constructor(rise: number, fall: number, health: Health = Health.UNKNOWN) {
    this.#rise = rise;
    this.#fall = fall;
    this.health = health;
  }

  /** Takes a result. */
  count(passed: boolean): void {
    switch (this.health) {
      case Health.UNKNOWN:
        this.#become(passed ? Health.UP : Health.DOWN);
        break;
      case Health.UP:
        if (!passed) {
          this.successes = 0;
          this.failures += 1;
          if (this.failures >= this.#fall) this.#become(Health.DOWN);
        } else if (this.failures > 0) {
          this.successes += 1;
          if (this.successes >= this.#rise) this.#become(Health.UP);
        }
        break;
      case Health.DOWN:
        this.successes = passed ? this.successes + 1 : 0;
        if (this.successes >= this.#rise) this.#become(Health.UP);
        break;
    }
  }

  /** Results that it takes at the least until the health changes; 0 while unknown, since any result decides. */
  resultsToChange(): number {
    switch (this.health) {
      case Health.UNKNOWN:
        return 0;
      case Health.UP:
        return this.#fall - this.failures;
      case Health.DOWN:
        return this.#rise - this.successes;
    }
  }

  #become(health: Health): void {
    this.health = health;
    this.failures = 0;
    this.successes = 0;
  }
}
