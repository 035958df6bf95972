import { expect } from 'chai';
import { continentOf, describePlace, parseGeo, placeMatchesGeo } from '../../src/geo/geo-code.js';

const lines: string[] = [];
const california = { continent: 'NA', country: 'US', subdivision: 'CA', lines };
const cyprus = { continent: 'AS', country: 'CY', lines };
const europe = { continent: 'EU', lines };

describe('placeMatchesGeo', () => {
  for (const { name, place, code, expect: expected } of [
    { name: 'a continent matches each country in it', place: california, code: 'NA', expect: true },
    { name: 'a continent does not match another', place: california, code: 'SA', expect: false },
    { name: 'a country matches each subdivision of it', place: california, code: 'NA-US', expect: true },
    {
      name: 'a country does not match another of the continent',
      place: california,
      code: 'NA-CA',
      expect: false,
    },
    { name: 'a subdivision matches itself', place: california, code: 'NA-US-CA', expect: true },
    { name: 'a subdivision does not match another', place: california, code: 'NA-US-NY', expect: false },
    {
      name: 'a subdivision does not match a country of which no more is known',
      place: { continent: 'NA', country: 'US', lines },
      code: 'NA-US-CA',
      expect: false,
    },
    {
      name: 'a country matches under whichever continent it is filed',
      place: cyprus,
      code: 'EU-CY',
      expect: true,
    },
    { name: 'a continent follows octoDNS', place: cyprus, code: 'EU', expect: false },
    {
      name: 'a country does not match a place of which only the continent is known',
      place: europe,
      code: 'EU-DE',
      expect: false,
    },
    { name: 'nothing matches nowhere', place: { lines }, code: 'EU', expect: false },
  ]) {
    it(name, () => expect(placeMatchesGeo(place, code)).to.equal(expected));
  }
});

describe('geo codes', () => {
  it('have octoDNS’s continents', () => {
    const codes = ['DE', 'CY', 'RU', 'GS', 'TL', 'XK', 'TR', 'MX', 'ZZ', 'constructor'];
    expect(codes.map((code) => continentOf(code))).to.deep.equal([
      'EU',
      'AS',
      'EU',
      'SA',
      'AS',
      'EU',
      'AS',
      'NA',
      undefined,
      undefined,
    ]);
  });

  it('are read into their parts', () => {
    expect(parseGeo('EU')).to.deep.equal({ continent: 'EU' });
    expect(parseGeo('EU-DE')).to.deep.equal({ continent: 'EU', country: 'DE' });
    expect(parseGeo('ID-TL')).to.deep.equal({ continent: 'AS', country: 'TL' });
    expect(parseGeo('NA-US-CA')).to.deep.equal({ continent: 'NA', country: 'US', subdivision: 'CA' });
  });

  it('describe a place', () => {
    expect([california, cyprus, europe, { lines }, { asn: 64500, lines }].map(describePlace)).to.deep.equal([
      'NA-US-CA',
      'AS-CY',
      'EU',
      'unknown',
      'unknown',
    ]);
  });
});
