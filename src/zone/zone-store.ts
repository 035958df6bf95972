/**
 * Every served zone, in flat arrays over shared memory: built once by `ZoneBuilder`, read by every answering thread.
 *
 *   name ─ hash ─► slots ─► node
 *
 *   a node:   words of the node │ words of each RRset │ its name │ up to a whole word │ RDATA, precompiled answers │ …
 *             Node                RrsetWord
 *
 * All of a node is one stretch of memory: with a million names each cache line that an answer touches is fetched from far
 * away. Owner names and empty non-terminals are nodes. A node, or an RRset, is known by the index of its first word. An
 * index that may be absent is kept one higher, so that 0 is «none».
 */
export interface ZoneStore {
  readonly words: Uint32Array;
  /** The same memory as {@link words}. Names are in lower case. */
  readonly octets: Uint8Array;
  /** Open addressing over pairs: hash of a name, node + 1. The name of a cut into another zone of ours is there twice. */
  readonly slots: Uint32Array;
  /** {@link Zone} words a zone. */
  readonly zones: Uint32Array;
  /** Open addressing over pairs: hash of an apex, zone + 1. */
  readonly apexes: Uint32Array;
  /** Names of the apexes once more: close together, those of ten thousand zones stay in the processor's cache. */
  readonly apexNames: Uint8Array;
  /** Nodes whose addresses are additional, in runs that an RRset points to. */
  readonly additional: Uint32Array;
}

/** Words of a node. With those of one RRset they fill a cache line. */
export const Node = {
  /** Offset in `octets`, of a whole word; octets past the name, up to a whole word, are 0. */
  NAME_AT: 0,
  /** Octets of its name. */
  NAME_LENGTH: 1,
  ZONE: 2,
  FIRST_RRSET: 3,
  RRSET_COUNT: 4,
  /** Node + 1 of the topmost zone cut at or above it, or of the topmost DNAME above it, whichever is higher. */
  OCCLUDER: 5,
  /** Node + 1 of its child `*`. */
  WILDCARD: 6,
  /** {@link NodeFlag} */
  FLAGS: 7,
  WORDS: 8,
} as const;

export const NodeFlag = {
  APEX: 1,
  /** It has NS and is not the apex. */
  CUT: 2,
  DNAME: 4,
  /** It is at or below the apex of a deeper zone of ours: only DS is asked for here, and glue looked for (RFC 1034 §4.2.1). */
  HIDDEN: 8,
} as const;

/** Words of an RRset. */
export const RrsetWord = {
  TYPE: 0,
  /** {@link RrsetKind} */
  KIND: 1,
  TTL: 2,
  /** STATIC: how many RRs. ALIAS: 1. STEERED: {@link SteeredFlag}. */
  COUNT: 3,
  /**
   * STATIC: offset of the RRs' RDATA, two octets of length before each. STEERED: index of the service. ALIAS: offset of the
   * target's name. FORWARD: the caller's number.
   */
  DATA: 4,
  /** ALIAS: alias slot + 1. STATIC: offset of the answer precompiled for a question of just this name; 0: there is none. */
  WIRE_AT: 5,
  WIRE_LENGTH: 6,
  /** Index in `additional` of a count and that many pairs of a node and the offset of its owner name there; 0: there are none. */
  ADDITIONAL: 7,
  WORDS: 8,
} as const;

/** FORWARD is URLFWD: no DNS data, but the name exists, and the redirect endpoint finds it as DNS finds names. */
export const RrsetKind = { STATIC: 0, STEERED: 1, ALIAS: 2, FORWARD: 3 } as const;
export type RrsetKind = (typeof RrsetKind)[keyof typeof RrsetKind];

/** TYPE of a FORWARD RRset: reserved, so that nobody asks for it (RFC 6895 §3.1). */
export const FORWARD_TYPE = 0;

export const SteeredFlag = {
  /** A host member is answered by its addresses, since CNAME can't stand beside the other data here (RFC 1034 §3.6.2). */
  FLATTEN: 1,
  /** The TTL is the record's own, an upper bound of the service's. */
  TTL_BOUND: 2,
} as const;

/** Words of a zone. */
export const Zone = {
  APEX: 0,
  SOA: 1,
  /** RRset + 1 of the apex's NS. */
  NS: 2,
  /** RFC 2308 §3: the lesser of the SOA's TTL and its MINIMUM. */
  NEGATIVE_TTL: 3,
  /** Labels of the apex. */
  LABELS: 4,
  /** Offset in `apexNames`. */
  NAME_AT: 5,
  NAME_LENGTH: 6,
  /** Where the SOA's compiled answer has pointers in MNAME (low 16 bits) and in RNAME (high 16 bits); 0: it has none there. */
  SOA_POINTERS: 7,
  /** A power of two, so that a zone is on one cache line. */
  WORDS: 8,
} as const;

export function nodeWord(store: ZoneStore, node: number, word: number): number {
  return store.words[node + word] as number;
}

export function rrsetWord(store: ZoneStore, rrset: number, word: number): number {
  return store.words[rrset + word] as number;
}

export function zoneWord(store: ZoneStore, zone: number, word: number): number {
  return store.zones[zone * Zone.WORDS + word] as number;
}

/** Adds a pair to a table of open addressing that has room. */
export function insertSlot(slots: Uint32Array, hash: number, value: number): void {
  const mask = slots.length / 2 - 1;
  let slot = hash & mask;
  while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
  slots[2 * slot] = hash;
  slots[2 * slot + 1] = value;
}

/** A table of open addressing with twice the room. */
export function grownSlots(slots: Uint32Array): Uint32Array {
  const grown = new Uint32Array(slots.length * 2);
  for (let at = 0; at < slots.length; at += 2) {
    if (slots[at + 1] !== 0) insertSlot(grown, slots[at] as number, slots[at + 1] as number);
  }
  return grown;
}
