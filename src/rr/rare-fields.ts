import { formatAddress } from '../config/address.js';
import { formatName } from '../wire/name.js';
import { FAMILY_OCTETS, parseFamilyAddress } from './address-fields.js';
import { parseBase64, parseHex } from './blob-fields.js';
import type { FieldKind, ReadName } from './field.js';
import { parseInteger } from './number-fields.js';
import { mustBe, RdataError } from './rdata-error.js';
import type { RdataReader } from './rdata-reader.js';
import type { RdataWriter } from './rdata-writer.js';
import { characterString } from './string-fields.js';
import { textField } from './text-field.js';
import type { TextReader } from './text-reader.js';

/** A <character-string> that may be missing: ISDN's subaddress (RFC 1183 §3.2). */
export const optionalString: FieldKind = textField(
  (text, out, readName) => {
    if (text.left > 0) characterString.fromText(text, out, readName);
  },
  (wire) => (wire.left === 0 ? '' : characterString.toText(wire)),
);

/** `0x47.0005.80` (RFC 1706 §5). */
export const nsap: FieldKind = textField(
  (text, out) => {
    const word = text.next().text;
    if (!/^0x/i.test(word)) throw mustBe('0x and hexadecimal digits', word);
    out.octets(parseHex(word.slice(2).replaceAll('.', '')));
  },
  (wire) => {
    if (wire.left === 0) throw new RdataError('is missing');
    return `0x${Buffer.from(wire.rest()).toString('hex')}`;
  },
);

/** Eight octets as four groups of hexadecimal digits (RFC 6742 §2.1). */
export const locator64: FieldKind = textField(
  (text, out) => {
    const word = text.next().text;
    if (!/^[0-9a-f]{1,4}(:[0-9a-f]{1,4}){3}$/i.test(word))
      throw mustBe('four groups such as 14:4fff:ff20:ee64', word);
    for (const group of word.split(':')) out.u16(Number.parseInt(group, 16));
  },
  (wire) => [wire.u16(), wire.u16(), wire.u16(), wire.u16()].map((group) => hex(group, 4)).join(':'),
);

/** Octets with hyphens between: `00-00-5e-00-53-2a` (RFC 7043). */
export function eui(octets: 6 | 8): FieldKind {
  const form = new RegExp(`^[0-9a-f]{2}(-[0-9a-f]{2}){${octets - 1}}$`, 'i');
  return textField(
    (text, out) => {
      const word = text.next().text;
      if (!form.test(word)) throw mustBe(`${octets} octets such as 00-00-5e-…`, word);
      out.octets(parseHex(word.replaceAll('-', '')));
    },
    (wire) => Array.from(wire.take(octets), (octet) => hex(octet, 2)).join('-'),
  );
}

/** Address prefixes, `1:192.0.2.0/24 !2:2001:db8::/32` (RFC 3123). */
export const addressPrefixes: FieldKind = textField(
  (text, out) => {
    for (const { text: word } of text.rest()) {
      const [, not, family, address = '', bits = ''] = /^(!?)([12]):([^/]+)\/(\d+)$/.exec(word) ?? [];
      if (family === undefined) throw mustBe('prefixes such as 1:192.0.2.0/24', word);
      const octets = parseFamilyAddress(address, family === '1' ? 4 : 6);
      let length = octets.length;
      // RFC 3123 §4: trailing zero octets are left out.
      while (length > 0 && octets[length - 1] === 0) length--;
      out.u16(Number(family));
      out.u8(parseInteger(bits, octets.length * 8));
      out.u8(length | (not === '!' ? 0x80 : 0));
      out.octets(octets.subarray(0, length));
    }
  },
  (wire) => {
    const words: string[] = [];
    while (wire.left > 0) {
      const family = wire.u16();
      const bits = wire.u8();
      const length = wire.u8();
      const octets = new Uint8Array(FAMILY_OCTETS[family === 1 ? 4 : 6]);
      const given = wire.take(length & 0x7f);
      if ((family !== 1 && family !== 2) || bits > octets.length * 8 || given.length > octets.length) {
        throw new RdataError('has an unknown address prefix');
      }
      if (given[given.length - 1] === 0) throw new RdataError('has a zero octet at the end of a prefix');
      octets.set(given);
      words.push(`${length > 0x7f ? '!' : ''}${family}:${formatAddress(octets)}/${bits}`);
    }
    return words.join(' ');
  },
);

/** Protocols and ports by the names that old master files have (IANA). */
const PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };
const PORTS: Readonly<Record<string, number>> = {
  ...{ echo: 7, discard: 9, daytime: 13, 'ftp-data': 20, ftp: 21, ssh: 22, telnet: 23, smtp: 25, time: 37 },
  ...{ nameserver: 42, domain: 53, tftp: 69, gopher: 70, finger: 79, http: 80, kerberos: 88, hostname: 101 },
  ...{ pop3: 110, sunrpc: 111, auth: 113, nntp: 119, ntp: 123, imap: 143, snmp: 161, https: 443 },
};

