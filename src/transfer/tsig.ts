import { createHmac, timingSafeEqual } from 'node:crypto';
import { lowerName, sameName } from '../wire/name.js';
import { put16, put32, u16, u32 } from '../wire/octets.js';
import { RrClass, RrType } from '../wire/protocol.js';
import { type Message, MessageError, readName } from './message.js';
import { algorithmName, TSIG_ALGORITHMS, type TsigKey } from './tsig-key.js';

/** TSIG's Error field (RFC 8945 §3, IANA). */
export const TsigError = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;
export type TsigError = (typeof TsigError)[keyof typeof TsigError];

/** RFC 8945 §10: RECOMMENDED seconds that clocks may differ. */
export const FUDGE_SECONDS = 300;

/** A TSIG record as it came (RFC 8945 §4.2). */
export interface Tsig {
  /** Offset of the record: what precedes it is signed. */
  readonly at: number;
  /** Lower case. */
  readonly keyName: Uint8Array;
  /** Lower case. */
  readonly algorithm: Uint8Array;
  /** Seconds since 1970. */
  readonly time: number;
  readonly fudge: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/**
 * Finds the TSIG of a message.
 * @returns undefined when it has none
 * @throws MessageError when it is malformed or not the last record: RFC 8945 §5.2 wants FORMERR
 */
export function findTsig(message: Message): Tsig | undefined {
  let found: Tsig | undefined;
  for (const record of message.records()) {
    if (found !== undefined) throw new MessageError('has a record past its TSIG');
    if (record.type !== RrType.TSIG) continue;
    if (record.section !== 3 || record.class !== RrClass.ANY || record.ttl !== 0) {
      throw new MessageError('has a TSIG where none may be');
    }
    found = readTsig(message.octets, record.at, record.owner, record.rdataAt, record.end);
  }
  return found;
}

function readTsig(octets: Uint8Array, at: number, owner: Uint8Array, rdataAt: number, end: number): Tsig {
  const { name: algorithm, end: fields } = readName(octets.subarray(0, end), rdataAt);
  const macAt = fields + 10;
  if (macAt > end) throw new MessageError('has a TSIG cut short');
  const macEnd = macAt + u16(octets, fields + 8);
  if (macEnd + 6 > end || macEnd + 6 + u16(octets, macEnd + 4) !== end) {
    throw new MessageError('has a TSIG cut short');
  }
  return {
    at,
    keyName: lowerName(owner),
    algorithm: lowerName(algorithm),
    time: u16(octets, fields) * 2 ** 32 + u32(octets, fields + 2),
    fudge: u16(octets, fields + 6),
    mac: octets.slice(macAt, macEnd),
    originalId: u16(octets, macEnd),
    error: u16(octets, macEnd + 2),
    other: octets.slice(macEnd + 6, end),
  };
}

/** The key that a TSIG names, by name and algorithm. */
export function keyOf(tsig: Tsig, keys: readonly TsigKey[]): TsigKey | undefined {
  return keys.find(
    (key) => sameName(key.name, tsig.keyName) && sameName(algorithmName(key.algorithm), tsig.algorithm),
  );
}

/** What a MAC covers beside the message itself. */
export interface MacContext {
  /** MAC of the request, or of the message before in a stream; undefined for a request. */
  readonly before: Uint8Array | undefined;
  /** True from the second signed message of a stream on: only the times are signed (RFC 8945 §5.3.1). */
  readonly timersOnly: boolean;
}

/**
 * Checks a TSIG's MAC, time and length, in the order of RFC 8945 §5.2.
 * @param unsigned messages without TSIG since the last one with it, in a stream
 * @throws MessageError when the MAC has a length that none can have: RFC 8945 §5.2.2.1 wants FORMERR
 */
export function verifyTsig(
  message: Message,
  tsig: Tsig,
  key: TsigKey,
  context: MacContext,
  nowSeconds: number,
  unsigned: readonly Uint8Array[] = [],
): TsigError {
  const full = TSIG_ALGORITHMS[key.algorithm].octets;
  // RFC 8945 §5.2.2.1: longer than the digest, or shorter than half of it or than 10 octets, MUST be FORMERR.
  if (tsig.mac.length > full || tsig.mac.length < Math.max(10, full / 2)) {
    throw new MessageError('has a TSIG with a MAC of an impossible length');
  }
  const mac = macOf(signedPart(message, tsig), key, context, tsig, unsigned).subarray(0, tsig.mac.length);
  if (!timingSafeEqual(mac, tsig.mac)) return TsigError.BADSIG;
  if (Math.abs(nowSeconds - tsig.time) > tsig.fudge) return TsigError.BADTIME;
  return tsig.mac.length < key.macOctets ? TsigError.BADTRUNC : TsigError.NONE;
}

/** The message without its TSIG, as it was when it was signed. */
export function signedPart(message: Message, tsig: Tsig): Uint8Array {
  const part = message.octets.slice(0, tsig.at);
  put16(part, 0, tsig.originalId);
  put16(part, 10, message.count(3) - 1);
  return part;
}

/** What a TSIG that is to be written says. */
export interface TsigFields {
  /** Seconds since 1970. */
  readonly time: number;
  readonly fudge: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** Octets that {@link appendTsig} adds at most: names of 255 and 13 octets, the head, the fields, a MAC, BADTIME's time. */
export function tsigOctets(key: TsigKey): number {
  return key.name.length + 10 + algorithmName(key.algorithm).length + 16 + key.macOctets + 6;
}

/**
 * Signs the first `length` octets of `out` as a message, and appends the TSIG.
 * @returns octets of the signed message, and its MAC
 */
export function appendTsig(
  out: Uint8Array,
  length: number,
  key: TsigKey,
  context: MacContext,
  fields: TsigFields,
): { length: number; mac: Uint8Array } {
  const mac = macOf(out.subarray(0, length), key, context, fields, []).subarray(0, key.macOctets);
  return { length: writeTsig(out, length, key.name, algorithmName(key.algorithm), mac, fields), mac };
}

/** RFC 8945 §5.3.2: a response to BADKEY or BADSIG has a TSIG without MAC. @returns octets of the message */
export function appendUnsigned(out: Uint8Array, length: number, request: Tsig, error: TsigError): number {
  const { keyName, algorithm, time, fudge } = request;
  return writeTsig(out, length, keyName, algorithm, NOTHING, { time, fudge, error, other: NOTHING });
}

const NOTHING = new Uint8Array(0);

function writeTsig(
  out: Uint8Array,
  at: number,
  keyName: Uint8Array,
  algorithm: Uint8Array,
  mac: Uint8Array,
  { time, fudge, error, other }: TsigFields,
): number {
  out.set(keyName, at);
  const head = at + keyName.length;
  put16(out, head, RrType.TSIG);
  put16(out, head + 2, RrClass.ANY);
  put32(out, head + 4, 0);
  const rdataAt = head + 10;
  out.set(algorithm, rdataAt);
  const fields = rdataAt + algorithm.length;
  putTime(out, fields, time);
  put16(out, fields + 6, fudge);
  put16(out, fields + 8, mac.length);
  out.set(mac, fields + 10);
  const macEnd = fields + 10 + mac.length;
  put16(out, macEnd, u16(out, 0));
  put16(out, macEnd + 2, error);
  put16(out, macEnd + 4, other.length);
  out.set(other, macEnd + 6);
  const end = macEnd + 6 + other.length;
  put16(out, head + 8, end - rdataAt);
  put16(out, 10, u16(out, 10) + 1);
  return end;
}

/** RFC 8945 §4.3: the digest over the MAC before, the message and the TSIG's variables. */
function macOf(
  message: Uint8Array,
  key: TsigKey,
  { before, timersOnly }: MacContext,
  { time, fudge, error, other }: TsigFields,
  unsigned: readonly Uint8Array[],
): Uint8Array {
  const hmac = createHmac(TSIG_ALGORITHMS[key.algorithm].hash, key.secret);
  if (before !== undefined) hmac.update(number16(before.length)).update(before);
  for (const octets of unsigned) hmac.update(octets);
  hmac.update(message);
  if (!timersOnly) {
    hmac.update(lowerName(key.name)).update(number16(RrClass.ANY)).update(number16(0)).update(number16(0));
    hmac.update(algorithmName(key.algorithm));
  }
  hmac.update(timeOctets(time)).update(number16(fudge));
  if (!timersOnly) hmac.update(number16(error)).update(number16(other.length)).update(other);
  return hmac.digest();
}

/** Seconds since 1970 in 48 bits. */
export function timeOctets(time: number): Uint8Array {
  const octets = new Uint8Array(6);
  putTime(octets, 0, time);
  return octets;
}

function putTime(octets: Uint8Array, at: number, time: number): void {
  put16(octets, at, Math.floor(time / 2 ** 32));
  put32(octets, at + 2, time % 2 ** 32);
}

function number16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}
