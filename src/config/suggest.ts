/**
 * The candidate that the user most likely meant by a word that is none of them.
 * @returns undefined when none is near: more than a third of the word would have to change
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const folded = fold(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(folded.length / 3)) + 1;
  let longer: string | undefined;
  for (const candidate of candidates) {
    const other = fold(candidate);
    if (Math.abs(other.length - folded.length) <= bestDistance) {
      const distance = editDistance(folded, other);
      const nearer =
        distance < bestDistance ||
        (distance === bestDistance &&
          best !== undefined &&
          shared(folded, other) > shared(folded, fold(best)));
      // A word of one or two letters is near to every other one: change of all of it is no misspelling.
      if (nearer && distance < Math.max(folded.length, other.length)) {
        best = candidate;
        bestDistance = distance;
      }
    }
    if (folded.length >= 3 && other.startsWith(folded)) longer ??= candidate;
  }
  return best ?? longer;
}

/** `did you mean "weight"?`, or undefined when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(word, candidates);
  return found === undefined ? undefined : `did you mean ${JSON.stringify(found)}?`;
}

/** The name that was meant, else those that there are. */
export function namesHint(kind: string, name: string, candidates: Iterable<string>): string | undefined {
  const names = [...new Set(candidates)];
  const suggestion = didYouMean(name, names);
  if (suggestion !== undefined || names.length === 0) return suggestion;
  const more = names.length > MAX_LISTED ? ', …' : '';
  return `${kind}s: ${names.slice(0, MAX_LISTED).join(', ')}${more}`;
}

/** More names than these are no help. */
const MAX_LISTED = 12;

/** The longest word that is compared; the work is quadratic. */
const MAX_WORD = 64;

/** `trustedProxies`, `trusted-proxies` and `trusted_proxies` are the same to a reader. */
function fold(word: string): string {
  return word.replace(/[-_ ]/g, '').toLowerCase();
}

/** Characters that both begin with: who misspells mostly begins right. */
function shared(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

/** Insertions, deletions, changes and swaps of neighbours that make `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
