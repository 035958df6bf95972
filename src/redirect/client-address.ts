import { BlockList } from 'node:net';
import { readAddressText } from '../server/address-text.js';
import type { PeerAddress } from '../server/proxy-header.js';

/** Peers whose word counts. Made once a configuration. */
export type TrustedProxies = BlockList;

/**
 * @param prefixes `192.0.2.0/24`, `2001:db8::/32`, or an address
 * @throws TypeError when one is none of these
 */
export function makeTrustedProxies(prefixes: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const prefix of prefixes) {
    const [address = '', bits] = prefix.split('/');
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** An IPv4-mapped address counts as the IPv4 address that it is. */
export function isTrusted(trusted: TrustedProxies, peer: PeerAddress): boolean {
  return trusted.check(formatOctets(peer.octets), peer.family === 4 ? 'ipv4' : 'ipv6');
}

/** @returns undefined when the text is no IPv4 or IPv6 address. An IPv4-mapped address becomes IPv4. */
export function parsePeer(text: string): PeerAddress | undefined {
  const octets = new Uint8Array(16);
  const family = readAddressText(text, octets);
  return family === 0 ? undefined : { family, octets: octets.subarray(0, family === 4 ? 4 : 16) };
}

/**
 * The client that a request is answered for. X-Forwarded-For is a list to which each proxy appended whom it heard: read from
 * the right, the first address that is no trusted proxy is the client; what stands left of it anyone can have written. Where
 * all are trusted, the leftmost is the client. An entry that is no address ends the reading: the peer itself is the client.
 * @param peer who opened the connection (or whom a PROXY header names)
 * @param forwardedFor every X-Forwarded-For field of the request, joined by commas
 */
export function requestClient(
  peer: PeerAddress,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): PeerAddress {
  if (forwardedFor === undefined || !isTrusted(trusted, peer)) return peer;
  const entries = forwardedFor.split(',');
  let client = peer;
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = parseForwardedEntry(entries[i]?.trim() ?? '');
    if (entry === undefined) return peer;
    client = entry;
    if (!isTrusted(trusted, entry)) break;
  }
  return client;
}

/** Proxies write `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`. */
function parseForwardedEntry(text: string): PeerAddress | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\](?::\d{1,5})?|(\d[\d.]+)(?::\d{1,5})?|([0-9a-f:]+:[0-9a-f:.]*))$/i.exec(
    text,
  );
  if (found === null) return undefined;
  const [, bracketed, dotted, bare] = found;
  // Some programs read an octet with a leading zero as octal.
  if (dotted !== undefined && /(?:^|\.)0\d/.test(dotted)) return undefined;
  return parsePeer(bracketed ?? dotted ?? bare ?? '');
}

/** IPv6 without shortening: only {@link BlockList} reads it. */
function formatOctets(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0)).toString(16));
  return groups.join(':');
}
