import type { VoteWord } from './vote-text.js';

/** Votes are written again after this time even when they did not change, in case somebody else wrote over them. */
const REWRITE_MS = 10_000;

/** What this instance's probes say, and what of it Redis has. */
export class OwnVotes {
  readonly #votes = new Map<string, VoteWord>();
  #changes = 0;
  /** Of {@link changes}: those that Redis has. */
  #sent = -1;
  #sentAt = 0;

  /** By the digest of the probe. */
  get all(): ReadonlyMap<string, VoteWord> {
    return this.#votes;
  }

  /** How often they changed. */
  get changes(): number {
    return this.#changes;
  }

  get(probe: string): VoteWord | undefined {
    return this.#votes.get(probe);
  }

  /** @returns true when others should hear of it soon: the health changed, not only when it may change */
  set(probe: string, vote: VoteWord | undefined): boolean {
    const before = this.#votes.get(probe);
    if (before?.health === vote?.health && resultsOf(before) === resultsOf(vote)) return false;
    if (vote === undefined) this.#votes.delete(probe);
    else this.#votes.set(probe, vote);
    this.#changes += 1;
    return before?.health !== vote?.health;
  }

  isDue(nowMs: number): boolean {
    return this.#changes !== this.#sent || nowMs - this.#sentAt > REWRITE_MS;
  }

  /** @param changes that were there when it was sent */
  sent(changes: number, nowMs: number): void {
    this.#sent = changes;
    this.#sentAt = nowMs;
  }

  /** Redis has them no more. */
  lost(): void {
    this.#sent = -1;
  }
}

function resultsOf(vote: VoteWord | undefined): number | undefined {
  return vote === undefined || vote.health === 'unmade' ? undefined : vote.resultsToChange;
}
