/**
 * The state of every member, in memory that the cold side writes and every answering thread reads.
 *
 *   slot s:  words[4s]     standing     what the hot path asks: may this member be chosen?
 *            words[4s+1]   health       what its probes say
 *            words[4s+2]   override     what an operator said
 *            words[4s+3]   steadyMs     at least this long until its health can change, in ms
 */

/** What probes say of a member. A member without checks is UP. */
export const Health = { UNKNOWN: 0, UP: 1, DOWN: 2 } as const;
export type Health = (typeof Health)[keyof typeof Health];

/** What an operator said of a member; it wins over its health. */
export const Override = { NONE: 0, DRAIN: 1, UP: 2, DOWN: 3 } as const;
export type Override = (typeof Override)[keyof typeof Override];

/** What follows from both. Unknown health counts as up. */
export const Standing = { UP: 0, DOWN: 1, DRAINING: 2 } as const;
export type Standing = (typeof Standing)[keyof typeof Standing];

/** Words a slot takes; a slot's first is its {@link Standing}. */
export const SLOT_WORDS = 4;

/** `steadyMs` of a member that is not probed: nothing foreseeable changes it. */
export const STEADY = 0x7fffffff;

/** One writer, many readers: a reader needs no lock, since it reads one word of a slot at a time. */
export class MemberStates {
  readonly words: Int32Array;
  readonly #slots = new Map<string, number>();
  readonly #keys: string[] = [];

  /** @param words how many members there can be while this process lives, or another thread's words, to read */
  constructor(words: number | Int32Array = 1 << 16) {
    this.words = typeof words === 'number' ? sharedWords(words) : words;
  }

  /** Members known by now. */
  get size(): number {
    return this.#keys.length;
  }

  /** `service/member` of a slot. */
  keyOf(slot: number): string {
    const key = this.#keys[slot];
    if (key === undefined) throw new RangeError(`no member has slot ${slot}: there are ${this.#keys.length}`);
    return key;
  }

  /** The slot of a member, the same for as long as the process lives, or -1. */
  find(key: string): number {
    return this.#slots.get(key) ?? -1;
  }

  /**
   * The slot of a member, made when it is new: unknown, no override.
   * @param key `service/member`
   */
  slotOf(key: string): number {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = this.#keys.length;
    if ((slot + 1) * SLOT_WORDS > this.words.length) {
      throw new RangeError(`no room for member ${key}: ${slot} members are the most that this process holds`);
    }
    this.#slots.set(key, slot);
    this.#keys.push(key);
    this.words[slot * SLOT_WORDS + 3] = STEADY;
    return slot;
  }

  health(slot: number): Health {
    return (this.words[slot * SLOT_WORDS + 1] ?? 0) as Health;
  }

  override(slot: number): Override {
    return (this.words[slot * SLOT_WORDS + 2] ?? 0) as Override;
  }

  standing(slot: number): Standing {
    return (this.words[slot * SLOT_WORDS] ?? 0) as Standing;
  }

  setHealth(slot: number, health: Health, steadyMs: number): void {
    this.words[slot * SLOT_WORDS + 1] = health;
    this.words[slot * SLOT_WORDS + 3] = Math.min(steadyMs, STEADY);
    this.#settle(slot);
  }

  setOverride(slot: number, override: Override): void {
    this.words[slot * SLOT_WORDS + 2] = override;
    this.#settle(slot);
  }

  #settle(slot: number): void {
    this.words[slot * SLOT_WORDS] = standingOf(this.health(slot), this.override(slot));
  }
}

function sharedWords(capacity: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(capacity * SLOT_WORDS * Int32Array.BYTES_PER_ELEMENT));
}

function standingOf(health: Health, override: Override): Standing {
  switch (override) {
    case Override.DRAIN:
      return Standing.DRAINING;
    case Override.DOWN:
      return Standing.DOWN;
    case Override.UP:
      return Standing.UP;
    case Override.NONE:
      return health === Health.DOWN ? Standing.DOWN : Standing.UP;
  }
}
