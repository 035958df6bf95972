import { MAX_LABELS, MAX_NAME_OCTETS } from './name.js';
import { copyOctets, lowerOctet } from './octets.js';

/** Hash of the root name: FNV-1a's offset basis. */
const ROOT_HASH = 0x811c9dc5;
/** FNV-1a's prime. Who asks can't fill a table, so a hash that is hard to collide is not needed. */
const FNV_PRIME = 0x01000193;

/**
 * A name to look up: lower case, with where its labels start and a hash of each of its ancestors. Borrowed: refilled for each query.
 *
 *   octets   3 w w w 7 e x a m p l e 3 c o m 0
 *   starts   0       4               12      16    (the last one is the root's)
 *   hashes   of www.example.com, example.com, com, the root
 */
export class LookupName {
  readonly octets = new Uint8Array(MAX_NAME_OCTETS);
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
    octets[start] = 0;
    this.length = start + 1;
    this.labels = labels;
    // From the last octet to the first, so that each ancestor's hash is the one before its child's.
    let hash = ROOT_HASH;
    hashes[labels] = hash;
    let octetAt = start - 1;
    for (let label = labels - 1; label >= 0; label--) {
      const first = starts[label] as number;
      // A length octet is below 64, so that lowering it changes nothing.
      for (; octetAt >= first; octetAt--) {
        const octet = lowerOctet(wire[at + octetAt] as number);
        octets[octetAt] = octet;
        hash = Math.imul(hash ^ octet, FNV_PRIME);
      }
      hashes[label] = hash;
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
