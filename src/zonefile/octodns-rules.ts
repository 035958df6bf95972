import { formatPrefix, parsePrefix } from '../config/address.js';
import { findGeoCodeProblem } from '../config/geo-code.js';
import { didYouMean } from '../config/suggest.js';
import type { Prefix } from '../geo/prefix-table.js';
import type { MatchSpec, RuleSpec } from '../steer/spec.js';
import { describeNode, valueAt, type YamlMap, type YamlNode } from '../yaml/yaml-node.js';
import { type RecordContext, refuse, reportError, reportUnknownKeys, reportWarning } from './zone-load.js';

/**
 * Reads the rules of octoDNS's `dynamic`. A rule with subnets and geos matches by either; a subnet of any rule goes before
 * the geos of every rule, as octoDNS documents it.
 * @param lastResort the pool of clients that no rule matches, which octoDNS has only in a lenient record
 * @returns the last one matches everyone; undefined after errors in diagnostics
 */
export function readRules(
  context: RecordContext,
  dynamic: YamlMap,
  pools: YamlMap,
  lastResort: string,
): readonly RuleSpec[] | undefined {
  const node = valueAt(dynamic, 'rules');
  if (node?.kind !== 'list' || node.items.length === 0) {
    reportError(
      context.load,
      node ?? dynamic,
      'dynamic needs rules, a list of at least one',
      'write rules: [{pool: …}]',
    );
    return undefined;
  }
  const read = new RulesReader(context, pools);
  const rules = node.items.flatMap((item, i) => read.rule(item, i + 1));
  read.checkUnused();
  const last = rules.at(-1);
  if (last !== undefined && (last.subnets.length > 0 || last.geos.length > 0)) {
    refuse(
      context,
      node.items.at(-1) as YamlNode,
      'the last rule must match everyone',
      'end with a rule of a pool alone',
    );
    rules.push({ pool: lastResort, subnets: [], geos: [] });
  }
  return inOrder(rules);
}

/** Reads a geo code; with an error in diagnostics when it is none. @param subject what the message begins with */
export function readGeoCode(context: RecordContext, node: YamlNode, subject: string): string {
  const code = node.kind === 'scalar' ? node.text : '';
  const problem = findGeoCodeProblem(code);
  if (problem !== undefined) {
    const hint = problem.meant === undefined ? undefined : `did you mean ${JSON.stringify(problem.meant)}?`;
    reportError(
      context.load,
      node,
      `${subject}geo must be ${problem.problem} but is ${describeNode(node)}`,
      hint,
    );
  }
  return code;
}

interface DynamicRule {
  readonly pool: string;
  readonly subnets: readonly Prefix[];
  readonly geos: readonly string[];
}

class RulesReader {
  readonly #context: RecordContext;
  readonly #pools: YamlMap;
  readonly #used = new Set<string>();
  readonly #subnets: { prefix: Prefix; rule: number }[] = [];
  readonly #geos = new Map<string, number>();
  #catchAll = 0;
  #previous: DynamicRule | undefined;

  constructor(context: RecordContext, pools: YamlMap) {
    this.#context = context;
    this.#pools = pools;
  }

