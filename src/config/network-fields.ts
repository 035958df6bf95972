import { domainToASCII } from 'node:url';
import { z } from 'zod';
import type { Prefix } from '../geo/prefix-table.js';
import { NameError, parseName } from '../wire/name.js';
import { formatAddress, isV4Mapped, parseAddress, parsePrefix } from './address.js';
import { integer, parsed } from './fields.js';
import { findGeoCodeProblem, GEO_CODE } from './geo-code.js';

/* Addresses, names, places: parts of schemas, as those of fields.ts. */

/** An address in RFC 5952 form. */
export function address() {
  return parsed('an IPv4 or IPv6 address', (value) => {
    const octets = parseAddress(value);
    return octets === undefined ? { problem: '' } : { value: formatAddress(octets) };
  });
}

/** An address that clients may be sent to → octets. */
export function memberAddress() {
  return parsed<Uint8Array>('an IPv4 or IPv6 address', (value) => {
    const octets = parseAddress(value);
    if (octets === undefined) {
      if (/^[\d.]+:\d+$/.test(value)) return { problem: '', hint: 'without port: DNS answers carry none' };
      if (/^[^:/]*[a-z][^:/]*$/i.test(value)) return { problem: '', hint: 'a name is given with host:' };
      return { problem: '' };
    }
    return unservable(octets) ?? { value: octets };
  });
}

export function prefix() {
  return parsed<Prefix>('a prefix such as 192.0.2.0/24', (value) => {
    const reading = parsePrefix(value);
    return reading.ok ? { value: reading.prefix } : { problem: reading.problem, ...meant(reading.meant) };
  });
}

export function geoCode() {
  return parsed(GEO_CODE, (value) => {
    const found = findGeoCodeProblem(value);
    return found === undefined ? { value } : { problem: found.problem, ...meant(found.meant) };
  });
}

/** `64500` or `AS64500`. */
export function asNumber() {
  // RFC 7607: 0 is no AS number; RFC 7300: nor is the last.
  const most = 2 ** 32 - 2;
  return z.union(
    [
      integer(1, most),
      z
        .string()
        .regex(/^AS[1-9]\d{0,9}$/i, 'an AS number such as 64500')
        .transform((value) => Number(value.slice(2)))
        .pipe(integer(1, most)),
    ],
    { error: 'an AS number such as 64500' },
  );
}

/** A domain name for clients to be sent to, absolute, the final dot optional → wire form. */
export function targetName() {
  return parsed<Uint8Array>('a domain name such as www.example.net.', (value) => {
    if (parseAddress(value) !== undefined)
      return { problem: '', hint: 'an address is given with addresses:' };
    const ascii = hostText(value);
    if (ascii === undefined) return { problem: '' };
    try {
      return { value: parseName(ascii) };
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      return { problem: '', hint: error.message };
    }
  });
}

/** What {@link parseHttpHost} reads; completes "must be …". */
export const HTTP_HOST = 'a host such as dl.example.com, without scheme, port and path';

export function httpHost() {
  return parsed(HTTP_HOST, (value) => {
    const host = parseHttpHost(value);
    return host === undefined ? { problem: '' } : { value: host };
  });
}

/** A host as HTTP has it: lower case, ASCII (IDNA), no port, no final dot. @returns undefined when it is none */
export function parseHttpHost(value: string): string | undefined {
  const ascii = hostText(value)?.toLowerCase().replace(/\.$/, '');
  return ascii === undefined || ascii.length > MAX_HOST ? undefined : ascii;
}

/** An absolute http or https URL that paths are joined to; ends with `/`. */
export function baseUrl() {
  const what = 'an absolute URL such as https://fra1.example.com/';
  return parsed(what, (value) => {
    if (!/^https?:\/\/[^\s\\]+$/i.test(value) || !URL.canParse(value)) return { problem: '' };
    if (/[?#]/.test(value)) return { problem: 'a URL without query and fragment' };
    const url = new URL(value);
    if (url.username !== '' || url.password !== '') return { problem: 'a URL without user and password' };
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return { value: url.href };
  });
}

/** Characters of the longest name of RFC 1035 §2.3.4, without the root. */
const MAX_HOST = 253;

function meant(value: string | undefined): { hint?: string } {
  return value === undefined ? {} : { hint: `did you mean ${JSON.stringify(value)}?` };
}

/** Letters, digits, `-` and `_` in labels; others are IDNA, turned into ASCII. */
function hostText(value: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII is meant
  const ascii = /^[\x00-\x7f]*$/.test(value) ? value : domainToASCII(value);
  return /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i.test(ascii) ? ascii : undefined;
}

/** Why no client can be sent to an address, if so. */
function unservable(octets: Uint8Array): { problem: string; hint?: string } | undefined {
  const first = octets[0] ?? 0;
  if (octets.every((octet) => octet === 0))
    return { problem: "a member's own address, not the unspecified one" };
  if (octets.length === 4) {
    if (first >= 224 && first <= 239) return { problem: 'a unicast address, not a multicast one' };
    if (octets.every((octet) => octet === 255))
      return { problem: 'a unicast address, not the broadcast one' };
    return undefined;
  }
  if (first === 0xff) return { problem: 'a unicast address, not a multicast one' };
  if (isV4Mapped(octets)) {
    return {
      problem: 'an IPv4 address in IPv4 form',
      ...meant(formatAddress(octets.subarray(12))),
    };
  }
  return undefined;
}
