import { Lexer } from 'yaml';
import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { type Placed, valueAt, type YamlMap, type YamlNode } from '../yaml/yaml-node.js';
import type { ReadInclude } from './octodns.js';
import { readYaml, readZoneEntries } from './read-yaml.js';
import {
  addLine,
  cleanComment,
  RrCommentList,
  type RrComments,
  SOA_FIELDS,
  type ZoneComments,
} from './zone-comments.js';
import { whereOf } from './zone-load.js';

/**
 * Reads the comments of a zone's YAML: a line belongs to the record that follows, what stands behind a value to that value.
 * What is inside of `dynamic`, `geo` and `octodns` has no place in a master file, and is left out.
 * @param sources files of the zone without errors; included files among them are read once
 */
export function readYamlComments(sources: readonly SourceFile[], include: ReadInclude): ZoneComments {
  const commented = new Map<string, readonly RrComments[]>();
  const head: string[] = [];
  const trailing: string[] = [];
  const included = new Set<string>();
  const files = sources.map((source) => ({
    source,
    spots: spotsOf(source, (path, from) => {
      const found = include(path, from);
      if (typeof found !== 'string') included.add(found.path);
      return found;
    }),
  }));
  for (const [i, { source, spots }] of files.filter((file) => !included.has(file.source.path)).entries()) {
    for (const [file, own] of spots) {
      const lists = new CommentLists(file, own, i === 0 && file === source);
      for (const comment of commentsIn(file.text)) lists.add(comment);
      lists.finish();
      head.push(...lists.head);
      // The end of an included file is the middle of a zone.
      if (file === source) for (const line of lists.trailing) addLine(trailing, line);
      for (const [spot, comments] of lists.bySpot) commented.set(keyOf(spot.record), comments);
    }
  }
  while (trailing.at(-1) === '') trailing.pop();
  return {
    head,
    trailing,
    of: ({ kind, where: { file, line, column } }) => {
      const found = commented.get(`${file}:${line}:${column}`) ?? [];
      // A steered record has other RRs than values.
      return kind === 'static'
        ? found
        : found.slice(0, 1).map(({ before }) => ({ before, beside: '', fields: [] }));
    },
  };
}

/** A record in a file, and what comments may stand at. */
interface Spot {
  readonly record: YamlMap;
  /** Start of the owner name. */
  readonly keyStart: number;
  readonly isApex: boolean;
  readonly values: readonly YamlNode[];
  /** Parts of the record that a master file has nothing of. */
  readonly hidden: readonly Placed[];
}

