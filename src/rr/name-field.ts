import { formatName } from '../wire/name.js';
import type { FieldKind } from './field.js';
import { scalar } from './number-fields.js';

/** A domain name, uncompressed on the wire. */
export const name: FieldKind = {
  fromText: (text, out, readName) => out.octets(readName(text.next().text)),
  toText: (wire) => formatName(wire.name()),
  fromYaml: (value, out, readName) => out.octets(readName(scalar(value))),
};
