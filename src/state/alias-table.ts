/**
 * Addresses of the names that ALIAS records point to outside the served zones: the resolver writes, every answering thread
 * reads.
 *
 *   slot s, from word s * SLOT_WORDS:
 *     0        sequence     odd while the slot is being written
 *     1..3     A            status, count, expiry in seconds since 1970 (unsigned)
 *     4..6     AAAA         the same
 *     7        unused
 *     8..23    A            16 addresses of one word
 *     24..87   AAAA         16 addresses of four words
 *
 * A slot's words are read and written by Atomics alone: only those are ordered between threads, and a reader takes a slot only
 * when its sequence was even and the same before and after (a seqlock).
 */

/** What is known of a target's addresses of one family. */
export const AliasStatus = {
  /** Not resolved yet. */
  UNKNOWN: 0,
  ADDRESSES: 1,
  /** The target has no address of this family, or does not exist. */
  NODATA: 2,
  /** No resolver could say, and what was known before is too old. */
  FAILED: 3,
} as const;
export type AliasStatus = (typeof AliasStatus)[keyof typeof AliasStatus];

/** Addresses of one family that a slot holds: 16 AAAA records take 448 octets, which suits a response without EDNS. */
export const MAX_ALIAS_ADDRESSES = 16;

/** RFC 8767 §4: stale data is answered with a TTL of 30 seconds. */
export const STALE_TTL = 30;

/** Filled by {@link AliasTable.read}; borrowed until the next read. */
export class AliasAnswer {
  count = 0;
  /** Addresses one after the other: 4 octets each for A, 16 for AAAA. */
  readonly octets = new Uint8Array(MAX_ALIAS_ADDRESSES * 16);
  /** Seconds; with NODATA how long that holds. */
  ttl = 0;
}

/** One writer, many readers, in shared memory. */
export class AliasTable {
  readonly words: Int32Array;
  readonly #slots = new Map<string, number>();

  /** @param capacity how many targets there can be while this process lives */
  constructor(capacity = 1 << 14) {
    this.words = new Int32Array(new SharedArrayBuffer(capacity * SLOT_WORDS * Int32Array.BYTES_PER_ELEMENT));
  }

  /**
   * The slot of a target, made when it is new: unknown. The same for as long as the process lives.
   * @param target in wire form, lower case
   * @throws RangeError when the table is full
   */
  slotOf(target: Uint8Array): number {
    const key = String.fromCharCode(...target);
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const slot = this.#slots.size;
    if ((slot + 1) * SLOT_WORDS > this.words.length) {
      throw new RangeError(`no room for another ALIAS target: ${slot} are the most that this process holds`);
    }
    this.#slots.set(key, slot);
    return slot;
  }

  /** See {@link readAlias}. */
  read(slot: number, family: 4 | 6, nowSeconds: number, into: AliasAnswer): AliasStatus {
    return readAlias(this.words, slot, family, nowSeconds, into);
  }

  /**
   * Publishes what is known of one family. Only one thread may write.
   * @param addresses 4 or 16 octets each; those past {@link MAX_ALIAS_ADDRESSES} are left out
   * @param expiresSeconds since 1970
   */
  write(
    slot: number,
    family: 4 | 6,
    status: AliasStatus,
    addresses: readonly Uint8Array[],
    expiresSeconds: number,
  ): void {
    const words = this.words;
    const base = slot * SLOT_WORDS;
    const head = base + headOf(family);
    const count = Math.min(addresses.length, MAX_ALIAS_ADDRESSES);
    Atomics.add(words, base, 1);
    Atomics.store(words, head, status);
    Atomics.store(words, head + 1, count);
    Atomics.store(words, head + 2, expiresSeconds | 0);
    let at = base + octetsOf(family);
    for (let i = 0; i < count; i++) {
      const address = addresses[i] as Uint8Array;
      for (let octet = 0; octet < (family === 4 ? 4 : 16); octet += 4) {
        Atomics.store(words, at++, wordOf(address, octet));
      }
    }
    Atomics.add(words, base, 1);
  }
}

/**
 * Reads one family of a slot without allocation or lock.
 * @param words {@link AliasTable.words}
 * @param nowSeconds since 1970
 * @param into refilled with ADDRESSES and NODATA; `count` is 0 with every other status
 * @returns UNKNOWN as well when the slot is being written again and again
 */
export function readAlias(
  words: Int32Array,
  slot: number,
  family: 4 | 6,
  nowSeconds: number,
  into: AliasAnswer,
): AliasStatus {
  const base = slot * SLOT_WORDS;
  const head = base + headOf(family);
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
    const sequence = Atomics.load(words, base);
    if ((sequence & 1) !== 0) continue;
    const status = Atomics.load(words, head) as AliasStatus;
    const count = Atomics.load(words, head + 1);
    const expires = Atomics.load(words, head + 2) >>> 0;
    copyAddresses(words, base + octetsOf(family), family === 4 ? count : count * 4, into.octets);
    if (Atomics.load(words, base) !== sequence) continue;
    into.count = count;
    into.ttl = expires > nowSeconds ? expires - nowSeconds : STALE_TTL;
    return status;
  }
  into.count = 0;
  return AliasStatus.UNKNOWN;
}

const SLOT_WORDS = 88;

/** A write takes well under a microsecond, so that this many looks outlast it by far. */
const READ_ATTEMPTS = 1000;

function headOf(family: 4 | 6): number {
  return family === 4 ? 1 : 4;
}

function octetsOf(family: 4 | 6): number {
  return family === 4 ? 8 : 8 + MAX_ALIAS_ADDRESSES;
}

function copyAddresses(words: Int32Array, from: number, count: number, octets: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    const word = Atomics.load(words, from + i);
    const at = i * 4;
    octets[at] = word >>> 24;
    octets[at + 1] = word >>> 16;
    octets[at + 2] = word >>> 8;
    octets[at + 3] = word;
  }
}

function wordOf(octets: Uint8Array, at: number): number {
  return (
    ((octets[at] ?? 0) << 24) |
    ((octets[at + 1] ?? 0) << 16) |
    ((octets[at + 2] ?? 0) << 8) |
    (octets[at + 3] ?? 0)
  );
}
