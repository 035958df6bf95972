import { lowerOctet, u8, u16 } from './octets.js';
import { HEADER_OCTETS, RrClass } from './protocol.js';
import { compressibleRdata } from './rdata-names.js';
import { copyInto, Room } from './room.js';

/** Offsets that a name may be compressed to: enough for any answer but a very long one, which is then just longer. */
const MAX_TARGETS = 64;
/** A compression pointer has 14 bits of offset (RFC 1035 §4.1.4). */
const MAX_TARGET = 0x3fff;

const NOTHING = new Room(new Uint8Array(0));

/** Past every limit. Records after it are written over each other: they are taken back, whatever they are. */
const MAX_AT = 0x10000;

/** Sections of a message, by their place among the header's counts. */
export const Section = { ANSWER: 1, AUTHORITY: 2, ADDITIONAL: 3 } as const;
export type Section = (typeof Section)[keyof typeof Section];

/**
 * Writes one response into a room of ROOM_OCTETS, names compressed (RFC 1035 §4.1.4). Borrowed: begun anew for
 * each query. Past {@link limit} nothing counts: an RRset that goes past it is taken back by {@link cutTo}.
 */
export class ResponseWriter {
  out: Uint8Array = NOTHING.octets;
  /** The same memory. */
  view: DataView = NOTHING.view;
  /** Offset of the next octet. */
  at = 0;
  /** Octets that the response may have, those that OPT will need left out. */
  limit = 0;
  readonly counts = new Uint16Array(4);
  readonly #targets = new Uint16Array(MAX_TARGETS);
  #targetCount = 0;
  #questionKnown = false;

  /**
   * Begins with ID and question copied from the query.
   * @param questionEnd offset past the question; 12 for none
   */
  begin({ octets: out, view }: Room, query: Uint8Array, questionEnd: number, limit: number): void {
    this.out = out;
    this.view = view;
    // ID and question. The rest of the header is written at the end.
    out[0] = query[0] as number;
    out[1] = query[1] as number;
    copyInto(view, HEADER_OCTETS, query, HEADER_OCTETS, questionEnd - HEADER_OCTETS);
    this.at = questionEnd;
    this.limit = limit;
    // `fill` costs more than four writes.
    this.counts[0] = questionEnd > HEADER_OCTETS ? 1 : 0;
    this.counts[1] = 0;
    this.counts[2] = 0;
    this.counts[3] = 0;
    this.#targetCount = 0;
    // Most answers have no name to compress: the question's is remembered with the first that has.
    this.#questionKnown = questionEnd === HEADER_OCTETS;
  }

  /** True when what was written does not fit. */
  get overflows(): boolean {
    return this.at > this.limit;
  }

  /** Takes back what was written since `at`, with the records counted since. */
  cutTo(at: number, section: Section, count: number): void {
    this.at = at;
    this.counts[section] = count;
    while (this.#targetCount > 0 && (this.#targets[this.#targetCount - 1] as number) >= at)
      this.#targetCount -= 1;
  }

  /**
   * Writes an owner name, TYPE, CLASS IN and TTL, and counts the record. RDLENGTH and RDATA are to follow.
   * @param ownerAt offset in the message of the owner name
   */
  recordAt(section: Section, ownerAt: number, type: number, ttl: number): void {
    if (this.at > MAX_AT) this.at = MAX_AT;
    this.view.setUint16(this.at, 0xc000 | ownerAt);
    this.at += 2;
    this.#recordHead(section, type, ttl);
  }

  /** Like {@link recordAt} with an owner name that may not be in the message yet. */
  recordOf(section: Section, owner: Uint8Array, ownerAt: number, type: number, ttl: number): void {
    if (this.at > MAX_AT) this.at = MAX_AT;
    this.name(owner, ownerAt);
    this.#recordHead(section, type, ttl);
  }

  #recordHead(section: Section, type: number, ttl: number): void {
    const { view, at } = this;
    view.setInt32(at, (type << 16) | RrClass.IN);
    view.setInt32(at + 4, ttl);
    this.at = at + 8;
    this.counts[section] = (this.counts[section] as number) + 1;
  }

