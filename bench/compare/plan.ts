/**
 * What every peer is configured with, so that the same question costs each of them the same work: one zone with steered names,
 * one with many plain ones, and a map of networks to places.
 */

/** The zone of steered names, and of those that measure one thing each. */
export const ZONE = 'example.com';
/** The zone of many names, or what its many zones are below. */
const NAMES_ZONE = 'example.net';

export interface WeightedAddress {
  readonly address: string;
  readonly weight: number;
}

export interface Place {
  /** `EU-DE`: continent and country. */
  readonly code: string;
  readonly continent: string;
  readonly country: string;
  /** The members of this place; the first alone is what `geo` answers. */
  readonly members: readonly WeightedAddress[];
  /** An address that load can be sent from and that networks say is here. */
  readonly source: string;
}

export interface Network {
  readonly prefix: string;
  readonly place: number;
}

const CODES = ['EU-DE', 'NA-US', 'AS-CN', 'EU-FR', 'SA-BR', 'AF-ZA', 'OC-AU', 'AS-JP'];

export const PLACES: readonly Place[] = CODES.map((code, place) => ({
  code,
  continent: code.slice(0, 2),
  country: code.slice(3),
  members: [50, 30, 20].map((weight, i) => ({ address: `198.51.100.${place * 10 + i + 1}`, weight })),
  source: `127.${16 + place}.0.1`,
}));

/** What `weighted` answers. */
export const WEIGHTED: readonly WeightedAddress[] = [40, 30, 20, 10].map((weight, i) => ({
  address: `203.0.113.${i + 1}`,
  weight,
}));

/** What `www` answers, and each of many names. */
export const STATIC_ADDRESS = '192.0.2.1';
/** Where `ns1` is. */
export const NS_ADDRESS = '192.0.2.53';
/** TTL of every answer, in seconds. */
export const TTL = 60;

/** 4,096 blocks of 10.0.0.0/8 at places that change from one to the next, and where load comes from. */
export const NETWORKS: readonly Network[] = [
  ...Array.from({ length: 4096 }, (_, i) => ({
    prefix: `10.${i >>> 4}.${(i & 15) << 4}.0/20`,
    place: placeOfBlock(i),
  })),
  ...PLACES.map((_, place) => ({ prefix: `127.${16 + place}.0.0/16`, place })),
];

/** The place of an address of 10.0.0.0/8, by its second and third octet. */
export function placeOf(second: number, third: number): Place {
  return PLACES[placeOfBlock((second << 4) | (third >>> 4))] as Place;
}

/** Many plain names, spread evenly over zones. */
export interface ManyNames {
  readonly names: number;
  readonly zones: number;
}

export function manyZones({ zones }: ManyNames): string[] {
  return Array.from({ length: zones }, (_, zone) => zoneName(zone, zones));
}

/** Owner names of a zone of them, relative to its apex. */
export function* namesIn(zone: number, { names, zones }: ManyNames): Iterable<string> {
  for (let i = zone; i < names; i += zones) yield hostName(i);
}

/** The name of this number, absolute without the final dot. */
export function nameOf(i: number, { zones }: ManyNames): string {
  return `${hostName(i)}.${zoneName(i % zones, zones)}`;
}

function zoneName(zone: number, zones: number): string {
  return zones === 1 ? NAMES_ZONE : `z${String(zone).padStart(5, '0')}.${NAMES_ZONE}`;
}

/** All are of one length, as the most queries of one batch then are. */
function hostName(i: number): string {
  return `host${String(i).padStart(7, '0')}`;
}

/** A multiplicative hash's top bits: neighbours differ, so that no server can merge them into one prefix. */
function placeOfBlock(block: number): number {
  return Math.imul(block + 1, 0x9e3779b1) >>> 29;
}
