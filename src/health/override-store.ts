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

/** What an operator says of members. */
type OperatorWord = {
  readonly reason?: string;
  /** Ms since 1970. */
  readonly until?: number;
} & (
  | { readonly override: 'drain' | 'up' | 'down' }
  | { readonly override: 'weight'; readonly weight: number }
);

/** A member may have a word of each: what its state is, and its weight. */
type Aspect = 'state' | 'weight';

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
  readonly #onExpired: (words: readonly StoredOverride[]) => void;
  readonly #onChange: (change: OverrideChange) => void;
  #members: readonly string[] = [];
  /** Members that {@link OverrideStoreOptions.onChange} is told of: what a new one starts with is no change. */
  #known: ReadonlySet<string> = new Set();
  #weights: ReadonlyMap<string, number> = new Map();
  #cancelTimer: (() => void) | undefined;

  constructor(options: OverrideStoreOptions) {
    const { states, file, clock = systemClock, onExpired = () => {}, onChange = () => {} } = options;
    this.#states = states;
    this.#file = file;
    this.#clock = clock;
    this.#onExpired = onExpired;
    this.#onChange = onChange;
  }

  /** Says which members there are. What was said of their patterns before holds for new ones too. */
  update(services: readonly ServiceSpec[]): void {
    this.#members = services.flatMap((service) =>
      service.members.map((member) => `${service.name}/${member.name}`),
    );
    this.#expire();
    this.#apply();
  }

  /** What was said, oldest first; where several match a member, the last one of each aspect holds. */
  list(): readonly StoredOverride[] {
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
    checkPattern(pattern);
    const said = { pattern, ...word, since: this.#clock.now() };
    return this.#replace(pattern, [...this.#without(pattern, [aspectOf(said)]), said]);
  }

  /**
   * Takes back all that was said of the members that match. Where a wider pattern still covers them (`web/*` was drained and
   * `web/fra1` is cleared), they are excepted from it.
   * @throws PatternError
   */
  async clear(pattern: string, aspects: readonly Aspect[] = ASPECTS): Promise<OverrideOutcome> {
    checkPattern(pattern);
    const left = this.#without(pattern, aspects);
    const since = this.#clock.now();
    const exceptions = aspects
      .filter((aspect) =>
        left.some(
          (said) => aspectOf(said) === aspect && !isException(said) && patternsOverlap(said.pattern, pattern),
        ),
      )
      .map((aspect) => ({ pattern, override: EXCEPTIONS[aspect], since }));
    return this.#replace(pattern, [...left, ...exceptions]);
  }

  /** Ends the waiting for words to expire. */
  stop(): void {
    this.#cancelTimer?.();
  }

  /** What holds without the entries that this pattern covers whole. */
  #without(pattern: string, aspects: readonly Aspect[]): StoredOverride[] {
    return this.#file.overrides.filter(
      (said) => !(aspects.includes(aspectOf(said)) && matchesPattern(pattern, said.pattern)),
    );
  }

  async #replace(pattern: string, overrides: readonly StoredOverride[]): Promise<OverrideOutcome> {
    this.#file.overrides = withoutIdle(overrides);
    this.#apply();
    const members = this.#members.filter((member) => matchesPattern(pattern, member));
    try {
      await this.#file.save();
      return { members };
    } catch (error) {
      return { members, unstored: (error as Error).message };
    }
  }

  /** Forgets words whose time is over. @returns those */
  #expire(): readonly StoredOverride[] {
    const now = this.#clock.now();
    const over = this.#file.overrides.filter(({ until = Infinity }) => until <= now);
    if (over.length === 0) return over;
    this.#file.overrides = withoutIdle(this.#file.overrides.filter((said) => !over.includes(said)));
    this.#file.touch();
    return over;
  }

  #apply(): void {
    const weights = new Map<string, number>();
    const changes: OverrideChange[] = [];
    for (const member of this.#members) {
      const said = this.#file.overrides.filter(({ pattern }) => matchesPattern(pattern, member));
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
    const next = Math.min(...this.#file.overrides.map(({ until = Infinity }) => until));
    if (next === Infinity) return;
    // A timer may ring a moment early, or be cut to the longest that there is.
    this.#cancelTimer = this.#clock.after(Math.max(1, next - this.#clock.now()), () => {
      const over = this.#expire();
      this.#apply();
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

function aspectOf({ override }: { readonly override: StoredOverride['override'] }): Aspect {
  return override === 'weight' ? 'weight' : 'state';
}

/** True for a word that only excepts members from earlier ones. */
function isException({ override, weight }: StoredOverride): boolean {
  return override === 'none' || (override === 'weight' && weight === undefined);
}

/** An exception before every rule of its aspect excepts from nothing. */
function withoutIdle(overrides: readonly StoredOverride[]): StoredOverride[] {
  const ruled = new Set<Aspect>();
  return overrides.filter((said) => {
    if (!isException(said)) ruled.add(aspectOf(said));
    return ruled.has(aspectOf(said));
  });
}

function sameWeights(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([member, weight]) => b.get(member) === weight);
}
