import { EdnsOption, MAX_UDP_PAYLOAD, Rcode, RrType } from '../wire/protocol.js';
import { copyInto } from '../wire/room.js';
import { COOKIE_OCTETS, CookieState } from './cookies.js';
import { MAX_MESSAGE_OCTETS, Transport } from './exchange.js';
import type { Work } from './work.js';

/** Octets of an OPT without options: root, TYPE, CLASS, TTL, RDLENGTH (RFC 6891 §6.1.2). */
const OPT_OCTETS = 11;
/** Octets of OPTION-CODE and OPTION-LENGTH. */
const OPTION_HEAD_OCTETS = 4;
/** Octets of TIMEOUT (RFC 7828 §3.1). */
const TIMEOUT_OCTETS = 2;
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
  if (tellsTimeout(work)) octets += OPTION_HEAD_OCTETS + TIMEOUT_OCTETS;
  if (isPadded(work)) octets += OPTION_HEAD_OCTETS;
  return octets;
}

/** RFC 7828 §3.3.1: EDNS-TCP-KEEPALIVE in a query over UDP MUST be ignored. */
function tellsTimeout({ query, exchange }: Work): boolean {
  return query.tcpKeepalive && exchange.transport !== Transport.UDP;
}

/**
 * Appends OPT. RFC 6891 §6.1.1: a response to a query with OPT MUST have one, one without MUST NOT.
 * @param at offset past what was written
 * @returns offset past it
 */
export function writeOpt(work: Work, nsid: Uint8Array, at: number): number {
  const { query } = work;
  const { view } = work.exchange.room;
  view.setUint8(at, 0);
  view.setInt32(at + 1, (RrType.OPT << 16) | MAX_UDP_PAYLOAD);
  // RFC 3225 §3: DO is copied into the response.
  view.setInt32(at + 5, ((work.rcode >>> 4) << 24) | (query.dnssecOk ? 0x8000 : 0));
  let end = at + OPT_OCTETS;
  if (work.rcode !== Rcode.BADVERS) {
    if (query.nsid && nsid.length > 0) end = writeOption(view, EdnsOption.NSID, nsid, end);
    if (query.ecs) end = writeClientSubnet(work, end);
    if (work.cookieState !== CookieState.NONE) end = writeOption(view, EdnsOption.COOKIE, work.cookie, end);
    if (tellsTimeout(work)) end = writeTimeout(work, end);
    // The last option, since it fills what the others leave.
    if (isPadded(work)) end = writePadding(view, end);
  }
  view.setUint16(at + 9, end - at - OPT_OCTETS);
  return end;
}

function writeOption(room: DataView, code: number, data: Uint8Array, at: number): number {
  room.setInt32(at, (code << 16) | data.length);
  copyInto(room, at + OPTION_HEAD_OCTETS, data, 0, data.length);
  return at + OPTION_HEAD_OCTETS + data.length;
}

/** RFC 7828 §3.3.2: TIMEOUT MUST be the one that is associated with the connection. */
function writeTimeout({ exchange }: Work, at: number): number {
  const { view } = exchange.room;
  view.setInt32(at, (EdnsOption.TCP_KEEPALIVE << 16) | TIMEOUT_OCTETS);
  view.setUint16(at + OPTION_HEAD_OCTETS, exchange.idleTenths);
  return at + OPTION_HEAD_OCTETS + TIMEOUT_OCTETS;
}

/** RFC 7871 §7.2.1: FAMILY, SOURCE PREFIX-LENGTH and ADDRESS MUST match the query's. */
function writeClientSubnet(work: Work, at: number): number {
  const { query } = work;
  const { view } = work.exchange.room;
  const octets = (query.ecsSourceBits + 7) >>> 3;
  // RFC 7871 §7.2.1: SCOPE is 0 with SOURCE 0, and for answers that hold for everyone.
  const scope = query.ecsSourceBits === 0 ? 0 : work.scopeBits;
  view.setInt32(at, (EdnsOption.CLIENT_SUBNET << 16) | (4 + octets));
  view.setInt32(at + 4, (query.ecsFamily << 16) | (query.ecsSourceBits << 8) | scope);
  copyInto(view, at + 8, query.ecsAddress, 0, octets);
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
function writePadding(room: DataView, at: number): number {
  const data = at + OPTION_HEAD_OCTETS;
  const padded = Math.ceil(data / PADDED_OCTETS) * PADDED_OCTETS;
  const end = Math.min(padded, MAX_MESSAGE_OCTETS);
  room.setInt32(at, (EdnsOption.PADDING << 16) | (end - data));
  // RFC 7830 §3: the PADDING octets SHOULD be 0x00. What was here is of another client's response.
  for (let i = data; i < end; i++) room.setUint8(i, 0);
  return end;
}