  /** @param number from 1, as messages count */
  rule(node: YamlNode, number: number): DynamicRule[] {
    const poolNode = node.kind === 'map' ? valueAt(node, 'pool') : undefined;
    if (node.kind !== 'map' || poolNode === undefined) {
      reportError(this.#context.load, node, `rule ${number} has no pool`, 'write {geos: […], pool: …}');
      return [];
    }
    reportUnknownKeys(this.#context, node, ['geos', 'subnets', 'pool'], `rule ${number}`);
    const subnets = this.#list(node, 'subnets', number).flatMap((item) => this.#subnet(item, number));
    const geos = this.#list(node, 'geos', number).map((item) => this.#geo(item, number));
    const pool = this.#pool(poolNode, number, subnets.length > 0 || geos.length > 0);
    const rule = { pool, subnets, geos };
    this.#checkOrder(node, rule, number);
    this.#previous = rule;
    return [rule];
  }

  checkUnused(): void {
    const fallbacks = new Set<string>();
    for (const { value } of this.#pools.entries) {
      const fallback = value.kind === 'map' ? valueAt(value, 'fallback') : undefined;
      if (fallback?.kind === 'scalar') fallbacks.add(fallback.text);
    }
    for (const { key } of this.#pools.entries) {
      if (this.#used.has(key.text) || fallbacks.has(key.text)) continue;
      refuse(this.#context, key, `pool ${JSON.stringify(key.text)} is in no rule and is no fallback`);
    }
  }

  #list(rule: YamlMap, key: 'subnets' | 'geos', number: number): readonly YamlNode[] {
    const node = valueAt(rule, key);
    if (node === undefined) return [];
    if (node.kind === 'list') return node.items;
    reportError(
      this.#context.load,
      node,
      `rule ${number} ${key} must be a list but is ${describeNode(node)}`,
    );
    return [];
  }

  #pool(node: YamlNode, number: number, narrowed: boolean): string {
    const name = node.kind === 'scalar' ? node.text : '';
    if (valueAt(this.#pools, name) === undefined) {
      const names = this.#pools.entries.map(({ key }) => key.text);
      const hint = didYouMean(name, names) ?? `pools are ${names.join(', ')}`;
      reportError(
        this.#context.load,
        node,
        `rule ${number} names ${describeNode(node)}, which is no pool`,
        hint,
      );
    } else if (this.#used.has(name) && narrowed) {
      const hint = 'octoDNS lets only the last rule reuse a pool';
      refuse(
        this.#context,
        node,
        `rule ${number} uses pool ${JSON.stringify(name)}, which a rule above uses`,
        hint,
      );
    }
    this.#used.add(name);
    return name;
  }

  #subnet(node: YamlNode, number: number): Prefix[] {
    const reading = parsePrefix(node.kind === 'scalar' ? node.text : '');
    if (!reading.ok) {
      const hint = reading.meant === undefined ? undefined : `did you mean ${reading.meant}?`;
      const message = `rule ${number} subnet must be ${reading.problem} but is ${describeNode(node)}`;
      reportError(this.#context.load, node, message, hint);
      return [];
    }
    const { prefix } = reading;
    const around = this.#subnets.find((seen) => contains(seen.prefix, prefix));
    if (around !== undefined) {
      const message = `rule ${number} subnet ${formatPrefix(prefix)} is in ${formatPrefix(around.prefix)} of rule ${around.rule}`;
      refuse(this.#context, node, `${message}, so it never matches`);
    }
    this.#subnets.push({ prefix, rule: number });
    return [prefix];
  }

  #geo(node: YamlNode, number: number): string {
    const code = readGeoCode(this.#context, node, `rule ${number} `);
    for (const [seen, rule] of this.#geos) {
      if (code !== seen && !code.startsWith(`${seen}-`)) continue;
      refuse(
        this.#context,
        node,
        `rule ${number} geo ${code} is in ${seen} of rule ${rule}, so it never matches`,
      );
      break;
    }
    this.#geos.set(code, number);
    return code;
  }

  /** octoDNS: subnets alone, then subnets with geos, then geos alone, then everyone. */
  #checkOrder(node: YamlNode, rule: DynamicRule, number: number): void {
    const previous = this.#previous;
    if (rule.subnets.length > 0 && rule.geos.length > 0) {
      if (previous !== undefined && previous.subnets.length === 0 && previous.geos.length > 0) {
        refuse(
          this.#context,
          node,
          `rule ${number} with subnets and geos must come before rules with geos alone`,
        );
      }
    } else if (rule.subnets.length > 0) {
      if (previous !== undefined && previous.geos.length > 0) {
        refuse(this.#context, node, `rule ${number} with subnets alone must come before rules with geos`);
      }
    } else if (rule.geos.length === 0) {
      if (this.#catchAll > 0)
        refuse(this.#context, node, `rule ${number} matches everyone, as rule ${this.#catchAll} does`);
      else this.#catchAll = number;
    }
    if (this.#catchAll > 0 && this.#catchAll < number && (rule.subnets.length > 0 || rule.geos.length > 0)) {
      reportWarning(
        this.#context.load,
        node,
        `rule ${number} is never reached: rule ${this.#catchAll} matches everyone`,
      );
    }
  }
}

function contains(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  return outer.octets.every((octet, i) => {
    const bits = Math.max(0, Math.min(8, outer.bits - 8 * i));
    const mask = (0xff00 >>> bits) & 0xff;
    return (octet & mask) === ((inner.octets[i] ?? 0) & mask);
  });
}

/** The rules as ours: split where the geos of one would go before the subnets of a later one. */
function inOrder(rules: readonly DynamicRule[]): RuleSpec[] {
  const lastSubnets = rules.findLastIndex((rule) => rule.subnets.length > 0);
  const firstGeos = rules.findIndex((rule) => rule.geos.length > 0);
  const split = firstGeos >= 0 && firstGeos < lastSubnets;
  if (!split) return rules.map((rule) => ({ matches: matchesOf(rule), pool: rule.pool }));
  const bySubnet = rules.filter((rule) => rule.subnets.length > 0);
  const rest = rules.filter((rule) => rule.geos.length > 0 || rule.subnets.length === 0);
  return [
    ...bySubnet.map((rule) => ({ matches: matchesOf({ ...rule, geos: [] }), pool: rule.pool })),
    ...rest.map((rule) => ({ matches: matchesOf({ ...rule, subnets: [] }), pool: rule.pool })),
  ];
}

function matchesOf({ subnets, geos }: DynamicRule): MatchSpec[] {
  const matches: MatchSpec[] = [];
  if (subnets.length > 0) matches.push({ subnets });
  if (geos.length > 0) matches.push({ geos });
  return matches.length > 0 ? matches : [{}];
}
