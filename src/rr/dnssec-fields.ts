import type { FieldKind } from './field.js';
import { parseInteger } from './number-fields.js';
import { mustBe, RdataError, shown } from './rdata-error.js';
import type { RdataReader } from './rdata-reader.js';
import type { RdataWriter } from './rdata-writer.js';
import { textField } from './text-field.js';

/** DNSSEC algorithm numbers by mnemonic (RFC 4034 §A.1, IANA). */
const ALGORITHMS: Readonly<Record<string, number>> = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  'RSASHA1-NSEC3-SHA1': 7,
  RSASHA256: 8,
  RSASHA512: 10,
  'ECC-GOST': 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
};

/** RFC 4398 §2.1. */
const CERTIFICATES: Readonly<Record<string, number>> = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
};

/** One octet, in text also a mnemonic: `ECDSAP256SHA256`. */
export const algorithm: FieldKind = mnemonic(ALGORITHMS, 'u8');
/** Two octets, in text also a mnemonic: `PKIX`. */
export const certificateType: FieldKind = mnemonic(CERTIFICATES, 'u16');

/** A moment: `YYYYMMDDHHmmSS` in UTC, or seconds since 1970, modulo 2³² (RFC 4034 §3.2). */
export const moment: FieldKind = textField(
  (text, out) => out.u32(parseMoment(text.next().text)),
  (wire) =>
    new Date(wire.u32() * 1000)
      .toISOString()
      .replace(/[-:T]/g, '')
      .replace(/\.\d+Z$/, ''),
);

/** NSEC3's salt: hexadecimal digits, `-` for none (RFC 5155 §3.3). */
export const salt: FieldKind = textField(
  (text, out) => {
    const word = text.next().text;
    if (word !== '-' && !/^([0-9a-f]{2}){1,255}$/i.test(word)) {
      throw mustBe('"-" or an even number of hexadecimal digits, 510 at the most,', word);
    }
    const octets = Buffer.from(word === '-' ? '' : word, 'hex');
    out.u8(octets.length);
    out.octets(octets);
  },
  (wire) => {
    const octets = wire.take(wire.u8());
    return octets.length === 0 ? '-' : Buffer.from(octets).toString('hex');
  },
);

/** NSEC3's next hashed owner name: base32hex without padding (RFC 5155 §3.3). */
export const hashedName: FieldKind = textField(
  (text, out) => {
    const octets = parseBase32(text.next().text);
    out.u8(octets.length);
    out.octets(octets);
  },
  (wire) => formatBase32(wire.take(wire.u8())),
);

/** Names of RR types: handed in, since the table of types has fields of these kinds. */
export interface TypeNames {
  /** @returns undefined for a type that there is not */
  parse(text: string): number | undefined;
  format(type: number): string;
}

/** Two octets: the mnemonic of a type. */
export function typeName(types: TypeNames): FieldKind {
  return textField(
    (text, out) => out.u16(readType(types, text.next().text)),
    (wire) => types.format(wire.u16()),
  );
}

/** A bitmap of types up to the end of the RDATA (RFC 4034 §4.1.2); in text their mnemonics. */
export function typeBitmap(types: TypeNames): FieldKind {
  return textField(
    (text, out) => {
      const numbers = new Set(text.rest().map((token) => readType(types, token.text)));
      writeBitmap(
        [...numbers].sort((a, b) => a - b),
        out,
      );
    },
    (wire) => readBitmap(wire).map(types.format).join(' '),
  );
}

function mnemonic(numbers: Readonly<Record<string, number>>, width: 'u8' | 'u16'): FieldKind {
  return textField(
    (text, out) => {
      const word = text.next().text;
      const number = numbers[word.toUpperCase()];
      out[width](number ?? parseInteger(word, width === 'u8' ? 0xff : 0xffff));
    },
    (wire) => String(wire[width]()),
  );
}

function parseMoment(text: string): number {
  if (!/^\d{14}$/.test(text)) return parseInteger(text, 2 ** 32 - 1);
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) throw mustBe('a time such as 20260131235959', text);
  return (ms / 1000) % 2 ** 32;
}

function readType(types: TypeNames, text: string): number {
  const number = types.parse(text);
  if (number === undefined) throw new RdataError(`has an unknown type ${shown(text)}`);
  return number;
}

/** @param numbers ascending */
function writeBitmap(numbers: readonly number[], out: RdataWriter): void {
  for (let i = 0; i < numbers.length; ) {
    const window = (numbers[i] as number) >>> 8;
    const bits = new Uint8Array(32);
    let octets = 0;
    for (; i < numbers.length && (numbers[i] as number) >>> 8 === window; i++) {
      const low = (numbers[i] as number) & 0xff;
      octets = (low >>> 3) + 1;
      bits[low >>> 3] = (bits[low >>> 3] as number) | (0x80 >>> (low & 7));
    }
    out.u8(window);
    out.u8(octets);
    out.octets(bits.subarray(0, octets));
  }
}

function readBitmap(wire: RdataReader): number[] {
  const numbers: number[] = [];
  let last = -1;
  while (wire.left > 0) {
    const window = wire.u8();
    const bits = wire.take(wire.u8());
    // RFC 4034 §4.1.2: windows ascend, have 1 to 32 octets, and no zero octets at their end.
    if (window <= last || bits.length === 0 || bits.length > 32 || bits[bits.length - 1] === 0) {
      throw new RdataError('has a bitmap of types that is malformed');
    }
    last = window;
    for (let low = 0; low < bits.length * 8; low++) {
      if (((bits[low >>> 3] as number) & (0x80 >>> (low & 7))) !== 0) numbers.push(window * 256 + low);
    }
  }
  return numbers;
}

/** RFC 4648 §7. */
const BASE32 = '0123456789ABCDEFGHIJKLMNOPQRSTUV';

function parseBase32(text: string): Uint8Array {
  const octets: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text.toUpperCase()) {
    const digit = BASE32.indexOf(character);
    if (digit < 0) throw mustBe('base32hex', text);
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets.push((value >>> bits) & 0xff);
    }
  }
  if (octets.length === 0 || octets.length > 255 || formatBase32(octets).length !== text.length) {
    throw mustBe('base32hex', text);
  }
  return Uint8Array.from(octets);
}

function formatBase32(octets: ArrayLike<number>): string {
  if (octets.length === 0) throw new RdataError('is missing');
  let text = '';
  let bits = 0;
  let value = 0;
  for (const octet of Array.from(octets)) {
    value = ((value << 8) | octet) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32[(value >>> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + BASE32[(value << (5 - bits)) & 31];
}
