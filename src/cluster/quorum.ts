/** How many instances must say that a member is up: one, half of those that say anything, or so many. */
export type Quorum = 'any' | 'majority' | number;

/** What one instance's own probes say. */
export interface Vote {
  readonly health: 'up' | 'down';
  /** Results that it takes at the least until this instance says otherwise; 0 when any result may. */
  readonly resultsToChange: number;
}

/** What the votes say together. */
export type Verdict = Vote;

/**
 * Counts votes. Up with at least as many votes for it as the quorum wants, down otherwise: a tie of a majority is up, and
 * a quorum of more than there are votes wants all of them.
 * @param votes one an instance; those who know nothing have none
 * @returns undefined without a vote: what held goes on to hold
 */
export function decide(quorum: Quorum, votes: readonly Vote[]): Verdict | undefined {
  if (votes.length === 0) return undefined;
  const wanted = votesWanted(quorum, votes.length);
  const up = votes.filter(({ health }) => health === 'up');
  return up.length >= wanted
    ? { health: 'up', resultsToChange: soonest(up, up.length - wanted + 1) }
    : {
        health: 'down',
        resultsToChange: soonest(
          votes.filter(({ health }) => health === 'down'),
          wanted - up.length,
        ),
      };
}

function votesWanted(quorum: Quorum, votes: number): number {
  if (quorum === 'any') return 1;
  return quorum === 'majority' ? Math.ceil(votes / 2) : Math.min(quorum, votes);
}

/** Results until so many of the votes can be others: instances probe beside each other. */
function soonest(votes: readonly Vote[], changes: number): number {
  const results = votes.map(({ resultsToChange }) => resultsToChange).sort((a, b) => a - b);
  return results[changes - 1] ?? 0;
}
