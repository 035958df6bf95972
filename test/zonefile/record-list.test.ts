import { expect } from 'chai';
import fc from 'fast-check';
import { RecordList } from '../../src/zonefile/record-list.js';
import type { RecordSource } from '../../src/zonefile/zone-source.js';

const octets = fc.uint8Array({ minLength: 0, maxLength: 300 });
const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
const owner = fc
  .array(label, { maxLength: 3 })
  .map((labels) => Uint8Array.from([...labels.flatMap((each) => [each.length, ...each]), 0]));
const where = fc.record({
  file: fc.constantFrom('a.yaml', 'b.yaml'),
  line: fc.integer({ min: 1, max: 2 ** 31 }),
  column: fc.integer({ min: 1, max: 999 }),
});
const ttl = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const record: fc.Arbitrary<RecordSource> = fc.oneof(
  fc.record({
    kind: fc.constant('static' as const),
    owner,
    ttl,
    where,
    type: fc.integer({ min: 1, max: 65535 }),
    rdata: fc.array(octets, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant('alias' as const), owner, ttl, where, target: owner }),
);

describe('zonefile/record-list', () => {
  it('gives back what was added, packed and unpacked as well', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        const list = RecordList.from(records);
        expect(list.length).to.equal(records.length);
        expect(Array.from(list)).to.deep.equal(records);
        expect(Array.from(RecordList.unpack(list.packed()))).to.deep.equal(records);
      }),
    );
  });

  it('is itself when it is made from one', () => {
    const list = RecordList.empty();
    expect(RecordList.from(list)).to.equal(list);
  });

  it('gives owner names and the end of RDATA by their numbers', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), (records) => {
        const list = RecordList.from(records);
        records.forEach((each, i) => {
          expect(list.ownerOf(i)).to.deep.equal(each.owner);
          if (each.kind !== 'static') return;
          const length = each.rdata.reduce((sum, rdata) => sum + 2 + rdata.length, 0);
          expect(list.dataEnd(i) - list.word(i, 3)).to.equal(length);
        });
      }),
    );
  });
});
