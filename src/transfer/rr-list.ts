import { nameLength } from '../wire/name.js';
import { put16, put32, u16, u32 } from '../wire/octets.js';
import { RrClass } from '../wire/protocol.js';

/**
 * RRs one behind the other as on the wire: owner, TYPE, CLASS, TTL, RDLENGTH, RDATA; names uncompressed, owners in lower case.
 * What is transferred, kept on disk and compared is such a list; a zone's begins with its SOA.
 */
export type RrList = Uint8Array;

/** One RR of an {@link RrList}; offsets into it. */
export interface Rr {
  readonly at: number;
  readonly type: number;
  readonly ttl: number;
  readonly ownerEnd: number;
  readonly rdataAt: number;
  readonly end: number;
}

/** Octets of TYPE, CLASS, TTL and RDLENGTH. */
const HEAD_OCTETS = 10;

/** The RR at an offset; the list is trusted. */
export function rrAt(list: RrList, at: number): Rr {
  const ownerEnd = at + nameLength(list, at);
  const rdataAt = ownerEnd + HEAD_OCTETS;
  return {
    at,
    type: u16(list, ownerEnd),
    ttl: u32(list, ownerEnd + 4),
    ownerEnd,
    rdataAt,
    end: rdataAt + u16(list, ownerEnd + 8),
  };
}

/** Each RR of a list. */
export function* rrsOf(list: RrList): Generator<Rr> {
  for (let at = 0; at < list.length; ) {
    const rr = rrAt(list, at);
    yield rr;
    at = rr.end;
  }
}

/** Whether octets from elsewhere are such a list. */
export function isRrList(octets: Uint8Array): boolean {
  let at = 0;
  while (at < octets.length) {
    let name = at;
    for (let label = octets[name] ?? 64; label !== 0; label = octets[name] ?? 64) {
      if (label > 63) return false;
      name += label + 1;
    }
    const rdataAt = name + 1 + HEAD_OCTETS;
    if (rdataAt > octets.length || name + 1 - at > 255) return false;
    at = rdataAt + u16(octets, rdataAt - 2);
  }
  return at === octets.length;
}

/** SERIAL of a SOA's RDATA: the first of the five numbers at its end (RFC 1035 §3.3.13). */
export function serialOfSoa(rdata: Uint8Array): number {
  return u32(rdata, rdata.length - 20);
}

/** The serial of a zone's list: its first RR is the SOA. */
export function serialOf(list: RrList): number {
  return u32(list, rrAt(list, 0).end - 20);
}

/** Builds an {@link RrList}. */
export class RrListWriter {
  #octets = new Uint8Array(1 << 12);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(owner: Uint8Array, type: number, ttl: number, rdata: Uint8Array): void {
    const at = this.#reserve(owner.length + HEAD_OCTETS + rdata.length);
    const octets = this.#octets;
    octets.set(owner, at);
    const head = at + owner.length;
    put16(octets, head, type);
    put16(octets, head + 2, RrClass.IN);
    put32(octets, head + 4, ttl);
    put16(octets, head + 8, rdata.length);
    octets.set(rdata, head + HEAD_OCTETS);
  }

  /** Adds RRs that are in a list already. */
  append(list: Uint8Array): void {
    const at = this.#reserve(list.length);
    this.#octets.set(list, at);
  }

  /** What was written, in memory that threads share. */
  shared(): RrList {
    const list = new Uint8Array(new SharedArrayBuffer(this.#length));
    list.set(this.#octets.subarray(0, this.#length));
    return list;
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#octets.length) {
      const larger = new Uint8Array(Math.max(2 * this.#octets.length, this.#length));
      larger.set(this.#octets.subarray(0, at));
      this.#octets = larger;
    }
    return at;
  }
}
