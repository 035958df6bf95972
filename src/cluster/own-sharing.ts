import { decide, type Verdict, type Vote } from './quorum.js';
import type { Sharing } from './sharing.js';
import type { VoteWord } from './vote-text.js';

/** A cluster of one, in memory: every probe is made here, and its vote is the only one. */
export class OwnSharing implements Sharing {
  readonly #votes = new Map<string, Vote>();

  async start(): Promise<void> {}

  configure(): void {}

  isOurs(): boolean {
    return true;
  }

  vote(probe: string, vote: VoteWord | undefined): void {
    if (vote === undefined || vote.health === 'unmade') this.#votes.delete(probe);
    else this.#votes.set(probe, vote);
  }

  decide(probe: string): Verdict | undefined {
    const vote = this.#votes.get(probe);
    return decide('majority', vote === undefined ? [] : [vote]);
  }

  votesOf(): ReadonlyMap<string, Vote['health']> {
    return NONE;
  }

  wordsChanged(): void {}

  status(): undefined {}

  async stop(): Promise<void> {}
}

const NONE: ReadonlyMap<string, Vote['health']> = new Map();
