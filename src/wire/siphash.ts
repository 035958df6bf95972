/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of 64 bits for short inputs, which RFC 9018 §4.4 makes server
 * cookies with. In halves of 32 bits, since a bigint would allocate: `L` is the low half of a word, `H` the high one.
 * @param key four words, the 16 octets in little-endian order: {@link readSipKey}
 * @param keyAt of its first word
 * @param message words of its octets in little-endian order ({@link readWord}), zeros past the last octet; 2 × (⌊length ÷ 8⌋ + 1) of them
 * @param length octets of `message`
 * @param hash receives two words: the 8 octets of the hash, in little-endian order
 */
export function sipHash24(
  key: Uint32Array,
  keyAt: number,
  message: Int32Array,
  length: number,
  hash: Int32Array,
): void {
  const key0L = key[keyAt] as number;
  const key0H = key[keyAt + 1] as number;
  const key1L = key[keyAt + 2] as number;
  const key1H = key[keyAt + 3] as number;
  // The constants are the text "somepseudorandomlygeneratedbytes".
  let v0L = key0L ^ 0x70736575;
  let v0H = key0H ^ 0x736f6d65;
  let v1L = key1L ^ 0x6e646f6d;
  let v1H = key1H ^ 0x646f7261;
  let v2L = key0L ^ 0x6e657261;
  let v2H = key0H ^ 0x6c796765;
  let v3L = key1L ^ 0x79746573;
  let v3H = key1H ^ 0x74656462;
  let wordL = 0;
  let wordH = 0;

  const messageRounds = 2 * ((length >>> 3) + 1);
  const rounds = messageRounds + 4;
  for (let round = 0; round < rounds; round++) {
    if (round < messageRounds && (round & 1) === 0) {
      wordL = message[round] as number;
      wordH = message[round + 1] as number;
      // The last word ends in the length, modulo 256.
      if (round === messageRounds - 2) wordH |= length << 24;
      v3L ^= wordL;
      v3H ^= wordH;
    }
    if (round === messageRounds) v2L ^= 0xff;

    v0L = (v0L + v1L) | 0;
    v0H = (v0H + v1H + (v0L >>> 0 < v1L >>> 0 ? 1 : 0)) | 0;
    v2L = (v2L + v3L) | 0;
    v2H = (v2H + v3H + (v2L >>> 0 < v3L >>> 0 ? 1 : 0)) | 0;
    let high = (v1H << 13) | (v1L >>> 19);
    v1L = ((v1L << 13) | (v1H >>> 19)) ^ v0L;
    v1H = high ^ v0H;
    high = (v3H << 16) | (v3L >>> 16);
    v3L = ((v3L << 16) | (v3H >>> 16)) ^ v2L;
    v3H = high ^ v2H;
    // A rotation by 32 swaps the halves.
    high = v0L;
    v0L = v0H;
    v0H = high;

    v2L = (v2L + v1L) | 0;
    v2H = (v2H + v1H + (v2L >>> 0 < v1L >>> 0 ? 1 : 0)) | 0;
    v0L = (v0L + v3L) | 0;
    v0H = (v0H + v3H + (v0L >>> 0 < v3L >>> 0 ? 1 : 0)) | 0;
    high = (v1H << 17) | (v1L >>> 15);
    v1L = ((v1L << 17) | (v1H >>> 15)) ^ v2L;
    v1H = high ^ v2H;
    high = (v3H << 21) | (v3L >>> 11);
    v3L = ((v3L << 21) | (v3H >>> 11)) ^ v0L;
    v3H = high ^ v0H;
    high = v2L;
    v2L = v2H;
    v2H = high;

    if (round < messageRounds && (round & 1) === 1) {
      v0L ^= wordL;
      v0H ^= wordH;
    }
  }
  hash[0] = v0L ^ v1L ^ v2L ^ v3L;
  hash[1] = v0H ^ v1H ^ v2H ^ v3H;
}

/** Reads 16 octets as a key. */
export function readSipKey(octets: Uint8Array): Uint32Array {
  return Uint32Array.from([0, 4, 8, 12], (at) => readWord(octets, at));
}

/** Four octets in little-endian order, as an int32. */
export function readWord(octets: Uint8Array, at: number): number {
  return (
    (octets[at] as number) |
    ((octets[at + 1] as number) << 8) |
    ((octets[at + 2] as number) << 16) |
    ((octets[at + 3] as number) << 24)
  );
}

/** The opposite of {@link readWord}. */
export function putWord(octets: Uint8Array, at: number, word: number): void {
  octets[at] = word;
  octets[at + 1] = word >>> 8;
  octets[at + 2] = word >>> 16;
  octets[at + 3] = word >>> 24;
}
