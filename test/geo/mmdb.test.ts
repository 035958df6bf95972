import { expect } from 'chai';
import fc from 'fast-check';
import { GeoDatabaseError, readDatabase } from '../../src/geo/mmdb.js';
import type { PlaceTable } from '../../src/geo/place-table.js';
import { MARKER, type MmdbSpec, writeMmdb } from './mmdb-writer.js';
import { placeAt } from './support.js';

const CITY = {
  city: { names: { de: 'München', en: 'Munich' } },
  continent: { code: 'EU', names: { en: 'Europe' } },
  country: { iso_code: 'DE', names: { en: 'Germany' } },
  location: { accuracy_radius: 20, latitude: 48.137, longitude: 11.575, time_zone: 'Europe/Berlin' },
  postal: { code: '80331' },
  registered_country: { iso_code: 'FR' },
  subdivisions: [{ iso_code: 'BY', names: { en: 'Bavaria' } }, { iso_code: '091' }],
};

/** One record of each schema, and what is read of it. */
const SCHEMAS = [
  {
    name: 'MaxMind City',
    record: CITY,
    place: {
      continent: 'EU',
      country: 'DE',
      subdivision: 'BY',
      city: 'Munich',
      latitude: 48.137,
      longitude: 11.575,
    },
  },
  {
    name: 'MaxMind Country',
    record: { continent: { code: 'NA' }, country: { iso_code: 'US', is_in_european_union: false } },
    place: { continent: 'NA', country: 'US' },
  },
  {
    name: 'MaxMind Country where only the registered country is known',
    record: { registered_country: { iso_code: 'AU' } },
    place: { continent: 'OC', country: 'AU' },
  },
  {
    name: 'MaxMind Country where only the continent is known',
    record: { continent: { code: 'EU' } },
    place: { continent: 'EU' },
  },
  {
    name: 'MaxMind ASN',
    record: { autonomous_system_number: 64500, autonomous_system_organization: 'Example' },
    place: { asn: 64500, asOrganization: 'Example' },
  },
  {
    name: 'MaxMind ISP',
    record: {
      autonomous_system_number: 4200000000,
      autonomous_system_organization: 'Example AS',
      isp: 'Example ISP',
      organization: 'Example Customer',
    },
    place: { asn: 4200000000, asOrganization: 'Example AS', isp: 'Example ISP' },
  },
  {
    name: 'MaxMind Enterprise',
    record: { ...CITY, traits: { autonomous_system_number: 64501, isp: 'Example', user_type: 'business' } },
    place: {
      continent: 'EU',
      country: 'DE',
      subdivision: 'BY',
      city: 'Munich',
      latitude: 48.137,
      longitude: 11.575,
      asn: 64501,
      isp: 'Example',
    },
  },
  { name: 'flat country', record: { country_code: 'CY' }, place: { continent: 'AS', country: 'CY' } },
  {
    name: 'flat city, its subdivision by name',
    record: {
      city: 'Mountain View',
      country_code: 'US',
      latitude: 37.422,
      longitude: -122.085,
      postcode: '',
      state1: 'California',
      state2: 'Santa Clara',
      timezone: '',
    },
    place: {
      continent: 'NA',
      country: 'US',
      subdivision: 'CA',
      city: 'Mountain View',
      latitude: 37.422,
      longitude: -122.085,
    },
  },
  {
    name: 'flat city, of a country whose subdivisions have no codes here',
    record: { city: 'Lyon', country_code: 'FR', state1: 'Auvergne-Rhône-Alpes' },
    place: { continent: 'EU', country: 'FR', city: 'Lyon' },
  },
  {
    name: 'flat, with numbers and ASN as text, and a country’s name',
    record: {
      asn: 'AS64500',
      as_name: 'Example',
      country: 'Japan',
      country_code: 'jp',
      lat: '35.7',
      lng: '139.7',
    },
    place: {
      continent: 'AS',
      country: 'JP',
      latitude: 35.7,
      longitude: 139.7,
      asn: 64500,
      asOrganization: 'Example',
    },
  },
  {
    name: 'a record with fields of wrong types and values, of which the rest is read',
    record: {
      country: { iso_code: 'ZZ' },
      continent: { code: 'XX' },
      subdivisions: [],
      location: { latitude: 200.5, longitude: 11.5 },
      autonomous_system_number: 0,
      city: { names: 7 },
      isp: 'Example',
    },
    place: { isp: 'Example' },
  },
] as const;

