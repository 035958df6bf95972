import type { Client } from './client.js';

/**
 * Immutable: every IPv4 and every IPv6 address → a value and the longest prefix around it of that value. A flat trie:
 *
 *   word 0      shift: the first 32 - shift bits of an address choose its entry in the index of its family
 *   word 1, 2   where the index of IPv4 begins, and of IPv6
 *   word 3, 4   the entry of all of IPv4, and of IPv6
 *   word 5 …    nodes: two entries each, for a next bit of 0 and of 1
 *   … end       both indexes
 *
 * An entry below {@link LEAF} is the word where a node begins. Else it is a leaf: bit 30, then five bits that in an index say
 * how many bits of the address the leaf has (it may begin above the index's depth), then 25 bits of value.
 */
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

/** Bit 30, not 31, so that every entry is a small integer of V8's and building a table does not allocate. */
export const LEAF = 1 << 30;
/** A leaf in an index: where its length begins. */
export const LENGTH_SHIFT = 25;
/** The most that a table's value can be; one more is kept for {@link EMBEDDED_VALUE}. */
export const MAX_VALUE = (1 << LENGTH_SHIFT) - 2;
/** Value of the IPv6 prefixes that clients are never asked by: it keeps their neighbours from merging with them. */
export const EMBEDDED_VALUE = (1 << LENGTH_SHIFT) - 1;

/** Words of a table's header. */
export const Header = { SHIFT: 0, INDEX4: 1, INDEX6: 2, ROOT4: 3, ROOT6: 4, FIRST_NODE: 5 } as const;

/** The value for this client; `client.matchBits` becomes the length of the prefix on which it is constant. */
export function findPrefix(table: PrefixTable, client: Client): number {
  const nodes = table.nodes;
  const shift = nodes[Header.SHIFT] as number;
  const index = nodes[client.tableFamily === 4 ? Header.INDEX4 : Header.INDEX6] as number;
  let entry = nodes[index + (client.word0 >>> shift)] as number;
  if (entry >= LEAF) {
    client.matchBits = (entry >>> LENGTH_SHIFT) & 31;
    return entry & VALUE_MASK;
  }
  let bits = 32 - shift;
  let word = client.word0 << bits;
  // Ends: no path of a built trie is longer than its family's addresses.
  for (;;) {
    entry = nodes[entry + (word >>> 31)] as number;
    bits += 1;
    if (entry >= LEAF) break;
    word = (bits & 31) === 0 ? wordAfter(client, bits) : word << 1;
  }
  client.matchBits = bits;
  return entry & VALUE_MASK;
}

const VALUE_MASK = (1 << LENGTH_SHIFT) - 1;

function wordAfter(client: Client, bits: number): number {
  if (bits === 32) return client.word1;
  return bits === 64 ? client.word2 : client.word3;
}
