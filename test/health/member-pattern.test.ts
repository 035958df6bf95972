import { expect } from 'chai';
import fc from 'fast-check';
import { matchesPattern, patternsOverlap } from '../../src/health/member-pattern.js';

describe('health/member-pattern', () => {
  it('matches as the regular expression would that says the same', () => {
    const letters = (from: string) =>
      fc.array(fc.constantFrom(...from), { maxLength: 10 }).map((all) => all.join(''));
    fc.assert(
      fc.property(letters('ab/*?'), letters('ab/'), (pattern, text) => {
        const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesPattern(pattern, text)).to.equal(same.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes characters that mean something elsewhere as they are', () => {
    expect(matchesPattern('a.b/[c]', 'a.b/[c]')).to.equal(true);
    expect(matchesPattern('a.b/[c]', 'axb/c')).to.equal(false);
    expect(matchesPattern('www.example.com./A/*', 'www.example.com./A/192.0.2.1')).to.equal(true);
  });

  it('finds two patterns to overlap exactly when some text matches both', () => {
    const letters = (from: string) =>
      fc.array(fc.constantFrom(...from), { maxLength: 4 }).map((all) => all.join(''));
    // Where two patterns of 4 overlap, a text of at most 8 letters shows it.
    const texts = [''];
    for (let i = 0; i < texts.length && (texts[i] as string).length < 8; i++)
      texts.push(`${texts[i]}a`, `${texts[i]}b`);
    fc.assert(
      fc.property(letters('ab*?'), letters('ab*?'), (a, b) => {
        const common = texts.some((text) => matchesPattern(a, text) && matchesPattern(b, text));
        expect(patternsOverlap(a, b)).to.equal(common);
      }),
      { numRuns: 500 },
    );
  });

  it('ends soon with a pattern made to be slow', () => {
    expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).to.equal(false);
  });
});