const ALIASES = ['::ffff:0:0/96', '2001::/32', '2002::/16'];

describe('readDatabase', () => {
  for (const { name, record, place } of SCHEMAS) {
    it(`reads ${name}`, () => {
      const table = readDatabase(writeMmdb({ blocks: { '192.0.2.0/24': record } }));
      expect(placeAt(table, '192.0.2.1')).to.deep.equal({ place: { ...place, lines: [] }, bits: 24 });
      expect(placeAt(table, '192.0.3.1').place).to.deep.equal({ lines: [] });
    });
  }

  const blocks: MmdbSpec['blocks'] = {
    '0.0.0.0/1': { country_code: 'DE' },
    '192.0.2.0/24': { country_code: 'FR' },
    '192.0.2.128/25': { country_code: 'JP' },
    '198.51.100.7/32': { country_code: 'US' },
    '203.0.113.0/25': { country_code: 'BR' },
    '203.0.113.128/25': { country_code: 'BR', note: 'of no matter' },
  };
  const expectBlocks = (table: PlaceTable): void => {
    const found = [
      '10.0.0.1',
      '192.0.2.1',
      '192.0.2.129',
      '198.51.100.7',
      '203.0.113.1',
      '203.0.113.255',
      '255.0.0.0',
    ];
    expect(
      found.map((address) => [placeAt(table, address).place.country, placeAt(table, address).bits]),
    ).to.deep.equal([
      ['DE', 1],
      ['FR', 25],
      ['JP', 25],
      ['US', 32],
      ['BR', 24],
      ['BR', 24],
      [undefined, 3],
    ]);
  };

  for (const recordSize of [24, 28, 32] as const) {
    it(`reads trees with records of ${recordSize} bits, of IPv4`, () => {
      const table = readDatabase(writeMmdb({ ipVersion: 4, recordSize, blocks }));
      expectBlocks(table);
      expect(placeAt(table, '2001:db8::1')).to.deep.equal({ place: { lines: [] }, bits: 0 });
    });

    it(`reads trees with records of ${recordSize} bits, of IPv6 with IPv4 in it and aliases of that`, () => {
      const all = { ...blocks, '2001:db8::/32': { country_code: 'KR' }, 'c000::/2': { country_code: 'CN' } };
      const table = readDatabase(writeMmdb({ recordSize, blocks: all, aliases: ALIASES }));
      expectBlocks(table);
      expect(placeAt(table, '2001:db8::1').place.country).to.equal('KR');
      expect(placeAt(table, 'ff02::1').place.country).to.equal('CN');
      expect(placeAt(table, '::10.0.0.1').place).to.deep.equal({ lines: [] });
    });
  }

  it('reads an array’s octets where they lie, not from the start of its buffer', () => {
    const octets = writeMmdb({ blocks });
    const shifted = new Uint8Array(octets.length + 9);
    shifted.set(octets, 9);
    expectBlocks(readDatabase(shifted.subarray(9)));
  });

  it('reads one record for all of IPv4', () => {
    const table = readDatabase(writeMmdb({ blocks: { '0.0.0.0/0': { country_code: 'DE' } } }));
    expect(placeAt(table, '192.0.2.1')).to.deep.equal({
      place: { continent: 'EU', country: 'DE', lines: [] },
      bits: 0,
    });
  });
});

const good = writeMmdb({ blocks: { '192.0.2.0/24': CITY, '198.51.100.0/24': { country_code: 'US' } } });

/** Nodes of it, of six octets each. */
const NODES = 138;
/** Where the data of its first block begins. */
const DATA_AT = 6 * NODES + 16;

/** The good database with some octets replaced. */
function changed(at: number, ...octets: number[]): Uint8Array {
  const copy = Uint8Array.from(good);
  copy.set(octets, at);
  return copy;
}

