import { parseName, ROOT_NAME } from '../wire/name.js';
import { formatHex, parseHex } from './blob-fields.js';
import type { FieldKind, ReadName, RrField, RrType, YamlTree } from './field.js';
import { RdataError } from './rdata-error.js';
import { RdataReader } from './rdata-reader.js';
import { RdataWriter } from './rdata-writer.js';
import { formatRrType, rrTypeByNumber } from './rr-types.js';
import { TextReader } from './text-reader.js';

/**
 * Reads RDATA in presentation format: of a known type, or of any type as `\# 4 0a000001` (RFC 3597 §5).
 * @param origin what names without a final dot are relative to, in wire form
 * @returns wire form, names uncompressed
 * @throws RdataError, NameError: what is wrong, with the field's name
 */
export function rdataFromText(type: number, text: string, origin: Uint8Array = ROOT_NAME): Uint8Array {
  return readRdataText(type, text, (name) => parseName(name, origin));
}

/** As {@link rdataFromText}, with names read by `readName`. */
export function readRdataText(type: number, text: string, readName: ReadName): Uint8Array {
  return readRdataWords(type, new TextReader(text), readName);
}

/**
 * As {@link readRdataText}, of words: all that are left.
 * @param out empty; takes what is read of RDATA that is wrong
 */
export function readRdataWords(
  type: number,
  reader: TextReader,
  readName: ReadName,
  out = new RdataWriter(),
): Uint8Array {
  const row = rrTypeByNumber(type);
  const first = reader.peek();
  if (first?.text === '\\#' && !first.quoted) return readUnknown(type, row, reader);
  const typeName = formatRrType(type);
  if (row === undefined) {
    throw new RdataError(
      `of ${typeName} must be written as \\# length digits (RFC 3597 §5)`,
      '\\# 4 0a000001',
    );
  }
  for (const field of row.fields) named(field, () => field.kind.fromText(reader, out, readName));
  if (reader.left > 0) throw new RdataError(`has more than ${typeName} takes: ${reader.next().text}`);
  const rdata = out.take();
  const problem = row.check?.(rdata);
  if (problem !== undefined) throw new RdataError(problem);
  return rdata;
}

/** RDATA in presentation format: in that of its type when it is well formed, else as `\# 4 0a000001`. Never throws. */
export function rdataToText(type: number, rdata: Uint8Array): string {
  const row = rrTypeByNumber(type);
  return (row === undefined ? undefined : knownText(row, rdata)) ?? unknownText(rdata);
}

/**
 * RDATA in octoDNS YAML: a scalar for a type of one field, else a map.
 * @returns undefined when YAML can't say it so: it is malformed, or has octets that are no printable ASCII
 */
export function rdataToYaml(type: number, rdata: Uint8Array): YamlTree | undefined {
  const row = rrTypeByNumber(type);
  if (row === undefined) return undefined;
  const [only] = row.fields;
  try {
    const wire = new RdataReader(rdata);
    if (only !== undefined && row.fields.length === 1) {
      const tree = fieldToYaml(only.kind, wire);
      return wire.left === 0 ? tree : undefined;
    }
    const map = new Map(row.fields.map(({ key, kind }) => [key, fieldToYaml(kind, wire)]));
    return wire.left === 0 ? map : undefined;
  } catch (error) {
    if (error instanceof RdataError) return undefined;
    throw error;
  }
}

function fieldToYaml(kind: FieldKind, wire: RdataReader): YamlTree {
  return kind.toYaml === undefined ? kind.toText(wire) : kind.toYaml(wire);
}

/** undefined when the RDATA is not what the type says. */
function knownText(row: RrType, rdata: Uint8Array): string | undefined {
  try {
    const wire = new RdataReader(rdata);
    const words = row.fields.map((field) => field.kind.toText(wire)).filter((word) => word !== '');
    return wire.left === 0 ? words.join(' ') : undefined;
  } catch (error) {
    if (error instanceof RdataError) return undefined;
    throw error;
  }
}

/** RDATA as `\\# 4 0a000001` (RFC 3597 §5). */
export function unknownText(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${formatHex(rdata)}`;
}

function readUnknown(type: number, row: RrType | undefined, reader: TextReader): Uint8Array {
  reader.next();
  const length = reader.next().text;
  const digits = reader
    .rest()
    .map((token) => token.text)
    .join('');
  const octets = digits === '' ? new Uint8Array(0) : parseHex(digits);
  if (!/^\d{1,5}$/.test(length) || Number(length) !== octets.length) {
    throw new RdataError(`says ${length} octets but has ${octets.length} (RFC 3597 §5)`);
  }
  // RFC 3597 §5: such text of a known type is that type's RDATA, so it must be well formed.
  if (row !== undefined && knownText(row, octets) === undefined) {
    throw new RdataError(`is not RDATA of ${formatRrType(type)} (${row.reference})`);
  }
  // No Buffer, whose text and equality are others than an array's.
  return Uint8Array.from(octets);
}

function named(field: RrField, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (error instanceof RdataError) throw new RdataError(`${field.key} ${error.message}`, error.hint);
    throw error;
  }
}
