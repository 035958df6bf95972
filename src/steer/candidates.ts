import { Override, STEADY, Standing } from '../state/member-states.js';
import { MAX_POOL_MEMBERS, type Pool, Status } from './pool.js';

/**
 * How much a member is forgiven. A decision asks for LIVE; when no member of any pool is, the levels after it are asked in
 * turn until one has a member.
 */
export const Leniency = {
  /** An operator's override decides; without one the pool's `status`; with `obey` the member's health. */
  LIVE: 0,
  /** Health does not count. Left out: those that an operator put out, and `status: down`. */
  AS_IF_UP: 1,
  /** Draining members too: they still serve. */
  DRAINING_TOO: 2,
  EVERYONE: 3,
} as const;
export type Leniency = (typeof Leniency)[keyof typeof Leniency];

/**
 * Positions in the pool that is asked of members that may be chosen, the first of them in the order of choice once a
 * scheduler has arranged them. Refilled for each decision; a thread has one.
 */
export const candidates = new Uint16Array(MAX_POOL_MEMBERS);

/** Of live members of weight 0, while it is not known whether they are needed. */
const spares = new Uint16Array(MAX_POOL_MEMBERS);

/**
 * Fills {@link candidates} with the members that may be chosen, in the pool's order.
 *
 * Whether the pool is down, and whether members of weight 0 are needed, does not depend on `want`: A and AAAA come from the
 * same members, though one of them may then be empty.
 * @param give bit of what is wanted, see {@link Pool.gives}
 * @param words of MemberStates
 * @returns how many; -1 when the pool is down
 */
export function collect(pool: Pool, give: number, words: Int32Array, leniency: Leniency): number {
  const { status, weights, gives, slotWords } = pool;
  // Most members are asked by one word; what the loop compares it with is read once.
  const { OBEY } = Status;
  const { UP } = Standing;
  const strict = leniency === Leniency.LIVE;
  let count = 0;
  let spareCount = 0;
  let weighted = false;
  let down = true;
  for (let position = 0; position < slotWords.length; position++) {
    const at = slotWords[position] as number;
    const said = status[position] as number;
    const live = strict && said === OBEY ? words[at] === UP : isLive(words, at, said, leniency);
    if (!live) continue;
    down = false;
    const useful = ((gives[position] as number) & give) !== 0;
    if ((weights[position] as number) > 0) {
      weighted = true;
      if (useful) candidates[count++] = position;
    } else if (useful) {
      spares[spareCount++] = position;
    }
  }
  if (down) return -1;
  if (weighted) return count;
  for (let i = 0; i < spareCount; i++) candidates[i] = spares[i] as number;
  return spareCount;
}

/**
 * May this member be chosen?
 * @param at index in `words` of the member's slot
 * @param status a {@link Status}
 */
export function isLive(words: Int32Array, at: number, status: number, leniency: Leniency): boolean {
  if (leniency === Leniency.LIVE && status === Status.OBEY) return words[at] === Standing.UP;
  if (leniency === Leniency.EVERYONE) return true;
  const override = words[at + 2];
  if (override === Override.NONE) return status !== Status.DOWN;
  if (override === Override.UP) return true;
  return override === Override.DRAIN && leniency === Leniency.DRAINING_TOO;
}

/** At least this long, in ms, until the member at a position can come or go, as far as its probes can tell. */
export function steadyMs(pool: Pool, position: number, words: Int32Array): number {
  const at = pool.slotWords[position] as number;
  if (pool.status[position] !== Status.OBEY || words[at + 2] !== Override.NONE) return STEADY;
  return words[at + 3] as number;
}
