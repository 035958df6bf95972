import { Answerer } from '../answer/answerer.js';
import type { Catalog } from '../answer/catalog.js';
import { Exchange, Transport } from '../answer/exchange.js';
import { makeCounters } from '../state/counters.js';
import { MemberStates, SLOT_WORDS, STEADY } from '../state/member-states.js';
import { sameName } from '../wire/name.js';
import { put16, u16 } from '../wire/octets.js';
import { HEADER_OCTETS, Rcode, RrClass, RrType } from '../wire/protocol.js';
import { findRrset } from '../zone/find.js';
import {
  Node,
  nodeWord,
  RrsetKind,
  RrsetWord,
  rrsetWord,
  Zone,
  type ZoneStore,
  zoneWord,
} from '../zone/zone-store.js';
import { Message } from './message.js';
import { plainRdata } from './plain-rdata.js';
import { type RrList, RrListWriter } from './rr-list.js';

/** The zones of a catalog as transfers give them to everyone. */
export class ZoneLister {
  readonly #store: ZoneStore;
  readonly #ask: (owner: Uint8Array, type: number) => Asked[];
  /** Nodes by zone, of the zones that were asked for. */
  readonly #nodes: ReadonlyMap<number, number[]>;

  /**
   * @param wanted by apex, lower case: the zones that will be listed
   * @param stateWords how many words the states of members have
   */
  constructor(
    catalog: Catalog,
    wanted: (apex: Uint8Array) => boolean,
    stateWords: number,
    nowSeconds: () => number,
  ) {
    this.#store = catalog.zones;
    this.#ask = makeAsk(catalog, stateWords, nowSeconds);
    const nodes = new Map<number, number[]>();
    for (let zone = 0; zone * Zone.WORDS < this.#store.zones.length; zone++) {
      // One that can't be served now has no SOA to give.
      const kind = rrsetWord(this.#store, zoneWord(this.#store, zone, Zone.SOA), RrsetWord.KIND);
      if (kind === RrsetKind.STATIC && wanted(this.apexOf(zone))) nodes.set(zone, []);
    }
    if (nodes.size > 0) gatherNodes(this.#store, nodes);
    this.#nodes = nodes;
  }

  /** The numbers of the wanted zones. */
  zones(): Iterable<number> {
    return this.#nodes.keys();
  }

  /** In wire form, lower case. */
  apexOf(zone: number): Uint8Array {
    return this.#nameOf(zoneWord(this.#store, zone, Zone.APEX));
  }

  /**
   * Every RR of a wanted zone, the SOA first. Steered names and ALIAS have the RRset that they answer a client with of whom
   * nothing is known, while no member is down.
   */
  list(zone: number): RrList {
    const store = this.#store;
    const out = new RrListWriter();
    const soa = zoneWord(store, zone, Zone.SOA);
    this.#addStatic(out, zoneWord(store, zone, Zone.APEX), soa);
    for (const node of this.#nodes.get(zone) ?? []) {
      const first = nodeWord(store, node, Node.FIRST_RRSET);
      const end = first + nodeWord(store, node, Node.RRSET_COUNT) * RrsetWord.WORDS;
      let steered = false;
      for (let rrset = first; rrset < end; rrset += RrsetWord.WORDS) {
        const kind = rrsetWord(store, rrset, RrsetWord.KIND);
        if (kind === RrsetKind.STATIC) {
          if (rrset !== soa) this.#addStatic(out, node, rrset);
        } else if (kind !== RrsetKind.FORWARD) steered = true;
      }
      if (steered) this.#addSteered(out, node);
    }
    return out.shared();
  }

  #addStatic(out: RrListWriter, node: number, rrset: number): void {
    const store = this.#store;
    const owner = this.#nameOf(node);
    const type = rrsetWord(store, rrset, RrsetWord.TYPE);
    const ttl = rrsetWord(store, rrset, RrsetWord.TTL);
    let at = rrsetWord(store, rrset, RrsetWord.DATA);
    for (let left = rrsetWord(store, rrset, RrsetWord.COUNT); left > 0; left--) {
      const length = u16(store.octets, at);
      out.add(owner, type, ttl, store.octets.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }

  #addSteered(out: RrListWriter, node: number): void {
    const owner = this.#nameOf(node);
    const answers: Asked[] = [];
    for (const type of [RrType.A, RrType.AAAA]) {
      const known =
        findRrset(this.#store, node, type) >= 0 || findRrset(this.#store, node, RrType.CNAME) >= 0;
      if (known) answers.push(...this.#ask(owner, type));
    }
    // A service may have addresses of one family, and a host for the other: a CNAME stands alone (RFC 1034 §3.6.2).
    const addresses = answers.filter(({ type }) => type !== RrType.CNAME);
    const chosen = addresses.length > 0 ? addresses : answers.slice(0, 1);
    for (const { type, ttl, rdata } of chosen) out.add(owner, type, ttl, rdata);
  }

  #nameOf(node: number): Uint8Array {
    const at = nodeWord(this.#store, node, Node.NAME_AT);
    return this.#store.octets.slice(at, at + nodeWord(this.#store, node, Node.NAME_LENGTH));
  }
}

/** Finds the nodes of some zones, in the order in which they were added. */
function gatherNodes(store: ZoneStore, into: ReadonlyMap<number, number[]>): void {
  for (let slot = 0; slot < store.slots.length; slot += 2) {
    const node = (store.slots[slot + 1] as number) - 1;
    if (node >= 0) into.get(nodeWord(store, node, Node.ZONE))?.push(node);
  }
  for (const nodes of into.values()) nodes.sort((a, b) => a - b);
}

/** An RR of an answer. */
interface Asked {
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** Asks as a client of whom nothing is known, with random numbers and turns that are the same each time. */
function makeAsk(
  catalog: Catalog,
  stateWords: number,
  now: () => number,
): (owner: Uint8Array, type: number) => Asked[] {
  // Unknown health counts as up; what never changes has the longest TTL that its service allows.
  const words = new Int32Array(stateWords);
  for (let slot = 0; slot < stateWords; slot += SLOT_WORDS) words[slot + SLOT_WORDS - 1] = STEADY;
  const turns = new Int32Array(catalog.turnWords);
  const answerer = new Answerer({
    catalog,
    circumstances: { states: new MemberStates(words), turns, random: () => 0 },
    counters: makeCounters(),
    identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
    now,
  });
  const exchange = new Exchange();
  exchange.transport = Transport.TCP;
  return (owner, type) => {
    turns.fill(0);
    exchange.query = queryFor(owner, type);
    exchange.queryLength = exchange.query.length;
    const length = answerer.answer(exchange);
    const response = new Message(exchange.response.slice(0, length));
    if (response.rcode !== Rcode.NOERROR) return [];
    const answers: Asked[] = [];
    for (const { section, owner: name, type: found, ttl, rdataAt, end } of response.records()) {
      if (section !== 1 || !sameName(name, owner) || (found !== type && found !== RrType.CNAME)) continue;
      answers.push({ type: found, ttl, rdata: plainRdata(response.octets, found, rdataAt, end) });
    }
    return answers;
  };
}

/** A query without EDNS. */
function queryFor(name: Uint8Array, type: number): Uint8Array {
  const query = new Uint8Array(HEADER_OCTETS + name.length + 4);
  put16(query, 4, 1);
  query.set(name, HEADER_OCTETS);
  put16(query, HEADER_OCTETS + name.length, type);
  put16(query, HEADER_OCTETS + name.length + 2, RrClass.IN);
  return query;
}
