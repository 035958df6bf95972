import { expect } from 'chai';
import { findGeoCodeProblem, GEO_CODE } from '../../src/config/geo-code.js';

describe('findGeoCodeProblem', () => {
  it('takes continents, countries and subdivisions', () => {
    for (const code of ['EU', 'AN', 'EU-DE', 'NA-US-CA', 'AS-CN-BJ', 'EU-GB-ENG', 'NA-CA-QC', 'EU-XK']) {
      expect(findGeoCodeProblem(code), code).equal(undefined);
    }
  });

  it('takes a country with the continent of octoDNS, and with that of others', () => {
    for (const code of ['AS-CY', 'EU-CY', 'EU-RU', 'AS-RU', 'SA-GS', 'AN-GS', 'ID-TL', 'OC-TL']) {
      expect(findGeoCodeProblem(code), code).equal(undefined);
    }
  });

  const wrong: [string, string | undefined, string?][] = [
    ['eu-de', 'EU-DE'],
    ['EU_DE', 'EU-DE'],
    ['DE', 'EU-DE'],
    ['de', 'EU-DE'],
    ['Germany', 'EU-DE'],
    ['AS-DE', 'EU-DE'],
    ['AS-US-CA', 'NA-US-CA'],
    ['UK', 'EU-GB'],
    ['EU-UK', 'EU-GB'],
    ['EUR', undefined],
    ['EU-DE-', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['EU-QQ', undefined, 'a geo code with a country of ISO 3166 (QQ is none)'],
    ['QQ-ZZ', undefined, 'a geo code of a continent: AF, AN, AS, EU, NA, OC, SA'],
  ];
  for (const [code, meant, problem] of wrong) {
    it(`refuses ${JSON.stringify(code)}${meant === undefined ? '' : ` and asks for ${meant}`}`, () => {
      const found = findGeoCodeProblem(code);
      expect(found?.problem).equal(problem ?? GEO_CODE);
      expect(found?.meant).equal(meant);
    });
  }
});
