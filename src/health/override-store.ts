import { type Clock, systemClock } from '../background/clock.js';
import { type MemberStates, Override } from '../state/member-states.js';
import type { ServiceSpec } from '../steer/spec.js';
import { checkPattern, matchesPattern } from './member-pattern.js';
import { type Aspect, livingOverrides, mergeOverrides, shownOverrides } from './merge-overrides.js';
import { nextVersion } from './override-version.js';
import type { StateFile, StoredOverride } from './state-file.js';

/** What became of an operator's word. */
export interface OverrideOutcome {
  /** Members that the pattern matches now; others that match may come by a reload. */
  readonly members: readonly string[];
  /** Why it holds for this run only: the file can't be written. */
  readonly unstored?: string;
}

/** What an operator says of members. */
type OperatorWord = {
  readonly reason?: string;
  /** Ms since 1970. */
  readonly until?: number;
} & (
  | { readonly override: 'drain' | 'up' | 'down' }
  | { readonly override: 'weight'; readonly weight: number }
);

/** Of a member holds something else than before. */
interface OverrideChange {
  /** `service/member`. */
  readonly member: string;
  readonly what: 'override' | 'weight';
  /** `none`, `drain`, `up`, `down`; of a weight the number, `own` for that of the service. */
  readonly from: string;
  readonly to: string;
  /** The operator's; empty when none was given, or the word was taken back. */
  readonly reason: string;
}

interface OverrideStoreOptions {
  readonly states: MemberStates;
  readonly file: StateFile;
  readonly clock?: Clock;
  /** Where this is, when operators speak at several instances. */
  readonly instance?: string;
  /** Told of words whose time is over, after they are gone. */
  readonly onExpired?: (words: readonly StoredOverride[]) => void;
  /** Told of each member of which something else holds now. */
  readonly onChange?: (change: OverrideChange) => void;
}

/** What operators say of members. It wins over their health, at once, and is stored. */
export class OverrideStore {
  readonly #states: MemberStates;
  readonly #file: StateFile;
  readonly #clock: Clock;
  readonly #instance: string;
  readonly #onExpired: (words: readonly StoredOverride[]) => void;
  readonly #onChange: (change: OverrideChange) => void;
  #members: readonly string[] = [];
  /** Members that {@link OverrideStoreOptions.onChange} is told of: what a new one starts with is no change. */
  #known: ReadonlySet<string> = new Set();
  #weights: ReadonlyMap<string, number> = new Map();
  /** Words whose time was not over when they were last applied. */
  #living: readonly StoredOverride[] = [];
  #cancelTimer: (() => void) | undefined;

  constructor(options: OverrideStoreOptions) {
    const { states, file, clock = systemClock, instance = '' } = options;
    this.#states = states;
    this.#file = file;
    this.#clock = clock;
    this.#instance = instance;
    this.#onExpired = options.onExpired ?? (() => {});
    this.#onChange = options.onChange ?? (() => {});
  }

