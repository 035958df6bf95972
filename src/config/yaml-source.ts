import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { Diagnostics, type SourceFile } from './diagnostics.js';
import { type ReadOdd, readQuickEntries, readQuickly } from './quick-yaml.js';
import { emptyMap, locate, NO_PARTS, type Range, type Read, type Spot } from './yaml-spot.js';
import { plainWords, syntaxHint } from './yaml-words.js';

/** A YAML document as plain data, and where each part of it was written. */
export interface YamlDocument {
  readonly source: SourceFile;
  /** Maps are objects without prototype, keys are text; null for an empty value. The empty document is an empty map. */
  readonly value: unknown;
  /**
   * Where a part was written. Of a path that leads nowhere (a key is missing): its innermost part that there is.
   * @param part of a map's entry: its key or its value; list items and the document itself are values
   */
  locate(path: readonly PropertyKey[], part: 'key' | 'value'): Range;
}

/**
 * Reads a YAML 1.2 document (core schema: `no` is text) with anchors, aliases and `<<` merge keys. Wrong syntax, duplicate
 * keys, tags, a second document: errors in `diagnostics`.
 * @returns undefined when there was such an error
 */
export function parseYaml(source: SourceFile, diagnostics: Diagnostics): YamlDocument | undefined {
  const read = readQuickly(source, oddOf(source));
  return read === undefined ? parseWholeYaml(source, diagnostics) : documentOf(source, read);
}

/** An entry of a document's top-level map. */
export interface YamlTopEntry {
  readonly name: string;
  readonly value: unknown;
  /** Where the key stands. */
  readonly key: Range;
  /** The value as it was written: where two are the same, so are their values. */
  readonly text: string;
  /** A document that has this entry alone. */
  document(): YamlDocument;
}

/**
 * Reads a document whose top-level map is long, entry by entry.
 * @param visit false ends the reading
 * @returns false when it was ended, or {@link parseYaml} is to read the document. Of errors nothing is said then, and keys that
 *   are written twice come twice
 */
export function parseYamlEntries(source: SourceFile, visit: (entry: YamlTopEntry) => boolean): boolean {
  return readQuickEntries(source, oddOf(source), (name, { value, spot }) => {
    const [start, end] = spot.value;
    return visit({
      name,
      value,
      key: spot.key ?? spot.value,
      text: source.text.slice(start, end),
      document: () => {
        const map = emptyMap();
        map[name] = value;
        return documentOf(source, {
          value: map,
          spot: { key: undefined, value: spot.value, parts: new Map([[name, spot]]) },
        });
      },
    });
  });
}

/** As {@link parseYaml}, by the library alone, which has the words for what is wrong. */
export function parseWholeYaml(source: SourceFile, diagnostics: Diagnostics): YamlDocument | undefined {
  const read = new Reader(source, diagnostics).read();
  return read && documentOf(source, read);
}

function documentOf(source: SourceFile, { value, spot }: Read): YamlDocument {
  return { source, value, locate: (path, part) => locate(spot, path, part) };
}

function oddOf(source: SourceFile): ReadOdd {
  return (start, end) => new Reader(source, new Diagnostics(), start, end).read();
}

/** Deeper than any of the formats goes by far; a guard for the stack. */
const MAX_DEPTH = 100;

/** Values that aliases may stand for, repeated: a few lines of aliases of aliases would fill the memory otherwise. */
const MAX_ALIASED = 100_000;

const MAX_SYNTAX_ERRORS = 10;

class Reader {
  readonly #source: SourceFile;
  readonly #diagnostics: Diagnostics;
  readonly #start: number;
  readonly #text: string;
  #failed = false;
  #aliased = 0;
  /** Aliases that are being followed, to see one that contains itself. */
  readonly #following = new Set<Node>();
  readonly #anchors = new Map<string, Node>();

