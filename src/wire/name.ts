import { lowerOctet } from './octets.js';

/** RFC 1035 §2.3.4: octets of a name, with its length octets and the root's. */
export const MAX_NAME_OCTETS = 255;
/** RFC 1035 §2.3.4. */
const MAX_LABEL_OCTETS = 63;
/** Labels of the longest name, 127 of one octet each, without the root. */
export const MAX_LABELS = 127;

export const ROOT_NAME: Uint8Array = Uint8Array.of(0);

/** A name in presentation format that can't be read. The message says what is wrong with which label. */
export class NameError extends Error {
  readonly code = 'ERR_NAME';
}

/**
 * Reads a name in presentation format (RFC 1035 §5.1: `\.`, `\DDD`).
 * @param origin what a name without a final dot is relative to, in wire form; without it such a name is absolute
 * @returns wire form, uncompressed, case kept
 * @throws NameError
 */
export function parseName(text: string, origin: Uint8Array = ROOT_NAME): Uint8Array {
  if (text === '.') return ROOT_NAME;
  if (text === '@') return origin;
  if (text === '') throw new NameError('a name must not be empty');
  const source = new TextEncoder().encode(text);
  const out: number[] = [0];
  let lengthAt = 0;
  let at = 0;
  const closeLabel = (): void => {
    const length = out.length - lengthAt - 1;
    if (length === 0) throw new NameError(`name ${JSON.stringify(text)} has an empty label`);
    if (length > MAX_LABEL_OCTETS) {
      throw new NameError(
        `a label of ${JSON.stringify(text)} has ${length} octets; 63 are the most (RFC 1035 §2.3.4)`,
      );
    }
    out[lengthAt] = length;
  };
  while (at < source.length) {
    const octet = source[at] as number;
    if (octet === DOT) {
      closeLabel();
      at += 1;
      if (at === source.length) {
        out.push(0);
        return bounded(out, text);
      }
      lengthAt = out.length;
      out.push(0);
    } else if (octet === BACKSLASH) {
      const digits = /^\d{3}/.exec(text0(source, at + 1))?.[0];
      if (digits !== undefined) {
        if (Number(digits) > 255)
          throw new NameError(`\\${digits} in ${JSON.stringify(text)} is more than 255`);
        out.push(Number(digits));
        at += 4;
      } else {
        if (at + 1 === source.length)
          throw new NameError(`name ${JSON.stringify(text)} ends with a lone backslash`);
        out.push(source[at + 1] as number);
        at += 2;
      }
    } else {
      out.push(octet);
      at += 1;
    }
  }
  closeLabel();
  out.push(...origin);
  return bounded(out, text);
}

/**
 * A name in presentation format: absolute, with a final dot; octets that need it escaped.
 * @param name wire form, uncompressed, from `at`
 */
export function formatName(name: Uint8Array, at = 0): string {
  if (name[at] === 0) return '.';
  let text = '';
  for (let length = name[at] ?? 0; length > 0; length = name[at] ?? 0) {
    for (let i = at + 1; i <= at + length; i++) text += formatOctet(name[i] ?? 0);
    text += '.';
    at += length + 1;
  }
  return text;
}

/** Octets that a name takes from `at`, the root's included. */
export function nameLength(name: Uint8Array, at = 0): number {
  let end = at;
  while ((name[end] ?? 0) !== 0) end += (name[end] as number) + 1;
  return end + 1 - at;
}

/** The name with its ASCII letters in lower case (RFC 4343 §3). Length octets are below 64 and stay. */
export function lowerName(name: Uint8Array): Uint8Array {
  return name.map(lowerOctet);
}

/** True when both names are the same, case aside. */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => lowerOctet(octet) === lowerOctet(b[i] as number));
}

/** True when `name` is `ancestor` or below it. */
export function isAtOrBelow(name: Uint8Array, ancestor: Uint8Array): boolean {
  let at = 0;
  while (name.length - at > ancestor.length) at += (name[at] as number) + 1;
  return sameName(name.subarray(at), ancestor);
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;

function text0(source: Uint8Array, at: number): string {
  return String.fromCharCode(...source.subarray(at, at + 3));
}

function bounded(out: number[], text: string): Uint8Array {
  if (out.length > MAX_NAME_OCTETS) {
    throw new NameError(
      `name ${JSON.stringify(text)} takes ${out.length} octets; 255 are the most (RFC 1035 §2.3.4)`,
    );
  }
  return Uint8Array.from(out);
}

function formatOctet(octet: number): string {
  const character = String.fromCharCode(octet);
  if ('.\\"();@$'.includes(character)) return `\\${character}`;
  return octet > 0x20 && octet < 0x7f ? character : `\\${String(octet).padStart(3, '0')}`;
}
