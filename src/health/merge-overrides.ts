import { coversPattern, patternsOverlap } from './member-pattern.js';
import type { StoredOverride } from './state-file.js';

/** A member may have a word of each: what its state is, and its weight. */
export type Aspect = 'state' | 'weight';

/** What was taken back or is over is remembered for so long: an instance that was away longer may bring an older word back. */
const KEEP_ENDED_MS = 7 * 24 * 3600 * 1000;

/**
 * Joins what was said in two places: of each pattern and aspect the later word, less those that later ones cover whole. The same
 * whatever the order, and however often. A word whose time is over still covers older ones: they don't come back.
 * @param nowMs forgets what ended long ago
 * @returns in the order of the versions
 */
export function mergeOverrides(
  a: readonly StoredOverride[],
  b: readonly StoredOverride[],
  nowMs: number,
): StoredOverride[] {
  const latest = new Map<string, StoredOverride>();
  for (const said of [...a, ...b]) {
    const key = `${aspectOf(said)} ${said.pattern}`;
    const known = latest.get(key);
    if (known === undefined || known.version < said.version) latest.set(key, said);
  }
  const sorted = [...latest.values()].sort((x, y) => (x.version < y.version ? -1 : 1));
  const left = sorted.filter(
    (said, i) =>
      !sorted
        .slice(i + 1)
        .some((later) => aspectOf(later) === aspectOf(said) && coversPattern(later.pattern, said.pattern)),
  );
  const shown = new Set(shownOverrides(left, nowMs));
  return left.filter((said) => shown.has(said) || (said.until ?? said.since) > nowMs - KEEP_ENDED_MS);
}

/** What holds, without what took back words that are gone. */
export function shownOverrides(all: readonly StoredOverride[], nowMs: number): StoredOverride[] {
  const shown: StoredOverride[] = [];
  for (const said of livingOverrides(all, nowMs)) {
    const excepts = shown.some(
      (earlier) =>
        !isException(earlier) &&
        aspectOf(earlier) === aspectOf(said) &&
        patternsOverlap(earlier.pattern, said.pattern),
    );
    if (!isException(said) || excepts) shown.push(said);
  }
  return shown;
}

/** Those whose time is not over. */
export function livingOverrides(all: readonly StoredOverride[], nowMs: number): StoredOverride[] {
  return all.filter(({ until = Infinity }) => until > nowMs);
}

export function aspectOf({ override }: Pick<StoredOverride, 'override'>): Aspect {
  return override === 'weight' ? 'weight' : 'state';
}

/** True for a word that only excepts members from earlier ones. */
function isException({ override, weight }: StoredOverride): boolean {
  return override === 'none' || (override === 'weight' && weight === undefined);
}
