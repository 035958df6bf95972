import { type ProxyHeader, readProxyV2 } from '../server/proxy-header.js';
import { parsePeer } from './client-address.js';

/** Reads a PROXY header of version 1 or 2. `length` is where the connection's own octets begin. */
export function parseProxyHeader(octets: Buffer): ProxyHeader {
  return startsAlike(octets, V1_SIGNATURE) ? parseVersion1(octets) : readProxyV2(octets);
}

const MORE = { kind: 'more' } as const;
const BAD = { kind: 'bad' } as const;

const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');

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
