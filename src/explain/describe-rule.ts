import { formatPrefix } from '../config/address.js';
import type { MatchSpec, RuleSpec } from '../steer/spec.js';

/** A rule's conditions in one line: `subnets 10.0.0.0/8, …; geos EU`, `everyone`. */
export function describeRule(rule: RuleSpec): string {
  return rule.matches.map(describeMatch).join(' or ');
}

function describeMatch({ subnets, lines, asns, geos }: MatchSpec): string {
  const kinds = [
    describeList('subnets', subnets?.map(formatPrefix)),
    describeList('lines', lines),
    describeList('asns', asns?.map(String)),
    describeList('geos', geos),
  ].filter((kind) => kind !== '');
  return kinds.length === 0 ? 'everyone' : kinds.join(' and ');
}

/** Entries of a list that are shown: a rule may name thousands of networks. */
const SHOWN = 4;

function describeList(kind: string, entries: readonly string[] | undefined): string {
  if (entries === undefined) return '';
  const more = entries.length - SHOWN;
  const shown = entries.slice(0, SHOWN).join(', ');
  return more > 0 ? `${kind} ${shown} and ${more} more` : `${kind} ${shown}`;
}
