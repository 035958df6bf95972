import { countries } from 'countries-list';
import { CONTINENTS, continentOf } from '../geo/geo-code.js';

/** What is wrong with a geo code, and what was probably meant. */
export interface GeoCodeProblem {
  /** Completes "must be …". */
  readonly problem: string;
  readonly meant?: string;
}

/**
 * Checks an octoDNS geo code: `EU`, `EU-DE`, `NA-US-CA`. Continent and country must be known and go together; of a
 * subdivision the form is checked (ISO 3166-2, one to three letters or digits).
 * @returns undefined when it is right
 */
export function findGeoCodeProblem(code: string): GeoCodeProblem | undefined {
  if (!/^[A-Z]{2}(-[A-Z]{2}(-[A-Z0-9]{1,3})?)?$/.test(code)) return { problem: GEO_CODE, ...guess(code) };
  const [continent = '', country, subdivision] = code.split('-');
  const bare = country === undefined ? continentsOf(ALIASES[continent] ?? continent)[0] : undefined;
  if (country === undefined && isContinent(continent)) return undefined;
  if (bare !== undefined) return { problem: GEO_CODE, meant: `${bare}-${ALIASES[continent] ?? continent}` };
  const known = continentsOf(ALIASES[country ?? ''] ?? country ?? '');
  const tail = subdivision === undefined ? '' : `-${subdivision}`;
  if (known.length === 0) {
    return isContinent(continent)
      ? { problem: `a geo code with a country of ISO 3166 (${country} is none)` }
      : { problem: `a geo code of a continent: ${CONTINENTS.join(', ')}` };
  }
  if (ALIASES[country ?? ''] !== undefined || !known.includes(continent)) {
    const home = known.includes(continent) ? continent : known[0];
    return { problem: GEO_CODE, meant: `${home}-${ALIASES[country ?? ''] ?? country}${tail}` };
  }
  return undefined;
}

/** What a geo code looks like; completes "must be …". */
export const GEO_CODE = 'a geo code such as EU, EU-DE or NA-US-CA';

/** Codes in use that are not of ISO 3166 (RFC 1591's `uk`, the EU's `EL`). */
const ALIASES: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR' };

/**
 * Continents that a country may be said to be of, octoDNS's first, then that of `countries-list`; none when there is no such
 * country. octoDNS files Timor-Leste under a continent ID.
 */
function continentsOf(country: string): readonly string[] {
  const usual = continentOf(country);
  if (usual === undefined || !Object.hasOwn(countries, country)) return [];
  const other = countries[country as keyof typeof countries].continent;
  return country === 'TL' ? [usual, other, 'ID'] : [usual, other];
}

function isContinent(code: string): boolean {
  return (CONTINENTS as readonly string[]).includes(code);
}

/** From `eu-de`, `EU_DE`, `EU/DE`, `Germany`. */
function guess(code: string): { meant?: string } {
  const normal = code.toUpperCase().replace(/[_/ .]/g, '-');
  if (normal !== code && normal.length <= 9) {
    const problem = findGeoCodeProblem(normal);
    if (problem === undefined) return { meant: normal };
    if (problem.meant !== undefined) return { meant: problem.meant };
  }
  const named = Object.entries(countries).find(([, { name }]) => name.toLowerCase() === code.toLowerCase());
  return named === undefined ? {} : { meant: `${continentsOf(named[0])[0]}-${named[0]}` };
}
