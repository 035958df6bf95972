import { LookupName } from './lookup-name.js';
import { MAX_NAME_OCTETS } from './name.js';
import { copyOctets, u8, u16 } from './octets.js';
import { EdnsOption, HEADER_OCTETS, RrType } from './protocol.js';

/** What {@link parseQuery} found. All but SHORT and RESPONSE are answered. */
export const Parsed = {
  QUERY: 0,
  /** No response: shorter than a header. */
  SHORT: 1,
  /** No response: QR=1. */
  RESPONSE: 2,
  FORMERR: 3,
  /** An opcode other than QUERY. */
  NOTIMP: 4,
  BADVERS: 5,
  /** A query for a server cookie and nothing else: no question, but COOKIE (RFC 7873 §5.4). */
  COOKIE: 6,
} as const;
export type Parsed = (typeof Parsed)[keyof typeof Parsed];

/** Octets of a client cookie (RFC 7873 §4.1). */
export const CLIENT_COOKIE_OCTETS = 8;

/** One parsed query. Refilled for each; keep no reference. */
export class Query {
  id = 0;
  /** The header's second 16-bit word. */
  flags = 0;
  /** True when one whole question was read: the fields below, up to EDNS, are its. */
  hasQuestion = false;
  readonly name = new LookupName();
  type = 0;
  class = 0;
  /** Offset past the question; 12 without one. */
  questionEnd = HEADER_OCTETS;

  /** True when there was an OPT, so that the response MUST have one (RFC 6891 §6.1.1). */
  edns = false;
  /** OPT's CLASS: the octets of UDP payload that the requestor takes. */
  udpPayload = 0;
  /** DO (RFC 3225 §3). */
  dnssecOk = false;
  /** There is a TSIG (RFC 8945). */
  signed = false;
  /** NSID was asked for (RFC 5001). */
  nsid = false;
  /** EDNS-TCP-KEEPALIVE was given (RFC 7828 §3.1). */
  tcpKeepalive = false;
  /** CLIENT-SUBNET was given (RFC 7871 §6). */
  ecs = false;
  /** Its FAMILY: 1, 2, or 0 with a SOURCE PREFIX-LENGTH of 0. */
  ecsFamily = 0;
  ecsSourceBits = 0;
  /** Its ADDRESS, `⌈ecsSourceBits / 8⌉` octets of it, then zeros. */
  readonly ecsAddress = new Uint8Array(16);
  /** Octets of COOKIE (RFC 7873 §4): 8 of the client's, then none or 8 to 32 of the server's; 0 when it was not given. */
  cookieOctets = 0;
  /** Their offset in the message. */
  cookieAt = 0;
  /** There is a PADDING (RFC 7830). */
  padded = false;
}

/**
 * Reads a message as a query (RFC 1035 §4.1, RFC 6891 §6.1, RFC 7871 §6).
 * @param length octets of the message; what lies past it is not read
 */
export function parseQuery(message: Uint8Array, length: number, query: Query): Parsed {
  query.hasQuestion = false;
  query.questionEnd = HEADER_OCTETS;
  query.edns = false;
  query.dnssecOk = false;
  query.signed = false;
  query.nsid = false;
  query.tcpKeepalive = false;
  query.ecs = false;
  query.cookieOctets = 0;
  query.cookieAt = 0;
  query.padded = false;
  if (length < HEADER_OCTETS) return Parsed.SHORT;
  query.id = u16(message, 0);
  query.flags = u16(message, 2);
  if ((query.flags & 0x8000) !== 0) return Parsed.RESPONSE;
  const parsed = parseSections(message, length, query);
  // Other opcodes may give the sections other meanings: what they hold is no error of theirs.
  return (query.flags & 0x7800) === 0 ? parsed : Parsed.NOTIMP;
}

function parseSections(message: Uint8Array, length: number, query: Query): Parsed {
  const questions = u16(message, 4);
  // RFC 9619 §4: a QUERY with QDCOUNT > 1 MUST be answered with FORMERR.
  if (questions > 1) return Parsed.FORMERR;
  let at = questions === 0 ? HEADER_OCTETS : parseQuestion(message, length, query);
  if (at < 0) return Parsed.FORMERR;
  for (let left = u16(message, 6) + u16(message, 8); left > 0; left--) {
    if (at + 3 <= length && u8(message, at) === 0 && u16(message, at + 1) === RrType.OPT)
      return Parsed.FORMERR;
    at = skipRecord(message, length, at);
    if (at < 0) return Parsed.FORMERR;
  }
  for (let left = u16(message, 10); left > 0; left--) {
    const ownerEnd = skipName(message, length, at);
    const end = skipRecord(message, length, at);
    if (end < 0) return Parsed.FORMERR;
    if (u16(message, ownerEnd) === RrType.OPT) {
      // RFC 6891 §6.1.1: more than one OPT MUST be answered with FORMERR. §6.1.2: its NAME MUST be the root.
      if (query.edns || u8(message, at) !== 0) return Parsed.FORMERR;
      const parsed = parseOpt(message, ownerEnd, end, query);
      if (parsed !== Parsed.QUERY) return parsed;
    } else if (u16(message, ownerEnd) === RrType.TSIG) query.signed = true;
    at = end;
  }
  if (at !== length) return Parsed.FORMERR;
  if (questions === 1) return Parsed.QUERY;
  return query.cookieOctets > 0 ? Parsed.COOKIE : Parsed.FORMERR;
}

