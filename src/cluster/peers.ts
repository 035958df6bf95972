import { INSTANCE_NAME, type Lease, parseLease } from './lease.js';
import type { Vote } from './quorum.js';
import { parseVotes, type VoteWord } from './vote-text.js';

/** Another instance that lives. */
export interface Peer {
  readonly name: string;
  readonly lease: Lease;
  /** By the probe's digest. */
  votes: ReadonlyMap<string, VoteWord>;
  /** Of the lease whose votes these are; -1: they have not been read yet, or were none. */
  votesRead: number;
}

const NO_VOTES: ReadonlyMap<string, VoteWord> = new Map();

/** The others, as the last exchange found them. */
export class Peers {
  /** Things that no instance writes. */
  refused = 0;
  #peers: ReadonlyMap<string, Peer> = new Map();
  /** Whose leases are none, so that each is counted once. */
  readonly #foreign = new Set<string>();
  readonly #allowed: ReadonlySet<string> | undefined;

  /** @param allowed names of instances that count; undefined: all do */
  constructor(allowed?: readonly string[]) {
    this.#allowed = allowed === undefined ? undefined : new Set(allowed);
  }

  get count(): number {
    return this.#peers.size;
  }

  get all(): Iterable<Peer> {
    return this.#peers.values();
  }

  /** By its name. */
  find(name: string): Peer | undefined {
    return this.#peers.get(name);
  }

  /**
   * Takes the leases that there are now.
   * @param leases name → text, without this instance's own
   * @returns true when somebody came, went, or was started again
   */
  update(leases: ReadonlyMap<string, string>): boolean {
    const before = this.#peers;
    const now = new Map<string, Peer>();
    for (const [name, text] of leases) {
      const lease = this.#isAllowed(name) ? parseLease(text) : undefined;
      if (lease === undefined) {
        this.#refuse(name);
        continue;
      }
      const known = before.get(name);
      const same = known?.lease.incarnation === lease.incarnation;
      now.set(name, {
        name,
        lease,
        votes: same ? known.votes : NO_VOTES,
        votesRead: same ? known.votesRead : -1,
      });
    }
    for (const name of this.#foreign) if (!leases.has(name)) this.#foreign.delete(name);
    this.#peers = now;
    return (
      now.size !== before.size ||
      [...now.values()].some(({ name, lease }) => {
        const known = before.get(name)?.lease;
        return known?.incarnation !== lease.incarnation || known.probes !== lease.probes;
      })
    );
  }

  /** Those whose votes have changed since they were read. */
  unread(): Peer[] {
    return [...this.#peers.values()].filter(({ lease, votesRead }) => lease.votes !== votesRead);
  }

  /**
   * Takes an instance's votes.
   * @param text undefined: there are none that can be read
   */
  takeVotes(peer: Peer, text: string | undefined): void {
    const list = text === undefined ? undefined : parseVotes(text, peer.lease.incarnation);
    this.refused += list?.refused ?? 1;
    peer.votes = list?.votes ?? NO_VOTES;
    peer.votesRead = list === undefined ? -1 : peer.lease.votes;
  }

  #isAllowed(name: string): boolean {
    return INSTANCE_NAME.test(name) && (this.#allowed?.has(name) ?? true);
  }

  #refuse(name: string): void {
    if (!this.#foreign.has(name)) this.refused += 1;
    this.#foreign.add(name);
  }
}

/** The votes of a probe that count, by instance. */
export function votesIn(peers: Iterable<Peer>, probe: string): Map<string, Vote> {
  const votes = new Map<string, Vote>();
  for (const { name, votes: list } of peers) {
    const vote = list.get(probe);
    if (vote !== undefined && vote.health !== 'unmade') votes.set(name, vote);
  }
  return votes;
}
