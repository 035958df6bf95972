import type { Prefix, PrefixTable } from './prefix-table.js';

/** What is known of an address block. Codes are octoDNS's: continent `EU`, country `DE`, subdivision `CA`. */
export interface Place {
  readonly continent?: string;
  readonly country?: string;
  readonly subdivision?: string;
  readonly city?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly asn?: number;
  readonly asOrganization?: string;
  readonly isp?: string;
  /** Lines from the networks files, most specific first. */
  readonly lines: readonly string[];
}

/** Address → place, compiled from every database and networks file. Immutable. */
export interface PlaceTable {
  /** Its values are indexes of {@link places}. */
  readonly prefixes: PrefixTable;
  /** The first, 0, is nowhere: nothing is known. */
  readonly places: readonly Place[];
}

/**
 * Compiles a table of outcomes: what `outcome` says for each place and the set of `subnets` that an address lies in, with
 * neighbours of the same outcome merged into the shortest prefixes on which it is constant (what ECS's SCOPE needs).
 * @param outcome called once for each (place, set of subnets) that occurs; a uint32
 */
export function mapPrefixes(
  table: PlaceTable,
  subnets: readonly Prefix[],
  outcome: (place: Place, inSubnet: (index: number) => boolean) => number,
): PrefixTable {
  void [table, subnets, outcome];
  throw new Error('not built yet');
}
