import { rdataToText } from '../rr/rdata.js';
import { formatRrType } from '../rr/rr-types.js';
import { LookupName } from '../wire/lookup-name.js';
import { formatName } from '../wire/name.js';
import { u16 } from '../wire/octets.js';
import { Finding, Found, findNode } from '../zone/find.js';
import {
  FORWARD_TYPE,
  Node,
  nodeWord,
  RrsetKind,
  RrsetWord,
  rrsetWord,
  Zone,
  type ZoneStore,
} from '../zone/zone-store.js';
import type { Snapshot } from './snapshot-loader.js';

/** An RRset as it is served. */
interface ServedRrset {
  /** Absolute. */
  readonly name: string;
  readonly type: string;
  /** Seconds; of a steered one the most. */
  readonly ttl: number;
  readonly kind: 'static' | 'steered' | 'alias' | 'urlfwd';
  /** RDATA in presentation format; of `alias` the target. */
  readonly values: readonly string[];
  /** What steers it. */
  readonly service?: string;
}

/** The number of a served zone, or -1. @param apex lower case, in wire form */
export function zoneNumber(store: ZoneStore, apex: Uint8Array): number {
  const key = formatName(apex);
  for (let zone = 0; zone * Zone.WORDS < store.zones.length; zone++) {
    if (nameOf(store, store.zones[zone * Zone.WORDS + Zone.APEX] as number) === key) return zone;
  }
  return -1;
}

/** Which RRsets of a zone are wanted. */
interface RrsetsAsk {
  /** Only at this name, in wire form. */
  readonly owner?: Uint8Array;
  /** Only of this type, as {@link ServedRrset} has it. */
  readonly type?: string;
  readonly limit: number;
  /** Goes on behind this one. */
  readonly after?: { readonly owner: Uint8Array; readonly type: string };
}

/**
 * What a zone has, a page of it, in the order in which it was read. Takes time in proportion to the names of all zones, but only
 * a few nanoseconds for each that is not on the page.
 * Names are in the zone, in lower case.
 * @returns `next`: the last one, where there are more, as `NAME TYPE`
 */
export function listRrsets(
  snapshot: Snapshot,
  zone: number,
  { owner, type, limit, after }: RrsetsAsk,
): { readonly page: readonly ServedRrset[]; readonly next?: string } {
  const store = snapshot.catalog.zones;
  const nodes = owner === undefined ? nodesOf(store, zone) : nodesAt(store, zone, owner);
  const [from] =
    after === undefined ? [0] : nodesAt(store, zone, after.owner).map((node) => nodes.indexOf(node));
  const page: ServedRrset[] = [];
  let passed = after === undefined;
  for (let i = Math.max(from ?? nodes.length, 0); i < nodes.length; i++) {
    for (const rrset of rrsetsAt(snapshot, nodes[i] as number)) {
      if (!passed) {
        passed = rrset.type === after?.type;
        continue;
      }
      if (type !== undefined && rrset.type !== type) continue;
      const last = page.at(-1);
      if (page.length === limit && last !== undefined) return { page, next: `${last.name} ${last.type}` };
      page.push(rrset);
    }
    // What it named is gone: the next name is as good.
    passed = true;
  }
  return { page };
}

function nodesOf(store: ZoneStore, zone: number): number[] {
  const nodes: number[] = [];
  for (let slot = 0; slot < store.slots.length; slot += 2) {
    const node = (store.slots[slot + 1] as number) - 1;
    if (node >= 0 && nodeWord(store, node, Node.ZONE) === zone) nodes.push(node);
  }
  return nodes.sort((a, b) => a - b);
}

/** The node of a name, if it is there. */
function nodesAt(store: ZoneStore, zone: number, owner: Uint8Array): number[] {
  const name = new LookupName();
  name.set(owner, 0);
  const finding = new Finding();
  findNode(store, zone, name, finding);
  return finding.found === Found.EXACT ? [finding.node] : [];
}

function rrsetsAt(snapshot: Snapshot, node: number): ServedRrset[] {
  const store = snapshot.catalog.zones;
  const first = nodeWord(store, node, Node.FIRST_RRSET);
  const end = first + nodeWord(store, node, Node.RRSET_COUNT) * RrsetWord.WORDS;
  const rrsets: ServedRrset[] = [];
  for (let rrset = first; rrset < end; rrset += RrsetWord.WORDS) {
    rrsets.push(describe(snapshot, nameOf(store, node), rrset));
  }
  return rrsets;
}

function describe({ catalog, services, forwards }: Snapshot, name: string, rrset: number): ServedRrset {
  const store = catalog.zones;
  const word = (at: number): number => rrsetWord(store, rrset, at);
  const type = word(RrsetWord.TYPE);
  const base = {
    name,
    type: type === FORWARD_TYPE ? 'URLFWD' : formatRrType(type),
    ttl: word(RrsetWord.TTL),
  };
  const data = word(RrsetWord.DATA);
  switch (word(RrsetWord.KIND) as RrsetKind) {
    case RrsetKind.STEERED: {
      const service = services[data]?.spec.name;
      return { ...base, kind: 'steered', values: [], ...(service === undefined ? {} : { service }) };
    }
    case RrsetKind.ALIAS:
      return { ...base, kind: 'alias', values: [formatName(store.octets, data)] };
    case RrsetKind.FORWARD:
      return {
        ...base,
        kind: 'urlfwd',
        values: (forwards[data]?.forwards ?? []).map(({ target }) => target),
      };
    case RrsetKind.STATIC:
      return { ...base, kind: 'static', values: rdataOf(store, type, data, word(RrsetWord.COUNT)) };
  }
}

function rdataOf(store: ZoneStore, type: number, data: number, count: number): string[] {
  const values: string[] = [];
  for (let at = data, left = count; left > 0; left--) {
    const length = u16(store.octets, at);
    values.push(rdataToText(type, store.octets.slice(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return values;
}

function nameOf(store: ZoneStore, node: number): string {
  return formatName(store.octets, nodeWord(store, node, Node.NAME_AT));
}
