import { expect } from 'chai';
import { countries } from 'countries-list';
import { type Coordinates, coordinatesOf, distanceKm } from '../../src/geo/coordinates.js';
import { parseGeo } from '../../src/geo/geo-code.js';
import type { Place } from '../../src/geo/place-table.js';
import { subdivisionByCode, subdivisionByName } from '../../src/geo/subdivisions.js';

const placeOf = (code: string): Place => ({ ...parseGeo(code), lines: [] });

/** Cities, and the place whose middle must be no farther than so many km. */
const NEAR = [
  { place: 'EU-DE', city: [50.1, 8.7], km: 250 },
  { place: 'EU-RU', city: [55.75, 37.6], km: 600 },
  { place: 'NA-CA', city: [43.7, -79.4], km: 400 },
  { place: 'OC-KI', city: [1.45, 173], km: 100 },
  { place: 'NA-US-CA', city: [37.8, -122.4], km: 400 },
  { place: 'NA-US-NY', city: [40.7, -74], km: 150 },
  { place: 'AS-CN-BJ', city: [39.9, 116.4], km: 50 },
  { place: 'NA-CA-QC', city: [45.5, -73.6], km: 500 },
  { place: 'EU-DE-BY', city: [48.1, 11.6], km: 500 },
  { place: 'OC-AU', city: [-33.9, 151.2], km: 400 },
] as const;

describe('coordinatesOf', () => {
  for (const { place, city, km } of NEAR) {
    it(`has the middle of ${place} within ${km} km of ${city.join(', ')}`, () => {
      const [latitude, longitude] = coordinatesOf(placeOf(place)) as Coordinates;
      expect(distanceKm(latitude, longitude, city[0], city[1])).to.be.below(km);
    });
  }

  it('prefers a place’s own coordinates', () => {
    expect(coordinatesOf({ country: 'DE', latitude: 0, longitude: 0, lines: [] })).to.deep.equal([0, 0]);
  });

  it('has the middle of a continent where no more is known, and nothing of nowhere', () => {
    for (const code of ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'])
      expect(coordinatesOf(placeOf(code))).to.have.length(2);
    expect(coordinatesOf({ lines: [] })).to.equal(undefined);
    expect(coordinatesOf({ continent: 'XX', country: 'constructor', lines: [] })).to.equal(undefined);
  });

  it('has one for each country, within the degrees', () => {
    for (const country of Object.keys(countries)) {
      const [latitude, longitude] = coordinatesOf({ ...placeOf(`EU-${country}`) }) as Coordinates;
      expect(Math.abs(latitude), country).to.be.at.most(90);
      expect(Math.abs(longitude), country).to.be.at.most(180);
    }
  });
});

describe('distanceKm', () => {
  it('is that of maps', () => {
    expect(distanceKm(50.11, 8.68, 52.37, 4.9)).to.be.closeTo(364, 2);
    expect(distanceKm(51.5, -0.13, 40.71, -74.01)).to.be.closeTo(5570, 10);
    expect(distanceKm(-17, 179, -17, -179)).to.be.closeTo(213, 2);
    expect(distanceKm(1, 2, 1, 2)).to.equal(0);
    expect(distanceKm(0, 0, 0, 180)).to.be.closeTo(20015, 1);
    expect(distanceKm(37.3, 12.7, -37.3, -167.3)).to.be.closeTo(20015, 1);
  });
});

describe('subdivisions', () => {
  it('are found by code and by the names that databases use', () => {
    expect(subdivisionByCode('US', 'CA')?.code).to.equal('CA');
    expect(subdivisionByName('US', 'district of columbia')?.code).to.equal('DC');
    expect(subdivisionByName('CA', 'Québec')?.code).to.equal('QC');
    expect(subdivisionByName('CN', 'Inner Mongolia')?.code).to.equal('NM');
    expect(subdivisionByName('DE', 'Bavaria')).to.equal(undefined);
    expect(subdivisionByCode('US', 'constructor')).to.equal(undefined);
  });
});