/** WKS's protocol and the bitmap of its ports (RFC 1035 §3.4.2). */
export const wellKnownServices: FieldKind = textField(
  (text, out) => {
    const protocol = text.next().text;
    out.u8(PROTOCOLS[protocol.toLowerCase()] ?? parseInteger(protocol, 0xff));
    const ports = text
      .rest()
      .map(({ text: word }) => PORTS[word.toLowerCase()] ?? parseInteger(word, 0xffff));
    const bitmap = new Uint8Array(ports.length === 0 ? 0 : (Math.max(...ports) >>> 3) + 1);
    for (const port of ports) bitmap[port >>> 3] = (bitmap[port >>> 3] as number) | (0x80 >>> (port & 7));
    out.octets(bitmap);
  },
  (wire) => {
    const words = [String(wire.u8())];
    const bitmap = wire.rest();
    if (bitmap[bitmap.length - 1] === 0) throw new RdataError('has a bitmap with a zero octet at its end');
    for (let port = 0; port < bitmap.length * 8; port++) {
      if (((bitmap[port >>> 3] as number) & (0x80 >>> (port & 7))) !== 0) words.push(String(port));
    }
    return words.join(' ');
  },
);

/** IPSECKEY after its precedence: gateway type, algorithm, gateway, and a key that may be missing (RFC 4025 §2). */
export const ipsecGateway: FieldKind = textField(
  (text, out, readName) => {
    const kind = parseInteger(text.next().text, 3);
    out.u8(kind);
    out.u8(parseInteger(text.next().text, 0xff));
    writeGateway(kind, text, out, readName);
    if (text.left > 0) out.octets(parseBase64(joined(text)));
  },
  (wire) => {
    const kind = wire.u8();
    const words = [String(kind), String(wire.u8()), readGateway(kind, wire)];
    if (wire.left > 0) words.push(Buffer.from(wire.rest()).toString('base64'));
    return words.join(' ');
  },
);

/** AMTRELAY after its precedence: discovery flag, relay type, relay (RFC 8777 §4). */
export const relay: FieldKind = textField(
  (text, out, readName) => {
    const discovery = parseInteger(text.next().text, 1);
    const kind = parseInteger(text.next().text, 3);
    out.u8((discovery << 7) | kind);
    // RFC 8777 §4.3.1: the relay of type 0 is "." in text and nothing on the wire.
    writeGateway(kind, text, out, readName);
  },
  (wire) => {
    const octet = wire.u8();
    return `${octet >>> 7} ${octet & 0x7f} ${readGateway(octet & 0x7f, wire)}`;
  },
);

/** HIP: algorithm, tag, key, and the names of rendezvous servers (RFC 8005 §5). */
export const hostIdentity: FieldKind = textField(
  (text, out, readName) => {
    const algorithm = parseInteger(text.next().text, 0xff);
    const tag = parseHex(text.next().text);
    const key = parseBase64(text.next().text);
    if (tag.length > 0xff) throw new RdataError('has a tag of more than 255 octets');
    out.u8(tag.length);
    out.u8(algorithm);
    out.u16(key.length);
    out.octets(tag);
    out.octets(key);
    for (const { text: word } of text.rest()) out.octets(readName(word));
  },
  (wire) => {
    const tagLength = wire.u8();
    const algorithm = wire.u8();
    const keyLength = wire.u16();
    if (tagLength === 0 || keyLength === 0) throw new RdataError('is missing');
    const tag = Buffer.from(wire.take(tagLength)).toString('hex');
    const words = [String(algorithm), tag, Buffer.from(wire.take(keyLength)).toString('base64')];
    while (wire.left > 0) words.push(formatName(wire.name()));
    return words.join(' ');
  },
);

/** Types of gateway: none, IPv4, IPv6, name (RFC 4025 §2.3). */
function writeGateway(kind: number, text: TextReader, out: RdataWriter, readName: ReadName): void {
  const word = text.next().text;
  if (kind === 1) out.octets(parseFamilyAddress(word, 4));
  else if (kind === 2) out.octets(parseFamilyAddress(word, 6));
  else if (kind === 3) out.octets(readName(word));
  else if (word !== '.') throw mustBe('"." for type 0', word);
}

function readGateway(kind: number, wire: RdataReader): string {
  if (kind === 0) return '.';
  if (kind === 1) return formatAddress(wire.take(4));
  if (kind === 2) return formatAddress(wire.take(16));
  if (kind === 3) return formatName(wire.name());
  throw new RdataError('has an unknown type of gateway');
}

function joined(text: TextReader): string {
  return text
    .rest()
    .map((token) => token.text)
    .join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
