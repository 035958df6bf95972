import type { Prefix } from '../geo/prefix-table.js';

/**
 * Reads an IP address: IPv4 as four decimal numbers without leading zeros, IPv6 by RFC 4291 §2.2, no zone.
 * @returns 4 or 16 octets in network order; undefined when it is none
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/** An address as text: IPv4 dotted, IPv6 by RFC 5952. @param octets 4 or 16 */
export function formatAddress(octets: Uint8Array): string {
  // Not by join(): a networks file may have a million.
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  if (isV4Mapped(octets)) return `::ffff:${octets.subarray(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, i) => ((octets[2 * i] ?? 0) << 8) | (octets[2 * i + 1] ?? 0));
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  // RFC 5952 §4.2.2: "The symbol "::" MUST NOT be used to shorten just one 16-bit 0 field."
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** What a text that should be a prefix is. */
export type PrefixReading =
  | { readonly ok: true; readonly prefix: Prefix }
  /** `problem` completes "must be …"; `meant` is the prefix that was probably meant. */
  | { readonly ok: false; readonly problem: string; readonly meant?: string };

/** Reads `192.0.2.0/24`, `2001:db8::/32`, or an address, which is the prefix of it alone. Bits past the length must be 0. */
export function parsePrefix(text: string): PrefixReading {
  const slash = text.indexOf('/');
  const octets = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (octets === undefined) return { ok: false, problem: 'a prefix such as 192.0.2.0/24 or 2001:db8::/32' };
  const most = octets.length * 8;
  const bitsText = text.slice(slash + 1);
  const bits = slash < 0 ? most : /^(0|[1-9]\d{0,2})$/.test(bitsText) ? Number(bitsText) : -1;
  if (bits < 0 || bits > most) {
    return { ok: false, problem: `a prefix of 0 to ${most} bits for an IPv${most === 32 ? 4 : 6} address` };
  }
  const family = octets.length === 4 ? 4 : 6;
  if (hasBitsPast(octets, bits)) {
    const masked = octets.map((octet, i) => octet & maskOctet(bits - 8 * i));
    return {
      ok: false,
      problem: `a prefix without bits past its first ${bits}`,
      meant: `${formatAddress(masked)}/${bits}`,
    };
  }
  if (family === 6 && bits >= 96 && isV4Mapped(octets)) {
    // Such clients are looked up by their IPv4 address, so the prefix would match nobody.
    const inner = formatPrefix({ family: 4, octets: octets.slice(12), bits: bits - 96 });
    return { ok: false, problem: 'an IPv4 prefix in IPv4 form', meant: inner };
  }
  return { ok: true, prefix: { family, octets, bits } };
}

function hasBitsPast(octets: Uint8Array, bits: number): boolean {
  for (let i = bits >>> 3; i < octets.length; i++) {
    if (((octets[i] as number) & ~maskOctet(bits - 8 * i)) !== 0) return true;
  }
  return false;
}

export function formatPrefix({ octets, bits }: Prefix): string {
  return `${formatAddress(octets)}/${bits}`;
}

/** True for ::ffff:0:0/96. */
export function isV4Mapped(octets: Uint8Array): boolean {
  return octets.length === 16 && octets.every((octet, i) => i >= 12 || octet === (i >= 10 ? 0xff : 0));
}

/** True for an address of this machine only: 127.0.0.0/8, ::1. */
export function isLoopback(text: string): boolean {
  const octets = parseAddress(text);
  if (octets?.length === 4) return octets[0] === 127;
  return octets?.every((octet, i) => octet === (i === 15 ? 1 : 0)) ?? false;
}

/** Character by character: a zone file may have a million addresses. */
function parseIPv4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === DOT) {
      if (digits === 0 || part === 3) return undefined;
      octets[part++] = value;
      digits = 0;
      value = 0;
    } else {
      const digit = character - DIGIT_0;
      const leadingZero = digits > 0 && value === 0;
      if (digit < 0 || digit > 9 || leadingZero) return undefined;
      value = value * 10 + digit;
      digits += 1;
      if (value > 255) return undefined;
    }
  }
  if (digits === 0 || part !== 3) return undefined;
  octets[3] = value;
  return octets;
}

const DOT = 0x2e;
const DIGIT_0 = 0x30;

function parseIPv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const before = parseGroups(halves[0] ?? '', halves.length === 1);
  const after = halves.length === 1 ? [] : parseGroups(halves[1] ?? '', true);
  if (before === undefined || after === undefined) return undefined;
  const given = before.length + after.length;
  // RFC 4291 §2.2: "::" stands for one or more groups of zeros.
  if (halves.length === 1 ? given !== 16 : given > 14) return undefined;
  return Uint8Array.from([...before, ...new Array<number>(16 - given).fill(0), ...after]);
}

/** Octets of groups of hex digits between colons. @param v4Last whether the last group may be an IPv4 address */
function parseGroups(text: string, v4Last: boolean): number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >>> 8, value & 0xff);
    } else {
      const v4 = v4Last && i === groups.length - 1 ? parseIPv4(group) : undefined;
      if (v4 === undefined) return undefined;
      octets.push(...v4);
    }
  }
  return octets;
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === 0) end += 1;
    if (end - i > best.length) best = { start: i, length: end - i };
    i = end;
  }
  return best;
}

/** The octet that keeps the first `bits` bits; all below 0 or above 8 mean none and all. */
function maskOctet(bits: number): number {
  return (0xff00 >>> Math.max(0, Math.min(8, bits))) & 0xff;
}
