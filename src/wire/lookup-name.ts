import { MAX_LABELS, MAX_NAME_OCTETS } from './name.js';
import { copyOctets, lowerWord } from './octets.js';

/** Hash of the root name; any number will do. */
const ROOT_HASH = 0x811c9dc5;
/** Odd, from the golden ratio's bits. Who asks can't fill a table, so a hash that is hard to collide is not needed. */
const FACTOR = 0x9e3779b1;

/**
 * A name to look up: lower case, with where its labels start and a hash of each of its ancestors. Borrowed: refilled for each query.
 *
 *   octets   3 w w w 7 e x a m p l e 3 c o m 0
 *   starts   0       4               12      16    (the last one is the root's)
 *   hashes   of www.example.com, example.com, com, the root
 */
export class LookupName {
  readonly octets = new Uint8Array(MAX_NAME_OCTETS + 1);
  /** The same memory: octets past the name, up to a whole word, are 0. */
  readonly words = new Uint32Array(this.octets.buffer);
  /** Octets, the root's included. */
  length = 0;
  /** Labels, the root's not counted. */
  labels = 0;
  readonly starts = new Uint8Array(MAX_LABELS + 1);
  readonly hashes = new Uint32Array(MAX_LABELS + 1);

  /**
   * Fills it from an uncompressed name in wire form that is known to be whole and at most 255 octets.
   * @param at offset of its first length octet
   */
  set(wire: Uint8Array, at: number): void {
    const { octets, starts, hashes } = this;
    let labels = 0;
    let start = 0;
    for (let length = wire[at] as number; length !== 0; length = wire[at + start] as number) {
      starts[labels] = start;
      labels += 1;
      start += length + 1;
    }
    starts[labels] = start;
    this.length = start + 1;
    this.labels = labels;
    for (let i = start; i === start || (i & 3) !== 0; i++) octets[i] = 0;
    // From the last label to the first, so that each ancestor's hash is the one before its child's. Four octets at a time take
    // a third of what one at a time takes. A length octet is below 64, so that lowering it changes nothing.
    let hash = ROOT_HASH | 0;
    hashes[labels] = hash;
    let end = start;
    for (let label = labels - 1; label >= 0; label--) {
      const first = starts[label] as number;
      let i = first;
      for (; i + 4 <= end; i += 4) {
        const from = at + i;
        const word = lowerWord(
          (wire[from] as number) |
            ((wire[from + 1] as number) << 8) |
            ((wire[from + 2] as number) << 16) |
            ((wire[from + 3] as number) << 24),
        );
        octets[i] = word;
        octets[i + 1] = word >>> 8;
        octets[i + 2] = word >>> 16;
        octets[i + 3] = word >>> 24;
        hash = Math.imul(hash ^ word, FACTOR);
        hash ^= hash >>> 15;
      }
      if (i < end) {
        let rest = wire[at + i] as number;
        if (i + 1 < end) rest |= (wire[at + i + 1] as number) << 8;
        if (i + 2 < end) rest |= (wire[at + i + 2] as number) << 16;
        const word = lowerWord(rest);
        octets[i] = word;
        if (i + 1 < end) octets[i + 1] = word >>> 8;
        if (i + 2 < end) octets[i + 2] = word >>> 16;
        hash = Math.imul(hash ^ word, FACTOR);
        hash ^= hash >>> 15;
      }
      hashes[label] = hash;
      end = first;
    }
  }

  /**
   * Replaces this name's suffix, as DNAME does (RFC 6672 §2.2).
   * @param suffixLength octets of the suffix that goes
   * @param target the new suffix: an uncompressed name in wire form, from `targetAt`
   * @returns false when the result would exceed 255 octets: then nothing has changed
   */
  replaceSuffix(suffixLength: number, target: Uint8Array, targetAt: number, targetLength: number): boolean {
    const kept = this.length - suffixLength;
    if (kept + targetLength > MAX_NAME_OCTETS) return false;
    copyOctets(target, targetAt, this.octets, kept, targetLength);
    this.set(this.octets, 0);
    return true;
  }
}
