import { expect } from 'chai';
import fc from 'fast-check';
import { rdataFromText, rdataToText } from '../../src/rr/rdata.js';
import { rrTypes } from '../../src/rr/rr-types.js';
import { parseName } from '../../src/wire/name.js';
import { octets, WELL_FORMED } from './well-formed.js';

describe('rr/rdata: what is written as text is read as the same octets', () => {
  for (const { name: type, number, inOctodns } of rrTypes) {
    if (number === undefined || inOctodns === false) continue;
    it(type, () => {
      const arbitrary = WELL_FORMED[type];
      expect(arbitrary, `no RDATA to try for ${type}`).to.not.equal(undefined);
      fc.assert(
        fc.property(arbitrary as fc.Arbitrary<number[]>, (rdata) => {
          const text = rdataToText(number, Uint8Array.from(rdata));
          expect(text.startsWith('\\#'), text).to.equal(false);
          expect([...rdataFromText(number, text)]).to.deep.equal(rdata);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('any octets of any type', () => {
    const numbers = rrTypes.flatMap(({ number }) => number ?? []);
    fc.assert(
      fc.property(fc.constantFrom(...numbers, 65280), octets(0, 80), (number, rdata) => {
        const text = rdataToText(number, Uint8Array.from(rdata));
        if (text.startsWith('\\#') && number !== 65280) return;
        expect([...rdataFromText(number, text, parseName('example.'))]).to.deep.equal(rdata);
      }),
      { numRuns: 500 },
    );
  });
});
