import type { Vote } from './quorum.js';

/** A vote, or that this instance is unable to make the probe at all. */
export type VoteWord = Vote | { readonly health: 'unmade' };

/** What an instance's votes were read as. */
export interface VoteList {
  /** By the probe's digest. */
  readonly votes: ReadonlyMap<string, VoteWord>;
  /** Lines that are no votes. */
  readonly refused: number;
}

/** Probes of one instance whose votes are read: four times what a snapshot's members can have at one check each. */
const MAX_VOTES = 1 << 18;

/** Octets of the longest text of votes that is written or read: {@link MAX_VOTES} lines of 17. */
export const MAX_VOTES_OCTETS = 33 + MAX_VOTES * 17;

const LETTERS = { up: 'u', down: 'd', unmade: 'x' } as const;

/**
 * Writes votes: a line with the incarnation whose they are, then a line each, such as `0123456789abu2`: the probe's digest, up
 * (u), down (d) or unmade (x), and how many results it takes to change it.
 */
export function formatVotes(incarnation: string, votes: ReadonlyMap<string, VoteWord>): string {
  const lines = [incarnation];
  for (const [probe, vote] of votes) {
    if (lines.length > MAX_VOTES) break;
    const results = vote.health === 'unmade' ? '' : Math.min(vote.resultsToChange, 999);
    lines.push(`${probe}${LETTERS[vote.health]}${results}`);
  }
  return lines.join('\n');
}

/**
 * Reads what another instance wrote. Whatever it says, a probe has one vote: the last.
 * @returns undefined when these are not the votes of that incarnation
 */
export function parseVotes(text: string, incarnation: string): VoteList | undefined {
  const [head, ...lines] = text.split('\n', MAX_VOTES + 1);
  if (head !== incarnation) return undefined;
  const votes = new Map<string, VoteWord>();
  let refused = 0;
  for (const line of lines) {
    const [, probe, unmade, letter, results] = VOTE.exec(line) ?? [];
    if (probe === undefined) refused += 1;
    else if (unmade !== undefined) votes.set(probe, { health: 'unmade' });
    else votes.set(probe, { health: letter === 'u' ? 'up' : 'down', resultsToChange: Number(results) });
  }
  return { votes, refused };
}

const VOTE = /^([0-9a-f]{12})(?:(x)|([ud])(\d{1,3}))$/;
