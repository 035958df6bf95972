import { type PeerAddress, parsePeer } from './client-address.js';

/**
 * What the first octets of a connection are, by HAProxy's PROXY protocol.
 * `none`: another protocol. `more`: too few octets to tell. `local`: the proxy speaks for itself.
 */
export type ProxyHeader =
  | { readonly kind: 'none' }
  | { readonly kind: 'more' }
  | { readonly kind: 'bad' }
  | { readonly kind: 'local'; readonly length: number }
  | { readonly kind: 'client'; readonly length: number; readonly peer: PeerAddress };

/** The longest header that is read: version 2's 16 octets, and addresses with more TLVs than any proxy sends. */
const MAX_PROXY_HEADER_OCTETS = 4096;

/** Reads a PROXY header of version 1 or 2. `length` is where the connection's own octets begin. */
export function parseProxyHeader(octets: Buffer): ProxyHeader {
  if (startsAlike(octets, V2_SIGNATURE)) return parseVersion2(octets);
  if (startsAlike(octets, V1_SIGNATURE)) return parseVersion1(octets);
  return NONE;
}

const NONE = { kind: 'none' } as const;
const MORE = { kind: 'more' } as const;
const BAD = { kind: 'bad' } as const;

const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** The longest line of version 1, with CR LF (§2.1). */
const V1_MAX_OCTETS = 107;

function startsAlike(octets: Buffer, signature: Buffer): boolean {
  const length = Math.min(octets.length, signature.length);
  return octets.subarray(0, length).equals(signature.subarray(0, length));
}

/** `PROXY TCP4 192.0.2.7 198.51.100.1 56324 80\r\n` */
function parseVersion1(octets: Buffer): ProxyHeader {
  const end = octets.subarray(0, V1_MAX_OCTETS).indexOf('\r\n');
  if (end < 0) return octets.length < V1_MAX_OCTETS ? MORE : BAD;
  const length = end + 2;
  const words = octets.toString('latin1', 0, end).split(' ');
  // "The receiver must ignore anything presented before the CRLF" after UNKNOWN.
  if (words[1] === 'UNKNOWN') return { kind: 'local', length };
  const [, protocol, source = '', destination = '', sourcePort = '', destinationPort = ''] = words;
  const peer = parsePeer(source);
  const wellFormed =
    words.length === 6 &&
    (protocol === 'TCP4' || protocol === 'TCP6') &&
    source.includes(':') === (protocol === 'TCP6') &&
    parsePeer(destination) !== undefined &&
    isPort(sourcePort) &&
    isPort(destinationPort);
  return wellFormed && peer !== undefined ? { kind: 'client', length, peer } : BAD;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}

/**
 *   0..11  signature
 *   12     version (4 bits, 2), command (4 bits: 0 LOCAL, 1 PROXY)
 *   13     family (4 bits: 1 IPv4, 2 IPv6), transport (4 bits: 1 stream)
 *   14..15 octets that follow: source address, destination address, ports, TLVs
 */
function parseVersion2(octets: Buffer): ProxyHeader {
  if (octets.length < 16) return MORE;
  const command = octets.readUInt8(12);
  const length = 16 + octets.readUInt16BE(14);
  if (length > MAX_PROXY_HEADER_OCTETS || (command !== 0x20 && command !== 0x21)) return BAD;
  if (octets.length < length) return MORE;
  if (command === 0x20) return { kind: 'local', length };
  switch (octets.readUInt8(13)) {
    case 0x11:
      return length < 16 + 12 ? BAD : { kind: 'client', length, peer: peerAt(octets, 4) };
    case 0x21:
      return length < 16 + 36 ? BAD : { kind: 'client', length, peer: peerAt(octets, 16) };
    default:
      // §2.2: of an unsupported family the receiver uses the real endpoints.
      return { kind: 'local', length };
  }
}

/** The source address that starts the address block. A mapped one becomes IPv4, as it does everywhere. */
function peerAt(octets: Buffer, size: 4 | 16): PeerAddress {
  const address = Uint8Array.prototype.slice.call(octets, 16, 16 + size);
  if (size === 4) return { family: 4, octets: address };
  const mapped =
    address.subarray(0, 10).every((octet) => octet === 0) && address[10] === 0xff && address[11] === 0xff;
  return mapped ? { family: 4, octets: address.slice(12) } : { family: 6, octets: address };
}
