import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Diagnostics, SourceFile } from '../config/diagnostics.js';
import type { YamlEntry, YamlNode, YamlScalar } from '../yaml/yaml-node.js';

/**
 * Reads part of a file as a YAML document of its own, with the library.
 * @param include reads the file that an `!include` names; a text says why it can't, undefined that errors were said
 * @returns undefined after errors in `diagnostics`; an empty document is a null scalar
 */
export function readFullYaml(
  source: SourceFile,
  start: number,
  end: number,
  diagnostics: Diagnostics,
  include: (path: string) => YamlNode | string | undefined,
): YamlNode | undefined {
  return new FullReader(source, start, end, diagnostics, include).read();
}

/** Deeper than a zone file goes by far; a guard for the stack. */
const MAX_DEPTH = 50;

class FullReader {
  readonly #source: SourceFile;
  readonly #start: number;
  readonly #end: number;
  readonly #diagnostics: Diagnostics;
  readonly #readInclude: (path: string) => YamlNode | string | undefined;
  /** Each anchored node is read once, however many aliases it has. */
  readonly #anchors = new Map<string, YamlNode>();
  #failed = false;

  constructor(
    source: SourceFile,
    start: number,
    end: number,
    diagnostics: Diagnostics,
    include: (path: string) => YamlNode | string | undefined,
  ) {
    this.#source = source;
    this.#start = start;
    this.#end = end;
    this.#diagnostics = diagnostics;
    this.#readInclude = include;
  }

  read(): YamlNode | undefined {
    const text = this.#source.text.slice(this.#start, this.#end);
    let document: ReturnType<typeof parseDocument>;
    try {
      document = parseDocument(text, {
        // Its own check compares each key with all before it.
        uniqueKeys: false,
        // Scalars stay as written: what `010` is depends on the field it stands in.
        schema: 'failsafe',
        prettyErrors: false,
        // At 'silent' a second document is no error.
        logLevel: 'error',
      });
    } catch (error) {
      // The library recurses once a level.
      if (!(error instanceof RangeError)) throw error;
      this.#error(0, 0, 'nested too deep to be read');
      return undefined;
    }
    for (const { pos, message } of document.errors) {
      // The library says this of each level that it has left.
      if (message.startsWith('Maximum call stack')) {
        this.#error(pos[0], pos[1], 'nested too deep to be read');
        return undefined;
      }
      this.#error(
        pos[0],
        pos[1],
        message.charAt(0).toLowerCase() + message.slice(1),
        this.#syntaxHint(pos[0]),
      );
    }
    if (this.#failed) return undefined;
    const node = this.#node(document.contents, [0, 0], 0);
    return this.#failed ? undefined : node;
  }

