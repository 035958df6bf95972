import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { load } from './load-text.js';

/** Zones that have everything. */
const GOOD = Array.from(
  readFileSync('docs/zones.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g),
  ([, text]) => text as string,
);

const piece = fc.constantFrom(
  ...[
    '',
    ' ',
    '\n',
    ':',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '#',
    '&a ',
    '*a',
    '!include x',
    '<<: ',
    '~',
    '.',
    '\\',
  ],
  ...[
    '-1',
    '99999999999',
    'null',
    'type',
    'dynamic',
    'values',
    '\u0000',
    '\ud800',
    'ü',
    '\t',
    '\r',
    '__proto__',
    '%',
    '---\n',
  ],
);

describe('zonefile/octodns: zones that were damaged', () => {
  it('load, or are refused with an error at a place; nothing is thrown', () => {
    const edit = fc.tuple(fc.nat(), fc.nat(30), piece);
    fc.assert(
      fc.property(fc.constantFrom(...GOOD), fc.array(edit, { minLength: 1, maxLength: 4 }), (good, edits) => {
        let text = good;
        for (const [at, length, insert] of edits) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + insert + text.slice(start + length);
        }
        const { zone, problems } = load(text, { x: 'a: b' });
        const errors = problems.filter((line) => line.includes(': error: '));
        expect(zone === undefined).to.equal(errors.length > 0);
        for (const line of errors) expect(line).to.match(/^(z\.yaml|x):[1-9]\d*:[1-9]\d*: error: \S/);
      }),
      { numRuns: 500 },
    );
  });

  it('load with less in it, or are refused, when they are cut short', () => {
    for (const good of GOOD) {
      for (let length = 0; length < good.length; length += 29) {
        const { zone, problems } = load(good.slice(0, length), { x: 'a: b' });
        const errors = problems.filter((line) => line.includes(': error: '));
        expect(zone === undefined, `${length} octets of\n${good}`).to.equal(errors.length > 0);
        for (const line of errors) expect(line).to.match(/^(z\.yaml|x):[1-9]\d*:[1-9]\d*: error: \S/);
      }
    }
  });
});
