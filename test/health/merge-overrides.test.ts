import { expect } from 'chai';
import fc from 'fast-check';
import { coversPattern, matchesPattern } from '../../src/health/member-pattern.js';
import {
  aspectOf,
  livingOverrides,
  mergeOverrides,
  shownOverrides,
} from '../../src/health/merge-overrides.js';
import { nextVersion, timeOfVersion, versionAt } from '../../src/health/override-version.js';
import type { StoredOverride } from '../../src/health/state-file.js';

const MEMBERS = ['a/x', 'a/y', 'b/x', 'b/y', 'b/xy'];
const NOW = 1_000_000;

const pattern = fc.constantFrom('a/x', 'a/y', 'b/x', 'a/*', 'b/*', '*/x', '*/*', 'b/?', 'b/x?', '?/y');
const said = fc
  .record({
    pattern,
    word: fc.oneof(
      fc.record({
        override: fc.constantFrom('none' as const, 'drain' as const, 'up' as const, 'down' as const),
      }),
      fc.record({ override: fc.constant('weight' as const) }),
      fc.record({ override: fc.constant('weight' as const), weight: fc.nat(2) }),
    ),
    until: fc.constantFrom(undefined, NOW - 50, NOW + 50),
    since: fc.integer({ min: NOW - 100, max: NOW }),
    count: fc.nat(3),
    instance: fc.constantFrom('i', 'j', 'k'),
  })
  .map(
    ({ count, instance, word, until, ...rest }): StoredOverride => ({
      ...rest,
      ...word,
      ...(until === undefined ? {} : { until }),
      // What has the same version is the same word.
      version: versionAt(
        rest.since,
        count,
        `${instance}-${rest.pattern.replaceAll(/[*?/]/g, '_')}-${Object.values(word).join('')}-${until}`,
      ),
    }),
  );
const list = fc.array(said, { maxLength: 12 });

const merge = (a: readonly StoredOverride[], b: readonly StoredOverride[]) => mergeOverrides(a, b, NOW);

/** What holds of each member: the last word of each aspect that matches. One that is over has ended those that it covers. */
function holds(words: readonly StoredOverride[]): string[] {
  const sorted = livingOverrides(
    words
      .filter((word) => !words.some((later) => later.version > word.version && ends(later, word)))
      .sort((a, b) => (a.version < b.version ? -1 : 1)),
    NOW,
  );
  return MEMBERS.map((member) => {
    const said = sorted.filter((word) => matchesPattern(word.pattern, member));
    const state = said.findLast(({ override }) => override !== 'weight')?.override ?? 'none';
    return `${state} ${said.findLast(({ override }) => override === 'weight')?.weight ?? 'own'}`;
  });
}

function ends(later: StoredOverride, word: StoredOverride): boolean {
  return aspectOf(later) === aspectOf(word) && coversPattern(later.pattern, word.pattern);
}

describe('health/merge-overrides', () => {
  it('is the same whatever comes first, and however often', () => {
    fc.assert(
      fc.property(list, list, list, (a, b, c) => {
        expect(merge(a, b)).to.deep.equal(merge(b, a));
        expect(merge(merge(a, b), c)).to.deep.equal(merge(a, merge(b, c)));
        expect(merge(merge(a, b), b)).to.deep.equal(merge(a, b));
      }),
    );
  });

  it('leaves the last word of each member', () => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        expect(holds(merge(a, b))).to.deep.equal(holds([...a, ...b]));
        expect(holds(shownOverrides(merge(a, b), NOW))).to.deep.equal(holds([...a, ...b]));
      }),
    );
  });

  it('forgets what was taken back a week ago, unless it excepts from a wider word', () => {
    const week = 7 * 24 * 3600 * 1000;
    const word = (of: string, override: StoredOverride['override'], since: number): StoredOverride => ({
      pattern: of,
      override,
      since,
      version: versionAt(since, 0, 'i'),
    });
    const words = [word('a/*', 'drain', 1), word('a/x', 'none', 2), word('b/x', 'none', 3)];
    expect(mergeOverrides(words, [], 10)).to.deep.equal(words);
    expect(mergeOverrides(words, [], week + 10)).to.deep.equal(words.slice(0, 2));
  });

  it('what is over neither holds nor lets an older word come back, and is forgotten a week later', () => {
    const older = { pattern: 'a/x', override: 'drain' as const, since: 1, version: versionAt(1, 0, 'i') };
    const over = { ...older, override: 'up' as const, since: 2, until: 5, version: versionAt(2, 0, 'j') };
    const left = mergeOverrides([over], [older], 6);
    expect([left, shownOverrides(left, 4), shownOverrides(left, 6)]).to.deep.equal([[over], [over], []]);
    expect(mergeOverrides(left, [], 5 + 7 * 24 * 3600 * 1000)).to.deep.equal([]);
  });

  it('one pattern covers another only when it matches all that the other does', () => {
    fc.assert(
      fc.property(pattern, pattern, (wide, narrow) => {
        if (!coversPattern(wide, narrow)) return;
        for (const member of MEMBERS)
          if (matchesPattern(narrow, member)) expect(matchesPattern(wide, member)).to.equal(true);
      }),
    );
    expect(coversPattern('b/?', 'b/*')).to.equal(false);
    expect(coversPattern('b/*', 'b/?')).to.equal(true);
  });
});

describe('health/override-version', () => {
  it('is later than all that were known, whatever the clock says', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2 ** 40), fc.nat(0xffff))), fc.nat(2 ** 40), (known, now) => {
        const versions = known.map(([ms, count]) => versionAt(ms, count, 'z'));
        const next = nextVersion(now, versions, 'a');
        for (const version of versions) expect(next > version).to.equal(true);
        expect(timeOfVersion(next)).to.be.at.least(now);
      }),
    );
  });

  it('is the time of the clock when that is later', () => {
    expect(nextVersion(7, [versionAt(6, 9, 'a')], 'b')).to.equal('0000000000070000-b');
    expect(nextVersion(7, [versionAt(7, 9, 'a')], 'b')).to.equal('000000000007000a-b');
    expect(nextVersion(7, [versionAt(7, 0xffff, 'a')], 'b')).to.equal('0000000000080000-b');
  });

  for (const text of [
    '',
    'x',
    '0000000000070000',
    '000000000007000-b',
    '0000000000070000-b c',
    '000000000007000G-b',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => expect(timeOfVersion(text)).to.equal(undefined));
  }
});
