import { placeMatchesGeo } from '../geo/geo-code.js';
import { mapPrefixes, type Place, type PlaceTable } from '../geo/place-table.js';
import type { Prefix, PrefixTable } from '../geo/prefix-table.js';
import type { MatchSpec, RuleSpec } from './spec.js';

/** What the rules of several services share. */
export interface RuleContext {
  readonly places: PlaceTable;
  /** Rule tables by what their rules say, so that services with the same rules share one. */
  readonly ruleTables: Map<string, PrefixTable>;
}

/**
 * Address → index of the first rule that leads to the same pool as the rule that the address matches first. So neighbours
 * that different rules send to one pool share a prefix: the shorter, the more clients a resolver's cache serves.
 * @returns the table, or undefined when every address goes to the pool of rule 0
 */
export function compileRules(rules: readonly RuleSpec[], context: RuleContext): PrefixTable | undefined {
  const catchAll = rules.findIndex(matchesEveryone);
  const reached = catchAll < 0 ? rules : rules.slice(0, catchAll + 1);
  const leaders = reached.map(({ pool }) => reached.findIndex((rule) => rule.pool === pool));
  if (leaders.every((leader) => leader === 0)) return undefined;
  const key = canonicalKey(reached, leaders);
  const shared = context.ruleTables.get(key);
  if (shared !== undefined) return shared;
  const subnets = reached.flatMap((rule) => rule.matches.flatMap((match) => match.subnets ?? []));
  const indexes = new Map(subnets.map((subnet, index) => [subnet, index]));
  const table = mapPrefixes(context.places, subnets, (place, inSubnet) => {
    const lies = (subnet: Prefix): boolean => inSubnet(indexes.get(subnet) ?? -1);
    const matched = reached.findIndex((rule) => rule.matches.some((match) => matchHolds(match, place, lies)));
    return leaders[matched < 0 ? reached.length - 1 : matched] ?? 0;
  });
  context.ruleTables.set(key, table);
  return table;
}

/** True for a rule without conditions. */
function matchesEveryone(rule: RuleSpec): boolean {
  return rule.matches.some((match) => kindsOf(match).length === 0);
}

function matchHolds(match: MatchSpec, place: Place, lies: (subnet: Prefix) => boolean): boolean {
  return kindsOf(match).every((kind) => findHolding(match, kind, place, lies) >= 0);
}

/** The kinds of condition in a {@link MatchSpec}. */
export type ConditionKind = keyof MatchSpec;

/**
 * Index of the first entry of a kind that holds, or -1.
 * @param lies tells whether the client lies in a subnet
 */
export function findHolding(
  match: MatchSpec,
  kind: ConditionKind,
  place: Place,
  lies: (subnet: Prefix) => boolean,
): number {
  const { subnets = [], lines = [], asns = [], geos = [] } = match;
  switch (kind) {
    case 'subnets':
      return subnets.findIndex(lies);
    case 'lines':
      return lines.findIndex((line) => place.lines.includes(line));
    case 'asns':
      return place.asn === undefined ? -1 : asns.indexOf(place.asn);
    case 'geos':
      return geos.findIndex((geo) => placeMatchesGeo(place, geo));
  }
}

/** The kinds of condition that a match has. */
export function kindsOf(match: MatchSpec): readonly ConditionKind[] {
  return KINDS.filter((kind) => match[kind] !== undefined);
}

const KINDS = ['subnets', 'lines', 'asns', 'geos'] as const;

/** What the rules say and where they lead, but for the pools' names and the order in lists. */
function canonicalKey(rules: readonly RuleSpec[], leaders: readonly number[]): string {
  const parts = rules.map((rule, index) => [
    leaders[index],
    rule.matches.map(({ subnets, lines, asns, geos }) => [
      subnets?.map(({ family, octets, bits }) => `${family} ${octets.join('.')}/${bits}`).sort() ?? null,
      lines?.toSorted() ?? null,
      asns?.toSorted((a, b) => a - b) ?? null,
      geos?.toSorted() ?? null,
    ]),
  ]);
  return JSON.stringify(parts);
}
