import { parseName, ROOT_NAME } from '../wire/name.js';
import { formatHex, parseHex } from './blob-fields.js';
import type { ReadName, RrField, RrType } from './field.js';
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
  const row = rrTypeByNumber(type);
  if (/^\s*\\#(\s|$)/.test(text)) return readUnknown(type, row, new TextReader(text));
  const typeName = formatRrType(type);
  if (row === undefined) {
    throw new RdataError(
      `of ${typeName} must be written as \\# length digits (RFC 3597 §5)`,
      '\\# 4 0a000001',
    );
  }
  const reader = new TextReader(text);
  const out = new RdataWriter();
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

function unknownText(rdata: Uint8Array): string {
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
  return octets;
}

function named(field: RrField, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (error instanceof RdataError) throw new RdataError(`${field.key} ${error.message}`, error.hint);
    throw error;
  }
}
