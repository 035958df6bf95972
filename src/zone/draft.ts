import type { LookupName } from '../wire/lookup-name.js';
import { Growing } from './growing.js';
import { grownSlots, insertSlot } from './zone-store.js';

/** Words of a node while zones are built. */
export const DraftNode = {
  /** Offset in the draft's `octets`. */
  NAME_AT: 0,
  NAME_LENGTH: 1,
  ZONE: 2,
  /** The node above; the apex's own for an apex. */
  PARENT: 3,
  /** The RRset added last, + 1: the others follow from one to the next. */
  LAST_RRSET: 4,
  RRSET_COUNT: 5,
  /** Hash of its name. */
  HASH: 6,
  WORDS: 7,
} as const;

/** Words of an RRset while zones are built; those of the same names as in RrsetWord mean the same. */
export const DraftRrset = {
  TYPE: 0,
  KIND: 1,
  TTL: 2,
  COUNT: 3,
  /** An offset in the draft's `octets`, where it is one. */
  DATA: 4,
  /** Octets at DATA. */
  DATA_LENGTH: 5,
  /** The one that was added to the node before, + 1. */
  BEFORE: 6,
  WORDS: 7,
} as const;

/** Zones while they are built: nodes and RRsets in the order in which they came, counted from 0. */
export class Draft {
  readonly octets = new Growing(Uint8Array, 1 << 12);
  readonly nodes = new Growing(Uint32Array, DraftNode.WORDS << 6);
  readonly rrsets = new Growing(Uint32Array, DraftRrset.WORDS << 6);
  /** Apex nodes. */
  readonly apexes = new Growing(Uint32Array, 1 << 2);
  /** Open addressing over pairs: hash of (zone, name), node + 1. At most half of it is in use. */
  slots: Uint32Array = new Uint32Array(1 << 8);

  get nodeCount(): number {
    return this.nodes.length / DraftNode.WORDS;
  }

  nodeWord(node: number, word: number): number {
    return this.nodes.array[node * DraftNode.WORDS + word] as number;
  }

  rrsetWord(rrset: number, word: number): number {
    return this.rrsets.array[rrset * DraftRrset.WORDS + word] as number;
  }

  /** The node of the name without its first `label` labels, or -1. */
  find(zone: number, name: LookupName, label: number): number {
    const { slots } = this;
    const mask = slots.length / 2 - 1;
    const hash = inZone(name.hashes[label] as number, zone);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const node = (slots[2 * slot + 1] as number) - 1;
      if (node < 0) return -1;
      if (slots[2 * slot] === hash && this.#isName(node, zone, name, label)) return node;
    }
  }

  /** Adds a node that is not there yet. @param parent -1 for an apex */
  addNode(zone: number, name: LookupName, label: number, parent: number): number {
    const node = this.nodeCount;
    const start = name.starts[label] as number;
    const at = this.nodes.extend(DraftNode.WORDS);
    const words = this.nodes.array;
    words[at + DraftNode.NAME_AT] = this.octets.length;
    words[at + DraftNode.NAME_LENGTH] = name.length - start;
    words[at + DraftNode.ZONE] = zone;
    words[at + DraftNode.PARENT] = parent < 0 ? node : parent;
    words[at + DraftNode.LAST_RRSET] = 0;
    words[at + DraftNode.RRSET_COUNT] = 0;
    words[at + DraftNode.HASH] = name.hashes[label] as number;
    this.octets.append(name.octets, start, name.length);
    if ((node + 1) * 4 > this.slots.length) this.slots = grownSlots(this.slots);
    insertSlot(this.slots, inZone(name.hashes[label] as number, zone), node + 1);
    return node;
  }

  addRrset(
    node: number,
    type: number,
    kind: number,
    ttl: number,
    count: number,
    data: number,
    dataLength: number,
  ): void {
    const nodes = this.nodes.array;
    const nodeAt = node * DraftNode.WORDS;
    const at = this.rrsets.extend(DraftRrset.WORDS);
    const words = this.rrsets.array;
    words[at + DraftRrset.TYPE] = type;
    words[at + DraftRrset.KIND] = kind;
    words[at + DraftRrset.TTL] = ttl;
    words[at + DraftRrset.COUNT] = count;
    words[at + DraftRrset.DATA] = data;
    words[at + DraftRrset.DATA_LENGTH] = dataLength;
    words[at + DraftRrset.BEFORE] = nodes[nodeAt + DraftNode.LAST_RRSET] as number;
    nodes[nodeAt + DraftNode.LAST_RRSET] = at / DraftRrset.WORDS + 1;
    nodes[nodeAt + DraftNode.RRSET_COUNT] = (nodes[nodeAt + DraftNode.RRSET_COUNT] as number) + 1;
  }

  #isName(node: number, zone: number, name: LookupName, label: number): boolean {
    const words = this.nodes.array;
    const at = node * DraftNode.WORDS;
    const start = name.starts[label] as number;
    const length = name.length - start;
    if (words[at + DraftNode.ZONE] !== zone || words[at + DraftNode.NAME_LENGTH] !== length) return false;
    const octets = this.octets.array;
    const nameAt = words[at + DraftNode.NAME_AT] as number;
    for (let i = 0; i < length; i++) if (octets[nameAt + i] !== name.octets[start + i]) return false;
    return true;
  }
}

/** Keeps the same names in different zones apart, by the golden ratio's bits. */
function inZone(hash: number, zone: number): number {
  return (hash ^ Math.imul(zone + 1, 0x9e3779b1)) >>> 0;
}
