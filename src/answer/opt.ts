import { copyOctets, put16 } from '../wire/octets.js';
import { EdnsOption, MAX_UDP_PAYLOAD, Rcode, RrType } from '../wire/protocol.js';
import { COOKIE_OCTETS, CookieState } from './cookies.js';
import { Transport } from './exchange.js';
import type { Work } from './work.js';

/** Octets of an OPT without options: root, TYPE, CLASS, TTL, RDLENGTH (RFC 6891 §6.1.2). */
const OPT_OCTETS = 11;
/** Octets of OPTION-CODE and OPTION-LENGTH. */
const OPTION_HEAD_OCTETS = 4;
/** Octets of TIMEOUT (RFC 7828 §3.1). */
const TIMEOUT_OCTETS = 2;

/** Octets that {@link writeOpt} will write. */
export function optOctets(work: Work, nsid: Uint8Array): number {
  const { query } = work;
  if (!query.edns) return 0;
  let octets = OPT_OCTETS;
  if (query.nsid && nsid.length > 0) octets += OPTION_HEAD_OCTETS + nsid.length;
  if (query.ecs) octets += OPTION_HEAD_OCTETS + 4 + ((query.ecsSourceBits + 7) >>> 3);
  if (work.cookieState !== CookieState.NONE) octets += OPTION_HEAD_OCTETS + COOKIE_OCTETS;
  if (tellsTimeout(work)) octets += OPTION_HEAD_OCTETS + TIMEOUT_OCTETS;
  return octets;
}

/** RFC 7828 §3.3.1: EDNS-TCP-KEEPALIVE in a query over UDP MUST be ignored. */
function tellsTimeout({ query, exchange }: Work): boolean {
  return query.tcpKeepalive && exchange.transport === Transport.TCP;
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
    if (tellsTimeout(work)) end = writeTimeout(work, end);
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

/** RFC 7828 §3.3.2: TIMEOUT MUST be the one that is associated with the connection. */
function writeTimeout({ exchange }: Work, at: number): number {
  put16(exchange.response, at, EdnsOption.TCP_KEEPALIVE);
  put16(exchange.response, at + 2, TIMEOUT_OCTETS);
  put16(exchange.response, at + OPTION_HEAD_OCTETS, exchange.idleTenths);
  return at + OPTION_HEAD_OCTETS + TIMEOUT_OCTETS;
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
