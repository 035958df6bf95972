import { u32 } from '../wire/octets.js';

/**
 * Whom an answer is for. Refilled for each query; keep no reference.
 *
 * IPv6 addresses that hold an IPv4 address are asked by it. Whether an address does is read from the address with its
 * unknown bits taken as 0, whatever `sourceBits` is, so that an address and every ECS prefix which pads to it are asked
 * alike: the prefixes of all answers are then leaves of one tree, which never overlap (RFC 7871 §7.2.1). A SOURCE that
 * ends before the IPv4 address does gets a longer SCOPE, which RFC 7871 §7.2.1 allows.
 */
export class Client {
  /** Of the address as given: by the requestor's transport address, or by ECS. */
  family: 4 | 6 = 4;
  /** The address as given, 4 or 16 octets of it in use; bits past {@link sourceBits} are 0. */
  readonly octets = new Uint8Array(16);
  /** How many leading bits of it are known: 32 or 128, or ECS's SOURCE PREFIX-LENGTH. */
  sourceBits = 0;
  /** True when the address came by ECS (RFC 7871), so that a SCOPE is owed. */
  ecs = false;

  /** What tables are asked by. v4-mapped, 6to4, Teredo and 64:ff9b::/96 addresses are asked by their IPv4 address. */
  tableFamily: 4 | 6 = 4;
  /** The address to ask tables by: `word0` alone for IPv4, else four 32-bit words, unsigned. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  /** Bits of the given address before the embedded IPv4 address (96 or 16), else 0. */
  embeddedAt = 0;

  /** Written by `findPrefix`: the length of the prefix that its value holds for, in bits of {@link tableFamily}. */
  matchBits = 0;

  /**
   * Fills this client from an address.
   * @param octets network order, from `at`; only those that hold known bits are read, so ECS's cut ADDRESS will do
   * @param sourceBits bits that are known, at most 32 or 128; those past it are taken as 0
   */
  set(family: 4 | 6, octets: Uint8Array, at: number, sourceBits: number, ecs: boolean): void {
    const length = family === 4 ? 4 : 16;
    const bits = Math.min(sourceBits, 8 * length);
    const known = (bits + 7) >>> 3;
    const given = this.octets;
    for (let i = 0; i < known; i++) given[i] = octets[at + i] as number;
    for (let i = known; i < length; i++) given[i] = 0;
    const odd = bits & 7;
    if (odd !== 0) given[known - 1] = (given[known - 1] as number) & (0xff00 >>> odd);
    this.family = family;
    this.sourceBits = bits;
    this.ecs = ecs;
    this.tableFamily = family;
    this.embeddedAt = 0;
    this.word0 = u32(given, 0);
    if (family === 6) {
      this.word1 = u32(given, 4);
      this.word2 = u32(given, 8);
      this.word3 = u32(given, 12);
      this.#unwrap();
    }
  }

  /** A prefix length in bits of {@link tableFamily}, said in bits of the address as given: what SCOPE says. */
  givenBits(tableBits: number): number {
    return this.embeddedAt + tableBits;
  }

  /** Changes what tables are asked by when the IPv6 address holds an IPv4 address: see {@link EMBEDDING_PREFIXES}. */
  #unwrap(): void {
    if (this.word0 >>> 16 === 0x2002) {
      this.#askBy(((this.word0 << 16) | (this.word1 >>> 16)) >>> 0, 16);
    } else if (this.word0 === 0x20010000) {
      // RFC 4380 §4: the client's address is the last 32 bits, each inverted; inverting keeps which addresses share a prefix.
      this.#askBy(~this.word3 >>> 0, 96);
    } else if (this.word1 === 0) {
      const mapped = this.word0 === 0 && this.word2 === 0xffff;
      const translated = this.word0 === 0x0064ff9b && this.word2 === 0;
      if (mapped || translated) this.#askBy(this.word3, 96);
    }
  }

  #askBy(ipv4: number, embeddedAt: number): void {
    this.tableFamily = 4;
    this.word0 = ipv4;
    this.embeddedAt = embeddedAt;
  }
}

/**
 * Prefixes of the IPv6 addresses that {@link Client} asks by IPv4: v4-mapped (RFC 4291 §2.5.5.2), 6to4 (RFC 3056),
 * Teredo (RFC 4380), the well-known prefix of NAT64 (RFC 6052). First octets, and how many bits.
 */
export const EMBEDDING_PREFIXES = [
  { octets: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], bits: 96 },
  { octets: [0x20, 0x02], bits: 16 },
  { octets: [0x20, 0x01, 0, 0], bits: 32 },
  { octets: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96 },
] as const;
