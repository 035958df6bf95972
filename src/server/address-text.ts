/**
 * Reads an address as Node's sockets give it: dotted IPv4, or IPv6 in any form of RFC 4291 §2.2, with or without a scope id.
 * No allocation. An IPv4-mapped address (::ffff:0:0/96) becomes the IPv4 address that it is.
 * @param into receives 4 or 16 octets
 * @returns the family, or 0: this is no address, and `into` holds rubbish
 */
export function readAddressText(text: string, into: Uint8Array): 0 | 4 | 6 {
  let end = text.indexOf('%');
  if (end < 0) end = text.length;
  if (text.indexOf(':') < 0) return readDotted(text, 0, text.length, into, 0) ? 4 : 0;
  if (!readGroups(text, end, into)) return 0;
  for (let i = 0; i < 10; i++) if (into[i] !== 0) return 6;
  if (into[10] !== 0xff || into[11] !== 0xff) return 6;
  into.copyWithin(0, 12, 16);
  return 4;
}

const COLON = 0x3a;
const DOT = 0x2e;

/** IPv6: groups of hexadecimal digits, one `::` for groups of zeros, and perhaps IPv4 in the last four octets. */
function readGroups(text: string, end: number, into: Uint8Array): boolean {
  let out = 0;
  let gap = -1;
  let at = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gap = 0;
    at = 2;
  }
  while (at < end) {
    const start = at;
    let value = 0;
    let digit = hexDigit(text, at, end);
    while (digit >= 0) {
      value = (value << 4) | digit;
      at += 1;
      digit = hexDigit(text, at, end);
    }
    if (at === start || at - start > 4) return false;
    if (at < end && text.charCodeAt(at) === DOT) {
      if (out > 12 || !readDotted(text, start, end, into, out)) return false;
      out += 4;
      at = end;
      break;
    }
    if (out > 14) return false;
    into[out] = value >>> 8;
    into[out + 1] = value;
    out += 2;
    if (at === end) break;
    if (text.charCodeAt(at) !== COLON) return false;
    at += 1;
    if (at < end && text.charCodeAt(at) === COLON) {
      if (gap >= 0) return false;
      gap = out;
      at += 1;
    } else if (at === end) return false;
  }
  if (gap < 0) return out === 16;
  if (out === 16) return false;
  into.copyWithin(16 - (out - gap), gap, out);
  into.fill(0, gap, 16 - (out - gap));
  return true;
}

function hexDigit(text: string, at: number, end: number): number {
  if (at >= end) return -1;
  const code = text.charCodeAt(at);
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function readDotted(text: string, at: number, end: number, into: Uint8Array, outAt: number): boolean {
  for (let part = 0; part < 4; part++) {
    const start = at;
    let value = 0;
    while (at < end && at - start < 4) {
      const digit = text.charCodeAt(at) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at += 1;
    }
    if (at === start || value > 255) return false;
    into[outAt + part] = value;
    if (part === 3) return at === end;
    if (at === end || text.charCodeAt(at) !== DOT) return false;
    at += 1;
  }
  return false;
}
