import { formatAddress, parseAddress } from '../config/address.js';
import type { FieldKind } from './field.js';
import { scalar } from './number-fields.js';
import { mustBe } from './rdata-error.js';

/** 4 octets. */
export const ipv4: FieldKind = address(4);
/** 16 octets. */
export const ipv6: FieldKind = address(6);

/** @throws RdataError */
export function parseFamilyAddress(text: string, family: 4 | 6): Uint8Array {
  const octets = parseAddress(text);
  if (octets === undefined || octets.length !== FAMILY_OCTETS[family]) {
    throw mustBe(`an IPv${family} address`, text);
  }
  return octets;
}

export const FAMILY_OCTETS = { 4: 4, 6: 16 } as const;

function address(family: 4 | 6): FieldKind {
  return {
    fromText: (text, out) => out.octets(parseFamilyAddress(text.next().text, family)),
    toText: (wire) => formatAddress(wire.take(FAMILY_OCTETS[family])),
    fromYaml: (value, out) => out.octets(parseFamilyAddress(scalar(value), family)),
  };
}
