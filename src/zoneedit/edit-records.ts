import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { columnOf, editNode, endOf, pairLines, removeItems, startOf } from './edit-node.js';
import { flowYaml, type JsonMap, jsonOf, sameJson, scalarYaml } from './json.js';
import { applySplices, behindLine, insertLines, isFirstInLine, LayoutError, type Splice } from './splice.js';
import { type EntrySpan, entriesOf, type OwnerEntry, readEntry } from './yaml-entries.js';

/** Whose entry it is: by the key as it is written. */
type IsOwner = (key: string) => boolean;

/** A record of a zone file. */
export interface FoundRecord {
  /** As JSON, its `type` too. */
  readonly record: JsonMap;
  /** Offset of its first character. */
  readonly at: number;
}

/**
 * Finds the records of an owner name in a zone file of octoDNS YAML.
 * @returns undefined when the name is not there
 * @throws LayoutError when they are there, but not written for themselves
 */
export function findRecords(text: string, isOwner: IsOwner): FoundRecord[] | undefined {
  const span = findSpan(text, isOwner);
  if (span === undefined) return undefined;
  const entry = readEntry(text, span);
  return recordNodes(entry).map((node) => ({
    record: recordOf(node),
    at: entry.start + startOf(node),
  }));
}

/**
 * Makes a record say something, or adds it. All that is not of it stays as it is, octet by octet.
 * @param key how the owner name is written where it is new
 * @param record with its `type`
 * @throws LayoutError when the file is not written in a way that lets this be done
 */
export function putRecord(text: string, isOwner: IsOwner, key: string, record: JsonMap): string {
  const span = findSpan(text, isOwner);
  if (span === undefined) return checked(addEntry(text, key, record), isOwner, [record]);
  const entry = readEntry(text, span);
  const nodes = recordNodes(entry);
  const before = nodes.map(recordOf);
  const index = before.findIndex(({ type }) => type === record.type);
  const found = nodes[index];
  const edited =
    found === undefined
      ? applySplices(entry.text, addToEntry(entry, nodes, record))
      : applySplices(entry.text, editNode(entry.text, found, record));
  const after = found === undefined ? [...before, record] : before.with(index, record);
  return checked(replaceSpan(text, span, edited), isOwner, after);
}

/**
 * Removes a record, and its owner name with the last one of it.
 * @throws LayoutError when the file is not written in a way that lets this be done
 */
export function removeRecord(text: string, isOwner: IsOwner, type: string): string {
  const span = findSpan(text, isOwner);
  if (span === undefined) return text;
  const entry = readEntry(text, span);
  const nodes = recordNodes(entry);
  const before = nodes.map(recordOf);
  const gone = before.map((record) => record.type === type);
  const after = before.filter((_, i) => gone[i] !== true);
  if (after.length === before.length) return text;
  if (after.length === 0) {
    const end = behindLine(entry.text, endOf(entry.value));
    return checked(replaceSpan(text, span, entry.text.slice(end)), isOwner, undefined);
  }
  const flow = isSeq(entry.value) && entry.value.flow === true;
  const places = nodes.map((node) => ({
    start: flow ? startOf(node) : dashBefore(entry.text, node),
    end: endOf(node),
  }));
  const edited = applySplices(entry.text, removeItems(entry.text, places, gone, flow));
  return checked(replaceSpan(text, span, edited), isOwner, after);
}

function findSpan(text: string, isOwner: IsOwner): EntrySpan | undefined {
  for (const span of entriesOf(text)) if (span.key !== undefined && isOwner(span.key)) return span;
  return undefined;
}

function recordNodes({ value }: OwnerEntry): YAMLMap[] {
  const nodes = isSeq(value) ? value.items : [value];
  return nodes.map((node) => {
    if (isMap(node)) return node;
    throw new LayoutError('a record there is no map');
  });
}

function recordOf(node: YAMLMap): JsonMap {
  const record = jsonOf(node) as JsonMap;
  return { ...record, type: String(record.type ?? '') };
}

function replaceSpan(text: string, { start, end }: EntrySpan, own: string): string {
  return text.slice(0, start) + own + text.slice(end);
}

/** Reads the outcome again: what is asked for is there, and what was beside it at the name. */
function checked(text: string, isOwner: IsOwner, expected: readonly JsonMap[] | undefined): string {
  const found = findRecords(text, isOwner)?.map(({ record }) => record);
  const right =
    found === undefined || expected === undefined
      ? found === expected
      : found.length === expected.length && found.every((record, i) => sameJson(record, expected[i] ?? {}));
  if (!right) throw new LayoutError('the outcome would say something else');
  return text;
}

