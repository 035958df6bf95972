import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import { alignLists } from './align-lists.js';
import { flowYaml, isJsonMap, type Json, type JsonMap, says, scalarYaml, textOf } from './json.js';
import {
  behindLine,
  eolOf,
  insertLines,
  isFirstInLine,
  LayoutError,
  lineStart,
  type Splice,
} from './splice.js';

/*
 * What makes a node of a YAML document say something else with the fewest octets changed: a scalar keeps its quotes, a list and
 * a map their other items and every comment. Ranges of the nodes are offsets into the text.
 */

/** @throws LayoutError when that can't be done in place */
export function editNode(text: string, node: Node | null | undefined, json: Json): Splice[] {
  if (node === null || node === undefined) throw new LayoutError('something in it has no value');
  if (says(node, json)) return [];
  const shares =
    isMap(node) && isJsonMap(json) && node.items.some(({ key }) => Object.hasOwn(json, textOf(key)));
  if (shares) return editMap(text, node, json);
  if (isSeq(node) && node.items.length > 0 && Array.isArray(json) && json.length > 0)
    return editList(text, node, json);
  return [replaceWhole(text, node, json)];
}

/** Where what a node says ends: comments and blank lines behind it are not of it. */
export function endOf(node: unknown): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOfPair(last);
  }
  if (isSeq(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOf(last);
  }
  return rangeOf(node)[1];
}

export function startOf(node: unknown): number {
  return rangeOf(node)[0];
}

/** The column, from 0, of a place. */
export function columnOf(text: string, at: number): number {
  return at - lineStart(text, at);
}

/** Lines of a key and its value: a list of several in a line each, else in one. */
export function pairLines(key: string, json: Json, indent: string): string[] {
  if (Array.isArray(json) && json.length > 1) {
    return [`${indent}${scalarYaml(key)}:`, ...json.map((item) => `${indent}  - ${flowYaml(item)}`)];
  }
  return [`${indent}${scalarYaml(key)}: ${flowYaml(json)}`];
}

function endOfPair({ key, value }: Pair): number {
  const end = isScalar(value) || isMap(value) || isSeq(value) ? endOf(value) : 0;
  return Math.max(end, rangeOf(key)[1]);
}

function rangeOf(node: unknown): [number, number] {
  const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : undefined;
  if (range === undefined || range === null) throw new LayoutError('a part of it has no place of its own');
  return [range[0], range[1]];
}

function replaceWhole(text: string, node: Node, json: Json): Splice {
  const start = startOf(node);
  const end = endOf(node);
  // A block scalar has the end of its last line.
  const tail = end > start && text[end - 1] === '\n' ? eolOf(text) : '';
  const head = start === end && /\S/.test(text[start - 1] ?? ' ') ? ' ' : '';
  const written =
    typeof json === 'string' && isScalar(node) ? scalarYaml(json, quoteOf(node)) : flowYaml(json);
  return { start, end, text: head + written + tail };
}

function quoteOf({ type }: Scalar): "'" | '"' | '' {
  if (type === 'QUOTE_SINGLE') return "'";
  return type === 'QUOTE_DOUBLE' ? '"' : '';
}

function editMap(text: string, map: YAMLMap, json: JsonMap): Splice[] {
  const old = map.items.map(({ key }) => textOf(key));
  const renamed = renamedKey(old, json);
  const splices: Splice[] = [];
  const gone: boolean[] = [];
  for (const [i, { key, value }] of map.items.entries()) {
    const name = old[i] as string;
    const is = name === renamed?.from ? renamed.to : name;
    gone.push(!Object.hasOwn(json, is));
    if (!Object.hasOwn(json, is)) continue;
    if (is !== name) splices.push({ start: startOf(key), end: rangeOf(key)[1], text: is });
    splices.push(...editNode(text, value as Node | null, json[is] as Json));
  }
  splices.push(...removeItems(text, map.items.map(placeOfPair), gone, map.flow === true));
  const added = Object.keys(json).filter((key) => !old.includes(key) && key !== renamed?.to);
  return [...splices, ...addPairs(text, map, gone, added, json)];
}

/** `value` becomes `values` where that is all that is new: the same place, and the same comments. */
function renamedKey(old: readonly string[], json: JsonMap): { from: string; to: string } | undefined {
  for (const [from, to] of [
    ['value', 'values'],
    ['values', 'value'],
  ] as const) {
    if (old.includes(from) && !old.includes(to) && !Object.hasOwn(json, from) && Object.hasOwn(json, to))
      return { from, to };
  }
  return undefined;
}

