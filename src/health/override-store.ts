import { type Clock, systemClock } from '../background/clock.js';
import { type MemberStates, Override } from '../state/member-states.js';
import type { ServiceSpec } from '../steer/spec.js';
import { checkPattern, matchesPattern, patternsOverlap } from './member-pattern.js';
import type { StateFile, StoredOverride } from './state-file.js';

/** What became of an operator's word. */
export interface OverrideOutcome {
  /** Members that the pattern matches now; others that match may come by a reload. */
  readonly members: readonly string[];
  /** Why it holds for this run only: the file can't be written. */
  readonly unstored?: string;
}

/** What operators say of members. It wins over their health, at once, and is stored. */
export class OverrideStore {
  readonly #states: MemberStates;
  readonly #file: StateFile;
  readonly #clock: Clock;
  #members: readonly string[] = [];

  constructor(options: { states: MemberStates; file: StateFile; clock?: Clock }) {
    this.#states = options.states;
    this.#file = options.file;
    this.#clock = options.clock ?? systemClock;
  }

  /** Says which members there are. What was said of their patterns before holds for new ones too. */
  update(services: readonly ServiceSpec[]): void {
    this.#members = services.flatMap((service) =>
      service.members.map((member) => `${service.name}/${member.name}`),
    );
    this.#apply();
  }

  /** What was said, oldest first; where several match a member, the last one holds. */
  list(): readonly StoredOverride[] {
    return this.#file.overrides;
  }

  /**
   * Says it of every member that matches, now or later.
   * @param pattern `service/member`, `*` for any run of characters, `?` for one
   * @throws PatternError
   */
  async set(
    pattern: string,
    override: Exclude<StoredOverride['override'], 'none'>,
  ): Promise<OverrideOutcome> {
    checkPattern(pattern);
    const since = this.#clock.now();
    return this.#replace(pattern, [...this.#without(pattern), { pattern, override, since }]);
  }

  /**
   * Takes back all that was said of the members that match. Where a wider pattern still covers them (`web/*` was drained and
   * `web/fra1` is cleared), they are excepted from it.
   * @throws PatternError
   */
  async clear(pattern: string): Promise<OverrideOutcome> {
    checkPattern(pattern);
    const left = this.#without(pattern);
    const excepted = left.some((said) => said.override !== 'none' && patternsOverlap(said.pattern, pattern));
    const since = this.#clock.now();
    return this.#replace(pattern, excepted ? [...left, { pattern, override: 'none', since }] : left);
  }

  /** What holds without the entries that this pattern covers whole. */
  #without(pattern: string): StoredOverride[] {
    return this.#file.overrides.filter((said) => !matchesPattern(pattern, said.pattern));
  }

  async #replace(pattern: string, overrides: StoredOverride[]): Promise<OverrideOutcome> {
    const first = overrides.findIndex((said) => said.override !== 'none');
    // An exception before every rule excepts from nothing.
    this.#file.overrides = first < 0 ? [] : overrides.slice(first);
    this.#apply();
    const members = this.#members.filter((member) => matchesPattern(pattern, member));
    try {
      await this.#file.save();
      return { members };
    } catch (error) {
      return { members, unstored: (error as Error).message };
    }
  }

  #apply(): void {
    for (const member of this.#members) {
      const said = this.#file.overrides.findLast(({ pattern }) => matchesPattern(pattern, member));
      this.#states.setOverride(this.#states.slotOf(member), OVERRIDES[said?.override ?? 'none']);
    }
  }
}

const OVERRIDES = {
  none: Override.NONE,
  drain: Override.DRAIN,
  up: Override.UP,
  down: Override.DOWN,
} as const;
