import { expect } from 'chai';
import fc from 'fast-check';
import { constantTable, joinTables, nestPrefixes } from '../../src/geo/prefix-builder.js';
import { findPrefix, MAX_VALUE, type Prefix, type PrefixTable } from '../../src/geo/prefix-table.js';
import { clientAt, prefix, samePrefix, turnBit, within } from './support.js';

/** Few distinct octets, so that prefixes nest and lie side by side. */
const octet = fc.constantFrom(0, 1, 0x7f, 0x80, 0xc0, 0xff);
const address = fc
  .constantFrom(4, 16)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
const nearAddress = fc
  .constantFrom(4, 16)
  .chain((length) => fc.array(octet, { minLength: length, maxLength: length }))
  .map((octets) => Uint8Array.from(octets));
const aPrefix = fc.tuple(nearAddress, fc.nat(128)).map(([octets, bits]): Prefix => {
  const length = bits % (8 * octets.length + 1);
  const family = octets.length === 4 ? 4 : 6;
  return { family, octets: within(octets, length, new Uint8Array(16)), bits: length };
});
const blocks = fc.array(fc.tuple(aPrefix, fc.integer({ min: 1, max: 3 })), { maxLength: 40 });

function tableOf(list: readonly (readonly [Prefix, number])[]): PrefixTable {
  const nested = nestPrefixes(
    list.map(([block]) => block),
    (index) => list[index]?.[1] ?? 0,
  );
  return joinTables(nested, constantTable(0), (value) => value);
}

/** What a reader of the list would say: the longest prefix wins, the later of two equal ones. */
function naive(list: readonly (readonly [Prefix, number])[], octets: Uint8Array): number {
  let best = -1;
  let found = 0;
  for (const [block, value] of list) {
    if (block.bits >= best && samePrefix(block.octets, octets, block.bits)) {
      best = block.bits;
      found = value;
    }
  }
  return found;
}

/** Addresses at the borders of the blocks, where mistakes would be. */
function borders(list: readonly (readonly [Prefix, number])[]): Uint8Array[] {
  return list.flatMap(([{ octets, bits }]) => {
    const last = within(octets, bits, new Uint8Array(16).fill(255));
    return bits === 0 ? [octets, last] : [octets, last, turnBit(octets, bits - 1), turnBit(last, bits - 1)];
  });
}

/** Asks by the octets as they are: embedded IPv4 addresses are Client's matter, so they are skipped. */
function find(table: PrefixTable, octets: Uint8Array): { value: number; bits: number } | undefined {
  const client = clientAt(octets);
  if (client.embeddedAt > 0) return undefined;
  const value = findPrefix(table, client);
  return { value, bits: client.matchBits };
}

