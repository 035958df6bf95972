import { checkedValue, joinTables, nestPrefixes } from './prefix-builder.js';
import { EMBEDDED_VALUE, Header, LEAF, type Prefix, type PrefixTable } from './prefix-table.js';

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
 *
 * Subnets within 2002::/16, 2001::/32 and 64:ff9b::/96 match nobody: a client there is asked by its IPv4 address.
 * @param outcome called once for each (place, set of subnets) that occurs; 0 to MAX_VALUE
 * @throws RangeError when an outcome is neither
 */
export function mapPrefixes(
  table: PlaceTable,
  subnets: readonly Prefix[],
  outcome: (place: Place, inSubnet: (index: number) => boolean) => number,
): PrefixTable {
  /** Each subnet, met within the subnets around it, makes one new set: its own index and the set around. Set 0 is empty. */
  const sets: SubnetSet[] = [{ subnet: -1, outer: -1 }];
  const setTable = nestPrefixes(subnets.map(withoutMapping), (subnet, outer) => {
    sets.push({ subnet, outer });
    return sets.length - 1;
  });
  // Most places are met within no subnet; of the pairs with other sets few occur.
  const alone = new Int32Array(table.places.length).fill(-1);
  const known = new Map<number, number>();
  const outcomeOf = (place: number, set: number): number => {
    if (place === EMBEDDED_VALUE) return EMBEDDED_VALUE;
    // Exact: both are below 2^25.
    const pair = set * 2 ** 25 + place;
    let value = set === 0 ? (alone[place] as number) : (known.get(pair) ?? -1);
    if (value < 0) {
      value = checkedValue(outcome(table.places[place] as Place, (subnet) => holds(sets, set, subnet)));
      if (set === 0) alone[place] = value;
      else known.set(pair, value);
    }
    return value;
  };
  return withoutNeedlessCuts(joinTables(table.prefixes, setTable, outcomeOf));
}

/** ::ffff:192.0.2.0/120 as 192.0.2.0/24, since clients there are asked by IPv4; any other prefix as it is. */
export function withoutMapping(prefix: Prefix): Prefix {
  const { family, octets, bits } = prefix;
  const mapped =
    family === 6 && bits >= 96 && octets.subarray(0, 12).every((octet, i) => octet === (i < 10 ? 0 : 0xff));
  return mapped ? { family: 4, octets: octets.subarray(12), bits: bits - 96 } : prefix;
}

interface SubnetSet {
  readonly subnet: number;
  /** Index of the set that {@link subnet} is added to. */
  readonly outer: number;
}

function holds(sets: readonly SubnetSet[], set: number, subnet: number): boolean {
  for (let at = set; at > 0; at = (sets[at] as SubnetSet).outer) {
    if ((sets[at] as SubnetSet).subnet === subnet) return true;
  }
  return false;
}

/** Where all of IPv4 has one value, IPv6 addresses that hold an IPv4 address have it too and may merge with others. */
function withoutNeedlessCuts(table: PrefixTable): PrefixTable {
  const root4 = table.nodes[Header.ROOT4] as number;
  if (root4 < LEAF || table.nodes[Header.ROOT6] === root4) return table;
  const everywhere = root4 - LEAF;
  return joinTables(table, table, (value) => (value === EMBEDDED_VALUE ? everywhere : value));
}
