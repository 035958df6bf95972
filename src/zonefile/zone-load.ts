import type { Diagnostics, SourceFile } from '../config/diagnostics.js';
import { didYouMean } from '../config/suggest.js';
import { RdataError } from '../rr/rdata-error.js';
import { RdataWriter } from '../rr/rdata-writer.js';
import { formatRrType } from '../rr/rr-types.js';
import type { Where } from '../steer/spec.js';
import { LookupName } from '../wire/lookup-name.js';
import { formatName, NameError } from '../wire/name.js';
import type { Placed, YamlMap } from '../yaml/yaml-node.js';
import { Growing } from '../zone/growing.js';
import { OwnerIndex } from './owner-index.js';
import { RecordList } from './record-list.js';
import type { RecordSource } from './zone-source.js';

/** A record and where it was written. */
export interface LoadedRecord {
  readonly record: RecordSource;
  readonly node: Placed;
}

/** What records that are not static, and so have no RR type of their own, count as beside RR types. */
export const Pseudo = { GSLB: 0x10000, ALIAS: 0x10001, URLFWD: 0x10002 } as const;

/** A zone while it is read. A record is a number, from 0 in the order of adding. */
export class ZoneLoad {
  readonly apex: Uint8Array;
  /** In presentation format without the final dot, lower case; '' for the root. */
  readonly apexText: string;
  readonly diagnostics: Diagnostics;
  readonly records: RecordList;
  readonly owners: OwnerIndex;
  /** For the RDATA that is being read. */
  readonly out = new RdataWriter();
  serialAuto = false;
  readonly #sources: SourceFile[] = [];
  /** By record: index in #sources, offsets of its start and end. */
  readonly #places: Growing<Uint32Array>;
  /** By record: RR type or {@link Pseudo}. */
  readonly #types: Growing<Uint32Array>;
  readonly #name = new LookupName();
  #owner: Uint8Array | undefined;
  /** The owner's first record, or -1. */
  #first = -1;

  /** @param textLength characters of the text that is read, roughly: tells how many records there will be */
  constructor(apex: Uint8Array, diagnostics: Diagnostics, textLength = 0) {
    const expected = Math.max(8, textLength >>> 6);
    this.records = RecordList.empty(expected);
    this.owners = new OwnerIndex(this.records, expected);
    this.#places = new Growing(Uint32Array, 3 * expected);
    this.#types = new Growing(Uint32Array, expected);
    this.apex = apex;
    this.apexText = formatName(apex).slice(0, -1).toLowerCase();
    this.diagnostics = diagnostics;
  }

