import { type Clock, systemClock } from '../background/clock.js';
import { type MemberStates, Override } from '../state/member-states.js';
import type { ServiceSpec } from '../steer/spec.js';
import { checkPattern, matchesPattern } from './member-pattern.js';
import { mergeOverrides, shownOverrides } from './merge-overrides.js';
import { nextVersion } from './override-version.js';
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
  readonly #instance: string;
  #members: readonly string[] = [];

  /** @param options.instance where this is, when operators speak at several instances */
  constructor(options: { states: MemberStates; file: StateFile; clock?: Clock; instance?: string }) {
    this.#states = options.states;
    this.#file = options.file;
    this.#clock = options.clock ?? systemClock;
    this.#instance = options.instance ?? '';
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
    return shownOverrides(this.#file.overrides);
  }

  /** What {@link list} has, and what was taken back: what other instances are to know. */
  all(): readonly StoredOverride[] {
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
    return this.#say(pattern, override);
  }

  /**
   * Takes back all that was said of the members that match. Where a wider pattern still covers them (`web/*` was drained and
   * `web/fra1` is cleared), they are excepted from it.
   * @throws PatternError
   */
  async clear(pattern: string): Promise<OverrideOutcome> {
    return this.#say(pattern, 'none');
  }

  /** Takes what was said at other instances, as far as it is newer, and stores it soon. */
  merge(others: readonly StoredOverride[]): void {
    const before = this.#file.overrides;
    const merged = mergeOverrides(before, others, this.#clock.now());
    if (merged.length === before.length && merged.every(({ version }, i) => version === before[i]?.version))
      return;
    this.#file.overrides = merged;
    this.#apply();
    this.#file.touch();
  }

  async #say(pattern: string, override: StoredOverride['override']): Promise<OverrideOutcome> {
    checkPattern(pattern);
    const now = this.#clock.now();
    const known = this.#file.overrides;
    const version = nextVersion(
      now,
      known.map((said) => said.version),
      this.#instance,
    );
    this.#file.overrides = mergeOverrides(known, [{ pattern, override, since: now, version }], now);
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
