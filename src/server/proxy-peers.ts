import type { Prefix } from '../geo/prefix-table.js';

/**
 * Peers whose datagrams and connections begin with a PROXY header. They are few, so each is compared in turn. Addresses that hold
 * an IPv4 address are not asked by it, as clients are: who has 2002:c000:0201::/48 is not 192.0.2.1.
 */
export class ProxyPeers {
  /** False: there are none. */
  any = false;
  #prefixes: readonly Prefix[] = [];

  constructor(prefixes: readonly Prefix[] = []) {
    this.replace(prefixes);
  }

  replace(prefixes: readonly Prefix[]): void {
    this.#prefixes = prefixes;
    this.any = prefixes.length > 0;
  }

  /** True for the address of 4 or 16 octets from `at`. Allocates nothing. */
  includes(family: 4 | 6, octets: Uint8Array, at: number): boolean {
    for (let i = 0; i < this.#prefixes.length; i++) {
      const prefix = this.#prefixes[i] as Prefix;
      if (prefix.family === family && startsAlike(prefix, octets, at)) return true;
    }
    return false;
  }
}

function startsAlike(prefix: Prefix, octets: Uint8Array, at: number): boolean {
  const whole = prefix.bits >>> 3;
  for (let i = 0; i < whole; i++) if (prefix.octets[i] !== octets[at + i]) return false;
  const odd = prefix.bits & 7;
  if (odd === 0) return true;
  return (((prefix.octets[whole] as number) ^ (octets[at + whole] as number)) & (0xff00 >>> odd)) === 0;
}
