import { portableName } from '../rr/name-field.js';
import { rdataToText, unknownText } from '../rr/rdata.js';
import { formatRrType, TYPE } from '../rr/rr-types.js';
import { formatName } from '../wire/name.js';
import type { StaticRecord } from './zone-source.js';

/** A part of a master file: an RRset, a comment line, or both, the comment first. */
export interface MasterPart {
  readonly note?: string;
  readonly record?: StaticRecord;
}

/**
 * Writes a master file (RFC 1035 §5): the SOA first, each RR on a line of its own with its TTL, owner names relative to the
 * apex, names in RDATA absolute. What {@link readMaster} reads of it is what was written.
 */
export function formatMaster(apex: Uint8Array, parts: Iterable<MasterPart>): string {
  const lines: string[] = [];
  const soa: string[] = [];
  for (const { note, record } of parts) {
    if (note !== undefined) lines.push(`; ${note.replace(/\p{Cc}/gu, ' ')}`);
    if (record === undefined) continue;
    const owner = relativeName(record.owner, apex).padEnd(OWNER_COLUMNS);
    const { type } = record;
    const isRare = RARE_TYPES.includes(type);
    const name = isRare ? `TYPE${type}` : formatRrType(type);
    const start = `${owner} ${String(record.ttl).padStart(TTL_COLUMNS)} IN ${name}`;
    const list = type === TYPE.SOA ? soa : lines;
    for (const rdata of record.rdata)
      list.push(`${start} ${isRare ? unknownText(rdata) : rdataToText(type, rdata)}`);
  }
  return [`$ORIGIN ${formatName(apex)}`, ...soa, ...lines, ''].join('\n');
}

/** Names and TTLs of most zones stand below each other. */
const OWNER_COLUMNS = 23;
const TTL_COLUMNS = 6;

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
