import { MAX_NAME_OCTETS } from '../wire/name.js';
import { u16, u32 } from '../wire/octets.js';
import { HEADER_OCTETS, Rcode } from '../wire/protocol.js';

/** A message of a peer that can't be read, or says what it may not. Completes "the response …". */
export class MessageError extends Error {
  readonly code = 'ERR_MESSAGE';
}

/** The question of a message. */
export interface Question {
  /** In wire form, case as sent. */
  readonly name: Uint8Array;
  readonly type: number;
  readonly class: number;
}

/** One resource record of a message, where it is. */
export interface MessageRecord {
  /** 1 answer, 2 authority, 3 additional. */
  readonly section: number;
  /** Offset of the record. */
  readonly at: number;
  /** Owner name in wire form, uncompressed, case as sent. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly rdataAt: number;
  /** Offset past the record. */
  readonly end: number;
}

/** Opcodes that transfers are about (RFC 1035 §4.1.1, RFC 1996). */
export const Opcode = { QUERY: 0, NOTIFY: 4 } as const;

/** RFC 2136 §2.2, RFC 8945 §5.2: not the zone's server, or not authorised. */
export const NOTAUTH = 9;

/** A DNS message, read as far as it is asked for; its octets are kept, not copied. */
export class Message {
  /** @throws MessageError when it is shorter than a header */
  constructor(readonly octets: Uint8Array) {
    if (octets.length < HEADER_OCTETS) throw new MessageError('is shorter than a header');
  }

  get id(): number {
    return u16(this.octets, 0);
  }

  get isResponse(): boolean {
    return (u16(this.octets, 2) & 0x8000) !== 0;
  }

  get opcode(): number {
    return (u16(this.octets, 2) >>> 11) & 0xf;
  }

  get rcode(): number {
    return u16(this.octets, 2) & 0xf;
  }

  get isAuthoritative(): boolean {
    return (u16(this.octets, 2) & 0x0400) !== 0;
  }

  get isTruncated(): boolean {
    return (u16(this.octets, 2) & 0x0200) !== 0;
  }

  /** @param section 0 question, 1 answer, 2 authority, 3 additional */
  count(section: number): number {
    return u16(this.octets, 4 + 2 * section);
  }

  /** The first question; undefined when there is none. @throws MessageError */
  question(): Question | undefined {
    if (this.count(0) === 0) return undefined;
    const { name, end } = readName(this.octets, HEADER_OCTETS);
    if (end + 4 > this.octets.length) throw new MessageError('is cut short');
    return { name, type: u16(this.octets, end), class: u16(this.octets, end + 2) };
  }

  /** Offset past the questions. @throws MessageError */
  questionEnd(): number {
    let at = HEADER_OCTETS;
    for (let left = this.count(0); left > 0; left--) at = readName(this.octets, at).end + 4;
    if (at > this.octets.length) throw new MessageError('is cut short');
    return at;
  }

  /** Each record, in order. @throws MessageError where the message is not whole */
  *records(): Generator<MessageRecord> {
    let at = this.questionEnd();
    for (let section = 1; section <= 3; section++) {
      for (let left = this.count(section); left > 0; left--) {
        const { name: owner, end: head } = readName(this.octets, at);
        if (head + 10 > this.octets.length) throw new MessageError('is cut short');
        const rdataAt = head + 10;
        const end = rdataAt + u16(this.octets, head + 8);
        if (end > this.octets.length) throw new MessageError('is cut short');
        yield {
          section,
          at,
          owner,
          type: u16(this.octets, head),
          class: u16(this.octets, head + 2),
          ttl: u32(this.octets, head + 4),
          rdataAt,
          end,
        };
        at = end;
      }
    }
    if (at !== this.octets.length) throw new MessageError('has octets past its last record');
  }
}

/**
 * Reads a name that may be compressed (RFC 1035 §4.1.4).
 * @returns it uncompressed, and the offset past it in the message
 * @throws MessageError
 */
export function readName(message: Uint8Array, from: number): { name: Uint8Array; end: number } {
  const out = new Uint8Array(MAX_NAME_OCTETS);
  let length = 0;
  let at = from;
  let end = -1;
  /** Pointers go backwards, so that there is no loop. */
  let before = from;
  for (;;) {
    const label = message[at];
    if (label === undefined) throw new MessageError('is cut short');
    if (label >= 0xc0) {
      const target = u16(message, at) & 0x3fff;
      if (at + 2 > message.length) throw new MessageError('is cut short');
      if (target < HEADER_OCTETS) throw new MessageError('has a compression pointer into its header');
      if (target >= before) throw new MessageError('has a compression pointer that does not go back');
      if (end < 0) end = at + 2;
      before = target;
      at = target;
      continue;
    }
    if (label > 63) throw new MessageError('has a label of an unknown type');
    if (length + label + 1 > MAX_NAME_OCTETS) throw new MessageError('has a name of more than 255 octets');
    if (at + label + 1 > message.length) throw new MessageError('is cut short');
    out.set(message.subarray(at, at + label + 1), length);
    length += label + 1;
    at += label + 1;
    if (label === 0) return { name: out.slice(0, length), end: end < 0 ? at : end };
  }
}

/** `REFUSED`, or the number. */
export function formatRcode(rcode: number): string {
  if (rcode === NOTAUTH) return 'NOTAUTH';
  return Object.entries(Rcode).find(([, number]) => number === rcode)?.[0] ?? `RCODE ${rcode}`;
}
