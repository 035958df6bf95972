import type { SourceFile } from '../config/diagnostics.js';
import { SimpleReader } from './simple-reader.js';
import type { YamlEntry } from './yaml-node.js';

/** What takes the entries of a document. */
export interface EntryVisitor {
  /** Given each entry that is written simply. @returns false to end the reading */
  readonly visit: (entry: YamlEntry) => boolean;
  /**
   * Given the offsets of each that is not, and that nothing ties to others: the library reads it as a document of its own.
   * @returns false to end the reading
   */
  readonly odd: (start: number, end: number) => boolean;
}

/**
 * Reads the entries of a document's top-level map, one at a time, so that none needs to be kept.
 * @returns false when it was ended, or when the entries can't be read each for itself: the library is to read the document.
 *   Nothing is said of errors, and of keys that are written twice
 */
export function readEntries(source: SourceFile, { visit, odd }: EntryVisitor): boolean {
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
    // No entry begins like this, but what ends or begins a document, and directives.
    if (SEPARATOR.includes(text.charAt(start)) && NOT_SEPARATE.test(text.slice(start, end))) return false;
    const entry = reader.entry(start, end);
    if (entry !== undefined) {
      if (!visit(entry)) return false;
    } else if (NOT_SEPARATE.test(text.slice(start, end)) || !odd(start, end)) return false;
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
