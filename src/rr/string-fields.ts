import type { FieldKind } from './field.js';
import { scalar } from './number-fields.js';
import { mustBe, RdataError, shown } from './rdata-error.js';
import type { RdataWriter } from './rdata-writer.js';
import { escapeText, type Token, unescapeText } from './text-reader.js';

/** RFC 1035 §3.3: a length octet and as many octets. */
const MAX_STRING_OCTETS = 255;

/** One <character-string> (RFC 1035 §3.3). */
export const characterString: FieldKind = {
  fromText: (text, out) => writeString(unescapeText(text.next().text), out),
  toText: (wire) => `"${escapeText(wire.take(wire.u8()))}"`,
  fromYaml: (value, out) => writeString(encoder.encode(scalar(value)), out),
  toYaml: (wire) => printable(wire.take(wire.u8())),
};

/** NAPTR's flags: octoDNS makes them upper case. */
export const upperString: FieldKind = {
  ...characterString,
  fromYaml: (value, out) => writeString(encoder.encode(scalar(value).toUpperCase()), out),
};

/** CAA's tag: 1 to 255 letters and digits, never in quotes (RFC 8659 §4.1). */
export const tag: FieldKind = {
  fromText: (text, out) => writeTag(text.next().text, out),
  toText: (wire) => {
    const text = decoder.decode(wire.take(wire.u8()));
    if (!TAG.test(text)) throw mustBe('letters and digits', text);
    return text;
  },
  fromYaml: (value, out) => writeTag(scalar(value), out),
};

/** Octets up to the end of the RDATA, as one quoted word: CAA's value, URI's target. */
export const longString: FieldKind = {
  fromText: (text, out) => out.octets(unescapeText(text.next().text)),
  toText: (wire) => `"${escapeText(wire.rest())}"`,
  fromYaml: (value, out) => out.octets(encoder.encode(scalar(value))),
  toYaml: (wire) => printable(wire.rest()),
};

/** One or more <character-string>s. In YAML one text, cut into strings of 255 octets, with octoDNS's escapes. */
export const textStrings: FieldKind = {
  fromText: (text, out) => {
    const tokens: readonly Token[] = [text.next(), ...text.rest()];
    for (const token of tokens) writeString(unescapeText(token.text), out);
  },
  toText: (wire) => {
    const strings = [];
    do strings.push(`"${escapeText(wire.take(wire.u8()))}"`);
    while (wire.left > 0);
    return strings.join(' ');
  },
  fromYaml: (value, out) => {
    const octets = encoder.encode(octodnsText(scalar(value)));
    let at = 0;
    do {
      writeString(octets.subarray(at, at + MAX_STRING_OCTETS), out);
      at += MAX_STRING_OCTETS;
    } while (at < octets.length);
  },
  toYaml: (wire) => {
    let text = '';
    for (let last = MAX_STRING_OCTETS; wire.left > 0; ) {
      // Where strings end is lost in the one text, so each but the last must be full.
      if (last < MAX_STRING_OCTETS) throw new RdataError('has strings that are cut short');
      last = wire.u8();
      text += printable(wire.take(last));
    }
    return text.replaceAll(';', '\\;');
  },
};

/**
 * The text that a TXT value of octoDNS YAML stands for: quotes around it go, and `" "` within it, which joins
 * strings; `\;` is a semicolon; every other backslash is itself.
 */
function octodnsText(value: string): string {
  const inner = value.startsWith('"') ? value.slice(1, -1) : value;
  return inner.replaceAll('" "', '').replaceAll('\\;', ';');
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');
const TAG = /^[a-z0-9]+$/i;

function writeString(octets: Uint8Array, out: RdataWriter): void {
  if (octets.length > MAX_STRING_OCTETS) {
    throw new RdataError(`has ${octets.length} octets; 255 are the most (RFC 1035 §3.3)`);
  }
  out.u8(octets.length);
  out.octets(octets);
}

/** YAML's text is UTF-8, and octoDNS wants ASCII: other octets have no form of their own there. */
function printable(octets: Uint8Array): string {
  const text = decoder.decode(octets);
  if (!/^[ -~]*$/.test(text)) throw new RdataError('has an octet that is no printable ASCII');
  return text;
}

function writeTag(text: string, out: RdataWriter): void {
  if (!TAG.test(text)) throw new RdataError(`must be letters and digits but is ${shown(text)}`);
  writeString(encoder.encode(text), out);
}
