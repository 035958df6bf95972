import { u16 } from '../wire/octets.js';
import { RrType } from '../wire/protocol.js';
import { isServiceBinding } from '../wire/rdata-names.js';
import { Section } from '../wire/response-writer.js';
import { copyInto } from '../wire/room.js';
import { findRrset } from '../zone/find.js';
import { Node, nodeWord, RrsetKind, RrsetWord, rrsetWord, Zone, zoneWord } from '../zone/zone-store.js';
import type { Work } from './work.js';

/** Octets of an RR between its owner name and its RDATA: TYPE, CLASS, TTL, RDLENGTH. */
const RR_HEAD_OCTETS = 10;
/** Octets of a compression pointer. */
const POINTER_OCTETS = 2;

/**
 * Answers with a static RRset.
 * @param exact the owner is the question's name, so that what was compiled for it fits
 * @returns offset in the response of the first RR's RDATA
 */
export function writeAnswer(work: Work, rrset: number, exact: boolean): number {
  const { writer, query } = work;
  const store = work.catalog.zones;
  const wireAt = rrsetWord(store, rrset, RrsetWord.WIRE_AT);
  const start = writer.at;
  if (exact && wireAt !== 0 && start === query.questionEnd) {
    const length = rrsetWord(store, rrset, RrsetWord.WIRE_LENGTH);
    const count = rrsetWord(store, rrset, RrsetWord.COUNT);
    const split = rotationOf(work, rrset, count) * ((length / count) | 0);
    copyInto(writer.view, start, store.octets, wireAt + split, length - split);
    if (split > 0) copyInto(writer.view, start + length - split, store.octets, wireAt, split);
    writer.at = start + length;
    writer.counts[Section.ANSWER] = count;
  } else {
    const ttl = rrsetWord(store, rrset, RrsetWord.TTL);
    writeAt(work, rrset, work.ownerAt, work.flattening ? Math.min(ttl, work.flattenTtl) : ttl);
  }
  return start + POINTER_OCTETS + RR_HEAD_OCTETS;
}

/** Writes a static RRset with its node's name. */
export function writeOwned(work: Work, section: Section, node: number, rrset: number, ttl: number): void {
  writeNamed(work, section, nodeWord(work.catalog.zones, node, Node.NAME_AT), rrset, ttl);
}

/** @param nameAt offset in the store of the owner name */
function writeNamed(work: Work, section: Section, nameAt: number, rrset: number, ttl: number): void {
  const { writer } = work;
  const store = work.catalog.zones;
  const type = rrsetWord(store, rrset, RrsetWord.TYPE);
  let at = rrsetWord(store, rrset, RrsetWord.DATA);
  for (let left = rrsetWord(store, rrset, RrsetWord.COUNT); left > 0; left--) {
    const length = u16(store.octets, at);
    writer.recordOf(section, store.octets, nameAt, type, ttl);
    writer.rdataOf(type, store.octets, at + 2, length);
    at += 2 + length;
  }
}

/** Writes the SOA that a negative answer has (RFC 2308 §3). */
export function writeNegativeSoa(work: Work, zone: number, ttlBound: number): void {
  const store = work.catalog.zones;
  const ttl = Math.min(zoneWord(store, zone, Zone.NEGATIVE_TTL), ttlBound);
  const soa = zoneWord(store, zone, Zone.SOA);
  const compiled = rrsetWord(store, soa, RrsetWord.WIRE_AT) !== 0;
  // The zone is one that the question is in, unless other names were gone through.
  if (compiled && work.hops === 0 && !work.flattening && work.writer.at === work.query.questionEnd)
    writeCompiledSoa(work, zone, soa, ttl);
  else writeOwned(work, Section.AUTHORITY, zoneWord(store, zone, Zone.APEX), soa, ttl);
}

/**
 * Writes what was compiled for a question of the apex: where the question has more labels, everything behind them is that much
 * further on, and so is what each pointer points to.
 */
