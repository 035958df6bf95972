import type { FieldKind, YamlTree } from './field.js';
import { mustBe, RdataError } from './rdata-error.js';
import { unescapeText } from './text-reader.js';

export const u8: FieldKind = integer(8);
export const u16: FieldKind = integer(16);
export const u32: FieldKind = integer(32);

/** A period in seconds, in text also as `1h30m` (RFC 1035 §5.1 has seconds; every master file has the units). */
export const seconds: FieldKind = {
  ...integer(32),
  fromText: (text, out) => out.u32(parseSeconds(text.next().text)),
  fromYaml: (value, out) => out.u32(parseSeconds(scalar(value))),
};

/** The text of a YAML scalar. @throws RdataError for a list, a map, nothing */
export function scalar(value: YamlTree): string {
  if (value === null) throw new RdataError('is missing');
  if (typeof value === 'string') return value;
  throw new RdataError(`must be one value, not a ${value instanceof Map ? 'map' : 'list'}`);
}

/** @param max at most 2³² − 1 */
export function parseInteger(text: string, max: number): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > max) throw mustBe(`0 to ${max}`, text);
  return Number(text);
}

function integer(bits: 8 | 16 | 32): FieldKind {
  const max = 2 ** bits - 1;
  const method = `u${bits}` as const;
  return {
    fromText: (text, out) => out[method](parseInteger(plainText(text.next().text), max)),
    toText: (wire) => String(wire[method]()),
    fromYaml: (value, out) => out[method](parseInteger(scalar(value), max)),
  };
}

function plainText(text: string): string {
  return text.includes('\\') ? new TextDecoder('latin1').decode(unescapeText(text)) : text;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** Seconds as digits, or with units: `1h30m` (BIND's, in every master file). @throws RdataError */
export function parseSeconds(text: string): number {
  if (!/^(\d{1,10}[smhdw])+$/i.test(text)) return parseInteger(text, 2 ** 32 - 1);
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/gi)) {
    total += Number(count) * (UNIT_SECONDS[(unit as string).toLowerCase()] as number);
  }
  if (total > 2 ** 32 - 1) throw mustBe('seconds, at most 4294967295,', text);
  return total;
}
