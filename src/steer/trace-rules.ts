import type { Client } from '../geo/client.js';
import { describePlace } from '../geo/geo-code.js';
import type { Place } from '../geo/place-table.js';
import type { Prefix } from '../geo/prefix-table.js';
import { u32 } from '../wire/octets.js';
import { type ConditionKind, findHolding, kindsOf } from './rule-table.js';
import type { MatchSpec, RuleSpec } from './spec.js';

/** One rule, as it was asked about one client. */
export interface RuleTrace {
  /** Of the service's rules, from 0. */
  readonly index: number;
  /** The pool that the rule leads to. */
  readonly pool: string;
  /** `not-asked`: an earlier rule had matched. */
  readonly code: 'everyone' | 'matched' | 'no-match' | 'not-asked';
  /** One phrase, lower case, without a full stop. */
  readonly why: string;
  /** By the rule's matches; empty for `not-asked`. */
  readonly matches: readonly MatchTrace[];
}

/** One of a rule's matches; it is met when each of its conditions is. */
interface MatchTrace {
  readonly met: boolean;
  readonly conditions: readonly ConditionTrace[];
}

interface ConditionTrace {
  readonly kind: ConditionKind;
  readonly met: boolean;
  /** Index of the first entry that holds, -1 when none does. */
  readonly entry: number;
  /** What the client has there, in words. */
  readonly found: string;
}

/** Asks the rules in order, as they were written, about a client at a place. */
export function traceRules(rules: readonly RuleSpec[], client: Client, place: Place): RuleTrace[] {
  let decided = false;
  return rules.map((rule, index) => {
    if (decided) {
      return {
        index,
        pool: rule.pool,
        code: 'not-asked',
        why: 'an earlier rule matched',
        matches: [],
      };
    }
    const matches = rule.matches.map((match) => traceMatch(match, client, place));
    const met = matches.find((match) => match.met);
    decided = met !== undefined;
    return { index, pool: rule.pool, ...verdict(matches, met), matches };
  });
}

function verdict(
  matches: readonly MatchTrace[],
  met: MatchTrace | undefined,
): { readonly code: 'everyone' | 'matched' | 'no-match'; readonly why: string } {
  if (met === undefined) {
    const missed = matches.flatMap(({ conditions }) => conditions.filter((condition) => !condition.met));
    const phrases = new Set(missed.map(({ kind, found }) => `${found} is not in its ${kind}`));
    return { code: 'no-match', why: [...phrases].join(', ') };
  }
  if (met.conditions.length === 0) return { code: 'everyone', why: 'it holds for everyone' };
  return {
    code: 'matched',
    why: met.conditions.map(({ kind, found }) => `${found} is in its ${kind}`).join(', '),
  };
}

function traceMatch(match: MatchSpec, client: Client, place: Place): MatchTrace {
  const conditions = kindsOf(match).map((kind) => {
    const entry = findHolding(match, kind, place, (subnet) => liesIn(client, subnet));
    return { kind, met: entry >= 0, entry, found: found(kind, place) };
  });
  return { met: conditions.every(({ met }) => met), conditions };
}

function found(kind: ConditionKind, place: Place): string {
  switch (kind) {
    case 'subnets':
      return 'the address';
    case 'lines':
      return place.lines.length === 0 ? 'an unknown line' : `line ${place.lines.join(', ')}`;
    case 'asns':
      return place.asn === undefined ? 'an unknown AS' : `AS${place.asn}`;
    case 'geos':
      return place.continent === undefined && place.country === undefined
        ? 'an unknown place'
        : `place ${describePlace(place)}`;
  }
}

/** As the compiled table has it: by the address that tables are asked by. */
function liesIn(client: Client, subnet: Prefix): boolean {
  const { family, octets, bits } = subnet;
  if (family !== client.tableFamily) return false;
  const words = [client.word0, client.word1, client.word2, client.word3];
  return words.every((word, index) => {
    const known = Math.min(Math.max(bits - 32 * index, 0), 32);
    return known === 0 || (word ^ u32(octets, 4 * index)) >>> (32 - known) === 0;
  });
}
