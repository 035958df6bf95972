import { CONTINENTS, continentOf } from './geo-code.js';
import type { Place } from './place-table.js';
import { subdivisionByCode, subdivisionByName } from './subdivisions.js';

/**
 * What an mmdb record says of its block. Reads the schemas of MaxMind (City, Country, ASN, ISP, Enterprise), which nest, and
 * the flat ones of the ip-location-db family and IPinfo. What has another type or makes no sense is left out.
 * @returns a place without lines; undefined when the record says nothing of what a {@link Place} holds
 */
export function placeOfRecord(record: unknown): Place | undefined {
  const text = (field: keyof typeof PATHS): string | undefined => readText(record, PATHS[field]);
  const number = (field: keyof typeof PATHS): number | undefined => readNumber(record, PATHS[field]);
  const country = countryCode(text('country'));
  const continent = (country && continentOf(country)) ?? continentCode(text('continent'));
  const subdivision = country && subdivisionCode(country, text('subdivision'), text('subdivisionName'));
  const city = text('city');
  const latitude = within(number('latitude'), 90);
  const longitude = within(number('longitude'), 180);
  const located = latitude !== undefined && longitude !== undefined;
  const asn = asNumber(number('asn'));
  const asOrganization = text('asOrganization');
  const isp = text('isp');
  const place: Place = {
    ...(continent !== undefined && { continent }),
    ...(country !== undefined && { country }),
    ...(subdivision !== undefined && { subdivision }),
    ...(city !== undefined && { city }),
    ...(located && { latitude, longitude }),
    ...(asn !== undefined && { asn }),
    ...(asOrganization !== undefined && { asOrganization }),
    ...(isp !== undefined && { isp }),
    lines: [],
  };
  return Object.keys(place).length > 1 ? place : undefined;
}

/** Where each field is, the first that is there counts. A number in a path is a place in an array. */
const PATHS = {
  continent: [['continent', 'code'], ['continent_code']],
  country: [
    ['country', 'iso_code'],
    ['country_code'],
    ['country'],
    // Where MaxMind does not know the users' country it still tells where the block is registered.
    ['registered_country', 'iso_code'],
  ],
  subdivision: [['subdivisions', 0, 'iso_code'], ['region_code']],
  subdivisionName: [['state1'], ['region']],
  city: [['city', 'names', 'en'], ['city']],
  latitude: [['location', 'latitude'], ['latitude'], ['lat']],
  longitude: [['location', 'longitude'], ['longitude'], ['lng']],
  asn: [['autonomous_system_number'], ['traits', 'autonomous_system_number'], ['asn']],
  asOrganization: [
    ['autonomous_system_organization'],
    ['traits', 'autonomous_system_organization'],
    ['as_name'],
  ],
  isp: [['isp'], ['traits', 'isp']],
} as const satisfies Readonly<Record<string, Paths>>;

type Paths = readonly (readonly (string | number)[])[];

function read(record: unknown, path: readonly (string | number)[]): unknown {
  let value = record;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}

function readText(record: unknown, paths: Paths): string | undefined {
  for (const path of paths) {
    const value = read(record, path);
    if (typeof value === 'string' && value !== '' && value !== '-') return value;
  }
  return undefined;
}

/** Flat databases have numbers as text too, and ASNs as `AS64500`. */
function readNumber(record: unknown, paths: Paths): number | undefined {
  for (const path of paths) {
    const value = read(record, path);
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && NUMBER.test(value)) return Number(value.replace(/^AS/, ''));
  }
  return undefined;
}

const NUMBER = /^(AS)?-?\d+(\.\d+)?$/;

/** Only real countries: not `ZZ`, nor MaxMind's old `A1`, `AP`, `EU`. */
function countryCode(text: string | undefined): string | undefined {
  const code = text?.toUpperCase();
  return code !== undefined && continentOf(code) !== undefined ? code : undefined;
}

function continentCode(text: string | undefined): string | undefined {
  return CONTINENTS.find((code) => code === text?.toUpperCase());
}

/** Codes as they are; names where the country's subdivisions are known. */
function subdivisionCode(
  country: string,
  code: string | undefined,
  name: string | undefined,
): string | undefined {
  if (code !== undefined && /^[A-Za-z0-9]{1,3}$/.test(code)) return code.toUpperCase();
  if (name === undefined) return undefined;
  return (subdivisionByName(country, name) ?? subdivisionByCode(country, name))?.code;
}

function within(degrees: number | undefined, limit: number): number | undefined {
  return degrees !== undefined && Math.abs(degrees) <= limit ? degrees : undefined;
}

function asNumber(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value > 0 && value <= 0xffffffff
    ? value
    : undefined;
}
