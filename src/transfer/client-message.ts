import { randomInt } from 'node:crypto';
import { put16 } from '../wire/octets.js';
import { HEADER_OCTETS, RrClass } from '../wire/protocol.js';
import type { Message } from './message.js';
import {
  appendTsig,
  FUDGE_SECONDS,
  findTsig,
  keyOf,
  type MacContext,
  TsigError,
  tsigOctets,
  verifyTsig,
} from './tsig.js';
import type { TsigKey } from './tsig-key.js';

/** A request to a peer. */
export interface ClientMessage {
  readonly octets: Uint8Array;
  readonly id: number;
  readonly key: TsigKey | undefined;
  /** Of the request, when it is signed. */
  readonly mac: Uint8Array | undefined;
}

/** A message with a random ID, and a question of class IN. @param records behind the question, counted in `counts` */
export function makeRequest(options: {
  /** The header's second word. */
  readonly flags: number;
  readonly name: Uint8Array;
  readonly type: number;
  readonly section?: { readonly number: 1 | 2; readonly record: Uint8Array };
  readonly key: TsigKey | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}): ClientMessage {
  const { flags, name, type, section, key, now } = options;
  const record = section?.record ?? new Uint8Array(0);
  const questionEnd = HEADER_OCTETS + name.length + 4;
  const length = questionEnd + record.length;
  const out = new Uint8Array(length + (key === undefined ? 0 : tsigOctets(key)));
  const id = randomInt(0x10000);
  put16(out, 0, id);
  put16(out, 2, flags);
  put16(out, 4, 1);
  out.set(name, HEADER_OCTETS);
  put16(out, questionEnd - 4, type);
  put16(out, questionEnd - 2, RrClass.IN);
  if (section !== undefined) put16(out, 4 + 2 * section.number, 1);
  out.set(record, questionEnd);
  if (key === undefined) return { octets: out, id, key, mac: undefined };
  const context = { before: undefined, timersOnly: false };
  const fields = { time: now, fudge: FUDGE_SECONDS, error: 0, other: new Uint8Array(0) };
  const signed = appendTsig(out, length, key, context, fields);
  return { octets: out.subarray(0, signed.length), id, key, mac: signed.mac };
}

/** What a peer's TSIG says when it is not right. */
const PROBLEMS: Readonly<Record<number, string>> = {
  [TsigError.BADSIG]: 'BADSIG: the secret is another one',
  [TsigError.BADKEY]: 'BADKEY: the peer does not know the key',
  [TsigError.BADTIME]: 'BADTIME: the clocks differ by more than five minutes',
  [TsigError.BADTRUNC]: 'BADTRUNC: the MAC is cut too short',
};

/**
 * Checks the signature of a response.
 * @param unsigned messages before it without TSIG, in a stream
 * @returns the MAC for the next message of a stream, undefined when this one is not signed; or what is wrong
 * @throws MessageError when it can't be read
 */
export function checkSignature(
  request: ClientMessage,
  response: Message,
  context: MacContext,
  now: number,
  unsigned: readonly Uint8Array[] = [],
): { readonly mac: Uint8Array | undefined } | { readonly problem: string } {
  const tsig = findTsig(response);
  if (request.key === undefined)
    return tsig === undefined ? { mac: undefined } : { problem: 'is signed unasked' };
  if (tsig === undefined) return { mac: undefined };
  if (tsig.error !== TsigError.NONE)
    return { problem: `says ${PROBLEMS[tsig.error] ?? `TSIG error ${tsig.error}`}` };
  if (keyOf(tsig, [request.key]) === undefined) return { problem: 'is signed with another key' };
  const error = verifyTsig(response, tsig, request.key, context, now, unsigned);
  if (error !== TsigError.NONE) return { problem: `has a signature that is wrong (${PROBLEMS[error]})` };
  return { mac: tsig.mac };
}
