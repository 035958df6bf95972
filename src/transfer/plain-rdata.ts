import { RdataError } from '../rr/rdata-error.js';
import { RdataReader } from '../rr/rdata-reader.js';
import { formatRrType, rrTypeByNumber } from '../rr/rr-types.js';
import { lowerName, nameLength } from '../wire/name.js';
import { MessageError, readName } from './message.js';

/** How RDATA of a type begins: octets and names by turns; the rest are octets. */
const LAYOUTS: Readonly<Record<number, readonly (number | 'name' | 'text')[]>> = {
  // RFC 1035 §3.3, whose names may be compressed.
  2: ['name'],
  3: ['name'],
  4: ['name'],
  5: ['name'],
  6: ['name', 'name', 20],
  7: ['name'],
  8: ['name'],
  9: ['name'],
  12: ['name'],
  14: ['name', 'name'],
  15: [2, 'name'],
  // RFC 3597 §4: in these a receiver SHOULD understand compression as well, since senders once used it.
  17: ['name', 'name'],
  18: [2, 'name'],
  21: [2, 'name'],
  26: [2, 'name', 'name'],
  33: [6, 'name'],
  35: [4, 'text', 'text', 'text', 'name'],
  36: [2, 'name'],
  39: ['name'],
};

/**
 * RDATA of a message with its names uncompressed.
 * @param at and `end`: where it is in the message
 * @throws MessageError when it is not what its type says
 */
export function plainRdata(message: Uint8Array, type: number, at: number, end: number): Uint8Array {
  const layout = LAYOUTS[type];
  if (layout === undefined) {
    const rdata = message.slice(at, end);
    checkRdata(type, rdata);
    return rdata;
  }
  const whole = message.subarray(0, end);
  const parts: Uint8Array[] = [];
  let from = at;
  const take = (count: number): void => {
    if (from + count > end) throw malformed(type);
    parts.push(whole.subarray(from, from + count));
    from += count;
  };
  for (const part of layout) {
    if (part === 'name') {
      const { name, end: next } = readName(whole, from);
      parts.push(name);
      from = next;
    } else take(part === 'text' ? (whole[from] ?? end) + 1 : part);
  }
  if (from !== end) throw malformed(type);
  return Buffer.concat(parts);
}

/** RDATA that is uncompressed and well formed, with the names in it in lower case: the same for RRs that are the same (RFC 4343). */
export function foldedRdata(type: number, rdata: Uint8Array): Uint8Array {
  const layout = LAYOUTS[type];
  if (layout === undefined) return rdata;
  const folded = rdata.slice();
  let at = 0;
  for (const part of layout) {
    if (part === 'name') {
      const end = at + nameLength(rdata, at);
      folded.set(lowerName(rdata.subarray(at, end)), at);
      at = end;
    } else at += part === 'text' ? (rdata[at] as number) + 1 : part;
  }
  return folded;
}

function checkRdata(type: number, rdata: Uint8Array): void {
  if (type === 1 || type === 28) {
    if (rdata.length !== (type === 1 ? 4 : 16)) throw malformed(type);
    return;
  }
  const row = rrTypeByNumber(type);
  if (row === undefined) return;
  try {
    const reader = new RdataReader(rdata);
    for (const { kind } of row.fields) kind.toText(reader);
    if (reader.left > 0) throw malformed(type);
  } catch (error) {
    if (error instanceof RdataError) throw malformed(type);
    throw error;
  }
}

function malformed(type: number): MessageError {
  return new MessageError(`has RDATA that is none of ${formatRrType(type)}`);
}
