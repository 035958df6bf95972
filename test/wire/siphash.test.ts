import { expect } from 'chai';
import fc from 'fast-check';
import { putWord, readSipKey, readWord, sipHash24 } from '../../src/wire/siphash.js';
import { hex } from './hex.js';

/** The key of the authors' vectors. */
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);

describe('SipHash-2-4', () => {
  const ROWS = [
    { it: 'no octets', octets: 0, expect: hex`310e0edd47db6f72` },
    { it: 'one octet', octets: 1, expect: hex`fd67dc93c539f874` },
    { it: 'two octets', octets: 2, expect: hex`5a4fa9d909806c0d` },
    { it: 'a word less an octet', octets: 7, expect: hex`37d1018bf50002ab` },
    { it: 'a whole word', octets: 8, expect: hex`6224939a79f5f593` },
    { it: 'the 15 octets of the paper (appendix A)', octets: 15, expect: hex`e545be4961ca29a1` },
    { it: 'two words', octets: 16, expect: hex`db9bc2577fcc2a3f` },
    { it: '63 octets', octets: 63, expect: hex`724506eb4c328a95` },
  ];
  for (const row of ROWS) {
    it(`of ${row.it} is the authors'`, () => {
      const message = Uint8Array.from({ length: row.octets }, (_, i) => i);
      expect(hash(readSipKey(KEY), message)).to.deep.equal(row.expect);
    });
  }

  it('is what 64-bit arithmetic gives', () => {
    const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(key, fc.uint8Array({ maxLength: 300 }), (octets, message) => {
        expect(hash(readSipKey(octets), message)).to.deep.equal(plainSipHash(octets, message));
      }),
    );
  });

  it('takes the key where it begins', () => {
    const keys = Uint32Array.from([...readSipKey(hex`ffffffffffffffffffffffffffffffff`), ...readSipKey(KEY)]);
    expect(hash(keys, hex`00 01`, 4)).to.deep.equal(hex`5a4fa9d909806c0d`);
  });
});

function hash(key: Uint32Array, message: Uint8Array, keyAt = 0): Uint8Array {
  const padded = new Uint8Array((Math.floor(message.length / 8) + 1) * 8);
  padded.set(message);
  const words = Int32Array.from({ length: padded.length / 4 }, (_, i) => readWord(padded, 4 * i));
  const hashed = new Int32Array(2);
  sipHash24(key, keyAt, words, message.length, hashed);
  const out = new Uint8Array(8);
  for (const [i, word] of hashed.entries()) putWord(out, 4 * i, word);
  return out;
}

/** The paper's definition, word by word. */
function plainSipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const mask = (1n << 64n) - 1n;
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask;
  const [k0, k1] = wordsOf(key) as [bigint, bigint];
  let [v0, v1] = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn];
  let [v2, v3] = [k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n];
  const round = (): void => {
    v0 = (v0 + v1) & mask;
    v1 = rotate(v1, 13n) ^ v0;
    v0 = rotate(v0, 32n);
    v2 = (v2 + v3) & mask;
    v3 = rotate(v3, 16n) ^ v2;
    v0 = (v0 + v3) & mask;
    v3 = rotate(v3, 21n) ^ v0;
    v2 = (v2 + v1) & mask;
    v1 = rotate(v1, 17n) ^ v2;
    v2 = rotate(v2, 32n);
  };
  const padded = new Uint8Array((Math.floor(message.length / 8) + 1) * 8);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  for (const word of wordsOf(padded)) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, v0 ^ v1 ^ v2 ^ v3, true);
  return out;
}

function wordsOf(octets: Uint8Array): bigint[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  return Array.from({ length: octets.length / 8 }, (_, i) => view.getBigUint64(8 * i, true));
}