/** Returns the offset past the question, or -1. A QNAME has nothing before it that it could point to. */
function parseQuestion(message: Uint8Array, length: number, query: Query): number {
  let at = HEADER_OCTETS;
  for (;;) {
    if (at >= length) return -1;
    const label = u8(message, at);
    if (label > 63) return -1;
    at += label + 1;
    if (label === 0) break;
  }
  if (at - HEADER_OCTETS > MAX_NAME_OCTETS || at + 4 > length) return -1;
  query.name.set(message, HEADER_OCTETS);
  query.type = u16(message, at);
  query.class = u16(message, at + 2);
  query.hasQuestion = true;
  query.questionEnd = at + 4;
  return at + 4;
}

/** Returns the offset past a name that may end in a compression pointer, or -1. The pointer is not followed. */
function skipName(message: Uint8Array, length: number, at: number): number {
  while (at < length) {
    const label = u8(message, at);
    if (label === 0) return at + 1;
    if (label >= 0xc0) return at + 2 <= length ? at + 2 : -1;
    if (label > 63) return -1;
    at += label + 1;
  }
  return -1;
}

/** Returns the offset past a resource record, or -1. */
function skipRecord(message: Uint8Array, length: number, at: number): number {
  const ownerEnd = skipName(message, length, at);
  if (ownerEnd < 0 || ownerEnd + 10 > length) return -1;
  const end = ownerEnd + 10 + u16(message, ownerEnd + 8);
  return end <= length ? end : -1;
}

/**
 * Reads OPT (RFC 6891 §6.1.2).
 * @param at offset of its TYPE
 * @param end offset past its RDATA
 */
function parseOpt(message: Uint8Array, at: number, end: number, query: Query): Parsed {
  query.edns = true;
  query.udpPayload = u16(message, at + 2);
  query.dnssecOk = (u8(message, at + 6) & 0x80) !== 0;
  // RFC 6891 §6.1.3: BADVERS before anything that a later version could have changed.
  if (u8(message, at + 5) !== 0) return Parsed.BADVERS;
  let option = at + 10;
  while (option < end) {
    if (option + 4 > end) return Parsed.FORMERR;
    const data = option + 4;
    const dataEnd = data + u16(message, option + 2);
    if (dataEnd > end) return Parsed.FORMERR;
    const code = u16(message, option);
    if (code === EdnsOption.NSID) query.nsid = true;
    else if (code === EdnsOption.TCP_KEEPALIVE) query.tcpKeepalive = true;
    else if (code === EdnsOption.PADDING) query.padded = true;
    else if (code === EdnsOption.CLIENT_SUBNET && !parseClientSubnet(message, data, dataEnd, query)) {
      return Parsed.FORMERR;
    } else if (code === EdnsOption.COOKIE && !parseCookie(data, dataEnd, query)) return Parsed.FORMERR;
    option = dataEnd;
  }
  return Parsed.QUERY;
}

/** Reads CLIENT-SUBNET; false when RFC 7871 wants FORMERR. The first one counts. */
function parseClientSubnet(message: Uint8Array, at: number, end: number, query: Query): boolean {
  if (end - at < 4) return false;
  const family = u16(message, at);
  const sourceBits = u8(message, at + 2);
  // RFC 7871 §6: SCOPE PREFIX-LENGTH MUST be set to 0 in queries.
  if (u8(message, at + 3) !== 0) return false;
  const address = at + 4;
  const octets = (sourceBits + 7) >>> 3;
  // RFC 7871 §6: ADDRESS MUST be as long as SOURCE PREFIX-LENGTH asks for, to the octet.
  if (end - address !== octets) return false;
  // FAMILY 0 says nothing but «no subnet», which needs none: resolvers send it with /0.
  const familyBits = family === 1 ? 32 : family === 2 ? 128 : 0;
  if (sourceBits > familyBits || family > 2) return false;
  // RFC 7871 §6: the last octet MUST be padded with 0 bits past SOURCE PREFIX-LENGTH.
  if ((sourceBits & 7) !== 0 && (u8(message, end - 1) & (0xff >>> (sourceBits & 7))) !== 0) return false;
  if (query.ecs) return true;
  query.ecs = true;
  query.ecsFamily = family;
  query.ecsSourceBits = sourceBits;
  copyOctets(message, address, query.ecsAddress, 0, octets);
  // `fill` costs more.
  for (let i = octets; i < 16; i++) query.ecsAddress[i] = 0;
  return true;
}

/** Notes where COOKIE is; false when RFC 7873 wants FORMERR. */
function parseCookie(at: number, end: number, query: Query): boolean {
  // RFC 7873 §5.2: of several COOKIE options only the first is considered.
  if (query.cookieOctets > 0) return true;
  const octets = end - at;
  // RFC 7873 §5.2.2: FORMERR without room for a client cookie, and when what follows is no server cookie of 8 to 32 octets.
  if (octets !== CLIENT_COOKIE_OCTETS && (octets < 16 || octets > 40)) return false;
  query.cookieOctets = octets;
  query.cookieAt = at;
  return true;
}
