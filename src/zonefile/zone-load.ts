import type { Diagnostics, SourceFile } from '../config/diagnostics.js';
import { didYouMean } from '../config/suggest.js';
import { RdataError } from '../rr/rdata-error.js';
import type { RdataWriter } from '../rr/rdata-writer.js';
import type { Where } from '../steer/spec.js';
import { NameError } from '../wire/name.js';
import type { YamlMap, YamlNode } from './yaml-node.js';
import type { RecordSource } from './zone-source.js';

/** A record and where it was written. */
export interface LoadedRecord {
  readonly record: RecordSource;
  /** `A`, `GSLB`, `TYPE65280`. */
  readonly type: string;
  readonly node: YamlNode;
  readonly lenient: boolean;
}

/** What an owner name has. */
export interface LoadedOwner {
  readonly name: Uint8Array;
  /** By type: octoDNS has one record of a type at a name. */
  readonly records: Map<string, LoadedRecord>;
}

/** A zone while it is read. */
export interface ZoneLoad {
  readonly apex: Uint8Array;
  readonly diagnostics: Diagnostics;
  /** By {@link ownerKey}, in the order of writing. */
  readonly owners: Map<string, LoadedOwner>;
  serialAuto: boolean;
  /** For the RDATA that is being read. */
  readonly out: RdataWriter;
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

/** The same for names that are equal (RFC 4343). */
export function ownerKey(name: Uint8Array): string {
  let key = '';
  for (const octet of name) key += String.fromCharCode(octet);
  return key.toLowerCase();
}

/** Cheap when nodes come in the order of writing, as records do: a search in all lines takes 6 µs a record. */
export function whereOf(node: YamlNode): Where {
  const { source, start } = node;
  if (cursor.source !== source || start < cursor.lineStart) {
    cursor = { source, line: 1, lineStart: 0, nextLine: nextLineOf(source.text, 0) };
  }
  while (start >= cursor.nextLine) {
    cursor.line += 1;
    cursor.lineStart = cursor.nextLine;
    cursor.nextLine = nextLineOf(source.text, cursor.lineStart);
  }
  const before = source.text.slice(cursor.lineStart, start);
  const column = (/^[\0-\x7f]*$/.test(before) ? before.length : Array.from(before).length) + 1;
  return { file: source.path, line: cursor.line, column };
}

/** The line that {@link whereOf} found last. */
let cursor = { source: undefined as SourceFile | undefined, line: 1, lineStart: 0, nextLine: 0 };

function nextLineOf(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? Number.POSITIVE_INFINITY : newline + 1;
}

export function reportError(load: ZoneLoad, node: YamlNode, message: string, hint?: string): void {
  load.diagnostics.error(node.source, node.start, node.end, message, hint);
}

export function reportWarning(load: ZoneLoad, node: YamlNode, message: string, hint?: string): void {
  load.diagnostics.warning(node.source, node.start, node.end, message, hint);
}

/** An error, or for a lenient record a warning: what octoDNS refuses although it can be served. */
export function refuse(context: RecordContext, node: YamlNode, message: string, hint?: string): void {
  (context.lenient ? reportWarning : reportError)(context.load, node, message, hint);
}

/** Says what a reader threw, at the value that it read. @param subject what the message goes on from */
export function reportThrown(load: ZoneLoad, node: YamlNode, subject: string, error: unknown): void {
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
