import { portableName } from '../rr/name-field.js';
import { rdataToText, unknownText } from '../rr/rdata.js';
import { formatRrType, TYPE } from '../rr/rr-types.js';
import { formatName } from '../wire/name.js';
import { addLine, cleanComment, type RrComments, type ZoneComments } from './zone-comments.js';
import type { StaticRecord } from './zone-source.js';

/** A part of a master file: an RRset, a comment line, or both, the comment first. */
export interface MasterPart {
  readonly note?: string;
  readonly record?: StaticRecord;
  /** Of each RR; of a note those before it. */
  readonly comments?: readonly RrComments[];
}

/** Comments around all parts. */
export type MasterFrame = Pick<ZoneComments, 'head' | 'trailing'>;

/**
 * Writes a master file (RFC 1035 §5): the SOA first, each RR on a line of its own with its TTL, owner names relative to the
 * apex, names in RDATA absolute. What {@link readMaster} reads of it is what was written, comments included.
 */
export function formatMaster(apex: Uint8Array, parts: Iterable<MasterPart>, frame?: MasterFrame): string {
  const lines: string[] = [];
  const soa: string[] = [];
  const top = [...(frame?.head ?? [])];
  for (const { note, record, comments } of parts) {
    const isSoa = record?.type === TYPE.SOA;
    if (note !== undefined) {
      lines.push(...commentLines(comments?.[0]?.before), ...commentLines([note]));
    }
    if (record === undefined) continue;
    const owner = relativeName(record.owner, apex).padEnd(OWNER_COLUMNS);
    const { type } = record;
    const isRare = RARE_TYPES.includes(type);
    const name = isRare ? `TYPE${type}` : formatRrType(type);
    const start = `${owner} ${String(record.ttl).padStart(TTL_COLUMNS)} IN ${name}`;
    for (const [i, rdata] of record.rdata.entries()) {
      const text = isRare ? unknownText(rdata) : rdataToText(type, rdata);
      const rr = note === undefined ? comments?.[i] : undefined;
      // A comment of the SOA is one of the zone.
      if (isSoa) for (const line of rr?.before ?? []) addLine(top, line);
      else lines.push(...commentLines(rr?.before));
      if (isSoa) soa.push(...soaLines(start, text, rr));
      else lines.push(`${start} ${text}${beside(rr?.beside)}`);
    }
  }
  const trailing = commentLines(frame?.trailing);
  if (trailing.length > 0) trailing.unshift('');
  return [...commentLines(top), `$ORIGIN ${formatName(apex)}`, ...soa, ...lines, ...trailing, ''].join('\n');
}

function commentLines(texts: readonly string[] | undefined): string[] {
  return (texts ?? []).map((text) => (text === '' ? '' : `; ${cleanComment(text)}`));
}

function beside(text: string | undefined): string {
  return text === undefined || text === '' ? '' : ` ; ${cleanComment(text)}`;
}

/** One line; a line a field when there are comments between them. */
function soaLines(start: string, text: string, comments: RrComments | undefined): string[] {
  if (comments === undefined || comments.fields.every((each) => each === '')) {
    return [`${start} ${text}${beside(comments?.beside)}`];
  }
  const fields = text.split(' ');
  const after = [...comments.fields.slice(1), comments.beside];
  const lines = fields.map((field, i) => `${SOA_INDENT}${field}${beside(after[i])}`);
  return [`${start} (${beside(comments.fields[0])}`, ...lines, `${SOA_INDENT})`];
}

/** Names and TTLs of most zones stand below each other. */
const OWNER_COLUMNS = 23;
const TTL_COLUMNS = 6;
/** Up to the type. */
const SOA_INDENT = ' '.repeat(OWNER_COLUMNS + 1 + TTL_COLUMNS + 1 + 'IN '.length);

/**
 * Types that BIND 9.18, Knot 3.2, NSD 4.6 or ldns 1.8 does not know by name, from MD to DLV: as RFC 3597 has unknown ones, each
 * of them reads them.
 */
const RARE_TYPES: readonly number[] = [
  ...[3, 4, 7, 8, 9, 11, 19, 20, 22, 23, 24, 25, 26, 27, 31, 32, 42, 55, 56, 57, 58, 62, 63],
  ...[258, 260, 261, 262, 32768, 32769],
];

/** `@` for the apex, else the name without it and without a final dot. */
export function relativeName(name: Uint8Array, apex: Uint8Array): string {
  const length = name.length - apex.length;
  if (length === 0) return '@';
  return portableName(Uint8Array.of(...name.subarray(0, length), 0)).slice(0, -1);
}