const BROKEN = [
  { name: 'an empty file', octets: new Uint8Array(0), expect: 'it is empty' },
  {
    name: 'a text',
    octets: new TextEncoder().encode('<html>404 Not Found</html>'),
    expect: 'it has no MaxMind DB metadata: it is no .mmdb file, or its end is cut off',
  },
  {
    name: 'a file with its end cut off',
    octets: good.subarray(0, -200),
    expect: 'it has no MaxMind DB metadata',
  },
  {
    name: 'a gzip file',
    octets: Uint8Array.of(0x1f, 0x8b, 8, 0),
    expect: 'it is compressed with gzip; unpack it first',
  },
  {
    name: 'a file with its beginning cut off',
    octets: good.subarray(700),
    expect: 'it is cut short: 138 nodes take 828',
  },
  { name: 'nothing but the marker', octets: MARKER, expect: "its metadata can't be read" },
  {
    name: 'metadata cut short',
    octets: good.subarray(0, -20),
    expect: "its metadata can't be read",
  },
  {
    name: 'another format version',
    octets: writeMmdb({ blocks: {}, metadata: { binary_format_major_version: 3 } }),
    expect: 'it has format version 3; version 2 is read here',
  },
  {
    name: 'another IP version',
    octets: writeMmdb({ blocks: {}, metadata: { ip_version: 5 } }),
    expect: 'its metadata says IP version 5, which must be 4 or 6',
  },
  {
    name: 'another record size',
    octets: writeMmdb({ blocks: {}, metadata: { record_size: 16 } }),
    expect: "its metadata can't be read: Unsupported record size",
  },
  {
    name: 'a node count that is no number',
    octets: writeMmdb({ blocks: {}, metadata: { node_count: 'many' } }),
    expect: 'its metadata says it has many nodes',
  },
  {
    name: 'no nodes',
    octets: writeMmdb({ blocks: {}, metadata: { node_count: 0 } }),
    expect: 'its metadata says it has 0 nodes',
  },
  {
    name: 'no records',
    octets: writeMmdb({ blocks: {}, type: 'GeoLite2-City' }),
    expect: 'it has no records (its type is "GeoLite2-City")',
  },
  {
    name: 'a database about other things',
    octets: writeMmdb({
      type: 'GeoIP2-Anonymous-IP',
      blocks: { '192.0.2.0/24': { is_anonymous: true, is_tor_exit_node: true } },
    }),
    expect:
      'it says nothing of places or networks: its type is "GeoIP2-Anonymous-IP", its fields are is_anonymous, ' +
      'is_tor_exit_node; a country, city, ASN or ISP database is expected',
  },
  {
    name: 'records that are no maps',
    octets: writeMmdb({ blocks: { '192.0.2.0/24': 'DE' } }),
    expect: 'its fields are none',
  },
  {
    name: 'a tree that leads back to its root',
    octets: changed(100 * 6, 0, 0, 0, 0, 0, 0),
    expect: 'its search tree has loops: node',
  },
  {
    name: 'a record that points past the data',
    octets: changed(100 * 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    expect: 'a record of its search tree points outside its data (16777215)',
  },
  {
    name: 'a record that points between tree and data',
    octets: changed(100 * 6, 0, 0, NODES + 15, 0, 0, NODES + 15),
    expect: 'a record of its search tree points outside its data (153)',
  },
  {
    name: 'data that points to itself',
    octets: changed(DATA_AT, 0x20, 0),
    expect: "its data for 192.0.2.0 can't be read: Maximum call stack size exceeded",
  },
  {
    name: 'data of an unknown type',
    octets: changed(DATA_AT, 0, 200),
    expect: "its data for 192.0.2.0 can't be read: Unknown type 207",
  },
] as const;

describe('readDatabase refuses', () => {
  for (const { name, octets, expect: message } of BROKEN) {
    it(name, () => {
      expect(() => readDatabase(octets)).to.throw(GeoDatabaseError, message);
    });
  }

  it('whatever garbage, by a GeoDatabaseError if at all', () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(good.length), (changes, cut) => {
        const octets = Uint8Array.from(good);
        for (const [at, octet] of changes) octets[at] = octet;
        for (const tried of [octets, octets.subarray(cut), octets.subarray(0, cut)]) {
          try {
            placeAt(readDatabase(tried), '192.0.2.1');
          } catch (error) {
            expect(error).to.be.instanceOf(GeoDatabaseError);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
