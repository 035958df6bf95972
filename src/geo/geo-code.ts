import { countries } from 'countries-list';
import type { Place } from './place-table.js';

/** octoDNS's continents. It files Timor-Leste under `ID`, a slip; here it is in Asia, and `ID-TL` matches it by its country. */
export const CONTINENTS = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'] as const;

/**
 * The continent of a country, as octoDNS has it.
 * @param country ISO 3166-1 alpha-2, upper case
 * @returns undefined when there is no such country
 */
export function continentOf(country: string): string | undefined {
  if (Object.hasOwn(OCTODNS_CONTINENTS, country)) return OCTODNS_CONTINENTS[country];
  return Object.hasOwn(countries, country)
    ? countries[country as keyof typeof countries].continent
    : undefined;
}

/**
 * True when a place lies in what an octoDNS geo code names. Where the code names a country its continent does not matter,
 * since sources disagree on a few (Cyprus, Russia).
 * @param code `EU`, `EU-DE` or `NA-US-CA`
 */
export function placeMatchesGeo(place: Place, code: string): boolean {
  if (code.length === CONTINENT_LENGTH) return place.continent === code;
  if (place.country !== code.slice(3, 5)) return false;
  return code.length === COUNTRY_LENGTH || place.subdivision === code.slice(6);
}

/** The parts of an octoDNS geo code; the continent is octoDNS's where the code names a country. */
export function parseGeo(code: string): { continent: string; country?: string; subdivision?: string } {
  const [written = '', country, ...rest] = code.split('-');
  if (country === undefined) return { continent: written };
  const continent = continentOf(country) ?? written;
  return rest.length === 0 ? { continent, country } : { continent, country, subdivision: rest.join('-') };
}

/** A place as an octoDNS geo code, `unknown` when not even the continent is known. */
export function describePlace(place: Place): string {
  const parts = [place.continent, place.country, place.subdivision];
  return parts.filter((part) => part !== undefined).join('-') || 'unknown';
}

/** Where octoDNS's table (octodns/record/geo_data.py) differs from countries-list's. TL: see {@link CONTINENTS}. */
const OCTODNS_CONTINENTS: Readonly<Record<string, string>> = { CY: 'AS', GS: 'SA', RU: 'EU', TL: 'AS' };

/** `EU`. */
const CONTINENT_LENGTH = 2;
/** `EU-DE`. */
const COUNTRY_LENGTH = 5;
