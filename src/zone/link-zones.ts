import { LookupName } from '../wire/lookup-name.js';
import { u8, u16, u32 } from '../wire/octets.js';
import { RrType } from '../wire/protocol.js';
import { additionalNameAt, isServiceBinding } from '../wire/rdata-names.js';
import { DraftNode } from './draft.js';
import { externalTarget } from './external-target.js';
import { Finding, Found, findNode, findRrset, findZone, nodeOf } from './find.js';
import { Growing } from './growing.js';
import type { Layout } from './layout.js';
import {
  insertSlot,
  Node,
  NodeFlag,
  nodeWord,
  RrsetKind,
  RrsetWord,
  rrsetWord,
  Zone,
  type ZoneStore,
  zoneWord,
} from './zone-store.js';

/**
 * Makes a store of nodes that are written: what leads to them, and from one to another.
 * @param aliasSlot where the addresses of a name outside of the served zones, in lower case, are kept, for an RRset of ALIAS
 */
export function linkZones(
  { words, octets }: Pick<ZoneStore, 'words' | 'octets'>,
  layout: Layout,
  aliasSlot: (target: Uint8Array, rrset: number) => number,
): ZoneStore {
  const apexNames = apexNamesOf(layout);
  const nodes = { words, octets, slots: slotsOf(layout), apexes: NOTHING, apexNames, additional: NOTHING };
  const zones = zonesOf({ ...nodes, zones: NOTHING }, layout);
  const apexes = apexesOf({ ...nodes, zones });
  const store = { ...nodes, zones, apexes };
  hideNodes(store, layout);
  const additional = additionalOf(store, layout);
  linkAliases(store, layout, aliasSlot);
  return { ...store, additional };
}

const NOTHING = new Uint32Array(0);

function sharedWords(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(length * Uint32Array.BYTES_PER_ELEMENT));
}

/** At most half of them are in use. */
function slotsOf({ draft, nodes }: Layout): Uint32Array {
  const slots = sharedWords(draft.slots.length);
  for (let node = 0; node < nodes.length; node++)
    insertSlot(slots, draft.nodeWord(node, DraftNode.HASH), (nodes[node] as number) + 1);
  return slots;
}

/** Marks the nodes that are at or below the apex of a deeper zone. */
function hideNodes(store: ZoneStore, { nodes }: Layout): void {
  const name = new LookupName();
  const around = new Set<number>();
  for (let zone = 0; zone < store.zones.length / Zone.WORDS; zone++) {
    name.set(store.apexNames, zoneWord(store, zone, Zone.NAME_AT));
    if (name.labels > 0) around.add(findZone(store, name, 1));
  }
  around.delete(-1);
  if (around.size === 0) return;
  for (const node of nodes) {
    if (!around.has(nodeWord(store, node, Node.ZONE))) continue;
    name.set(store.octets, nodeWord(store, node, Node.NAME_AT));
    if (findZone(store, name) === nodeWord(store, node, Node.ZONE)) continue;
    store.words[node + Node.FLAGS] = nodeWord(store, node, Node.FLAGS) | NodeFlag.HIDDEN;
  }
}

/** The names of the apexes, one behind the other. */
function apexNamesOf({ draft }: Layout): Uint8Array {
  const names = new Growing(Uint8Array, 1 << 6);
  for (let zone = 0; zone < draft.apexes.length; zone++) {
    const apex = draft.apexes.array[zone] as number;
    const at = draft.nodeWord(apex, DraftNode.NAME_AT);
    names.append(draft.octets.array, at, at + draft.nodeWord(apex, DraftNode.NAME_LENGTH));
  }
  const shared = new Uint8Array(new SharedArrayBuffer(names.length));
  shared.set(names.array.subarray(0, names.length));
  return shared;
}

function zonesOf(store: ZoneStore, { draft, nodes }: Layout): Uint32Array {
  const zones = sharedWords(draft.apexes.length * Zone.WORDS);
  const name = new LookupName();
  let nameAt = 0;
  for (let zone = 0; zone < draft.apexes.length; zone++) {
    const base = zone * Zone.WORDS;
    const apex = nodes[draft.apexes.array[zone] as number] as number;
    const soa = findRrset(store, apex, RrType.SOA);
    if (soa < 0) throw new RangeError('a zone has no SOA');
    const rdata = rrsetWord(store, soa, RrsetWord.DATA);
    const rdataEnd = rdata + 2 + u16(store.octets, rdata);
    name.set(store.octets, nodeWord(store, apex, Node.NAME_AT));
    zones[base + Zone.APEX] = apex;
    zones[base + Zone.SOA] = soa;
    zones[base + Zone.NS] = findRrset(store, apex, RrType.NS) + 1;
    zones[base + Zone.LABELS] = name.labels;
    zones[base + Zone.NAME_AT] = nameAt;
    zones[base + Zone.NAME_LENGTH] = name.length;
    nameAt += name.length;
    zones[base + Zone.SOA_POINTERS] = pointersOf(store.octets, rrsetWord(store, soa, RrsetWord.WIRE_AT));
    // MINIMUM is the last of SOA's fields (RFC 1035 §3.3.13).
    zones[base + Zone.NEGATIVE_TTL] = Math.min(
      rrsetWord(store, soa, RrsetWord.TTL),
      u32(store.octets, rdataEnd - 4),
    );
  }
  return zones;
}

