import { copyOctets, put16 } from '../wire/octets.js';
import { EdnsOption, MAX_UDP_PAYLOAD, Rcode, RrType } from '../wire/protocol.js';
import { COOKIE_OCTETS, CookieState } from './cookies.js';
import { MAX_MESSAGE_OCTETS, Transport } from './exchange.js';
import type { Work } from './work.js';

/** Octets of an OPT without options: root, TYPE, CLASS, TTL, RDLENGTH (RFC 6891 §6.1.2). */
const OPT_OCTETS = 11;
/** Octets of OPTION-CODE and OPTION-LENGTH. */
const OPTION_HEAD_OCTETS = 4;
/** RFC 8467 §4.1: responses are padded to a multiple of 468 octets. */
const PADDED_OCTETS = 468;

/** Octets that {@link writeOpt} will write. */
export function optOctets(work: Work, nsid: Uint8Array): number {
  const { query } = work;
  if (!query.edns) return 0;
  let octets = OPT_OCTETS;
  if (query.nsid && nsid.length > 0) octets += OPTION_HEAD_OCTETS + nsid.length;
  if (query.ecs) octets += OPTION_HEAD_OCTETS + 4 + ((query.ecsSourceBits + 7) >>> 3);
  if (work.cookieState !== CookieState.NONE) octets += OPTION_HEAD_OCTETS + COOKIE_OCTETS;
  if (isPadded(work)) octets += OPTION_HEAD_OCTETS;
  return octets;
}

/**
 * Appends OPT. RFC 6891 §6.1.1: a response to a query with OPT MUST have one, one without MUST NOT.
 * @param at offset past what was written
 * @returns offset past it
 */
export function writeOpt(work: Work, nsid: Uint8Array, at: number): number {
  const { query } = work;
  const { response } = work.exchange;
  response[at] = 0;
  put16(response, at + 1, RrType.OPT);
  put16(response, at + 3, MAX_UDP_PAYLOAD);
  response[at + 5] = work.rcode >>> 4;
  response[at + 6] = 0;
  // RFC 3225 §3: DO is copied into the response.
  put16(response, at + 7, query.dnssecOk ? 0x8000 : 0);
  let end = at + OPT_OCTETS;
  if (work.rcode !== Rcode.BADVERS) {
    if (query.nsid && nsid.length > 0) end = writeOption(response, EdnsOption.NSID, nsid, end);
    if (query.ecs) end = writeClientSubnet(work, end);
    if (work.cookieState !== CookieState.NONE)
      end = writeOption(response, EdnsOption.COOKIE, work.cookie, end);
    // The last option, since it fills what the others leave.
    if (isPadded(work)) end = writePadding(response, end);
  }
  put16(response, at + 9, end - at - OPT_OCTETS);
  return end;
}

function writeOption(response: Uint8Array, code: number, data: Uint8Array, at: number): number {
  put16(response, at, code);
  put16(response, at + 2, data.length);
  copyOctets(data, 0, response, at + OPTION_HEAD_OCTETS, data.length);
  return at + OPTION_HEAD_OCTETS + data.length;
}

/** RFC 7871 §7.2.1: FAMILY, SOURCE PREFIX-LENGTH and ADDRESS MUST match the query's. */
function writeClientSubnet(work: Work, at: number): number {
  const { query } = work;
  const { response } = work.exchange;
  const octets = (query.ecsSourceBits + 7) >>> 3;
  put16(response, at, EdnsOption.CLIENT_SUBNET);
  put16(response, at + 2, 4 + octets);
  put16(response, at + 4, query.ecsFamily);
  response[at + 6] = query.ecsSourceBits;
  // RFC 7871 §7.2.1: SCOPE is 0 with SOURCE 0, and for answers that hold for everyone.
  response[at + 7] = query.ecsSourceBits === 0 ? 0 : work.scopeBits;
  copyOctets(query.ecsAddress, 0, response, at + 8, octets);
  return at + 8 + octets;
}

/**
 * RFC 7830 §4: responders MUST pad responses to queries with PADDING; §6: they MUST NOT use it where the transport is not
 * encrypted.
 */
function isPadded({ query, exchange }: Work): boolean {
  return query.padded && exchange.transport === Transport.TLS;
}

/** Pads the message to a multiple of {@link PADDED_OCTETS}, or to all that a message can have when that is less. */
function writePadding(response: Uint8Array, at: number): number {
  const data = at + OPTION_HEAD_OCTETS;
  const padded = Math.ceil(data / PADDED_OCTETS) * PADDED_OCTETS;
  const end = Math.min(padded, MAX_MESSAGE_OCTETS);
  put16(response, at, EdnsOption.PADDING);
  put16(response, at + 2, end - data);
  // RFC 7830 §3: the PADDING octets SHOULD be 0x00. What was here is of another client's response.
  for (let i = data; i < end; i++) response[i] = 0;
  return end;
}
