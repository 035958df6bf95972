import { copyOctets, u8, u16 } from '../wire/octets.js';

/** An address of a client or a proxy. */
export interface PeerAddress {
  readonly family: 4 | 6;
  /** 4 or 16. */
  readonly octets: Uint8Array;
}

/** Whom a PROXY header speaks for. Refilled for each header; keep no reference. */
export class ProxySource {
  /** 0: nobody. The proxy speaks for itself (LOCAL), or for a client without an IP address. */
  family: 0 | 4 | 6 = 0;
  /** 4 or 16 octets of it are the client's address. An IPv4-mapped one is IPv4, as it is everywhere. */
  readonly address = new Uint8Array(16);
}

/** What {@link parseProxyV2} returns where there is no whole header. */
export const ProxyParse = {
  /** Too few octets to tell. */
  MORE: 0,
  /** No header of version 2: its signature is missing. */
  NONE: -1,
  /** Malformed, or longer than any proxy sends. */
  BAD: -2,
} as const;

/**
 * Reads the header of HAProxy's PROXY protocol, version 2, that octets begin with. Allocates nothing.
 *
 *     0..11   signature
 *     12      version (4 bits, 2), command (4 bits: 0 LOCAL, 1 PROXY)
 *     13      family (4 bits: 1 IPv4, 2 IPv6, 3 UNIX), transport (4 bits: 1 stream, 2 datagram)
 *     14..15  octets that follow: source address, destination address, ports, TLVs, which are skipped
 *
 * @param length octets that there are; what lies past them is not read
 * @param source receives whom the header speaks for
 * @returns octets of the header, or one of {@link ProxyParse}, none of which is greater than 0
 */
export function parseProxyV2(octets: Uint8Array, length: number, source: ProxySource): number {
  const known = Math.min(length, SIGNATURE.length);
  for (let i = 0; i < known; i++) if (octets[i] !== SIGNATURE[i]) return ProxyParse.NONE;
  if (length < HEAD_OCTETS) return ProxyParse.MORE;
  const command = u8(octets, 12);
  const end = HEAD_OCTETS + u16(octets, 14);
  if (end > MAX_HEADER_OCTETS || (command !== LOCAL && command !== PROXY)) return ProxyParse.BAD;
  if (length < end) return ProxyParse.MORE;
  source.family = 0;
  if (command === LOCAL) return end;
  const family = u8(octets, 13) >>> 4;
  const transport = u8(octets, 13) & 0xf;
  // §2.2: "Other values are unspecified and must not be emitted […] and must be rejected as invalid by receivers."
  if (family > 3 || transport > 2) return ProxyParse.BAD;
  // §2.2: of UNSPEC, and of a family that it does not know, the receiver takes the connection's own endpoints.
  if (family === 0 || family === 3 || transport === 0) return end;
  const addressOctets = family === 1 ? 4 : 16;
  if (end < HEAD_OCTETS + 2 * addressOctets + PORTS_OCTETS) return ProxyParse.BAD;
  if (family === 2 && isMapped(octets)) {
    source.family = 4;
    copyOctets(octets, HEAD_OCTETS + 12, source.address, 0, 4);
  } else {
    source.family = family === 1 ? 4 : 6;
    copyOctets(octets, HEAD_OCTETS, source.address, 0, addressOctets);
  }
  return end;
}

/**
 * What the first octets of a connection are, by the PROXY protocol; `length` is where the connection's own begin.
 * `none`: another protocol. `more`: too few octets to tell. `local`: the proxy speaks for itself.
 */
export type ProxyHeader =
  | { readonly kind: 'none' }
  | { readonly kind: 'more' }
  | { readonly kind: 'bad' }
  | { readonly kind: 'local'; readonly length: number }
  | { readonly kind: 'client'; readonly length: number; readonly peer: PeerAddress };

/** As {@link parseProxyV2}, for a connection. */
export function readProxyV2(octets: Uint8Array): ProxyHeader {
  const source = new ProxySource();
  const length = parseProxyV2(octets, octets.length, source);
  if (length === ProxyParse.NONE) return { kind: 'none' };
  if (length === ProxyParse.MORE) return { kind: 'more' };
  if (length === ProxyParse.BAD) return { kind: 'bad' };
  const { family, address } = source;
  if (family === 0) return { kind: 'local', length };
  return { kind: 'client', length, peer: { family, octets: address.slice(0, family === 4 ? 4 : 16) } };
}

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const LOCAL = 0x20;
const PROXY = 0x21;
/** Octets before the addresses. */
const HEAD_OCTETS = 16;
const PORTS_OCTETS = 4;
/** The longest header that is read: 16 octets, two addresses, and more TLVs than any proxy sends. */
const MAX_HEADER_OCTETS = 4096;

/** True when the source address is in ::ffff:0:0/96. */
function isMapped(octets: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (octets[HEAD_OCTETS + i] !== 0) return false;
  return octets[HEAD_OCTETS + 10] === 0xff && octets[HEAD_OCTETS + 11] === 0xff;
}
