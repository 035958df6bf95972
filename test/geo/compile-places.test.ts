import { expect } from 'chai';
import { compilePlaces, GeoDatabasesError } from '../../src/geo/compile-places.js';
import { type MmdbSpec, writeMmdb } from './mmdb-writer.js';
import { network, placeAt } from './support.js';

const database = (name: string, blocks: MmdbSpec['blocks']): { name: string; octets: Uint8Array } => ({
  name,
  octets: writeMmdb({ blocks }),
});

const country = database('country', {
  '192.0.2.0/24': { country_code: 'DE' },
  '198.51.100.0/24': { country_code: 'FR' },
  '2001:db8::/32': { country_code: 'JP' },
});
const city = database('city', {
  '192.0.2.0/25': {
    country: { iso_code: 'DE' },
    city: { names: { en: 'Munich' } },
    location: { latitude: 48.5, longitude: 11.5 },
  },
  '192.0.2.128/25': { country: { iso_code: 'AT' }, location: { latitude: 47.5, longitude: 13.5 } },
  '203.0.113.0/24': { country: { iso_code: 'US' }, subdivisions: [{ iso_code: 'CA' }] },
});
const asn = database('asn', {
  '192.0.2.0/24': { autonomous_system_number: 64500, autonomous_system_organization: 'Example' },
  '198.51.100.128/25': { autonomous_system_number: 64501 },
});

describe('compilePlaces', () => {
  it('takes each group of fields from the first database that has it', () => {
    const table = compilePlaces([country, city, asn], []);
    expect(placeAt(table, '192.0.2.1')).to.deep.equal({
      place: {
        continent: 'EU',
        country: 'DE',
        latitude: 48.5,
        longitude: 11.5,
        asn: 64500,
        asOrganization: 'Example',
        lines: [],
      },
      bits: 25,
    });
    expect(placeAt(table, '198.51.100.129').place).to.include({ country: 'FR', asn: 64501 });
    expect(placeAt(table, '198.51.100.1').place).to.not.have.property('asn');
    expect(placeAt(table, '203.0.113.1').place).to.include({ country: 'US', subdivision: 'CA' });
    expect(placeAt(table, '2001:db8:7::1')).to.deep.equal({
      place: { continent: 'AS', country: 'JP', lines: [] },
      bits: 32,
    });
  });

  it('takes the city where its database is asked first', () => {
    expect(placeAt(compilePlaces([city, country], []), '192.0.2.1').place).to.include({ city: 'Munich' });
  });

  it('leaves out coordinates in another country than the place', () => {
    const { place } = placeAt(compilePlaces([country, city], []), '192.0.2.200');
    expect(place).to.include({ country: 'DE' }).and.not.have.property('latitude');
  });

  it('lets networks win over every database, and databases say what networks do not', () => {
    const table = compilePlaces(
      [city, asn],
      [
        network('192.0.2.0/26', { place: 'NA-US-NY', asn: 64999, lines: ['telecom'] }),
        network('192.0.2.64/26', { lines: ['mobile'], asn: 64500 }),
        network('10.0.0.0/8', { place: 'EU-CY', coordinates: [35.1, 33.4] }),
      ],
    );
    expect(placeAt(table, '192.0.2.1')).to.deep.equal({
      place: { continent: 'NA', country: 'US', subdivision: 'NY', asn: 64999, lines: ['telecom'] },
      bits: 26,
    });
    expect(placeAt(table, '192.0.2.65').place).to.deep.equal({
      continent: 'EU',
      country: 'DE',
      city: 'Munich',
      latitude: 48.5,
      longitude: 11.5,
      asn: 64500,
      asOrganization: 'Example',
      lines: ['mobile'],
    });
    expect(placeAt(table, '10.1.2.3')).to.deep.equal({
      place: { continent: 'AS', country: 'CY', latitude: 35.1, longitude: 33.4, lines: [] },
      bits: 8,
    });
  });

  it('keeps what a database knows in more detail where the network agrees with it', () => {
    const table = compilePlaces(
      [city],
      [network('192.0.2.0/24', { place: 'EU-DE' }), network('203.0.113.0/24', { place: 'NA-US-NY' })],
    );
    expect(placeAt(table, '192.0.2.1').place).to.include({ city: 'Munich', latitude: 48.5 });
    expect(placeAt(table, '192.0.2.200').place).to.deep.equal({ continent: 'EU', country: 'DE', lines: [] });
    expect(placeAt(table, '203.0.113.1').place).to.include({ subdivision: 'NY' });
  });

  it('nests networks: the longest prefix wins, the rest comes from those around, lines add up', () => {
    const table = compilePlaces(
      [],
      [
        network('10.1.2.0/24', { lines: ['office', 'lan'] }),
        network('10.0.0.0/8', { place: 'EU-DE', asn: 64500, lines: ['lan'], coordinates: [50, 8] }),
        network('10.1.0.0/16', { place: 'EU-FR', lines: ['paris'] }),
        network('2001:db8::/32', { place: 'AS' }),
      ],
    );
    expect(placeAt(table, '10.1.2.3')).to.deep.equal({
      place: { continent: 'EU', country: 'FR', asn: 64500, lines: ['office', 'lan', 'paris'] },
      bits: 24,
    });
    expect(placeAt(table, '10.9.0.1').place).to.include({ country: 'DE', latitude: 50 });
    expect(placeAt(table, '2001:db8::1').place).to.deep.equal({ continent: 'AS', lines: [] });
    expect(placeAt(table, '192.0.2.1').place).to.deep.equal({ lines: [] });
  });

  it('shares places that are the same', () => {
    const lines = ['telecom'];
    const networks = Array.from({ length: 50 }, (_, i) =>
      network(`10.${i}.0.0/17`, { place: 'AS-CN', lines }),
    );
    expect(compilePlaces([], networks).places).to.deep.equal([
      { lines: [] },
      { continent: 'AS', country: 'CN', lines },
    ]);
  });

  it('knows nothing without databases and networks', () => {
    const table = compilePlaces([], []);
    expect(table.places).to.deep.equal([{ lines: [] }]);
    expect(placeAt(table, '192.0.2.1')).to.deep.equal({ place: { lines: [] }, bits: 0 });
  });

  it('says what is wrong with every database at once', () => {
    const broken = { name: 'a.mmdb', octets: new Uint8Array(0) };
    const text = { name: 'b.mmdb', octets: new TextEncoder().encode('country,city') };
    expect(() => compilePlaces([broken, country, text], []))
      .to.throw(GeoDatabasesError)
      .with.property('problems')
      .that.deep.equals([
        { name: 'a.mmdb', message: 'it is empty' },
        {
          name: 'b.mmdb',
          message: 'it has no MaxMind DB metadata: it is no .mmdb file, or its end is cut off',
        },
      ]);
  });

  it('tells what it works on', () => {
    const steps: string[] = [];
    compilePlaces([country, asn], [network('10.0.0.0/8', {})], (step) => steps.push(step));
    expect(steps).to.deep.equal(['geo database country', 'geo database asn', '1 networks']);
  });
});