function addPairs(
  text: string,
  map: YAMLMap,
  gone: readonly boolean[],
  keys: readonly string[],
  json: JsonMap,
): Splice[] {
  if (keys.length === 0) return [];
  const kept = map.items.filter((_, i) => gone[i] !== true);
  const [first] = map.items;
  const lastKept = kept.at(-1);
  if (first === undefined || lastKept === undefined) throw new LayoutError('a map in it is empty');
  const type = kept.find((pair) => textOf(pair.key) === 'type');
  // Where octoDNS writes it.
  const behindType: readonly string[] = type === undefined ? [] : keys.filter((key) => key === 'ttl');
  const behindAll = keys.filter((key) => !behindType.includes(key));
  const add = (after: Pair, names: readonly string[]): Splice[] => {
    if (names.length === 0) return [];
    const end = endOfPair(after);
    if (map.flow === true) {
      const written = names.map((key) => `, ${scalarYaml(key)}: ${flowYaml(json[key] as Json)}`);
      return [{ start: end, end, text: written.join('') }];
    }
    const indent = ' '.repeat(columnOf(text, startOf(first.key)));
    const lines = names.flatMap((key) => pairLines(key, json[key] as Json, indent));
    return [insertLines(text, behindLine(text, end), lines)];
  };
  if (type === lastKept) return add(lastKept, [...behindType, ...behindAll]);
  return [...(type === undefined ? [] : add(type, behindType)), ...add(lastKept, behindAll)];
}

function editList(text: string, list: YAMLSeq, json: readonly Json[]): Splice[] {
  const items = list.items as Node[];
  const splices: Splice[] = [];
  const gone = items.map(() => false);
  /** New items behind the item of that index; -1: before all. */
  const added = new Map<number, Json[]>();
  let last = -1;
  for (const [from, to] of alignLists(items, json, says)) {
    if (from === undefined) added.set(last, [...(added.get(last) ?? []), json[to as number] as Json]);
    else {
      last = from;
      if (to === undefined) gone[from] = true;
      else splices.push(...editNode(text, items[from], json[to] as Json));
    }
  }
  const flow = list.flow === true;
  const places = items.map((item) => ({
    start: flow ? startOf(item) : dashOf(text, item),
    end: endOf(item),
  }));
  splices.push(...removeItems(text, places, gone, flow));
  for (const [after, values] of added) splices.push(addItems(text, list, places, after, values));
  return splices;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function addItems(
  text: string,
  list: YAMLSeq,
  places: readonly Place[],
  after: number,
  values: readonly Json[],
): Splice {
  const written = values.map(flowYaml);
  if (list.flow === true) {
    const place = places[after];
    if (place !== undefined) {
      return { start: place.end, end: place.end, text: written.map((item) => `, ${item}`).join('') };
    }
    const at = startOf(list) + 1;
    return { start: at, end: at, text: written.join(', ') + (places.length > 0 ? ', ' : '') };
  }
  const [first] = places;
  if (first === undefined) throw new LayoutError('a list in it is empty');
  const indent = ' '.repeat(columnOf(text, first.start));
  const place = places[after];
  const at = place === undefined ? lineStart(text, first.start) : behindLine(text, place.end);
  if (place === undefined && !isFirstInLine(text, first.start)) {
    throw new LayoutError('a list in it begins within a line');
  }
  return insertLines(
    text,
    at,
    written.map((item) => `${indent}- ${item}`),
  );
}

/** The dash of an item of a block list. */
function dashOf(text: string, item: Node): number {
  const at = text.lastIndexOf('-', startOf(item) - 1);
  if (at < 0 || text.slice(at + 1, startOf(item)).trim() !== '') {
    throw new LayoutError('an item of a list does not follow its dash');
  }
  return at;
}

function placeOfPair(pair: Pair): Place {
  return { start: startOf(pair.key), end: endOfPair(pair) };
}

/** Removes items, each with what divides it from its neighbours; in blocks their lines, with the comments at their ends. */
export function removeItems(
  text: string,
  places: readonly Place[],
  gone: readonly boolean[],
  flow: boolean,
): Splice[] {
  const splices: Splice[] = [];
  for (let i = 0; i < places.length; ) {
    let end = i;
    while (gone[end] === true) end += 1;
    if (end > i) splices.push(removeRun(text, places, i, end, flow));
    i = end + 1;
  }
  return splices;
}

/** @param to index behind the last */
function removeRun(text: string, places: readonly Place[], from: number, to: number, flow: boolean): Splice {
  const first = places[from] as Place;
  const last = places[to - 1] as Place;
  const before = places[from - 1];
  const next = places[to];
  if (flow) {
    if (before !== undefined) return { start: before.end, end: last.end, text: '' };
    return { start: first.start, end: next === undefined ? last.end : next.start, text: '' };
  }
  if (isFirstInLine(text, first.start)) {
    return { start: lineStart(text, first.start), end: behindLine(text, last.end), text: '' };
  }
  // It stands behind the dash of a list's item: the next one moves there.
  if (next === undefined) throw new LayoutError('nothing would be left of a map in it');
  return { start: first.start, end: next.start, text: '' };
}
