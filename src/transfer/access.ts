import type { Exchange } from '../answer/exchange.js';
import { lowerName, sameName } from '../wire/name.js';
import type { Allowed } from './thread-messages.js';

/** Whether one of the entries takes a requestor. @param key name of the key that signed; undefined: none did */
export function isAllowed(
  allowed: readonly Allowed[],
  { family, address }: Pick<Exchange, 'family' | 'address'>,
  key: Uint8Array | undefined,
): boolean {
  return allowed.some((entry) => {
    if (entry.key !== undefined && (key === undefined || !sameName(entry.key, key))) return false;
    const { prefix } = entry;
    return prefix === undefined || (prefix.family === family && isIn(address, prefix.octets, prefix.bits));
  });
}

/** A name as the key of a Map: the same for names that are equal (RFC 4343). */
export function nameKey(name: Uint8Array): string {
  return Buffer.from(lowerName(name)).toString('latin1');
}

function isIn(address: Uint8Array, prefix: Uint8Array, bits: number): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = bits - at * 8 >= 8 ? 0xff : 0xff00 >>> (bits - at * 8);
    if ((((address[at] ?? 0) ^ (prefix[at] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
