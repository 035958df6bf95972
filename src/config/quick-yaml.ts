import { readEntries } from '../yaml/read-entries.js';
import type { YamlNode, YamlScalar } from '../yaml/yaml-node.js';
import type { SourceFile } from './diagnostics.js';
import { emptyMap, NO_PARTS, type Range, type Read, type Spot } from './yaml-spot.js';

/** Reads an entry that is not simple as a document of its own, with the library; undefined when it is wrong. */
export type ReadOdd = (start: number, end: number) => Read | undefined;

/**
 * Reads a document whose top-level map has its entries written simply, as nearly all have: a networks file of 100,000 prefixes
 * takes the YAML library half a minute.
 * @returns undefined when the library is to read the document, which has the words for what is wrong in it
 */
export function readQuickly(source: SourceFile, odd: ReadOdd): Read | undefined {
  const value = emptyMap();
  const parts = new Map<string, Spot>();
  const whole = readQuickEntries(source, odd, (name, read) => {
    if (parts.has(name)) return false;
    value[name] = read.value;
    parts.set(name, read.spot);
    return true;
  });
  if (!whole) return undefined;
  // Comments above the first key are not part of it, as with the library.
  const [first] = parts.values();
  const start = first?.key?.[0] ?? 0;
  return { value, spot: { key: undefined, value: [start, source.text.length], parts } };
}

/**
 * As {@link readQuickly}, an entry at a time; a key may come twice.
 * @param visit given each key and its value; false ends the reading
 * @returns false when it was ended, or the library is to read the document
 */
export function readQuickEntries(
  source: SourceFile,
  odd: ReadOdd,
  visit: (name: string, read: Read) => boolean,
): boolean {
  return readEntries(source, {
    visit: ({ key, value: node }) => {
      const value = dataOf(node);
      if (value === UNREAD || key.text === PROTOTYPE) return false;
      return visit(key.text, { value, spot: new NodeSpot(rangeOf(key), node) });
    },
    odd: (start, end) => {
      const read = odd(start, end);
      if (read === undefined || read.spot.parts.size !== 1) return false;
      const [[name, spot] = []] = read.spot.parts;
      if (typeof name !== 'string' || spot === undefined) return false;
      return visit(name, { value: (read.value as Readonly<Record<string, unknown>>)[name], spot });
    },
  });
}

/** The spot of a node; its parts are made when they are asked for, as most never are. */
class NodeSpot implements Spot {
  readonly key: Range | undefined;
  readonly #node: YamlNode;

  constructor(key: Range | undefined, node: YamlNode) {
    this.key = key;
    this.#node = node;
  }

  get value(): Range {
    return rangeOf(this.#node);
  }

  get parts(): ReadonlyMap<string | number, Spot> {
    const node = this.#node;
    if (node.kind === 'list') return new Map(node.items.map((item, i) => [i, new NodeSpot(undefined, item)]));
    if (node.kind === 'scalar') return NO_PARTS;
    return new Map(node.entries.map(({ key, value }) => [key.text, new NodeSpot(rangeOf(key), value)]));
  }
}

/** What the library is to say of: it can't be a key. */
const PROTOTYPE = '__proto__';

/** No value. */
const UNREAD = Symbol('unread');

/** A node as plain data, or {@link UNREAD}. */
function dataOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return scalarOf(node);
  if (node.kind === 'list') {
    const items = node.items.map(dataOf);
    return items.includes(UNREAD) ? UNREAD : items;
  }
  const map = emptyMap();
  for (const { key, value } of node.entries) {
    const read = dataOf(value);
    if (read === UNREAD || key.text === PROTOTYPE) return UNREAD;
    map[key.text] = read;
  }
  return map;
}

/** A scalar by YAML 1.2's core schema (§10.3.2). */
function scalarOf({ text, plain }: YamlScalar): unknown {
  if (!plain) return text;
  // No letter or other character that begins one of the rest: nearly every scalar.
  if (!RESOLVED_START.test(text)) return text;
  if (NULL.test(text)) return null;
  if (BOOLEAN.test(text)) return text.charAt(0).toLowerCase() === 't';
  if (DECIMAL.test(text) || FLOAT.test(text)) return Number(text);
  // Hexadecimal, octal, infinity, exponents: the library knows.
  return OTHER_NUMBER.test(text) ? UNREAD : text;
}

const RESOLVED_START = /^(?:[-+.\d~nNtTfF]|$)/;
const NULL = /^(?:~|null|Null|NULL)?$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const DECIMAL = /^[-+]?\d{1,15}$/;
const FLOAT = /^[-+]?(?:\d{1,15}\.\d{0,15}|\.\d{1,15})$/;
const OTHER_NUMBER =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\d+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

function rangeOf({ start, end }: YamlNode): Range {
  return [start, end];
}