  #node(node: unknown, missing: readonly [number, number], depth: number): YamlNode {
    const [start, end] = rangeOf(node) ?? missing;
    if (depth > MAX_DEPTH) {
      this.#error(start, end, `nested deeper than ${MAX_DEPTH} levels`);
      return this.#scalar(start, end, '', true);
    }
    if (isAlias(node)) return this.#alias(node.source, start, end);
    const read = this.#unanchored(node, start, end, depth);
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, read);
    }
    return read;
  }

  #unanchored(node: unknown, start: number, end: number, depth: number): YamlNode {
    const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
    if (tag === '!include') return this.#include(node as Node, start, end);
    if (tag !== undefined && tag !== '!' && !tag.startsWith('tag:yaml.org,2002:')) {
      this.#error(start, end, `the tag ${tag} is unknown`, 'octoDNS has one tag, !include');
    }
    if (isMap(node)) return this.#map(node, start, end, depth);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#node(item, [start, end], depth + 1));
      return { kind: 'list', source: this.#source, ...this.#place(start, end), items };
    }
    if (!isScalar(node)) return this.#scalar(start, start, '', true);
    const plain = node.type === 'PLAIN' || node.type === undefined;
    return this.#scalar(start, end, scalarText(node), plain);
  }

  #alias(name: string, start: number, end: number): YamlNode {
    const anchored = this.#anchors.get(name);
    if (anchored !== undefined) return anchored;
    this.#error(start, end, `there is no anchor &${name} above, or it contains itself`);
    return this.#scalar(start, end, '', true);
  }

  #map(node: YAMLMap, start: number, end: number, depth: number): YamlNode {
    const entries = new Map<string, { entry: YamlEntry; merged: boolean }>();
    for (const pair of node.items as Pair<unknown, unknown>[]) {
      const key = this.#key(pair.key, start, depth);
      if (key === undefined) continue;
      const at: [number, number] = [key.end - this.#start, key.end - this.#start];
      const value = this.#node(pair.value, at, depth + 1);
      if (key.plain && key.text === '<<') {
        // octoDNS merges in the order of writing: what comes later wins, a merge over a key as well.
        for (const entry of this.#merged(value)) entries.set(entry.key.text, { entry, merged: true });
        continue;
      }
      const former = entries.get(key.text);
      if (former !== undefined && !former.merged) this.#duplicate(key, former.entry.key);
      entries.set(key.text, { entry: { key, value }, merged: false });
    }
    return {
      kind: 'map',
      source: this.#source,
      ...this.#place(start, end),
      entries: Array.from(entries.values(), ({ entry }) => entry),
    };
  }

  #key(node: unknown, mapStart: number, depth: number): YamlScalar | undefined {
    const key = this.#node(node, [mapStart, mapStart + 1], depth + 1);
    if (key.kind === 'scalar' && (key.text !== '' || !key.plain)) return key;
    if (key.kind === 'scalar') {
      this.#error(key.start - this.#start, key.end - this.#start, 'a key is empty', "write '' for the apex");
      return undefined;
    }
    this.#error(key.start - this.#start, key.end - this.#start, `a key must be text, not a ${key.kind}`);
    return undefined;
  }

  #merged(value: YamlNode): readonly YamlEntry[] {
    if (value.kind === 'map') return value.entries;
    // Of a list the first map wins (YAML 1.1 merge keys), so it comes last.
    if (value.kind === 'list' && value.items.every((item) => item.kind === 'map')) {
      return value.items.toReversed().flatMap((item) => item.entries);
    }
    this.#diagnostics.error(value.source, value.start, value.end, '<< takes a map, or a list of maps');
    this.#failed = true;
    return [];
  }

  #include(node: Node, start: number, end: number): YamlNode {
    const failed = this.#scalar(start, end, '', true);
    const path = isScalar(node) ? scalarText(node) : '';
    const read = path === '' ? '!include takes the path of a file' : this.#readInclude(path);
    if (typeof read === 'string') this.#error(start, end, read);
    if (read === undefined) this.#failed = true;
    return typeof read === 'object' ? read : failed;
  }

  #duplicate(key: YamlScalar, first: YamlScalar): void {
    const { line } = first.source.position(first.start);
    this.#failed = true;
    const hint = `the first is on line ${line}; for several types at a name write a list`;
    this.#diagnostics.error(
      key.source,
      key.start,
      key.end,
      `${JSON.stringify(key.text)} is written twice`,
      hint,
    );
  }

  #syntaxHint(at: number): string | undefined {
    const line = this.#source.line(this.#source.position(this.#start + at).line);
    if (/^\s*(- )?\*(\.\S*)?:/.test(line)) return "a text that begins with * needs quotes: '*'";
    return undefined;
  }

  #place(start: number, end: number): { start: number; end: number } {
    return { start: this.#start + start, end: this.#start + end };
  }

  #scalar(start: number, end: number, text: string, plain: boolean): YamlScalar {
    return { kind: 'scalar', source: this.#source, ...this.#place(start, end), text, plain };
  }

  #error(start: number, end: number, message: string, hint?: string): void {
    this.#failed = true;
    const most = this.#source.text.length;
    const from = Math.min(this.#start + start, most);
    this.#diagnostics.error(this.#source, from, Math.min(this.#start + end, most), message, hint);
  }
}

function scalarText(node: Scalar): string {
  return typeof node.value === 'string' ? node.value : (node.source ?? '');
}

function rangeOf(node: unknown): readonly [number, number] | undefined {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}
