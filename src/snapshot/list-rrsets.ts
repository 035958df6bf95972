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

/** What a zone has, in the order in which it was read; takes time in proportion to all zones. */
export function listRrsets(snapshot: Snapshot, zone: number): ServedRrset[] {
  const store = snapshot.catalog.zones;
  const nodes: number[] = [];
  for (let slot = 0; slot < store.slots.length; slot += 2) {
    const node = (store.slots[slot + 1] as number) - 1;
    if (node >= 0 && nodeWord(store, node, Node.ZONE) === zone) nodes.push(node);
  }
  return nodes.sort((a, b) => a - b).flatMap((node) => rrsetsAt(snapshot, node));
}

/** What a zone has at a name. */
export function rrsetsOf(snapshot: Snapshot, zone: number, owner: Uint8Array): ServedRrset[] {
  const name = new LookupName();
  name.set(owner, 0);
  const finding = new Finding();
  findNode(snapshot.catalog.zones, zone, name, finding);
  return finding.found === Found.EXACT ? rrsetsAt(snapshot, finding.node) : [];
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
