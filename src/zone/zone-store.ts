/**
 * Every served zone, in flat arrays over shared memory: built once by `ZoneBuilder`, read by every answering thread.
 *
 *   name ─ hash ─► slots ─► node ─► its RRsets ─► RDATA in octets
 *
 * Owner names and empty non-terminals are nodes. An index that may be absent is kept one higher, so that 0 is «none».
 */
export interface ZoneStore {
  /** Owner names (lower case), RDATA, precompiled answers. */
  readonly octets: Uint8Array;
  /** Open addressing over pairs: hash of (zone, name), node + 1. */
  readonly slots: Uint32Array;
  /** {@link Node} words a node. */
  readonly nodes: Uint32Array;
  /** {@link RrsetWord} words an RRset; those of a node are neighbours. */
  readonly rrsets: Uint32Array;
  /** {@link Zone} words a zone. */
  readonly zones: Uint32Array;
  /** Open addressing over pairs: hash of an apex, zone + 1. */
  readonly apexes: Uint32Array;
  /** Nodes whose addresses are additional, in runs that an RRset points to. */
  readonly additional: Uint32Array;
}

/** Words of a node. */
export const Node = {
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
  /** Index in `additional` of a count and that many nodes; 0: there are none. */
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
  WORDS: 5,
} as const;

export function nodeWord(store: ZoneStore, node: number, word: number): number {
  return store.nodes[node * Node.WORDS + word] as number;
}

export function rrsetWord(store: ZoneStore, rrset: number, word: number): number {
  return store.rrsets[rrset * RrsetWord.WORDS + word] as number;
}

export function zoneWord(store: ZoneStore, zone: number, word: number): number {
  return store.zones[zone * Zone.WORDS + word] as number;
}

/** Hash of a name in a zone, from the name's own. The golden ratio's bits keep zones apart. */
export function hashInZone(nameHash: number, zone: number): number {
  return (Math.imul(nameHash ^ (zone + 1), 0x9e3779b1) ^ nameHash) >>> 0;
}