describe('prefix tables', () => {
  it('say for each address what the longest prefix says', () => {
    fc.assert(
      fc.property(blocks, fc.array(address, { maxLength: 20 }), (list, addresses) => {
        const table = tableOf(list);
        for (const octets of [...addresses, ...borders(list)]) {
          const found = find(table, octets);
          if (found) expect(found.value).to.equal(naive(list, octets));
        }
      }),
    );
  });

  it('give the longest prefix of one value: all of it has the value, the prefix one bit shorter has not', () => {
    fc.assert(
      fc.property(
        blocks,
        fc.array(address, { minLength: 1, maxLength: 8 }),
        address,
        (list, addresses, filler) => {
          const table = tableOf(list);
          const corners = borders(list);
          for (const octets of [...addresses, ...corners]) {
            const found = find(table, octets);
            if (found === undefined) continue;
            expect(find(table, within(octets, found.bits, filler)) ?? found).to.deep.equal(found);
            // Were the other half of one value, that value, it would have been merged with this half.
            if (found.bits > 0) {
              const other = find(table, turnBit(octets, found.bits - 1));
              if (other?.bits === found.bits) expect(other.value).to.not.equal(found.value);
            }
            for (const corner of corners.filter((corner) => samePrefix(corner, octets, found.bits))) {
              expect(find(table, corner) ?? found).to.deep.equal(found);
            }
          }
        },
      ),
    );
  });

  it('part each address space without gap or overlap', () => {
    fc.assert(
      fc.property(blocks, (list) => {
        const table = tableOf(list.filter(([{ family }]) => family === 4));
        let next = 0;
        let prefixes = 0;
        while (next < 2 ** 32) {
          const octets = Uint8Array.of(next >>> 24, next >>> 16, next >>> 8, next);
          const bits = find(table, octets)?.bits ?? 0;
          expect(next % 2 ** (32 - bits), 'a prefix begins where the one before ended').to.equal(0);
          next += 2 ** (32 - bits);
          prefixes += 1;
        }
        expect(next).to.equal(2 ** 32);
        expect(prefixes).to.be.at.most(1 + 32 * list.length);
      }),
    );
  });

  it('combine two into one', () => {
    fc.assert(
      fc.property(blocks, blocks, fc.array(address, { maxLength: 8 }), (a, b, addresses) => {
        const table = joinTables(tableOf(a), tableOf(b), (x, y) => 10 * x + y);
        for (const octets of [...addresses, ...borders(a), ...borders(b)]) {
          const found = find(table, octets);
          if (found) expect(found.value).to.equal(10 * naive(a, octets) + naive(b, octets));
        }
      }),
    );
  });

  it('tell how long a prefix is that begins above the index, in small tables and large ones', () => {
    const list: [Prefix, number][] = [
      [prefix('0.0.0.0/3'), 1],
      [prefix('192.0.2.0/24'), 2],
      [prefix('2000::/3'), 3],
      [prefix('2001:db8::/32'), 4],
    ];
    const many: [Prefix, number][] = [...list];
    for (let i = 0; i < 10_000; i++) many.push([prefix(`160.${i >> 8}.${i & 255}.${(i * 7) & 255}`), 5]);
    for (const table of [tableOf(list), tableOf(many)]) {
      expect(find(table, Uint8Array.of(31, 1, 1, 1))).to.deep.equal({ value: 1, bits: 3 });
      expect(find(table, Uint8Array.of(192, 0, 2, 1))).to.deep.equal({ value: 2, bits: 24 });
      expect(find(table, Uint8Array.of(255, 0, 0, 0))).to.deep.equal({ value: 0, bits: 3 });
      expect(find(table, prefix('2001:db8:1::').octets)).to.deep.equal({ value: 4, bits: 32 });
      expect(find(table, prefix('2001:db9::').octets)).to.deep.equal({ value: 3, bits: 32 });
      expect(find(table, prefix('8000::').octets)).to.deep.equal({ value: 0, bits: 1 });
    }
  });

  it('follow a prefix to the last bit of an address', () => {
    const table = tableOf([
      [prefix('192.0.2.1/32'), 1],
      [prefix('2001:db8::8000:0:0:1/128'), 2],
    ]);
    expect(find(table, prefix('192.0.2.1').octets)).to.deep.equal({ value: 1, bits: 32 });
    expect(find(table, prefix('192.0.2.0').octets)).to.deep.equal({ value: 0, bits: 32 });
    expect(find(table, prefix('2001:db8::8000:0:0:1').octets)).to.deep.equal({ value: 2, bits: 128 });
    expect(find(table, prefix('2001:db8::8000:0:0:0').octets)).to.deep.equal({ value: 0, bits: 128 });
    expect(find(table, prefix('2001:db8::').octets)).to.deep.equal({ value: 0, bits: 65 });
  });

  it('are one leaf where every address has one value', () => {
    const table = tableOf([
      [prefix('0.0.0.0/1'), 1],
      [prefix('128.0.0.0/1'), 1],
      [prefix('::/0'), 1],
    ]);
    expect(find(table, Uint8Array.of(1, 2, 3, 4))).to.deep.equal({ value: 1, bits: 0 });
    expect(find(table, prefix('2001:db8::').octets)).to.deep.equal({ value: 1, bits: 0 });
  });

  it('are shared memory, which every thread reads', () => {
    expect(constantTable(0).nodes.buffer).to.be.instanceOf(SharedArrayBuffer);
  });

  it('refuse a value that no leaf holds', () => {
    const nest = (value: number): PrefixTable => nestPrefixes([prefix('0.0.0.0/0')], () => value);
    for (const value of [-1, 1.5, MAX_VALUE + 2, Number.NaN]) expect(() => nest(value)).to.throw(RangeError);
    expect(find(nest(MAX_VALUE), Uint8Array.of(1, 2, 3, 4))).to.deep.equal({ value: MAX_VALUE, bits: 0 });
  });
});