function addToEntry(entry: OwnerEntry, nodes: readonly YAMLMap[], record: JsonMap): Splice[] {
  const { text, value } = entry;
  const last = nodes.at(-1);
  if (last === undefined) throw new LayoutError('there is an empty list');
  const end = endOf(last);
  if (isSeq(value)) {
    if (value.flow === true) return [{ start: end, end, text: `, ${flowYaml(record)}` }];
    const indent = ' '.repeat(columnOf(text, dashBefore(text, last)));
    return [insertLines(text, behindLine(text, end), itemLines(record, indent, last.flow === true))];
  }
  if (last.flow === true) {
    const start = startOf(last);
    return [
      { start, end: start, text: '[' },
      { start: end, end, text: `, ${flowYaml(record)}]` },
    ];
  }
  return listOfBlock(text, last, record);
}

/** A block map becomes the first item of a list: its lines move to the right by two. */
function listOfBlock(text: string, map: YAMLMap, record: JsonMap): Splice[] {
  const first = startOf(map);
  if (!isFirstInLine(text, first)) throw new LayoutError('its map begins within a line');
  const indent = ' '.repeat(columnOf(text, first));
  const splices: Splice[] = [{ start: first, end: first, text: '- ' }];
  const end = behindLine(text, endOf(map));
  for (let line = behindLine(text, first + 1); line < end; line = behindLine(text, line + 1)) {
    if (text.slice(line, behindLine(text, line + 1)).trim() !== '') {
      splices.push({ start: line, end: line, text: '  ' });
    }
  }
  return [...splices, insertLines(text, end, itemLines(record, indent, false))];
}

function itemLines(record: JsonMap, indent: string, flow: boolean): string[] {
  if (flow) return [`${indent}- ${flowYaml(record)}`];
  const [head = '', ...rest] = recordLines(record, `${indent}  `);
  return [`${indent}- ${head.trimStart()}`, ...rest];
}

/** `type`, `ttl`, then the rest. */
function recordLines(record: JsonMap, indent: string): string[] {
  return orderedKeys(record).flatMap((key) => pairLines(key, record[key] ?? null, indent));
}

function orderedKeys(record: JsonMap): string[] {
  const first = ['type', 'ttl'].filter((key) => Object.hasOwn(record, key));
  return [...first, ...Object.keys(record).filter((key) => !first.includes(key))];
}

function dashBefore(text: string, node: Node): number {
  const at = text.lastIndexOf('-', startOf(node) - 1);
  if (at < 0 || text.slice(at + 1, startOf(node)).trim() !== '' || !isFirstInLine(text, at)) {
    throw new LayoutError('an item of a list does not follow its dash');
  }
  return at;
}

/** Adds an owner name where its order wants it in a file that is sorted, else behind all; as the entry before it is written. */
function addEntry(text: string, key: string, record: JsonMap): string {
  const place = placeFor(text, key);
  const neighbour = place.before ?? place.first;
  const style = neighbour === undefined ? DEFAULT_STYLE : styleOf(text, neighbour);
  const at = place.before === undefined ? (place.first?.start ?? endOfBlank(text)) : style.end;
  const ordered = Object.fromEntries(orderedKeys(record).map((name) => [name, record[name] ?? null]));
  const written = scalarYaml(key) === '' ? "''" : scalarYaml(key);
  const lines = style.flow
    ? [`${written}: ${flowYaml(ordered)}`]
    : [`${written}:`, ...recordLines(ordered, style.indent)];
  return applySplices(text, [insertLines(text, at, lines)]);
}

interface EntryStyle {
  readonly flow: boolean;
  readonly indent: string;
  /** Behind the entry's last line. */
  readonly end: number;
}

const DEFAULT_STYLE: EntryStyle = { flow: false, indent: '  ', end: 0 };

function styleOf(text: string, span: EntrySpan): EntryStyle {
  const entry = readEntry(text, span);
  const { value } = entry;
  const [first] = isSeq(value) ? value.items : [value];
  const flow = (isMap(first) && first.flow === true) || isScalar(first);
  const indent = isMap(value) && !flow ? ' '.repeat(columnOf(entry.text, startOf(value))) : '  ';
  return { flow, indent, end: entry.start + behindLine(entry.text, endOf(value)) };
}

/** The entry to stand behind; none: before the first one, which is undefined in an empty file. */
function placeFor(
  text: string,
  key: string,
): { readonly before: EntrySpan | undefined; readonly first: EntrySpan | undefined } {
  let first: EntrySpan | undefined;
  let last: EntrySpan | undefined;
  let lesser: EntrySpan | undefined;
  let sorted = true;
  for (const span of entriesOf(text)) {
    if (span.key === undefined) throw new LayoutError('it has entries that are no owner names');
    first ??= span;
    if (last !== undefined && (last.key ?? '') > span.key) sorted = false;
    if (span.key < key) lesser = span;
    last = span;
  }
  return { before: sorted ? lesser : last, first };
}

/** The end of a file that has nothing but comments. */
function endOfBlank(text: string): number {
  const bare = text
    .replace(/^\s*#.*$/gm, '')
    .replace(/^---\s*$/m, '')
    .trim();
  if (bare !== '') throw new LayoutError('its entries do not stand each in lines of its own');
  return text.length;
}