  /** @param start and `end`: offsets of what is read, as a document of its own */
  constructor(source: SourceFile, diagnostics: Diagnostics, start = 0, end = source.text.length) {
    this.#source = source;
    this.#diagnostics = diagnostics;
    this.#start = start;
    this.#text = source.text.slice(start, end);
  }

  read(): Read | undefined {
    const document = this.#parse();
    if (document === undefined) return undefined;
    // One mistake makes several errors, in one place mostly: the first of a line says what is wrong.
    const lines = new Set<number>();
    for (const { pos, message, code } of document.errors.sort((a, b) => a.pos[0] - b.pos[0])) {
      const { line } = this.#source.position(this.#start + pos[0]);
      if (lines.has(line) || lines.size === MAX_SYNTAX_ERRORS) continue;
      lines.add(line);
      this.#error(
        clampRange([this.#start + pos[0], this.#start + pos[1]], this.#source.text),
        plainWords(code, message),
        syntaxHint(this.#source.line(line)),
      );
    }
    if (this.#failed) return undefined;
    const contents = document.contents;
    const empty = { key: undefined, value: [0, 0], parts: NO_PARTS } as const;
    if (contents === null || isEmptyScalar(contents)) return { value: emptyMap(), spot: empty };
    const root = this.#readNode(contents, undefined, 0);
    return this.#failed ? undefined : root;
  }

  #parse(): Document.Parsed | undefined {
    try {
      return parseDocument(this.#text, {
        // Its own check compares each key with all before it; #readMap keeps a Set.
        uniqueKeys: false,
        version: '1.2',
        schema: 'core',
        prettyErrors: false,
        // `silent` would hide a second document.
        logLevel: 'error',
      });
    } catch (error) {
      // The library recurses once a level.
      if (!(error instanceof RangeError)) throw error;
      this.#error([0, 0], 'nested too deep to be read');
      return undefined;
    }
  }

  #readNode(node: unknown, key: Range | undefined, depth: number): Read {
    const at: Range = this.#rangeOf(node) ?? key ?? [0, 0];
    if (depth > MAX_DEPTH) {
      this.#error(at, `nested deeper than ${MAX_DEPTH} levels`);
      return { value: null, spot: { key, value: at, parts: NO_PARTS } };
    }
    if (this.#following.size > 0 && ++this.#aliased > MAX_ALIASED) {
      if (this.#aliased === MAX_ALIASED + 1)
        this.#error(at, `aliases stand for more than ${MAX_ALIASED} values`);
      return { value: null, spot: { key, value: at, parts: NO_PARTS } };
    }
    if (isAlias(node)) return this.#readAlias(node.source, at, key, depth);
    if (hasForeignTag(node)) {
      this.#error(at, 'tags (!…) have no meaning here');
      return { value: null, spot: { key, value: at, parts: NO_PARTS } };
    }
    if (isScalar(node)) {
      this.#remember(node);
      return { value: node.value ?? null, spot: { key, value: at, parts: NO_PARTS } };
    }
    if (isMap(node)) return this.#readMap(node, at, key, depth);
    if (isSeq(node)) return this.#readList(node, at, key, depth);
    return { value: null, spot: { key, value: at, parts: NO_PARTS } };
  }

  #readAlias(name: string, at: Range, key: Range | undefined, depth: number): Read {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined || this.#following.has(anchored)) {
      const what = anchored === undefined ? `there is no anchor &${name} above` : `*${name} contains itself`;
      this.#error(at, what);
      return { value: null, spot: { key, value: at, parts: NO_PARTS } };
    }
    this.#following.add(anchored);
    const read = this.#readNode(anchored, key, depth + 1);
    this.#following.delete(anchored);
    return { value: read.value, spot: { key, value: at, parts: read.spot.parts } };
  }

  #readList(node: YAMLSeq, at: Range, key: Range | undefined, depth: number): Read {
    this.#remember(node);
    const value: unknown[] = [];
    const parts = new Map<number, Spot>();
    for (const item of node.items) {
      const read = isPair(item)
        ? { value: null, spot: missing(at) }
        : this.#readNode(item, undefined, depth + 1);
      parts.set(value.length, read.spot);
      value.push(read.value);
    }
    return { value, spot: { key, value: at, parts } };
  }

  #readMap(node: YAMLMap, at: Range, key: Range | undefined, depth: number): Read {
    this.#remember(node);
    const value = emptyMap();
    const parts = new Map<string, Spot>();
    const merged: Read[] = [];
    for (const { key: keyNode, value: valueNode } of node.items) {
      const keyAt: Range = this.#rangeOf(keyNode) ?? at;
      const name = this.#readKey(keyNode, keyAt);
      if (name === undefined) continue;
      const read = this.#readNode(valueNode, keyAt, depth + 1);
      if (name === '<<' && isPlain(keyNode)) merged.push(...this.#merged(read, keyAt));
      else if (parts.has(name)) this.#duplicate(name, keyAt, parts.get(name)?.key);
      else {
        value[name] = read.value;
        parts.set(name, read.spot);
      }
    }
    for (const source of merged) mergeInto(value, parts, source);
    return { value, spot: { key, value: at, parts } };
  }

  #readKey(node: unknown, at: Range): string | undefined {
    if (!isScalar(node)) {
      const { line } = this.#source.position(at[0]);
      const what = isAlias(node) ? 'an alias' : 'a list or a map';
      this.#error(at, `a key must be text, not ${what}`, syntaxHint(this.#source.line(line)));
      return undefined;
    }
    this.#remember(node);
    // As written: `1` and `1.0` are two keys, and `null` is a name like any other.
    const name = typeof node.value === 'string' ? node.value : (node.source ?? '');
    if (name === '__proto__') {
      this.#error(at, '"__proto__" can\'t be a key');
      return undefined;
    }
    return name;
  }

  /** The maps that a `<<` key names. */
  #merged(read: Read, at: Range): Read[] {
    const list = Array.isArray(read.value) ? read.value : [read.value];
    const reads = list.map((value, i) => ({ value, spot: read.spot.parts.get(i) ?? read.spot }));
    if (reads.every(({ value }) => isPlainMap(value))) return reads;
    this.#error(at, '<< takes an alias of a map, or a list of them');
    return [];
  }

  #duplicate(name: string, at: Range, first: Range | undefined): void {
    const line = this.#source.position(first?.[0] ?? 0).line;
    this.#error(at, `${JSON.stringify(name)} is given twice`, `the first is on line ${line}`);
  }

  #rangeOf(node: unknown): Range | undefined {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    if (range === undefined || range === null) return undefined;
    return [this.#start + range[0], this.#start + range[1]];
  }

  #remember(node: Scalar | YAMLMap | YAMLSeq): void {
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  #error(at: Range, message: string, hint?: string): void {
    this.#failed = true;
    this.#diagnostics.error(this.#source, at[0], at[1], message, hint);
  }
}

/** What an entry gives itself wins over what it merges, an earlier merge over a later one (YAML 1.1 merge keys). */
function mergeInto(value: Record<string, unknown>, parts: Map<string, Spot>, from: Read): void {
  if (!isPlainMap(from.value)) return;
  for (const [name, item] of Object.entries(from.value)) {
    if (parts.has(name)) continue;
    value[name] = item;
    parts.set(name, from.spot.parts.get(name) ?? from.spot);
  }
}

function missing(at: Range): Spot {
  return { key: undefined, value: at, parts: NO_PARTS };
}

/** True for a value with a tag that is not of the core schema. */
function hasForeignTag(node: unknown): boolean {
  const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
  return tag !== undefined && !/^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag);
}

function isEmptyScalar(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

function isPlain(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN';
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clampRange([start, end]: readonly [number, number], text: string): Range {
  const from = Math.min(start, text.length);
  return [from, Math.max(from, Math.min(end, text.length))];
}
