/**
 * Unchecked reads and writes of network-order integers. The caller has compared `at` with the length; past the end of an
 * array a read gives 0 and a write does nothing.
 */

export function u8(octets: Uint8Array, at: number): number {
  return octets[at] as number;
}

export function u16(octets: Uint8Array, at: number): number {
  return ((octets[at] as number) << 8) | (octets[at + 1] as number);
}

/** Unsigned. */
export function u32(octets: Uint8Array, at: number): number {
  return ((u16(octets, at) << 16) | u16(octets, at + 2)) >>> 0;
}

export function put16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}

export function put32(octets: Uint8Array, at: number, value: number): void {
  put16(octets, at, value >>> 16);
  put16(octets, at + 2, value & 0xffff);
}

/** Copies octets one by one, which beats `set` and `subarray` for the few octets that names and RDATA have. */
export function copyOctets(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i] as number;
}

/** As {@link lowerOctet}, of each of four octets in a word. */
export function lowerWord(word: number): number {
  const low = word & 0x7f7f7f7f;
  // The top bit of an octet: in the first sum from `A` on, in the second past `Z`.
  const letters = ((low + 0x3f3f3f3f) ^ (low + 0x25252525)) & ~word & 0x80808080;
  return word | (letters >>> 2);
}

/** ASCII letters to lower case (RFC 4343 §3); every other octet as it is. */
export function lowerOctet(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}
