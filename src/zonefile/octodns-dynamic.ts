import { didYouMean } from '../config/suggest.js';
import type { PoolMemberSpec, PoolSpec, ServiceSpec } from '../steer/spec.js';
import {
  describeNode,
  isNull,
  valueAt,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../yaml/yaml-node.js';
import { readRules } from './octodns-rules.js';
import { lastResortPool, Members, type SteeredRecord } from './steered-members.js';
import { type RecordContext, refuse, reportError, reportUnknownKeys, reportWarning } from './zone-load.js';

/**
 * Compiles octoDNS's `dynamic` into a service: a member for each value, octoDNS's pools and rules, and the record's own
 * values, unchecked, for when no value of the pools is up.
 * @returns undefined after errors in diagnostics
 */
export function readDynamic(steered: SteeredRecord, dynamic: YamlNode): ServiceSpec | undefined {
  const { context } = steered;
  if (dynamic.kind !== 'map') {
    reportError(
      context.load,
      dynamic,
      `dynamic must be a map but is ${describeNode(dynamic)}`,
      'its keys are pools, rules',
    );
    return undefined;
  }
  reportUnknownKeys(context, dynamic, ['pools', 'rules'], 'dynamic');
  const poolsNode = valueAt(dynamic, 'pools');
  if (poolsNode?.kind !== 'map' || poolsNode.entries.length === 0) {
    reportError(context.load, poolsNode ?? dynamic, 'dynamic needs pools, a map of at least one');
    return undefined;
  }
  const members = new Members(steered);
  const pools = poolsNode.entries.map((entry) => readPool(context, entry, poolsNode, members));
  checkFallbacks(context, poolsNode, pools);
  const lastResort = lastResortPool(steered, pools, members);
  const rules = readRules(context, dynamic, poolsNode, lastResort.name);
  return members.service([...pools, lastResort], rules, lastResort.name);
}

function readPool(
  context: RecordContext,
  { key, value }: YamlEntry,
  pools: YamlMap,
  members: Members,
): PoolSpec {
  const name = key.text;
  const empty: PoolSpec = { name, members: [], scheduler: 'wrr' };
  if (value.kind !== 'map') {
    reportError(
      context.load,
      value,
      `pool ${JSON.stringify(name)} must be a map but is ${describeNode(value)}`,
      'its keys are values, fallback',
    );
    return empty;
  }
  reportUnknownKeys(context, value, ['fallback', 'values'], `pool ${JSON.stringify(name)}`);
  const values = valueAt(value, 'values');
  if (values?.kind !== 'list' || values.items.length === 0) {
    reportError(
      context.load,
      values ?? key,
      `pool ${JSON.stringify(name)} needs values, a list of {value: …}`,
    );
    return empty;
  }
  const only = values.items.length === 1;
  const poolMembers = mergeTwice(
    context,
    values,
    values.items.map((item) => readPoolValue(context, item, name, only, members)),
  );
  const fallback = readFallback(context, value, pools, name);
  return { name, members: poolMembers, scheduler: 'wrr', ...(fallback === undefined ? {} : { fallback }) };
}

function readPoolValue(
  context: RecordContext,
  item: YamlNode,
  pool: string,
  only: boolean,
  members: Members,
): PoolMemberSpec[] {
  const value = item.kind === 'map' ? valueAt(item, 'value') : undefined;
  if (item.kind !== 'map' || value === undefined) {
    reportError(
      context.load,
      item,
      `a value of pool ${JSON.stringify(pool)} must be a map`,
      'write {value: …, weight: …}',
    );
    return [];
  }
  reportUnknownKeys(context, item, ['value', 'weight', 'status'], 'pool value');
  return members.add(value, readWeight(context, item, only), readStatus(context, item));
}

/** octoDNS: 1 to 100, and 1 where a pool has one value. */
function readWeight(context: RecordContext, item: YamlMap, only: boolean): number {
  const node = valueAt(item, 'weight');
  if (node === undefined) return 1;
  const text = node.kind === 'scalar' ? node.text : '';
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 100) {
    reportError(context.load, node, `weight must be 1 to 100 but is ${describeNode(node)}`);
    return 1;
  }
  if (only && Number(text) !== 1) {
    refuse(
      context,
      node,
      'weight must be 1 in a pool of one value',
      'octoDNS wants it so; it makes no difference',
    );
    return 1;
  }
  return Number(text);
}

function readStatus(context: RecordContext, item: YamlMap): PoolMemberSpec['status'] {
  const node = valueAt(item, 'status');
  if (node === undefined) return 'obey';
  const text = node.kind === 'scalar' ? node.text : '';
  if (text === 'up' || text === 'down' || text === 'obey') return text;
  reportError(context.load, node, `status must be up, down or obey but is ${describeNode(node)}`);
  return 'obey';
}

/** octoDNS reads `default` as no fallback: the record's own values. */
function readFallback(
  context: RecordContext,
  pool: YamlMap,
  pools: YamlMap,
  name: string,
): string | undefined {
  const node = valueAt(pool, 'fallback');
  if (node === undefined || isNull(node)) return undefined;
  const fallback = node.kind === 'scalar' ? node.text : '';
  if (valueAt(pools, fallback) === undefined) {
    const message = `pool ${JSON.stringify(name)} falls back to ${describeNode(node)}, which is no pool`;
    reportError(
      context.load,
      node,
      message,
      didYouMean(
        fallback,
        pools.entries.map(({ key }) => key.text),
      ),
    );
    return undefined;
  }
  return fallback === 'default' ? undefined : fallback;
}

/** A value that a pool has twice counts once, with both weights. */
function mergeTwice(
  context: RecordContext,
  node: YamlNode,
  lists: readonly (readonly PoolMemberSpec[])[],
): PoolMemberSpec[] {
  const merged = new Map<string, PoolMemberSpec>();
  for (const item of lists.flat()) {
    const former = merged.get(item.member);
    if (former !== undefined)
      reportWarning(context.load, node, `${item.member} is in the pool twice: its weights are added`);
    merged.set(item.member, former === undefined ? item : { ...item, weight: former.weight + item.weight });
  }
  return [...merged.values()];
}

function checkFallbacks(context: RecordContext, node: YamlMap, pools: readonly PoolSpec[]): void {
  const fallbacks = new Map(pools.map((pool) => [pool.name, pool.fallback]));
  const reported = new Set<string>();
  for (const { key } of node.entries) {
    const seen = [key.text];
    for (let next = fallbacks.get(key.text); next !== undefined; next = fallbacks.get(next)) {
      if (!seen.includes(next)) {
        seen.push(next);
        continue;
      }
      const loop = seen.slice(seen.indexOf(next));
      if (!loop.some((name) => reported.has(name))) {
        reportError(context.load, key, `fallbacks go in a circle: ${[...loop, next].join(' → ')}`);
      }
      for (const name of loop) reported.add(name);
      break;
    }
  }
}