  /** Adds a record; one of a type that its owner has already is an error (octoDNS has one record of a type at a name). */
  add({ record, node }: LoadedRecord): void {
    const first = this.firstOf(record.owner);
    const type = typeOf(record);
    const former = this.recordOf(first, type);
    if (former >= 0) {
      const { source, start } = this.placeOf(former);
      const hint = `the first is at ${source.path}:${source.position(start).line}; one record takes all values of a type`;
      const message = `${formatLoadType(type)} at ${formatName(record.owner)} is written twice`;
      reportError(this, node, message, hint);
      return;
    }
    const added = this.records.add(record);
    this.owners.add(added, this.#name, first);
    if (first < 0) this.#first = added;
    this.#types.push(type);
    if (this.#sources.at(-1) !== node.source) this.#sources.push(node.source);
    const at = this.#places.extend(3);
    this.#places.array[at] = this.#sources.length - 1;
    this.#places.array[at + 1] = node.start;
    this.#places.array[at + 2] = node.end;
  }

  /** The first record of an owner name, or -1. */
  firstOf(owner: Uint8Array): number {
    // The records of a name come together, with the same array.
    if (owner === this.#owner) return this.#first;
    this.#name.set(owner, 0);
    this.#owner = owner;
    this.#first = this.owners.find(this.#name);
    return this.#first;
  }

  /** The record of a type among those of an owner, or -1. @param first the owner's first record, or -1 */
  recordOf(first: number, type: number): number {
    for (let record = first; record >= 0; record = this.owners.next(record)) {
      if (this.#types.array[record] === type) return record;
    }
    return -1;
  }

  /** An RR type, or {@link Pseudo}. */
  typeAt(record: number): number {
    return this.#types.array[record] as number;
  }

  placeOf(record: number): Placed {
    const places = this.#places.array;
    return {
      source: this.#sources[places[3 * record] as number] as SourceFile,
      start: places[3 * record + 1] as number,
      end: places[3 * record + 2] as number,
    };
  }
}

/** `A`, `GSLB`, `TYPE65280`. @param type an RR type, or {@link Pseudo} */
export function formatLoadType(type: number): string {
  const pseudo = Object.entries(Pseudo).find(([, number]) => number === type);
  return pseudo?.[0] ?? formatRrType(type);
}

function typeOf(record: RecordSource): number {
  switch (record.kind) {
    case 'static':
    case 'dynamic':
      return record.type;
    case 'gslb':
      return Pseudo.GSLB;
    case 'alias':
      return Pseudo.ALIAS;
    case 'urlfwd':
      return Pseudo.URLFWD;
  }
}

/** What octoDNS says of a record beside its data. */
export interface RecordContext {
  readonly load: ZoneLoad;
  readonly owner: Uint8Array;
  /** `octodns: {lenient: true}`: what octoDNS refuses only for being unwise is a warning. */
  readonly lenient: boolean;
  /** Seconds. */
  readonly ttl: number;
}

/** Cheap when nodes come in the order of writing, as records do: a search in all lines takes 6 µs a record. */
export function whereOf({ source, start }: Placed): Where {
  const { text } = source;
  if (cursor.source !== source || start < cursor.lineStart) {
    cursor = { source, line: 1, lineStart: 0, nextLine: nextLineOf(text, 0) };
  }
  while (start >= cursor.nextLine) {
    cursor.line += 1;
    cursor.lineStart = cursor.nextLine;
    cursor.nextLine = nextLineOf(text, cursor.lineStart);
  }
  let column = 1;
  // A character past U+FFFF is two code units: its second one does not count.
  for (let at = cursor.lineStart; at < start; at++)
    if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00) column += 1;
  return { file: source.path, line: cursor.line, column };
}

/** The line that {@link whereOf} found last. */
let cursor = { source: undefined as SourceFile | undefined, line: 1, lineStart: 0, nextLine: 0 };

function nextLineOf(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? Number.MAX_SAFE_INTEGER : newline + 1;
}

export function reportError(load: ZoneLoad, node: Placed, message: string, hint?: string): void {
  load.diagnostics.error(node.source, node.start, node.end, message, hint);
}

export function reportWarning(load: ZoneLoad, node: Placed, message: string, hint?: string): void {
  load.diagnostics.warning(node.source, node.start, node.end, message, hint);
}

/** An error, or for a lenient record a warning: what octoDNS refuses although it can be served. */
export function refuse(context: RecordContext, node: Placed, message: string, hint?: string): void {
  (context.lenient ? reportWarning : reportError)(context.load, node, message, hint);
}

/** Says what a reader threw, at the value that it read. @param subject what the message goes on from */
export function reportThrown(load: ZoneLoad, node: Placed, subject: string, error: unknown): void {
  if (error instanceof RdataError) reportError(load, node, `${subject} ${error.message}`, error.hint);
  else if (error instanceof NameError) reportError(load, node, error.message, hintOf(error));
  else throw error;
}

/** Says which keys of a map have no meaning. */
export function reportUnknownKeys(
  context: RecordContext,
  map: YamlMap,
  known: readonly string[],
  of: string,
): void {
  for (const { key } of map.entries) {
    if (known.includes(key.text)) continue;
    const hint = didYouMean(key.text, known) ?? `known are ${known.join(', ')}`;
    refuse(context, key, `${of} has no key ${JSON.stringify(key.text)}`, hint);
  }
}

function hintOf(error: NameError): string | undefined {
  return typeof error.cause === 'string' ? error.cause : undefined;
}
