import type { Client } from '../geo/client.js';
import type { PrefixTable } from '../geo/prefix-table.js';
import type { Want } from './want.js';

/** The most addresses or members in an answer. */
export const MAX_ENDPOINTS = 64;

/** The most members of a pool: what the scratch arrays of a decision hold. */
export const MAX_POOL_MEMBERS = 4096;

/** What a pool says of a member's health (octoDNS `status`), as a code for {@link Pool.status}. */
export const Status = { OBEY: 0, UP: 1, DOWN: 2 } as const;

/** A pool compiled for `decide`. A position is an index of its arrays: the order written, or by weight for `fo`. */
export interface Pool {
  readonly scheduler: Scheduler;
  /** Indexes of this pool and of those that are asked after it, in order. */
  readonly chain: Uint16Array;
  /** Indexes of the service's members. */
  readonly members: Uint16Array;
  /** Index of each member's slot in the words of MemberStates. */
  readonly slotWords: Int32Array;
  /** Codes of {@link Status}. */
  readonly status: Uint8Array;
  readonly weights: Int32Array;
  /** Weights, but 1 for 0: those of weight 0 are only candidates among themselves, and share alike. */
  readonly shares: Int32Array;
  /** What each member can give: bit `1 << want`. */
  readonly gives: Uint8Array;
  /** True when it has members with addresses and members with host names: an answer holds one kind. */
  readonly mixed: boolean;
  /** The most addresses in an answer. */
  readonly limit: number;
  /** Where its words of `turns` begin; for each {@link Want} there are {@link turnWords} of them. */
  readonly turnsAt: number;
  readonly turnWords: number;

  /** For `sh` and `mh`: what tells members apart in a hash, by their names. */
  readonly seeds: Int32Array;
  /** For `mh`: entry → position; else empty. */
  readonly maglev: Uint16Array;

  /** For `nearest`: address → place, where each place lies (see points.ts), and each member; else empty. */
  readonly places: PrefixTable;
  readonly placePoints: Float64Array;
  readonly points: Float64Array;
  /** For `nearest`: members with the same number are at the same coordinates. */
  readonly sites: Uint16Array;
}

/** How a pool picks: a row of the table in schedulers.ts. */
export interface Scheduler {
  /** Its answers name one member only, whatever `answers.count` is. */
  readonly alone: boolean;
  /** Pool members are kept by weight, heaviest first, instead of in the order written. */
  readonly byWeight: boolean;
  /** Words of turns that a pool of these many members needs for each thing that is wanted. */
  turnWords(members: number): number;
  /**
   * Brings the members chosen to the front of the candidates, in the order of choice.
   * @param count candidates, at least 1
   * @param need how many places at the front matter; 1 to `count`
   * @param turnsAt where the pool's words in `turns` begin
   * @returns length of the prefix on which the order is constant, in bits of the client's address as given; 0 when the
   *   order does not depend on the client
   */
  arrange(
    pool: Pool,
    count: number,
    need: number,
    client: Client,
    turns: Int32Array,
    turnsAt: number,
  ): number;
}
