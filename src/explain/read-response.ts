import { rdataToText } from '../rr/rdata.js';
import { formatRrType } from '../rr/rr-types.js';
import { formatName } from '../wire/name.js';
import { u8, u16, u32 } from '../wire/octets.js';
import { EdnsOption, HEADER_OCTETS, Rcode, RrType } from '../wire/protocol.js';
import { compressibleRdata } from '../wire/rdata-names.js';
import type { ExplainRecord, ExplainResponse } from './explain-report.js';

/** A response in words, and what its OPT says. */
export interface ReadResponse {
  readonly response: ExplainResponse;
  /** SCOPE PREFIX-LENGTH of CLIENT-SUBNET; undefined without one. */
  readonly scopeBits: number | undefined;
}

/** Reads a response that this program wrote: whole and well formed. */
export function readResponse(message: Uint8Array): ReadResponse {
  const flags = u16(message, 2);
  const sections: ExplainRecord[][] = [];
  let rcode = flags & 0xf;
  let scopeBits: number | undefined;
  let at = HEADER_OCTETS;
  for (let i = 0; i < u16(message, 4); i++) at = expandName(message, at).end + 4;
  for (const countAt of [6, 8, 10]) {
    const records: ExplainRecord[] = [];
    for (let i = 0; i < u16(message, countAt); i++) {
      const { name, end } = expandName(message, at);
      const type = u16(message, end);
      const rdataAt = end + 10;
      at = rdataAt + u16(message, end + 8);
      if (type === RrType.OPT) {
        rcode |= u8(message, end + 4) << 4;
        scopeBits = findScope(message, rdataAt, at);
        continue;
      }
      const rdata = expandRdata(message, type, rdataAt, at);
      records.push({
        owner: formatName(name),
        ttl: u32(message, end + 4),
        type: formatRrType(type),
        rdata: rdataToText(type, rdata),
      });
    }
    sections.push(records);
  }
  const [answer = [], authority = [], additional = []] = sections;
  const response = {
    rcode: formatRcode(rcode),
    flags: FLAGS.filter(({ bit }) => (flags & bit) !== 0).map(({ name }) => name),
    octets: message.length,
    answer,
    authority,
    additional,
  };
  return { response, scopeBits };
}

/** RFC 1035 §4.1.1, RFC 4035 §3; in dig's order. */
const FLAGS = [
  { name: 'qr', bit: 0x8000 },
  { name: 'aa', bit: 0x0400 },
  { name: 'tc', bit: 0x0200 },
  { name: 'rd', bit: 0x0100 },
  { name: 'ra', bit: 0x0080 },
  { name: 'ad', bit: 0x0020 },
  { name: 'cd', bit: 0x0010 },
] as const;

function formatRcode(rcode: number): string {
  return Object.entries(Rcode).find(([, value]) => value === rcode)?.[0] ?? `RCODE${rcode}`;
}

/** A name without its pointers (RFC 1035 §4.1.4). @returns `end`: offset past it in the message */
function expandName(message: Uint8Array, at: number): { name: Uint8Array; end: number } {
  const octets: number[] = [];
  let end = -1;
  for (let length = u8(message, at); length !== 0; length = u8(message, at)) {
    if (length >= 0xc0) {
      if (end < 0) end = at + 2;
      at = u16(message, at) & 0x3fff;
    } else {
      octets.push(...message.subarray(at, at + length + 1));
      at += length + 1;
    }
  }
  octets.push(0);
  return { name: Uint8Array.from(octets), end: end < 0 ? at + 1 : end };
}

function expandRdata(message: Uint8Array, type: number, at: number, end: number): Uint8Array {
  const { prefix, names } = compressibleRdata(type);
  const octets = [...message.subarray(at, at + prefix)];
  at += prefix;
  for (let i = 0; i < names; i++) {
    const expanded = expandName(message, at);
    octets.push(...expanded.name);
    at = expanded.end;
  }
  return Uint8Array.from([...octets, ...message.subarray(at, end)]);
}

function findScope(message: Uint8Array, at: number, end: number): number | undefined {
  while (at + 4 <= end) {
    if (u16(message, at) === EdnsOption.CLIENT_SUBNET) return u8(message, at + 7);
    at += 4 + u16(message, at + 2);
  }
  return undefined;
}
