/** What one probe says, here or on several instances together. */
export interface ProbeVote {
  readonly health: 'up' | 'down';
  /** Results that it takes at the least until it says otherwise. */
  readonly resultsToChange: number;
}

/** How instances share the probes of members. Probes are named by their digests. */
export interface ProbeSharing {
  /** Whether this instance makes the probe. */
  isOurs(probe: string): boolean;
  /** Takes what the probe says here; undefined: it is not made here, or says nothing yet. */
  vote(probe: string, vote: ProbeVote | { readonly health: 'unmade' } | undefined): void;
  /** What all instances say together; undefined: nothing, so that what held holds on. */
  decide(probe: string): ProbeVote | undefined;
  /** Who says what; empty when there is nobody else. */
  votesOf(probe: string): ReadonlyMap<string, 'up' | 'down'>;
}
