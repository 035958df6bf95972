import { coversPattern, patternsOverlap } from './member-pattern.js';
import type { StoredOverride } from './state-file.js';

/** What was taken back is remembered for so long: an instance that was away longer may bring it back. */
const KEEP_TAKEN_BACK_MS = 7 * 24 * 3600 * 1000;

/**
 * Joins what was said in two places: of each pattern the later word, less those that later ones cover whole. The same whatever the
 * order, and however often.
 * @param nowMs forgets what was taken back long ago
 * @returns in the order of the versions
 */
export function mergeOverrides(
  a: readonly StoredOverride[],
  b: readonly StoredOverride[],
  nowMs: number,
): StoredOverride[] {
  const latest = new Map<string, StoredOverride>();
  for (const said of [...a, ...b]) {
    const known = latest.get(said.pattern);
    if (known === undefined || known.version < said.version) latest.set(said.pattern, said);
  }
  const sorted = [...latest.values()].sort((x, y) => (x.version < y.version ? -1 : 1));
  const left = sorted.filter(
    (said, i) => !sorted.slice(i + 1).some(({ pattern }) => coversPattern(pattern, said.pattern)),
  );
  const shown = new Set(shownOverrides(left));
  return left.filter(
    (said) => said.override !== 'none' || shown.has(said) || said.since > nowMs - KEEP_TAKEN_BACK_MS,
  );
}

/** What holds, without what took back words that are gone. */
export function shownOverrides(all: readonly StoredOverride[]): StoredOverride[] {
  const shown: StoredOverride[] = [];
  for (const said of all) {
    const excepts = shown.some(
      ({ override, pattern }) => override !== 'none' && patternsOverlap(pattern, said.pattern),
    );
    if (said.override !== 'none' || excepts) shown.push(said);
  }
  return shown;
}