/** Where a compiled SOA has pointers in its RDATA: see Zone.SOA_POINTERS. */
function pointersOf(octets: Uint8Array, wireAt: number): number {
  const mname = skipLabels(octets, wireAt + OWNER_AND_HEAD_OCTETS);
  const inMname = (octets[mname] as number) >= 0xc0;
  const rname = skipLabels(octets, mname + (inMname ? 2 : 1));
  const inRname = (octets[rname] as number) >= 0xc0;
  return ((inRname ? rname - wireAt : 0) << 16) | (inMname ? mname - wireAt : 0);
}

/** Returns the offset of the root label or the pointer that a name ends in. */
function skipLabels(octets: Uint8Array, at: number): number {
  let end = at;
  for (let length = u8(octets, end); length !== 0 && length < 0xc0; length = u8(octets, end))
    end += length + 1;
  return end;
}

/** A pointer, TYPE, CLASS, TTL and RDLENGTH (RFC 1035 §4.1.3). */
const OWNER_AND_HEAD_OCTETS = 12;

function apexesOf(store: ZoneStore): Uint32Array {
  const count = store.zones.length / Zone.WORDS;
  const apexes = sharedWords(2 * 2 ** Math.ceil(Math.log2(2 * count + 2)));
  const name = new LookupName();
  for (let zone = 0; zone < count; zone++) {
    name.set(store.octets, nodeWord(store, zoneWord(store, zone, Zone.APEX), Node.NAME_AT));
    insertSlot(apexes, name.hashes[0] as number, zone + 1);
  }
  return apexes;
}

/** Finds where each ALIAS leaves the served zones, if it does. */
function linkAliases(
  store: ZoneStore,
  { aliases }: Layout,
  aliasSlot: (target: Uint8Array, rrset: number) => number,
): void {
  for (let i = 0; i < aliases.length; i++) {
    const rrset = aliases.array[i] as number;
    const target = externalTarget(store, store.octets.subarray(rrsetWord(store, rrset, RrsetWord.DATA)));
    if (target !== undefined) store.words[rrset + RrsetWord.WIRE_AT] = aliasSlot(target, rrset) + 1;
  }
}

/** Finds, for each RRset that names hosts, the nodes of those in the same zone that have something additional of their own. */
function additionalOf(store: ZoneStore, { naming }: Layout): Uint32Array {
  const additional = new Growing(Uint32Array, 1 << 8);
  additional.push(0);
  const name = new LookupName();
  const finding = new Finding();
  for (let i = 0; i < naming.length; i += 2) {
    const node = naming.array[i] as number;
    const rrset = naming.array[i + 1] as number;
    const type = rrsetWord(store, rrset, RrsetWord.TYPE);
    const zone = nodeWord(store, node, Node.ZONE);
    /** Owner names by node: a wildcard's are many, of which one is enough. */
    const found = new Map<number, number>();
    let at = rrsetWord(store, rrset, RrsetWord.DATA);
    for (let left = rrsetWord(store, rrset, RrsetWord.COUNT); left > 0; left--) {
      const nameAt = hostNameAt(store, node, type, at + 2);
      name.set(store.octets, nameAt);
      const target = hostNode(store, zone, name, type, finding);
      const exact = finding.found !== Found.WILDCARD;
      if (target >= 0) found.set(target, exact ? nodeWord(store, target, Node.NAME_AT) : nameAt);
      at += 2 + u16(store.octets, at);
    }
    if (found.size === 0) continue;
    store.words[rrset + RrsetWord.ADDITIONAL] = additional.length;
    additional.push(found.size);
    for (const [target, ownerAt] of found) {
      additional.push(target);
      additional.push(ownerAt);
    }
  }
  const shared = sharedWords(additional.length);
  shared.set(additional.array.subarray(0, additional.length));
  return shared;
}

/** Offset of the name of the host that RDATA names. @param rdata offset of the RDATA */
function hostNameAt(store: ZoneStore, node: number, type: number, rdata: number): number {
  const nameAt = rdata + additionalNameAt(type);
  // RFC 9460 §2.5.2: in ServiceMode, "." is the owner name.
  const isOwner = isServiceBinding(type) && store.octets[nameAt] === 0 && u16(store.octets, rdata) !== 0;
  return isOwner ? nodeWord(store, node, Node.NAME_AT) : nameAt;
}

/**
 * The node of a host in this zone that has static RRsets to add, or -1. Glue is what lies below a zone cut: it serves the
 * NS RRs of delegations only.
 */
function hostNode(store: ZoneStore, zone: number, name: LookupName, type: number, finding: Finding): number {
  let node = nodeOf(store, zone, name, 0);
  if (node < 0 && findZone(store, name) !== zone) return -1;
  findNode(store, zone, name, finding);
  const { found } = finding;
  if (found === Found.WILDCARD) node = finding.node;
  else if (node < 0 || (found !== Found.EXACT && (found !== Found.CUT || type !== RrType.NS))) return -1;
  const wanted = hasStatic(store, node, RrType.A) || hasStatic(store, node, RrType.AAAA);
  return wanted || (isServiceBinding(type) && hasStatic(store, node, type)) ? node : -1;
}

function hasStatic(store: ZoneStore, node: number, type: number): boolean {
  const rrset = findRrset(store, node, type);
  return rrset >= 0 && rrsetWord(store, rrset, RrsetWord.KIND) === RrsetKind.STATIC;
}
