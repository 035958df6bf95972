import { LookupName } from '../wire/lookup-name.js';
import { formatName } from '../wire/name.js';
import { put16, u32 } from '../wire/octets.js';
import { HEADER_OCTETS, RrType } from '../wire/protocol.js';
import { additionalNameAt } from '../wire/rdata-names.js';
import { ResponseWriter, Section } from '../wire/response-writer.js';
import { externalTarget } from './external-target.js';
import { Finding, Found, findNode, findRrset, nodeOf } from './find.js';
import { Growing } from './growing.js';
import {
  FORWARD_TYPE,
  hashInZone,
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

/** `NEXT` of an RRset while the builder has it: those of a node are a list. */
const NEXT = RrsetWord.WIRE_LENGTH;

/** Makes a {@link ZoneStore} from RRsets, zone by zone. It trusts what it is given: the readers of zone files check. */
export class ZoneBuilder {
  readonly #octets = new Growing(Uint8Array, 1 << 16);
  readonly #nodes = new Growing(Uint32Array, 1 << 12);
  readonly #rrsets = new Growing(Uint32Array, 1 << 12);
  readonly #zones = new Growing(Uint32Array, 1 << 8);
  /** Node 0's name of length 0 is at no offset: the first octet is spare, so that offset 0 is «none». */
  #slots = new Uint32Array(1 << 12);
  readonly #name = new LookupName();
  #zone = -1;
  #apexLabels = 0;

  constructor() {
    this.#octets.push(0);
  }

  /** Begins a zone; the RRsets that follow are its. */
  addZone(apex: Uint8Array): void {
    this.#name.set(apex, 0);
    this.#zone = this.#zones.length / Zone.WORDS;
    this.#apexLabels = this.#name.labels;
    this.#zones.push(0, 0, 0, 0, this.#name.labels);
    const node = this.#addNode(0);
    this.#nodes.array[node * Node.WORDS + Node.FLAGS] = NodeFlag.APEX;
    this.#zones.array[this.#zone * Zone.WORDS + Zone.APEX] = node;
  }

  /** Adds an RRset; its owner is at or below the apex of the zone begun last. */
  addStatic(owner: Uint8Array, type: number, ttl: number, rdata: readonly Uint8Array[]): void {
    const at = this.#octets.length;
    for (const octets of rdata) {
      this.#octets.push(octets.length >>> 8, octets.length & 0xff);
      this.#octets.append(octets);
    }
    this.#addRrset(owner, type, RrsetKind.STATIC, ttl, rdata.length, at);
  }

  /**
   * Adds an RRset that a service answers.
   * @param flags of SteeredFlag
   */
  addSteered(owner: Uint8Array, type: number, ttl: number, service: number, flags: number): void {
    this.#addRrset(owner, type, RrsetKind.STEERED, ttl, flags, service);
  }

  /**
   * Adds an RRset of A or AAAA that is answered with another name's.
   */
  addAlias(owner: Uint8Array, type: number, ttl: number, target: Uint8Array): void {
    const at = this.#octets.length;
    this.#octets.append(target);
    this.#addRrset(owner, type, RrsetKind.ALIAS, ttl, 1, at);
  }

  /**
   * Adds URLFWD.
   * @param data the caller's number for it
   */
  addForward(owner: Uint8Array, ttl: number, data: number): void {
    this.#addRrset(owner, FORWARD_TYPE, RrsetKind.FORWARD, ttl, 0, data);
  }

  /**
   * Ends the building.
   * @param aliasSlot where the addresses of a name outside of the served zones, in lower case, are kept
   */
  build(aliasSlot: (target: Uint8Array) => number): ZoneStore {
    const { rrsets, firsts, counts } = this.#gatherRrsets();
    const nodes = this.#nodes.trimmed();
    for (let node = 0; node < firsts.length; node++) {
      nodes[node * Node.WORDS + Node.FIRST_RRSET] = firsts[node] as number;
      nodes[node * Node.WORDS + Node.RRSET_COUNT] = counts[node] as number;
    }
    const draft: ZoneStore = {
      octets: this.#octets.trimmed(),
      slots: this.#slots,
      nodes,
      rrsets,
      zones: this.#zones.trimmed(),
      apexes: new Uint32Array(0),
      additional: new Uint32Array(0),
    };
    markNodes(draft);
    markZones(draft);
    const additional = findAdditional(draft);
    const apexes = indexApexes(draft);
    linkAliases({ ...draft, apexes }, aliasSlot);
    const octets = compileAnswers(draft, this.#octets);
    return {
      octets: shared(octets),
      slots: shared(this.#slots),
      nodes: shared(nodes),
      rrsets: shared(rrsets),
      zones: shared(draft.zones),
      apexes: shared(apexes),
      additional: shared(additional),
    };
  }

  #addRrset(
    owner: Uint8Array,
    type: number,
    kind: RrsetKind,
    ttl: number,
    count: number,
    data: number,
  ): void {
    this.#name.set(owner, 0);
    const node = this.#nodeOf(0);
    const at = this.#nodes.array;
    const rrset = this.#rrsets.length / RrsetWord.WORDS;
    const next = at[node * Node.WORDS + Node.FIRST_RRSET] as number;
    this.#rrsets.push(type, kind, ttl, count, data, 0, next, 0);
    at[node * Node.WORDS + Node.FIRST_RRSET] = rrset + 1;
  }

  /** The node of the name without its first labels, made with its ancestors where it is new: parents come before children. */
  #nodeOf(label: number): number {
    const known = nodeOf(this.#view(), this.#zone, this.#name, label);
    if (known >= 0) return known;
    if (this.#name.labels - label <= this.#apexLabels) {
      throw new RangeError(`${formatName(this.#name.octets)} is not in the zone that was begun last`);
    }
    const parent = this.#nodeOf(label + 1);
    const node = this.#addNode(label);
    const start = this.#name.starts[label] as number;
    if (this.#name.octets[start] === 1 && this.#name.octets[start + 1] === ASTERISK) {
      this.#nodes.array[parent * Node.WORDS + Node.WILDCARD] = node + 1;
    }
    // While building, OCCLUDER holds the parent.
    this.#nodes.array[node * Node.WORDS + Node.OCCLUDER] = parent;
    return node;
  }

  #addNode(label: number): number {
    const node = this.#nodes.length / Node.WORDS;
    const start = this.#name.starts[label] as number;
    const nameAt = this.#octets.length;
    this.#octets.append(this.#name.octets.subarray(start, this.#name.length));
    this.#nodes.push(nameAt, this.#name.length - start, this.#zone, 0, 0, 0, 0, 0);
    if ((node + 1) * 4 > this.#slots.length) this.#growSlots();
    insert(this.#slots, hashInZone(this.#name.hashes[label] as number, this.#zone), node + 1);
    return node;
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) insert(this.#slots, old[at] as number, old[at + 1] as number);
    }
  }

  #view(): ZoneStore {
    return {
      octets: this.#octets.array,
      slots: this.#slots,
      nodes: this.#nodes.array,
      rrsets: this.#rrsets.array,
      zones: this.#zones.array,
      apexes: this.#slots,
      additional: this.#slots,
    };
  }

  /** Brings the RRsets of each node together, in the order added. */
  #gatherRrsets(): { rrsets: Uint32Array; firsts: Uint32Array; counts: Uint32Array } {
    const listed = this.#rrsets.array;
    const rrsets = new Uint32Array(this.#rrsets.length);
    const nodeCount = this.#nodes.length / Node.WORDS;
    const firsts = new Uint32Array(nodeCount);
    const counts = new Uint32Array(nodeCount);
    let next = 0;
    for (let node = 0; node < nodeCount; node++) {
      const members: number[] = [];
      let rrset = this.#nodes.array[node * Node.WORDS + Node.FIRST_RRSET] as number;
      while (rrset !== 0) {
        members.unshift(rrset - 1);
        rrset = listed[(rrset - 1) * RrsetWord.WORDS + NEXT] as number;
      }
      firsts[node] = next;
      counts[node] = members.length;
      for (const member of members) {
        const from = member * RrsetWord.WORDS;
        rrsets.set(listed.subarray(from, from + RrsetWord.WORDS), next * RrsetWord.WORDS);
        rrsets[next * RrsetWord.WORDS + NEXT] = 0;
        next += 1;
      }
    }
    return { rrsets, firsts, counts };
  }
}

const ASTERISK = 0x2a;

function insert(slots: Uint32Array, hash: number, value: number): void {
  const mask = slots.length / 2 - 1;
  let slot = hash & mask;
  while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
  slots[2 * slot] = hash;
  slots[2 * slot + 1] = value;
}

/** Sets each node's flags and what occludes it, parents first. */
function markNodes(store: ZoneStore): void {
  const { nodes } = store;
  for (let node = 0; node * Node.WORDS < nodes.length; node++) {
    const base = node * Node.WORDS;
    let flags = nodes[base + Node.FLAGS] as number;
    if (findRrset(store, node, RrType.DNAME) >= 0) flags |= NodeFlag.DNAME;
    if ((flags & NodeFlag.APEX) !== 0) {
      nodes[base + Node.FLAGS] = flags;
      continue;
    }
    if (findRrset(store, node, RrType.NS) >= 0 && !isWildcard(store, node)) flags |= NodeFlag.CUT;
    const parent = nodes[base + Node.OCCLUDER] as number;
    const above = nodeWord(store, parent, Node.OCCLUDER);
    const parentIsDname = (nodeWord(store, parent, Node.FLAGS) & NodeFlag.DNAME) !== 0;
    nodes[base + Node.FLAGS] = flags;
    nodes[base + Node.OCCLUDER] =
      above !== 0 ? above : parentIsDname ? parent + 1 : (flags & NodeFlag.CUT) !== 0 ? node + 1 : 0;
  }
}

/** RFC 4592 §4.2: NS at a wildcard delegates nothing. */
function isWildcard(store: ZoneStore, node: number): boolean {
  const at = nodeWord(store, node, Node.NAME_AT);
  return store.octets[at] === 1 && store.octets[at + 1] === ASTERISK;
}

function markZones(store: ZoneStore): void {
  const { zones } = store;
  for (let zone = 0; zone * Zone.WORDS < zones.length; zone++) {
    const base = zone * Zone.WORDS;
    const apex = zones[base + Zone.APEX] as number;
    const soa = findRrset(store, apex, RrType.SOA);
    if (soa < 0) throw new RangeError('a zone has no SOA');
    const rdata = rrsetWord(store, soa, RrsetWord.DATA);
    const rdataEnd = rdata + 2 + ((store.octets[rdata] as number) << 8) + (store.octets[rdata + 1] as number);
    zones[base + Zone.SOA] = soa;
    zones[base + Zone.NS] = findRrset(store, apex, RrType.NS) + 1;
    // MINIMUM is the last of SOA's fields (RFC 1035 §3.3.13).
    zones[base + Zone.NEGATIVE_TTL] = Math.min(
      rrsetWord(store, soa, RrsetWord.TTL),
      u32(store.octets, rdataEnd - 4),
    );
  }
}

function indexApexes(store: ZoneStore): Uint32Array {
  const count = store.zones.length / Zone.WORDS;
  const apexes = new Uint32Array(2 * 2 ** Math.ceil(Math.log2(2 * count + 2)));
  const name = new LookupName();
  for (let zone = 0; zone < count; zone++) {
    name.set(store.octets, nodeWord(store, zoneWord(store, zone, Zone.APEX), Node.NAME_AT));
    insert(apexes, name.hashes[0] as number, zone + 1);
  }
  return apexes;
}

/** Finds where each ALIAS leaves the served zones, if it does. */
function linkAliases(store: ZoneStore, aliasSlot: (target: Uint8Array) => number): void {
  eachRrset(store, (_node, rrset) => {
    if (rrsetWord(store, rrset, RrsetWord.KIND) !== RrsetKind.ALIAS) return;
    const target = externalTarget(store, store.octets.subarray(rrsetWord(store, rrset, RrsetWord.DATA)));
    if (target !== undefined)
      store.rrsets[rrset * RrsetWord.WORDS + RrsetWord.WIRE_AT] = aliasSlot(target) + 1;
  });
}

/** Finds, for each RRset that names hosts, the nodes of those in the same zone that have addresses of their own. */
function findAdditional(store: ZoneStore): Uint32Array {
  const additional = new Growing(Uint32Array, 1 << 8);
  additional.push(0);
  const name = new LookupName();
  const finding = new Finding();
  eachRrset(store, (node, rrset) => {
    const type = rrsetWord(store, rrset, RrsetWord.TYPE);
    const nameAt = additionalNameAt(type);
    if (nameAt < 0 || rrsetWord(store, rrset, RrsetWord.KIND) !== RrsetKind.STATIC) return;
    const zone = nodeWord(store, node, Node.ZONE);
    const found = new Set<number>();
    eachRdata(store, rrset, (at) => {
      name.set(store.octets, at + nameAt);
      const target = addressNode(store, zone, name, type === RrType.NS, finding);
      if (target >= 0) found.add(target);
    });
    if (found.size === 0) return;
    store.rrsets[rrset * RrsetWord.WORDS + RrsetWord.ADDITIONAL] = additional.length;
    additional.push(found.size, ...found);
  });
  return additional.trimmed();
}

/**
 * The node of a host in this zone that has static addresses, or -1. Glue is what lies below a zone cut: it serves the
 * NS RRs of delegations only.
 */
function addressNode(
  store: ZoneStore,
  zone: number,
  name: LookupName,
  glue: boolean,
  finding: Finding,
): number {
  const apex = zoneWord(store, zone, Zone.APEX);
  if (!endsWith(store, name, apex)) return -1;
  const node = nodeOf(store, zone, name, 0);
  if (node < 0 || (!hasStatic(store, node, RrType.A) && !hasStatic(store, node, RrType.AAAA))) return -1;
  findNode(store, zone, name, finding);
  return finding.found === Found.EXACT || (glue && finding.found === Found.CUT) ? node : -1;
}

function endsWith(store: ZoneStore, name: LookupName, apex: number): boolean {
  const length = nodeWord(store, apex, Node.NAME_LENGTH);
  const at = nodeWord(store, apex, Node.NAME_AT);
  for (let label = 0; label <= name.labels; label++) {
    const start = name.starts[label] as number;
    if (name.length - start !== length) continue;
    return name.octets.subarray(start, name.length).every((octet, i) => octet === store.octets[at + i]);
  }
  return false;
}

function hasStatic(store: ZoneStore, node: number, type: number): boolean {
  const rrset = findRrset(store, node, type);
  return rrset >= 0 && rrsetWord(store, rrset, RrsetWord.KIND) === RrsetKind.STATIC;
}

/**
 * Compiles the answer to a question for each static RRset: right behind the question, owner names point to it, and so do RDATA.
 * A wildcard's questions have other names, and so no compiled answer.
 */
function compileAnswers(store: ZoneStore, octets: Growing<Uint8Array>): Uint8Array {
  const writer = new ResponseWriter();
  const out = new Uint8Array(0x10000);
  const question = new Uint8Array(HEADER_OCTETS + 255 + 4);
  eachRrset(store, (node, rrset) => {
    if (rrsetWord(store, rrset, RrsetWord.KIND) !== RrsetKind.STATIC || isWildcard(store, node)) return;
    const nameAt = nodeWord(store, node, Node.NAME_AT);
    const length = nodeWord(store, node, Node.NAME_LENGTH);
    question.set(store.octets.subarray(nameAt, nameAt + length), HEADER_OCTETS);
    const type = rrsetWord(store, rrset, RrsetWord.TYPE);
    put16(question, HEADER_OCTETS + length, type);
    const start = HEADER_OCTETS + length + 4;
    writer.begin(out, question, start, out.length - 1);
    eachRdata(store, rrset, (at, rdataLength) => {
      writer.recordAt(Section.ANSWER, HEADER_OCTETS, type, rrsetWord(store, rrset, RrsetWord.TTL));
      writer.rdataOf(type, store.octets, at, rdataLength);
    });
    if (writer.overflows) return;
    store.rrsets[rrset * RrsetWord.WORDS + RrsetWord.WIRE_AT] = octets.length;
    store.rrsets[rrset * RrsetWord.WORDS + RrsetWord.WIRE_LENGTH] = writer.at - start;
    octets.append(out.subarray(start, writer.at));
  });
  return octets.trimmed();
}

function eachRrset(store: ZoneStore, visit: (node: number, rrset: number) => void): void {
  for (let node = 0; node * Node.WORDS < store.nodes.length; node++) {
    const first = nodeWord(store, node, Node.FIRST_RRSET);
    for (let i = 0; i < nodeWord(store, node, Node.RRSET_COUNT); i++) visit(node, first + i);
  }
}

function eachRdata(store: ZoneStore, rrset: number, visit: (at: number, length: number) => void): void {
  let at = rrsetWord(store, rrset, RrsetWord.DATA);
  for (let i = 0; i < rrsetWord(store, rrset, RrsetWord.COUNT); i++) {
    const length = ((store.octets[at] as number) << 8) | (store.octets[at + 1] as number);
    visit(at + 2, length);
    at += 2 + length;
  }
}

/** A copy in memory that every thread can see. */
function shared<T extends Uint8Array | Uint32Array>(array: T): T {
  const copy = new (array.constructor as new (buffer: SharedArrayBuffer) => T)(
    new SharedArrayBuffer(array.byteLength),
  );
  copy.set(array);
  return copy;
}