  /** Writes RDLENGTH and RDATA as they are. */
  rdata(octets: Uint8Array, at: number, length: number): void {
    this.view.setUint16(this.at, length);
    copyInto(this.view, this.at + 2, octets, at, length);
    this.at += 2 + length;
  }

  /** Writes RDLENGTH and RDATA, names in it compressed where their type allows it. */
  rdataOf(type: number, octets: Uint8Array, at: number, length: number): void {
    const { prefix, names } = compressibleRdata(type);
    if (names === 0) {
      this.rdata(octets, at, length);
      return;
    }
    const lengthAt = this.at;
    this.at += 2;
    this.octets(octets, at, prefix);
    let read = at + prefix;
    for (let i = 0; i < names; i++) read += this.name(octets, read);
    this.octets(octets, read, at + length - read);
    this.view.setUint16(lengthAt, this.at - lengthAt - 2);
  }

  octets(octets: Uint8Array, at: number, length: number): void {
    copyInto(this.view, this.at, octets, at, length);
    this.at += length;
  }

  /**
   * Writes a name, its longest suffix that the message has replaced by a pointer.
   * @param name uncompressed, from `at`
   * @returns octets of the uncompressed name
   */
  name(name: Uint8Array, at: number): number {
    const start = this.at;
    if (!this.#questionKnown) this.#rememberQuestion();
    let read = at;
    for (let length = u8(name, read); length !== 0; length = u8(name, read)) {
      const target = this.#find(name, read);
      if (target >= 0) {
        this.view.setUint16(this.at, 0xc000 | target);
        this.at += 2;
        this.#rememberLabels(start, this.at - 2);
        while (u8(name, read) !== 0) read += u8(name, read) + 1;
        return read + 1 - at;
      }
      copyInto(this.view, this.at, name, read, length + 1);
      this.at += length + 1;
      read += length + 1;
    }
    this.out[this.at] = 0;
    this.at += 1;
    this.#rememberLabels(start, this.at - 1);
    return read + 1 - at;
  }

  /** True when a name in the message is this uncompressed one, case aside. @param target its offset in the message */
  hasName(target: number, name: Uint8Array): boolean {
    return this.#same(name, 0, target);
  }

  /** Writes the counts into the header. Its flags are the caller's. */
  finishCounts(): void {
    const { view, counts } = this;
    view.setInt32(4, ((counts[0] as number) << 16) | (counts[1] as number));
    view.setInt32(8, ((counts[2] as number) << 16) | (counts[3] as number));
  }

  #rememberQuestion(): void {
    this.#questionKnown = true;
    let end = HEADER_OCTETS;
    while (u8(this.out, end) !== 0) end += u8(this.out, end) + 1;
    this.#rememberLabels(HEADER_OCTETS, end);
  }

  #rememberLabels(from: number, end: number): void {
    for (let at = from; at < end; at += u8(this.out, at) + 1) {
      if (this.#targetCount === MAX_TARGETS || at > MAX_TARGET) return;
      this.#targets[this.#targetCount] = at;
      this.#targetCount += 1;
    }
  }

  /** Offset of a name in the message that equals the name from `at`, or -1. */
  #find(name: Uint8Array, at: number): number {
    const first = u8(name, at);
    for (let i = 0; i < this.#targetCount; i++) {
      const target = this.#targets[i] as number;
      if (u8(this.out, target) === first && this.#same(name, at, target)) return target;
    }
    return -1;
  }

  /** Compares case aside, through pointers, which are this writer's own and so point backwards. */
  #same(name: Uint8Array, at: number, target: number): boolean {
    for (;;) {
      let length = u8(this.out, target);
      while (length >= 0xc0) {
        target = u16(this.out, target) & MAX_TARGET;
        length = u8(this.out, target);
      }
      if (length !== u8(name, at)) return false;
      if (length === 0) return true;
      for (let i = 1; i <= length; i++) {
        if (lowerOctet(u8(this.out, target + i)) !== lowerOctet(u8(name, at + i))) return false;
      }
      target += length + 1;
      at += length + 1;
    }
  }
}
