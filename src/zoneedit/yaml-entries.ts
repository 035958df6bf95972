import { isAlias, isMap, isScalar, type Node, parseDocument, visit } from 'yaml';
import { entryStarts } from '../yaml/read-entries.js';
import { textOf } from './json.js';
import { LayoutError } from './splice.js';

/** An entry of a zone file: an owner name and what is there. Offsets are those of {@link text}. */
export interface OwnerEntry {
  /** The entry alone, with the comments behind it. */
  readonly text: string;
  /** Where it begins in the file. */
  readonly start: number;
  readonly key: string;
  readonly keyEnd: number;
  /** A map: one record; a list: several. */
  readonly value: Node;
}

/** An entry that was not looked into. */
export interface EntrySpan {
  readonly start: number;
  readonly end: number;
  /** The owner name as written, without quotes; undefined when it is written in another way than owner names are. */
  readonly key: string | undefined;
}

/** The entries of a zone file one after the other: as a tree, a million of them take gigabytes. */
export function* entriesOf(text: string): Generator<EntrySpan> {
  let start = -1;
  for (const next of entryStarts(text)) {
    if (start >= 0) yield { start, end: next, key: keyAt(text, start) };
    start = next;
  }
  if (start >= 0) yield { start, end: text.length, key: keyAt(text, start) };
}

/**
 * Reads an entry.
 * @throws LayoutError when it is not written for itself alone: with anchors, aliases, tags or merges; or wrong
 */
export function readEntry(text: string, { start, end }: EntrySpan): OwnerEntry {
  const own = text.slice(start, end);
  // Nothing is a number or a truth value: scalars are what is written.
  const document = parseDocument(own, {
    version: '1.2',
    schema: 'failsafe',
    uniqueKeys: false,
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error !== undefined) throw new LayoutError('what is there can not be read for itself');
  const { contents } = document;
  const pair = isMap(contents) && contents.items.length === 1 ? contents.items[0] : undefined;
  if (pair === undefined || !isScalar(pair.key))
    throw new LayoutError('what is there is no entry for itself');
  refuseTies(contents as Node);
  const { key, value } = pair;
  return { text: own, start, key: textOf(key), keyEnd: key.range?.[1] ?? 0, value: value as Node };
}

/** What ties an entry to others can't be changed for it alone. */
function refuseTies(node: Node): void {
  visit(node, {
    Alias: () => {
      throw new LayoutError('it is written with an alias (*)');
    },
    Node: (_, each) => {
      if (isAlias(each)) return;
      if (each.anchor !== undefined) throw new LayoutError('it has an anchor (&)');
      if (each.tag !== undefined && !each.tag.startsWith('tag:yaml.org,2002:')) {
        throw new LayoutError(`it has a tag (${each.tag})`);
      }
    },
    Pair: (_, { key }) => {
      if (isScalar(key) && key.type === 'PLAIN' && textOf(key) === '<<') {
        throw new LayoutError('it merges another map (<<)');
      }
    },
  });
}

function keyAt(text: string, start: number): string | undefined {
  const found = KEY.exec(text.slice(start, start + MAX_KEY));
  if (found === null) return undefined;
  const { single, double, plain } = found.groups ?? {};
  if (single !== undefined) return single.replaceAll("''", "'");
  if (double === undefined) return plain?.trimEnd();
  const document = parseDocument(`"${double}"`, { schema: 'failsafe' });
  return document.errors.length === 0 ? textOf(document.contents) : undefined;
}

/** A key and its colon. A name has at most 255 octets, each of which may be written as `\ddd`. */
const KEY =
  /^(?:'(?<single>(?:[^'\n]|'')*)'|"(?<double>(?:[^"\\\n]|\\.)*)"|(?<plain>[^\s'"?:&*!|>%@`#,[\]{}-][^\n#]*?|[-?:](?=[^\s])[^\n#]*?))[ \t]*:(?=\s|$)/;
const MAX_KEY = 1100;
