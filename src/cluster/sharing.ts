import type { Verdict, Vote } from './quorum.js';
import type { VoteWord } from './vote-text.js';

/**
 * What an instance has of the others: which probes it makes, and what all of them say together. Alone in memory, or through
 * Redis; whoever asks can't tell one from the other.
 */
export interface Sharing {
  /**
   * Begins.
   * @returns when it is known what the others say, or that nobody can be asked; at the latest after `limitMs`
   */
  start(limitMs: number): Promise<void>;
  /** Says what the configuration asks for, before its probes are made. */
  configure(configuration: SharedConfiguration): void;
  /** Whether this instance makes a probe. */
  isOurs(probe: string): boolean;
  /** Says what this instance's probe found; undefined: it does not make it, or knows nothing yet. */
  vote(probe: string, vote: VoteWord | undefined): void;
  /** What the votes say together; undefined without one. */
  decide(probe: string): Verdict | undefined;
  /** Who says what, by instance; only those whose votes count. Empty when there is nobody else. */
  votesOf(probe: string): ReadonlyMap<string, Vote['health']>;
  /** Something new was said on this instance: the others are to know. */
  wordsChanged(): void;
  /** undefined when nothing is shared. */
  status(): SharingStatus | undefined;
  /** Leaves: the others take over at once. */
  stop(): Promise<void>;
}

export interface SharedConfiguration {
  /** Digests of the probes, 12 hexadecimal digits each. */
  readonly probes: readonly string[];
  /** Of the probe that is made most often; undefined without probes. */
  readonly shortestIntervalMs: number | undefined;
  /** What instances should agree on: a digest of each part, in hexadecimal digits, by a word in small letters. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Plain data. Times in ms since 1970. */
export interface SharingStatus {
  /** Of the cluster. */
  readonly name: string;
  readonly instance: string;
  /**
   * `joining`: an earlier process of this name has not been forgotten yet; `connected`; `degraded`: Redis can't be used;
   * `clash`: another process has this name, and this one has no vote.
   */
  readonly state: 'joining' | 'connected' | 'degraded' | 'clash';
  readonly since: number;
  /** Why it is not connected. */
  readonly problem?: string;
  /** `alone`: every probe is made here, and only these count. */
  readonly probing: 'shared' | 'alone';
  /** Where Redis is, without secrets. */
  readonly redis: string;
  readonly leaseMs: number;
  /** Those that live, this one included, by name. */
  readonly instances: readonly SharingInstance[];
  readonly counters: SharingCounters;
}

export interface SharingInstance {
  readonly name: string;
  readonly isSelf: boolean;
  readonly version: string;
  readonly startedAt: number;
  /** Parts of the configuration that differ from those here. */
  readonly differs: readonly string[];
}

/** Since the start. */
export interface SharingCounters {
  /** Exchanges with Redis that were done. */
  readonly exchanges: number;
  /** Those that failed, connections that could not be made included. */
  readonly failures: number;
  /** What was in Redis and is nothing that an instance writes. */
  readonly refused: number;
  /** Times that this instance began to probe everything itself. */
  readonly timesAlone: number;
  /** Ms that the last exchange took. */
  readonly lastExchangeMs: number;
}
