import type { LookupName } from '../wire/lookup-name.js';
import {
  Node,
  NodeFlag,
  nodeWord,
  RrsetWord,
  rrsetWord,
  Zone,
  type ZoneStore,
  zoneWord,
} from './zone-store.js';

/** Where a name leads in a zone (RFC 1034 §4.3.2 step 3). */
export const Found = {
  /** The node of the name itself; it may be an empty non-terminal. */
  EXACT: 0,
  /** The source of synthesis (RFC 4592 §3.3.1). */
  WILDCARD: 1,
  /** A zone cut at or above the name: its node. */
  CUT: 2,
  /** A DNAME above the name: its node. */
  DNAME: 3,
  /** The closest encloser: the name does not exist. */
  NXDOMAIN: 4,
} as const;
export type Found = (typeof Found)[keyof typeof Found];

/** Refilled by {@link findNode}; keep no reference. */
export class Finding {
  found: Found = Found.NXDOMAIN;
  node = 0;
}

/**
 * The zone that a name is in: the one with the longest apex.
 * @param fromLabel how many of the name's first labels to leave out
 * @returns the zone, or -1
 */
export function findZone(store: ZoneStore, name: LookupName, fromLabel = 0): number {
  const mask = store.apexes.length / 2 - 1;
  for (let label = fromLabel; label <= name.labels; label++) {
    const hash = name.hashes[label] as number;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const zone = (store.apexes[2 * slot + 1] as number) - 1;
      if (zone < 0) break;
      if (store.apexes[2 * slot] === hash && isApex(store, zone, name, label)) return zone;
    }
  }
  return -1;
}

/**
 * Finds where a name leads, in the zone with the longest apex: {@link findZone} and {@link findNode} at once, since the name or its
 * closest encloser is a node of that zone.
 * @returns the zone, or -1: the name is in none
 */
export function findName(store: ZoneStore, name: LookupName, finding: Finding): number {
  let node = visibleNode(store, name, 0);
  if (node >= 0) atName(store, node, finding);
  else {
    for (let label = 1; node < 0; label++) {
      if (label > name.labels) return -1;
      node = visibleNode(store, name, label);
    }
    belowNode(store, node, finding);
  }
  return nodeWord(store, node, Node.ZONE);
}

/** Finds where a name that is at or below a zone's apex leads in that zone. */
export function findNode(store: ZoneStore, zone: number, name: LookupName, finding: Finding): void {
  let node = nodeOf(store, zone, name, 0);
  if (node >= 0) atName(store, node, finding);
  else {
    // The apex exists, so this ends there at the latest.
    for (let label = 1; node < 0; label++) node = nodeOf(store, zone, name, label);
    belowNode(store, node, finding);
  }
}

/** The name is a node. */
function atName(store: ZoneStore, node: number, finding: Finding): void {
  const occluder = nodeWord(store, node, Node.OCCLUDER);
  if (occluder !== 0) occluded(store, occluder - 1, finding);
  else {
    finding.found = Found.EXACT;
    finding.node = node;
  }
}

/** The name does not exist; the node is its closest encloser. */
function belowNode(store: ZoneStore, node: number, finding: Finding): void {
  const occluder = nodeWord(store, node, Node.OCCLUDER);
  const wildcard = nodeWord(store, node, Node.WILDCARD);
  if (occluder !== 0) occluded(store, occluder - 1, finding);
  else if ((nodeWord(store, node, Node.FLAGS) & NodeFlag.DNAME) !== 0) {
    finding.found = Found.DNAME;
    finding.node = node;
  } else if (wildcard !== 0) {
    finding.found = Found.WILDCARD;
    finding.node = wildcard - 1;
  } else {
    finding.found = Found.NXDOMAIN;
    finding.node = node;
  }
}

/** The RRset of a type at a node, or -1. */
export function findRrset(store: ZoneStore, node: number, type: number): number {
  const first = nodeWord(store, node, Node.FIRST_RRSET);
  const end = first + nodeWord(store, node, Node.RRSET_COUNT) * RrsetWord.WORDS;
  for (let rrset = first; rrset < end; rrset += RrsetWord.WORDS) {
    if (rrsetWord(store, rrset, RrsetWord.TYPE) === type) return rrset;
  }
  return -1;
}

/** The node of the name without its first `label` labels that no deeper zone hides, or -1. */
function visibleNode(store: ZoneStore, name: LookupName, label: number): number {
  const mask = store.slots.length / 2 - 1;
  const hash = name.hashes[label] as number;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const node = (store.slots[2 * slot + 1] as number) - 1;
    if (node < 0) return -1;
    if (
      store.slots[2 * slot] === hash &&
      (label === 0 ? isName(store, node, name) : hasName(store, node, name, label)) &&
      (nodeWord(store, node, Node.FLAGS) & NodeFlag.HIDDEN) === 0
    ) {
      return node;
    }
  }
}

/** The node of the name without its first `label` labels in a zone, or -1. */
export function nodeOf(store: ZoneStore, zone: number, name: LookupName, label: number): number {
  const mask = store.slots.length / 2 - 1;
  const hash = name.hashes[label] as number;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const node = (store.slots[2 * slot + 1] as number) - 1;
    if (node < 0) return -1;
    if (
      store.slots[2 * slot] === hash &&
      nodeWord(store, node, Node.ZONE) === zone &&
      hasName(store, node, name, label)
    ) {
      return node;
    }
  }
}

function occluded(store: ZoneStore, node: number, finding: Finding): void {
  finding.found = (nodeWord(store, node, Node.FLAGS) & NodeFlag.CUT) !== 0 ? Found.CUT : Found.DNAME;
  finding.node = node;
}

/** True when a node's name is the name. Word by word. */
function isName({ words }: ZoneStore, node: number, name: LookupName): boolean {
  const { length } = name;
  if (words[node + Node.NAME_LENGTH] !== length) return false;
  const at = (words[node + Node.NAME_AT] as number) >>> 2;
  for (let i = 0; 4 * i < length; i++) if (words[at + i] !== name.words[i]) return false;
  return true;
}

/** True when a node's name is the name without its first `label` labels. */
function hasName(store: ZoneStore, node: number, name: LookupName, label: number): boolean {
  const at = nodeWord(store, node, Node.NAME_AT);
  return sameOctets(store.octets, at, nodeWord(store, node, Node.NAME_LENGTH), name, label);
}

/** True when a zone's apex is the name without its first `label` labels. */
function isApex(store: ZoneStore, zone: number, name: LookupName, label: number): boolean {
  const at = zoneWord(store, zone, Zone.NAME_AT);
  return sameOctets(store.apexNames, at, zoneWord(store, zone, Zone.NAME_LENGTH), name, label);
}

function sameOctets(
  octets: Uint8Array,
  at: number,
  length: number,
  name: LookupName,
  label: number,
): boolean {
  const start = name.starts[label] as number;
  if (name.length - start !== length) return false;
  for (let i = 0; i < length; i++) {
    if (octets[at + i] !== name.octets[start + i]) return false;
  }
  return true;
}