  /** Says which members there are. What was said of their patterns before holds for new ones too. */
  update(services: readonly ServiceSpec[]): void {
    this.#members = services.flatMap((service) =>
      service.members.map((member) => `${service.name}/${member.name}`),
    );
    this.#apply();
  }

  /** What was said, oldest first; where several match a member, the last one of each aspect holds. */
  list(): readonly StoredOverride[] {
    return shownOverrides(this.#file.overrides, this.#clock.now());
  }

  /** What {@link list} has, and what was taken back or is over: what other instances are to know. */
  all(): readonly StoredOverride[] {
    return this.#file.overrides;
  }

  /** Weights that hold instead of those of the services, by `service/member`. Another map when they change. */
  weights(): ReadonlyMap<string, number> {
    return this.#weights;
  }

  /**
   * Says it of every member that matches, now or later.
   * @param pattern `service/member`, `*` for any run of characters, `?` for one
   * @throws PatternError
   */
  async set(pattern: string, word: OperatorWord): Promise<OverrideOutcome> {
    return this.#say(pattern, [word]);
  }

  /**
   * Takes back all that was said of the members that match. Where a wider pattern still covers them (`web/*` was drained and
   * `web/fra1` is cleared), they are excepted from it.
   * @throws PatternError
   */
  async clear(pattern: string, aspects: readonly Aspect[] = ASPECTS): Promise<OverrideOutcome> {
    return this.#say(
      pattern,
      aspects.map((aspect) => ({ override: EXCEPTIONS[aspect] })),
    );
  }

  /**
   * Takes what was said at other instances, as far as it is newer, and stores it soon.
   * @returns false when nothing was newer
   */
  merge(others: readonly StoredOverride[]): boolean {
    const before = this.#file.overrides;
    const merged = mergeOverrides(before, others, this.#clock.now());
    if (merged.length === before.length && merged.every(({ version }, i) => version === before[i]?.version)) {
      return false;
    }
    this.#file.overrides = merged;
    this.#apply();
    this.#file.touch();
    return true;
  }

  /** Ends the waiting for words to expire. */
  stop(): void {
    this.#cancelTimer?.();
  }

  async #say(
    pattern: string,
    words: readonly Omit<StoredOverride, 'pattern' | 'since' | 'version'>[],
  ): Promise<OverrideOutcome> {
    checkPattern(pattern);
    const since = this.#clock.now();
    for (const word of words) {
      const known = this.#file.overrides;
      const version = nextVersion(
        since,
        known.map((said) => said.version),
        this.#instance,
      );
      this.#file.overrides = mergeOverrides(known, [{ pattern, ...word, since, version }], since);
    }
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
    const weights = new Map<string, number>();
    const changes: OverrideChange[] = [];
    this.#living = livingOverrides(this.#file.overrides, this.#clock.now());
    for (const member of this.#members) {
      const said = this.#living.filter(({ pattern }) => matchesPattern(pattern, member));
      const state = said.findLast((word) => word.override !== 'weight');
      const weight = said.findLast((word) => word.override === 'weight');
      if (weight?.weight !== undefined) weights.set(member, weight.weight);
      changes.push(...this.#changesOf(member, state, weight));
      this.#states.setOverride(this.#states.slotOf(member), OVERRIDES[state?.override ?? 'none']);
    }
    if (!sameWeights(weights, this.#weights)) this.#weights = weights;
    for (const change of changes) if (this.#known.has(change.member)) this.#onChange(change);
    this.#known = new Set(this.#members);
    this.#awaitExpiry();
  }

  #changesOf(
    member: string,
    state: StoredOverride | undefined,
    weight: StoredOverride | undefined,
  ): OverrideChange[] {
    const changes: OverrideChange[] = [];
    const was = NAMES[this.#states.override(this.#states.slotOf(member))];
    const is = state?.override ?? 'none';
    if (was !== is) {
      changes.push({ member, what: 'override', from: was, to: is, reason: state?.reason ?? '' });
    }
    const from = String(this.#weights.get(member) ?? OWN_WEIGHT);
    const to = String(weight?.weight ?? OWN_WEIGHT);
    if (from !== to) changes.push({ member, what: 'weight', from, to, reason: weight?.reason ?? '' });
    return changes;
  }

  #awaitExpiry(): void {
    this.#cancelTimer?.();
    const next = this.#living.reduce((least, { until = Infinity }) => Math.min(least, until), Infinity);
    if (next === Infinity) return;
    // A timer may ring a moment early, or be cut to the longest that there is.
    this.#cancelTimer = this.#clock.after(Math.max(1, next - this.#clock.now()), () => {
      const before = this.#living;
      this.#apply();
      const over = before.filter((said) => !this.#living.includes(said));
      if (over.length > 0) this.#onExpired(over);
    });
  }
}

/** The weight of the service's file. */
const OWN_WEIGHT = 'own';

const NAMES = {
  [Override.NONE]: 'none',
  [Override.DRAIN]: 'drain',
  [Override.UP]: 'up',
  [Override.DOWN]: 'down',
} as const;

const ASPECTS: readonly Aspect[] = ['state', 'weight'];

const EXCEPTIONS = { state: 'none', weight: 'weight' } as const;

const OVERRIDES = {
  none: Override.NONE,
  weight: Override.NONE,
  drain: Override.DRAIN,
  up: Override.UP,
  down: Override.DOWN,
} as const;

function sameWeights(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([member, weight]) => b.get(member) === weight);
}
