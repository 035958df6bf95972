import { candidates } from './candidates.js';
import { mix } from './client-hash.js';

/**
 * Smooth weighted round robin, as nginx has it: at each turn every candidate gains its share, the one that has the most is
 * chosen and gives back the sum of all shares. From equal standings each is chosen exactly w times in every Σw turns in a
 * row, wherever they begin. Standings left over from other candidates would spoil that, so a change of candidates sets
 * them to 0.
 *
 * Brings the chosen one to `from`; behind it the others follow, those with the most first, up to `need`.
 * @param shares by position in the pool: weights, at least 1
 * @param from of {@link candidates}, to `to`
 * @param need places that matter, counted from 0
 * @param signatureAt word of `turns` that tells which candidates the standings are of
 * @param standingsAt words of `turns` with the standings, by position in the pool
 */
export function arrangeInTurn(
  shares: Int32Array,
  from: number,
  to: number,
  need: number,
  turns: Int32Array,
  signatureAt: number,
  standingsAt: number,
): void {
  const signature = to - from === shares.length ? EVERYONE : sign(from, to);
  if (turns[signatureAt] !== signature) {
    turns[signatureAt] = signature;
    for (let i = from; i < to; i++) turns[standingsAt + (candidates[i] as number)] = 0;
  }
  let sum = 0;
  let best = from;
  let bestPosition = 0;
  let most = LEAST;
  for (let i = from; i < to; i++) {
    const position = candidates[i] as number;
    const share = shares[position] as number;
    const standing = (turns[standingsAt + position] as number) + share;
    sum += share;
    turns[standingsAt + position] = standing;
    if (standing < most || (standing === most && position > bestPosition)) continue;
    best = i;
    bestPosition = position;
    most = standing;
  }
  turns[standingsAt + bestPosition] = most - sum;
  candidates[best] = candidates[from] as number;
  candidates[from] = bestPosition;
  for (let place = from + 1; place < need; place++) leadMost(place, to, turns, standingsAt);
}

/** Below every standing. */
const LEAST = -0x80000000;

/** What {@link sign} would have to add up for each decision in which nobody is left out: most of them. */
const EVERYONE = -1;

/** Brings the candidate with the highest standing to `from`; of equal ones the first in the pool's order. */
function leadMost(from: number, to: number, turns: Int32Array, standingsAt: number): void {
  let best = from;
  let bestPosition = candidates[from] as number;
  let most = turns[standingsAt + bestPosition] as number;
  for (let i = from + 1; i < to; i++) {
    const position = candidates[i] as number;
    const standing = turns[standingsAt + position] as number;
    if (standing > most || (standing === most && position < bestPosition)) {
      best = i;
      bestPosition = position;
      most = standing;
    }
  }
  candidates[best] = candidates[from] as number;
  candidates[from] = bestPosition;
}

/** Tells one set of candidates from another, whatever their order; never 0, which is what turns begin with, nor all. */
function sign(from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum = (sum + mix((candidates[i] as number) + 1)) | 0;
  return sum === 0 || sum === EVERYONE ? 1 : sum;
}
