import type { Client } from './client.js';

/** Immutable: every IPv4 and every IPv6 address → a value (uint32) and the longest prefix around it of that value. */
export interface PrefixTable {
  /** The flat trie, over a SharedArrayBuffer. */
  readonly nodes: Uint32Array;
}

/** An address block; `octets` are 4 or 16, bits past `bits` are 0. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** The value for this client; `client.matchBits` becomes the length of the prefix on which it is constant. */
export function findPrefix(table: PrefixTable, client: Client): number {
  void [table, client];
  throw new Error('not built yet');
}
