import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { readFullYaml } from './full-yaml.js';
import { readSimpleEntry } from './simple-yaml.js';
import type { YamlEntry, YamlNode } from './yaml-node.js';

/** What reading a file needs beside it. */
export interface YamlContext {
  readonly diagnostics: Diagnostics;
  /**
   * Reads the file that an `!include` names.
   * @param path as written; relative to the folder of `from`
   * @returns what is wrong with it, when it can't be read
   */
  readonly include: (path: string, from: SourceFile) => SourceFile | string;
}

/**
 * Reads a YAML document: octoDNS's, with `<<` in the order of writing and `!include`.
 * @returns undefined after errors in `context.diagnostics`
 */
export function readYaml(source: SourceFile, context: YamlContext): YamlNode | undefined {
  return readFile(source, context, []);
}

/** A file that includes files that include files … */
const MAX_INCLUDES = 20;

/** @param including the files whose `!include` led here, outermost first */
function readFile(
  source: SourceFile,
  context: YamlContext,
  including: readonly SourceFile[],
): YamlNode | undefined {
  const readWhole = (): YamlNode | undefined =>
    readFullYaml(source, 0, source.text.length, context.diagnostics, (path) => {
      const found = context.include(path, source);
      if (typeof found === 'string') return `${JSON.stringify(path)} ${found}`;
      const stack = [...including, source];
      if (!stack.some((file) => file.path === found.path) && stack.length <= MAX_INCLUDES) {
        return readFile(found, context, stack);
      }
      return `includes itself: ${[...stack, found].map((file) => file.path).join(' → ')}`;
    });
  const starts = entryStarts(source.text);
  if (starts === undefined) return readWhole();
  const entries: YamlEntry[] = [];
  const keys = new Set<string>();
  for (const [i, start] of starts.entries()) {
    const end = starts[i + 1] ?? source.text.length;
    const entry = readSimpleEntry(source, start, end) ?? readFullEntry(source, start, end);
    // Whatever is wrong, the library has the words for it, and it reads the file as one.
    if (entry === undefined || keys.has(entry.key.text)) return readWhole();
    keys.add(entry.key.text);
    entries.push(entry);
  }
  return { kind: 'map', source, start: starts[0] ?? 0, end: source.text.length, entries };
}

/** What may tie entries together or end the document: anchors, aliases, tags, merges, further documents, directives. */
const NOT_SEPARATE = /(?:^|[-:,[{?])\s*[&*!][^\s]|<<|^(?:---|\.\.\.)(?=\s|$)|^%/m;

/** The start of a document that has one (YAML 1.2 §9.1.2), after comments and blank lines. */
const DOCUMENT_START = /^(?:\s*(?:#.*)?\r?\n)*---[ ]*(?:#.*)?\r?(?:\n|$)/;

/** Lines that begin an entry of the top-level map: no blank, comment, list item, or rest of a `? key`. */
const ENTRY_START = /^(?![\s#}\]]|[-:](?:\s|$))/gm;

/** Offsets of the entries of the top-level map, or undefined when they can't be read each for itself. */
function entryStarts(text: string): number[] | undefined {
  const body = DOCUMENT_START.exec(text)?.[0].length ?? 0;
  if (NOT_SEPARATE.test(body === 0 ? text : text.slice(body))) return undefined;
  const starts: number[] = [];
  ENTRY_START.lastIndex = body;
  for (let found = ENTRY_START.exec(text); found !== null; found = ENTRY_START.exec(text)) {
    if (found.index >= text.length) break;
    starts.push(found.index);
    ENTRY_START.lastIndex = found.index + 1;
  }
  ENTRY_START.lastIndex = 0;
  const first = starts[0];
  // Something stands before the first entry: a map that is indented, a list.
  if (
    first === undefined ||
    text
      .slice(body, first)
      .replace(/^\s*#.*$/gm, '')
      .trim() !== ''
  )
    return undefined;
  return starts;
}

function readFullEntry(source: SourceFile, start: number, end: number): YamlEntry | undefined {
  const node = readFullYaml(source, start, end, new Diagnostics(), () => undefined);
  return node?.kind === 'map' && node.entries.length === 1 ? node.entries[0] : undefined;
}
