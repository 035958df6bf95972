import { formatName } from '../wire/name.js';
import type { FieldKind } from './field.js';
import { scalar } from './number-fields.js';

/** A domain name, uncompressed on the wire. */
export const name: FieldKind = {
  fromText: (text, out, readName) => out.octets(readName(text.next().text)),
  toText: (wire) => portableName(wire.name()),
  fromYaml: (value, out, readName) => out.octets(readName(scalar(value))),
};

/**
 * A name as {@link formatName} has it, with all escaped that some server takes for wrong: Knot DNS, "," and ":" and others.
 * Never begins with `\#`, which begins RDATA of RFC 3597.
 */
export function portableName(wire: Uint8Array): string {
  return formatName(wire).replace(/\\\d{3}|\\.|[^\w\-*/.]/g, (found) => {
    if (found === '#') return '\\035';
    return found.startsWith('\\') ? found : `\\${found}`;
  });
}
