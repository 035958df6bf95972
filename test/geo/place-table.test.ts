import { expect } from 'chai';
import { compilePlaces } from '../../src/geo/compile-places.js';
import { placeMatchesGeo } from '../../src/geo/geo-code.js';
import { mapPrefixes, withoutMapping } from '../../src/geo/place-table.js';
import { findPrefix, type PrefixTable } from '../../src/geo/prefix-table.js';
import { client, network, prefix } from './support.js';

const places = compilePlaces(
  [],
  [
    network('192.0.2.0/25', { place: 'EU-DE' }),
    network('192.0.2.128/25', { place: 'EU-NL' }),
    network('198.51.100.0/24', { place: 'NA-US' }),
    network('2001:db8::/32', { place: 'EU-DE' }),
  ],
);

/** The outcome for an address and the prefix that it holds for, in bits of the address as given. */
function at(table: PrefixTable, address: string): [number, number] {
  const asking = client(address);
  const value = findPrefix(table, asking);
  return [value, asking.givenBits(asking.matchBits)];
}

describe('mapPrefixes', () => {
  it('merges places of one outcome into the shortest prefixes', () => {
    const table = mapPrefixes(places, [], (place) => (placeMatchesGeo(place, 'EU') ? 1 : 0));
    expect(at(table, '192.0.2.1')).to.deep.equal([1, 24]);
    expect(at(table, '192.0.2.200')).to.deep.equal([1, 24]);
    expect(at(table, '198.51.100.1')).to.deep.equal([0, 6]);
    expect(at(table, '2001:db8:7::1')).to.deep.equal([1, 32]);
  });

  it('tells which subnets an address lies in, nested and repeated ones too', () => {
    const subnets = ['10.0.0.0/8', '10.1.0.0/16', '10.1.0.0/16', '192.0.2.64/26', '0.0.0.0/0'].map(prefix);
    const table = mapPrefixes(places, subnets, (place, inSubnet) => {
      const bits = subnets.map((_, i) => (inSubnet(i) ? 1 << i : 0)).reduce((sum, bit) => sum + bit);
      return bits + (place.country === 'DE' ? 100 : 0);
    });
    expect(at(table, '10.2.0.1')[0]).to.equal(0b10001);
    expect(at(table, '10.1.0.1')).to.deep.equal([0b10111, 16]);
    expect(at(table, '192.0.2.65')).to.deep.equal([0b11000 + 100, 26]);
    expect(at(table, '192.0.2.1')).to.deep.equal([0b10000 + 100, 26]);
    expect(at(table, '2001:db8::1')).to.deep.equal([100, 32]);
  });

  it('asks for each place and set of subnets once', () => {
    const asked: string[] = [];
    mapPrefixes(places, [prefix('10.0.0.0/8'), prefix('192.0.2.0/26')], (place, inSubnet) => {
      asked.push(`${place.country} ${inSubnet(0)} ${inSubnet(1)}`);
      return 0;
    });
    expect(asked.sort()).to.deep.equal([
      'DE false false',
      'DE false true',
      'NL false false',
      'US false false',
      'undefined false false',
      'undefined true false',
    ]);
  });

  it('gives an outcome that holds for everyone length 0', () => {
    const table = mapPrefixes(places, [], () => 7);
    for (const address of ['192.0.2.1', '2001:db8::1', '::'])
      expect(at(table, address)).to.deep.equal([7, 0]);
  });

  it('keeps IPv6 prefixes apart from embedded IPv4 addresses of another outcome', () => {
    const table = mapPrefixes(places, [], (place) => (place.country === 'US' ? 1 : 0));
    expect(at(table, '::ffff:198.51.100.7')).to.deep.equal([1, 120]);
    expect(at(table, '2002:c633:6407::1')).to.deep.equal([1, 40]);
    expect(at(table, '::')).to.deep.equal([0, 81]);
    expect(at(table, '2003::1')).to.deep.equal([0, 16]);
  });

  it('lets IPv6 merge over them where all of IPv4 has one outcome', () => {
    const table = mapPrefixes(places, [prefix('2001:db8::/32')], (_, inSubnet) => (inSubnet(0) ? 1 : 0));
    expect(at(table, '::')).to.deep.equal([0, 3]);
    expect(at(table, '2001:db8::1')).to.deep.equal([1, 32]);
    expect(at(table, '192.0.2.1')).to.deep.equal([0, 0]);
  });

  it('refuses an outcome that no table holds', () => {
    expect(() => mapPrefixes(places, [], () => -1)).to.throw(RangeError, 'must be 0 to 33554430 but is -1');
    expect(() => mapPrefixes(places, [], () => 2 ** 25 - 1)).to.throw(RangeError);
  });

  it('takes a subnet of v4-mapped addresses as the IPv4 subnet in it', () => {
    const octets = Uint8Array.from([...new Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 0]);
    expect(withoutMapping({ family: 6, octets, bits: 120 })).to.deep.equal(prefix('192.0.2.0/24'));
    expect(withoutMapping(prefix('2001:db8::/120'))).to.deep.equal(prefix('2001:db8::/120'));
    const table = mapPrefixes(places, [{ family: 6, octets, bits: 120 }], (_, inSubnet) =>
      Number(inSubnet(0)),
    );
    expect(at(table, '192.0.2.7')).to.deep.equal([1, 24]);
  });
});
