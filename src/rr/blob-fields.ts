import type { FieldKind } from './field.js';
import { scalar } from './number-fields.js';
import { mustBe, RdataError } from './rdata-error.js';
import type { TextReader } from './text-reader.js';

/** Octets up to the end of the RDATA in hexadecimal; blanks in it do not count. */
export const hex: FieldKind = {
  fromText: (text, out) => out.octets(parseHex(words(text))),
  toText: (wire) => formatHex(nonEmpty(wire.rest())),
  fromYaml: (value, out) => out.octets(parseHex(scalar(value).replace(/\s/g, ''))),
};

/** Octets up to the end of the RDATA in base64 (RFC 4648 §4); blanks in it do not count. */
export const base64: FieldKind = {
  fromText: (text, out) => out.octets(parseBase64(words(text))),
  toText: (wire) => Buffer.from(nonEmpty(wire.rest())).toString('base64'),
  fromYaml: (value, out) => out.octets(parseBase64(scalar(value).replace(/\s/g, ''))),
};

/** @throws RdataError, for no digits as well */
export function parseHex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/i.test(text)) throw mustBe('an even number of hexadecimal digits', text);
  return Buffer.from(text, 'hex');
}

export function formatHex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

/** @throws RdataError, for no characters as well */
export function parseBase64(text: string): Uint8Array {
  const octets = Buffer.from(text, 'base64');
  // Buffer skips what is not base64, so what it read must be what was written.
  if (octets.length === 0 || octets.toString('base64') !== text) throw mustBe('base64', text);
  return octets;
}

function words(text: TextReader): string {
  const first = text.next().text;
  return (
    first +
    text
      .rest()
      .map((token) => token.text)
      .join('')
  );
}

function nonEmpty(octets: Uint8Array): Uint8Array {
  if (octets.length === 0) throw new RdataError('is missing');
  return octets;
}
