import { parseAddress, parsePrefix } from '../../src/config/address.js';
import { Client } from '../../src/geo/client.js';
import type { NetworkSpec } from '../../src/geo/network-spec.js';
import type { Place, PlaceTable } from '../../src/geo/place-table.js';
import { findPrefix, type Prefix } from '../../src/geo/prefix-table.js';

export function prefix(text: string): Prefix {
  const reading = parsePrefix(text);
  if (!reading.ok) throw new Error(`${text} must be ${reading.problem}`);
  return reading.prefix;
}

export function clientAt(octets: Uint8Array, sourceBits = 8 * octets.length): Client {
  const client = new Client();
  client.set(octets.length === 4 ? 4 : 6, octets, 0, sourceBits, false);
  return client;
}

/** A client by address, all of it known, or by an ECS prefix: `192.0.2.0/24`. */
export function client(text: string): Client {
  const [address = '', bits] = text.split('/');
  const octets = parseAddress(address);
  if (octets === undefined) throw new Error(`${address} is no address`);
  return clientAt(octets, bits === undefined ? undefined : Number(bits));
}

/** The place of an address, and the length of the prefix that has it, in bits of the address as given. */
export function placeAt(table: PlaceTable, text: string): { place: Place; bits: number } {
  const asking = client(text);
  const place = table.places[findPrefix(table.prefixes, asking)];
  if (place === undefined) throw new Error(`the table's value for ${text} is no place`);
  return { place, bits: asking.givenBits(asking.matchBits) };
}

export function network(text: string, fields: Partial<NetworkSpec>): NetworkSpec {
  return { prefix: prefix(text), lines: [], where: { file: 'networks.yaml', line: 1, column: 1 }, ...fields };
}

/** The address with this bit turned: its neighbour across the border of a prefix of `bit` + 1 bits. */
export function turnBit(octets: Uint8Array, bit: number): Uint8Array {
  const turned = Uint8Array.from(octets);
  turned[bit >>> 3] = (turned[bit >>> 3] ?? 0) ^ (0x80 >>> (bit & 7));
  return turned;
}

/** An address that agrees with `octets` in the first `bits` bits and has those of `filler` after. */
export function within(octets: Uint8Array, bits: number, filler: Uint8Array): Uint8Array {
  return octets.map((octet, i) => {
    const kept = Math.max(0, Math.min(8, bits - 8 * i));
    const mask = (0xff00 >>> kept) & 0xff;
    return (octet & mask) | ((filler[i] ?? 0) & ~mask & 0xff);
  });
}

/** The `bits` first bits of both are the same. */
export function samePrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  return a.length === b.length && within(a, bits, b).every((octet, i) => octet === b[i]);
}
