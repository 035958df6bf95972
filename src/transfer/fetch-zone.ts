import { sameName } from '../wire/name.js';
import { Rcode, RrType } from '../wire/protocol.js';
import { isLaterSerial } from '../zonefile/serial.js';
import { type ClientMessage, checkSignature, makeRequest } from './client-message.js';
import { formatRcode, Message, MessageError, Opcode } from './message.js';
import type { NotifyTarget } from './notifier.js';
import { plainRdata } from './plain-rdata.js';
import { type RrList, rrAt, serialOf, serialOfSoa } from './rr-list.js';
import { TcpPeer } from './tcp-peer.js';
import { TransferReader, type Transferred } from './transfer-reader.js';

/** A transfer that takes longer is given up: a primary could else keep it going for ever, an octet at a time. */
const TOTAL_MS = 3_600_000;

/** RFC 8945 §5.3.1: at least every 100th message of a stream has a TSIG. */
const MAX_UNSIGNED = 99;

/** A server that the zone is asked of. */
export type Primary = NotifyTarget;

/** What asking a primary gave. */
export type Fetched =
  | Transferred
  /** It has an older zone than we have. */
  | { readonly kind: 'older'; readonly serial: number };

/**
 * Asks a primary for a zone: for its SOA, and when that is newer for what has changed, else for all of it.
 * @param apex lower case
 * @throws Error, MessageError: what went wrong; it completes «PRIMARY …» or «the response …»
 */
export async function fetchZone(
  apex: Uint8Array,
  primary: Primary,
  have: RrList | undefined,
  signal: AbortSignal,
): Promise<Fetched> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(TOTAL_MS)]);
  const peer = await TcpPeer.open(primary, bounded);
  try {
    const serial = await askSerial(peer, apex, primary);
    if (have !== undefined) {
      if (serial === serialOf(have)) return { kind: 'current' };
      if (!isLaterSerial(serial, serialOf(have))) return { kind: 'older', serial };
      const changed = await transfer(peer, apex, primary, have).catch((error: unknown) => {
        if (error instanceof MessageError) return undefined;
        throw error;
      });
      if (changed !== undefined) return changed;
    }
  } finally {
    peer.close();
  }
  // On a connection of its own: where IXFR went wrong, its rest may still come.
  const again = await TcpPeer.open(primary, bounded);
  try {
    return await transfer(again, apex, primary, undefined);
  } finally {
    again.close();
  }
}

async function askSerial(peer: TcpPeer, apex: Uint8Array, { key }: Primary): Promise<number> {
  const request = makeRequest({ flags: 0, name: apex, type: RrType.SOA, key, now: nowSeconds() });
  peer.send(request.octets);
  const response = new Message(await peer.next());
  checkHeader(request, response);
  const checked = checkSignature(request, response, { before: request.mac, timersOnly: false }, nowSeconds());
  if ('problem' in checked) throw new MessageError(checked.problem);
  if (response.rcode !== Rcode.NOERROR) throw new MessageError(`says ${formatRcode(response.rcode)}`);
  if (request.key !== undefined && checked.mac === undefined) throw new MessageError('is not signed');
  // Who lost the zone, or resolves, may have its SOA from a cache.
  if (!response.isAuthoritative) throw new MessageError('is not authoritative');
  for (const record of response.records()) {
    if (record.section !== 1 || record.type !== RrType.SOA || !sameName(record.owner, apex)) continue;
    return serialOfSoa(plainRdata(response.octets, RrType.SOA, record.rdataAt, record.end));
  }
  throw new MessageError('has no SOA: the server does not have the zone');
}

/** @param have undefined: AXFR */
async function transfer(
  peer: TcpPeer,
  apex: Uint8Array,
  { key }: Primary,
  have: RrList | undefined,
): Promise<Transferred> {
  const soa = have?.subarray(0, rrAt(have, 0).end);
  const request = makeRequest({
    flags: 0,
    name: apex,
    type: have === undefined ? RrType.AXFR : RrType.IXFR,
    ...(soa === undefined ? {} : { section: { number: 2, record: soa } as const }),
    key,
    now: nowSeconds(),
  });
  peer.send(request.octets);
  const reader = new TransferReader(apex, have);
  const signatures = new StreamSignatures(request);
  for (;;) {
    const response = new Message(await peer.next());
    checkHeader(request, response);
    signatures.check(response);
    if (response.rcode !== Rcode.NOERROR) throw new MessageError(`says ${formatRcode(response.rcode)}`);
    const transferred = reader.take(response);
    if (transferred === undefined) continue;
    signatures.end();
    return transferred;
  }
}

/** Checks the signatures of a stream of messages (RFC 8945 §5.3.1). */
class StreamSignatures {
  readonly #request: ClientMessage;
  #before: Uint8Array | undefined;
  #first = true;
  #unsigned: Uint8Array[] = [];

  constructor(request: ClientMessage) {
    this.#request = request;
    this.#before = request.mac;
  }

  check(response: Message): void {
    const context = { before: this.#before, timersOnly: !this.#first };
    const checked = checkSignature(this.#request, response, context, nowSeconds(), this.#unsigned);
    if ('problem' in checked) throw new MessageError(checked.problem);
    if (this.#request.key === undefined) return;
    if (checked.mac === undefined) {
      // A refusal may come from someone who does not know the key.
      if (response.rcode !== Rcode.NOERROR) throw new MessageError(`says ${formatRcode(response.rcode)}`);
      if (this.#first || this.#unsigned.length === MAX_UNSIGNED) throw new MessageError('is not signed');
      this.#unsigned.push(response.octets);
    } else {
      this.#before = checked.mac;
      this.#unsigned = [];
    }
    this.#first = false;
  }

  end(): void {
    if (this.#unsigned.length > 0) throw new MessageError('is not signed to its end');
  }
}

function checkHeader(request: ClientMessage, response: Message): void {
  if (response.id !== request.id) throw new MessageError('has another ID than the query');
  if (!response.isResponse || response.opcode !== Opcode.QUERY)
    throw new MessageError('is no response to a query');
  if (response.isTruncated) throw new MessageError('is truncated');
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
