import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { readFullYaml } from './full-yaml.js';
import { SimpleReader } from './simple-yaml.js';
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

/**
 * Reads the entries of a document's top-level map, one at a time, so that none needs to be kept.
 * @param visit given each entry; false ends the reading
 * @returns false when it was ended, or when the entries can't be read each for itself: {@link readYaml} is to read the document.
 *   Nothing is said of errors, and of keys that are written twice
 */
export function readEntries(source: SourceFile, visit: (entry: YamlEntry) => boolean): boolean {
  const { text } = source;
  // A lone carriage return ends a line as well (YAML 1.2 §5.4), which nobody writes.
  if (text.includes('\r') && /\r(?!\n)/.test(text)) return false;
  const body = DOCUMENT_START.exec(text)?.[0].length ?? 0;
  let start = nextEntry(text, body);
  // What stands before the first entry may be a map that is indented, or a list.
  if (start === text.length || !isBlank(text.slice(body, start))) return false;
  const reader = new SimpleReader(source);
  while (start < text.length) {
    const end = nextEntry(text, lineAfter(text, start));
    const entry = readEntry(reader, source, start, end);
    if (entry === undefined || !visit(entry)) return false;
    start = end;
  }
  return true;
}

/**
 * Where the entries of a document's top-level map begin, line by line; nothing of them is checked. What is behind the last
 * one belongs to it.
 */
export function* entryStarts(text: string): Generator<number> {
  let start = nextEntry(text, DOCUMENT_START.exec(text)?.[0].length ?? 0);
  for (; start < text.length; start = nextEntry(text, lineAfter(text, start))) yield start;
}

/** A file that includes files that include files … */
const MAX_INCLUDES = 20;

/** @param including the files whose `!include` led here, outermost first */
function readFile(
  source: SourceFile,
  context: YamlContext,
  including: readonly SourceFile[],
): YamlNode | undefined {
  return readFullYaml(source, 0, source.text.length, context.diagnostics, (path) => {
    const found = context.include(path, source);
    if (typeof found === 'string') return `${JSON.stringify(path)} ${found}`;
    const stack = [...including, source];
    if (!stack.some((file) => file.path === found.path) && stack.length <= MAX_INCLUDES) {
      return readFile(found, context, stack);
    }
    return `includes itself: ${[...stack, found].map((file) => file.path).join(' → ')}`;
  });
}

/** @returns undefined when it is not an entry for itself, or wrong: the library has the words for it, and reads the file as one */
function readEntry(
  reader: SimpleReader,
  source: SourceFile,
  start: number,
  end: number,
): YamlEntry | undefined {
  // No entry begins like this, but what ends or begins a document, and directives.
  const separator =
    SEPARATOR.includes(source.text.charAt(start)) && NOT_SEPARATE.test(source.text.slice(start, end));
  if (separator) return undefined;
  const simple = reader.entry(start, end);
  if (simple !== undefined) return simple;
  if (NOT_SEPARATE.test(source.text.slice(start, end))) return undefined;
  const node = readFullYaml(source, start, end, new Diagnostics(), () => undefined);
  return node?.kind === 'map' && node.entries.length === 1 ? node.entries[0] : undefined;
}

/** What may tie entries together or end the document: anchors, aliases, tags, merges, further documents, directives. */
const NOT_SEPARATE = /(?:^|[-:,[{?])\s*[&*!][^\s]|<<|^(?:---|\.\.\.)(?=\s|$)|^%/m;

/** First characters of what {@link NOT_SEPARATE} finds at the start of a line and the simple reader might take for a key. */
const SEPARATOR = '-.%';

/** The start of a document that has one (YAML 1.2 §9.1.2), after comments and blank lines. */
const DOCUMENT_START = /^(?:\s*(?:#.*)?\r?\n)*---[ ]*(?:#.*)?\r?(?:\n|$)/;

/** Start of the first line from `at` on that begins an entry of the top-level map; the text's end when there is none. */
function nextEntry(text: string, at: number): number {
  let line = at;
  while (line < text.length && !beginsEntry(text, line)) line = lineAfter(text, line);
  return line;
}

function lineAfter(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline + 1;
}

/** No blank, comment, end of a flow collection, list item, or rest of a `? key`. */
function beginsEntry(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  // Letters and digits, quickly.
  if (first >= 0x30 && first !== 0x3a && first !== 0x5d && first !== 0x7d) return true;
  if (' \t\r\n#]}'.includes(text.charAt(at))) return false;
  return !('-:'.includes(text.charAt(at)) && /\s|^$/.test(text.charAt(at + 1)));
}

function isBlank(text: string): boolean {
  return text.replace(/^\s*#.*$/gm, '').trim() === '';
}