function writeCompiledSoa(work: Work, zone: number, soa: number, ttl: number): void {
  const { writer, query } = work;
  const { out, view } = writer;
  const store = work.catalog.zones;
  const length = rrsetWord(store, soa, RrsetWord.WIRE_LENGTH);
  const further = query.name.length - zoneWord(store, zone, Zone.NAME_LENGTH);
  const pointers = zoneWord(store, zone, Zone.SOA_POINTERS);
  const start = writer.at;
  copyInto(view, start, store.octets, rrsetWord(store, soa, RrsetWord.WIRE_AT), length);
  view.setInt32(start + POINTER_OCTETS + 4, ttl);
  view.setUint16(start, u16(out, start) + further);
  const mname = start + (pointers & 0xffff);
  if (mname !== start) view.setUint16(mname, u16(out, mname) + further);
  const rname = start + (pointers >>> 16);
  if (rname !== start) view.setUint16(rname, u16(out, rname) + further);
  writer.at = start + length;
  writer.counts[Section.AUTHORITY] = 1;
}

/**
 * Writes the addresses of the hosts that an RRset names, and their service bindings where it is one, as far as there is room.
 * @returns false when some were left out
 */
export function writeAdditional(work: Work, rrset: number): boolean {
  const store = work.catalog.zones;
  const run = rrsetWord(store, rrset, RrsetWord.ADDITIONAL);
  if (run === 0) return true;
  let whole = true;
  const type = rrsetWord(store, rrset, RrsetWord.TYPE);
  const end = run + 1 + 2 * (store.additional[run] as number);
  for (let at = run + 1; at < end; at += 2) {
    const node = store.additional[at] as number;
    const nameAt = store.additional[at + 1] as number;
    whole = writeOneAdditional(work, node, nameAt, RrType.A) && whole;
    whole = writeOneAdditional(work, node, nameAt, RrType.AAAA) && whole;
    // What is asked for is in the answer already.
    if (isServiceBinding(type) && findRrset(store, node, type) !== rrset)
      whole = writeOneAdditional(work, node, nameAt, type) && whole;
  }
  return whole;
}

function writeOneAdditional(work: Work, node: number, nameAt: number, type: number): boolean {
  const { writer } = work;
  const store = work.catalog.zones;
  const rrset = findRrset(store, node, type);
  if (rrset < 0 || rrsetWord(store, rrset, RrsetWord.KIND) !== RrsetKind.STATIC) return true;
  const before = writer.at;
  const count = writer.counts[Section.ADDITIONAL] as number;
  writeNamed(work, Section.ADDITIONAL, nameAt, rrset, rrsetWord(store, rrset, RrsetWord.TTL));
  if (!writer.overflows) return true;
  writer.cutTo(before, Section.ADDITIONAL, count);
  return false;
}

function writeAt(work: Work, rrset: number, ownerAt: number, ttl: number): void {
  const { writer } = work;
  const store = work.catalog.zones;
  const type = rrsetWord(store, rrset, RrsetWord.TYPE);
  const count = rrsetWord(store, rrset, RrsetWord.COUNT);
  const first = rrsetWord(store, rrset, RrsetWord.DATA);
  let skip = rotationOf(work, rrset, count);
  let at = first;
  for (; skip > 0; skip--) at += 2 + u16(store.octets, at);
  const end = first + rdataListOctets(store.octets, first, count);
  for (let left = count; left > 0; left--) {
    const length = u16(store.octets, at);
    writer.recordAt(Section.ANSWER, ownerAt, type, ttl);
    writer.rdataOf(type, store.octets, at + 2, length);
    at += 2 + length;
    if (at === end) at = first;
  }
}

function rdataListOctets(octets: Uint8Array, first: number, count: number): number {
  let at = first;
  for (let left = count; left > 0; left--) at += 2 + u16(octets, at);
  return at - first;
}

/** Which RR comes first: any address, so that clients which take the first one spread. Others keep their order. */
function rotationOf(work: Work, rrset: number, count: number): number {
  if (count === 1) return 0;
  const type = rrsetWord(work.catalog.zones, rrset, RrsetWord.TYPE);
  if (type !== RrType.A && type !== RrType.AAAA) return 0;
  return work.circumstances.random() % count;
}

/** Sets where the owner name of the next answer is: the name at `at`, or what it points to. */
export function setOwnerAt(work: Work, at: number): void {
  const { out } = work.writer;
  let owner = at;
  while ((out[owner] as number) >= 0xc0) owner = u16(out, owner) & 0x3fff;
  work.ownerAt = owner;
}