/** The records of a file, and of those that it includes, in the order of writing. */
function spotsOf(source: SourceFile, include: ReadInclude): Map<SourceFile, Spot[]> {
  const found = new Map<SourceFile, Spot[]>([[source, []]]);
  // Nothing is to be found in it, nor in what it includes: a zone of a million names is not read twice for that.
  if (!/#|!include/.test(source.text)) return found;
  const add = (key: Placed & { readonly text: string }, node: YamlNode): void => {
    for (const record of node.kind === 'list' ? node.items : [node]) {
      if (record.kind !== 'map') continue;
      const spots = found.get(record.source) ?? [];
      found.set(record.source, spots);
      spots.push(spotOf(key, record));
    }
  };
  const quick = readZoneEntries(source, ({ key, value }) => {
    add(key, value);
    return true;
  });
  if (!quick) {
    found.clear();
    found.set(source, []);
    const root = readYaml(source, { diagnostics: new Diagnostics(), include });
    if (root?.kind === 'map') for (const { key, value } of root.entries) add(key, value);
  }
  for (const spots of found.values()) spots.sort((a, b) => a.record.start - b.record.start);
  return found;
}

function spotOf(key: Placed & { readonly text: string }, record: YamlMap): Spot {
  const value = valueAt(record, 'values') ?? valueAt(record, 'value');
  const all = value === undefined ? [] : value.kind === 'list' ? value.items : [value];
  const hidden = ['dynamic', 'geo', 'octodns'].flatMap((name) => valueAt(record, name) ?? []);
  const { source } = record;
  return {
    record,
    keyStart: key.source === source ? key.start : record.start,
    isApex: key.text === '',
    values: all.filter((node) => node.source === source),
    hidden: hidden.filter((node) => node.source === source),
  };
}

function keyOf(node: Placed): string {
  const { file, line, column } = whereOf(node);
  return `${file}:${line}:${column}`;
}

/** A comment of a file. */
interface YamlComment {
  /** Offset of its `#`. */
  readonly start: number;
  readonly text: string;
  /** Whether it has its line for itself. */
  readonly isLine: boolean;
  /** Whether a blank line follows. */
  readonly blankAfter: boolean;
}

function* commentsIn(text: string): Generator<YamlComment> {
  if (!text.includes('#')) return;
  let start = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    // What the lexer says of the lexeme that follows; no text.
    if (lexeme === '\x02' || lexeme === '\x18' || lexeme === '\x1f') {
      isScalar = lexeme === '\x1f';
      continue;
    }
    if (lexeme.startsWith('#') && !isScalar) {
      const rest = text.slice(start + lexeme.length, start + lexeme.length + BLANK_LINE_LENGTH);
      const comment = cleanComment(lexeme.replace(/^#+/, ''));
      // For an editor of the YAML.
      if (!comment.startsWith('yaml-language-server:')) {
        const isLine = /(^|\n)[ \t\ufeff]*$/.test(
          text.slice(Math.max(0, text.lastIndexOf('\n', start)), start),
        );
        yield { start, text: comment, isLine, blankAfter: isLine && /^\r?\n[ \t]*\r?\n/.test(rest) };
      }
    }
    isScalar = false;
    start += lexeme.length;
  }
}

/** More blanks than a line that looks blank has. */
const BLANK_LINE_LENGTH = 200;

/** In the order of RDATA (RFC 1035 §3.3.13). */
const SOA_KEYS: readonly string[] = ['mname', 'rname', 'serial', 'refresh', 'retry', 'expire', 'minimum'];

function addBlock(lines: string[], { text, blankAfter }: YamlComment): void {
  addLine(lines, text);
  if (blankAfter) addLine(lines, '');
}

/** Puts the comments of one file to its records. */
class CommentLists {
  readonly head: string[] = [];
  readonly trailing: string[] = [];
  readonly bySpot = new Map<Spot, RrCommentList[]>();
  readonly #source: SourceFile;
  readonly #spots: readonly Spot[];
  readonly #isFirst: boolean;
  /** Spots that begin before the comment. */
  #begun = 0;

  /** @param isFirst whether the top of this file is the top of the zone */
  constructor(source: SourceFile, spots: readonly Spot[], isFirst: boolean) {
    this.#source = source;
    this.#spots = spots;
    this.#isFirst = isFirst;
  }

  /** To be called in the order of writing. */
  add(comment: YamlComment): void {
    const { start } = comment;
    const spots = this.#spots;
    while (this.#begun < spots.length && (spots[this.#begun] as Spot).record.start <= start) this.#begun += 1;
    const before = spots[this.#begun - 1];
    if (before !== undefined && (start < before.record.end || this.#isBehind(comment, before.record))) {
      this.#addInside(comment, before);
      return;
    }
    const next = spots[this.#begun];
    const lines = next === undefined ? this.trailing : this.#linesBefore(next, start);
    addBlock(lines, comment);
  }

  #linesBefore(next: Spot, start: number): string[] {
    const isTop = this.#isFirst && this.#begun === 0 && start < next.keyStart;
    return isTop ? this.head : this.#of(next, 0).before;
  }

  /** Gives the first record its part of the top, when all comments are added. The apex is at the top of a master file in any case. */
  finish(): void {
    const [first] = this.#spots;
    if (first === undefined || first.isApex) return;
    const own = this.head.splice(this.head.lastIndexOf('') + 1);
    if (own.length > 0) this.#of(first, 0).before.unshift(...own);
  }

  #addInside(comment: YamlComment, spot: Spot): void {
    const { start, text, isLine } = comment;
    if (spot.hidden.some((part) => start >= part.start && start < part.end)) return;
    if (isLine) {
      const next = spot.values.findIndex((value) => value.start > start);
      addBlock(this.#of(spot, Math.max(0, next)).before, comment);
      return;
    }
    const field = this.#soaField(comment, spot);
    if (field >= 0) {
      this.#of(spot, 0).addBeside(text, field);
      return;
    }
    const beside = spot.values.filter((each) => this.#isBehind(comment, each));
    if (beside.length === 1) this.#of(spot, spot.values.indexOf(beside[0] as YamlNode)).addBeside(text);
    else addBlock(this.#of(spot, 0).before, comment);
  }

  /** @returns how many fields of a SOA stand before the comment; -1 when it does not stand at one of a SOA */
  #soaField(comment: YamlComment, { record }: Spot): number {
    const type = valueAt(record, 'type');
    if (type?.kind !== 'scalar' || type.text !== 'SOA') return -1;
    const entry = record.entries.find(({ key }) => key.text === 'value');
    if (entry?.value.kind !== 'map') return -1;
    if (comment.start < entry.value.start) return this.#isBehind(comment, entry.key) ? 0 : -1;
    const field = entry.value.entries.findLast(({ value }) => value.end <= comment.start);
    if (field === undefined || !this.#isBehind(comment, field.value)) return -1;
    // A list of fields on one line: the comment is about all of them.
    const isLast = field === entry.value.entries.at(-1);
    return isLast ? SOA_FIELDS : SOA_KEYS.indexOf(field.key.text) + 1;
  }

  /** Whether the comment stands on the line that the node ends in, past it. */
  #isBehind({ start, isLine }: YamlComment, { end }: Placed): boolean {
    return !isLine && end <= start && !this.#source.text.slice(end, start).includes('\n');
  }

  #of(spot: Spot, rr: number): RrCommentList {
    const lists = this.bySpot.get(spot) ?? [];
    this.bySpot.set(spot, lists);
    while (lists.length <= rr) lists.push(new RrCommentList());
    return lists[rr] as RrCommentList;
  }
}
