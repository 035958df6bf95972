import { Counter, count as tally } from '../state/counters.js';
import { MAX_NAME_OCTETS } from '../wire/name.js';
import { copyOctets, u16 } from '../wire/octets.js';
import { HEADER_OCTETS, Rcode, RrType } from '../wire/protocol.js';
import { Section } from '../wire/response-writer.js';
import { Found, findName, findNode, findRrset, findZone } from '../zone/find.js';
import {
  FORWARD_TYPE,
  Node,
  nodeWord,
  RrsetKind,
  RrsetWord,
  rrsetWord,
  Zone,
  type ZoneStore,
  zoneWord,
} from '../zone/zone-store.js';
import { negative } from './negative.js';
import { answerExternal, answerSteered, failed } from './steered.js';
import { traceMatch, traceStep } from './trace-steps.js';
import { MAX_CHAIN, Next, type Work } from './work.js';
import { setOwnerAt, writeAdditional, writeAnswer, writeOwned } from './write-rrset.js';

/** RFC 8482 §4.2: CPU `RFC8482`, OS empty. */
const RFC8482_HINFO = Uint8Array.from([7, 0x52, 0x46, 0x43, 0x38, 0x34, 0x38, 0x32, 0]);
/** Nothing changes it: RFC 8482 §4.2 leaves it to the operator; one hour, as Knot and NSD have. */
const RFC8482_TTL = 3600;

/** Fills the sections of the response for a question of class IN (RFC 1034 §4.3.2). */
export function resolve(work: Work): void {
  const { name } = work.query;
  const store = work.catalog.zones;
  for (; work.hops < MAX_CHAIN; work.hops++) {
    work.visited[work.hops] = 0;
    let zone = findName(store, name, work.finding);
    if (zone >= 0 && work.query.type === RrType.DS && isApex(work, zone)) zone = parentOf(work, zone);
    traceStep(work, zone < 0 ? 'outside' : 'zone', zone);
    if (zone < 0) {
      if (work.flattening) answerExternal(work);
      else if (work.hops === 0) refuse(work);
      break;
    }
    work.zone = zone;
    if (work.hops === 0) work.askedZone = zone;
    if (step(work) === Next.DONE) break;
  }
  // A chain that is shown shows itself; a flattened one has no address to answer with.
  if (work.hops === MAX_CHAIN && work.flattening) failed(work);
}

/** True when the name is the apex of the zone. */
function isApex(work: Work, zone: number): boolean {
  return work.query.name.labels === zoneWord(work.catalog.zones, zone, Zone.LABELS);
}

/** RFC 4035 §3.1.4.1: DS of an apex is the parent's to answer, when that is served as well. */
function parentOf(work: Work, zone: number): number {
  const { name } = work.query;
  const store = work.catalog.zones;
  const parent = name.labels === 0 ? -1 : findZone(store, name, 1);
  if (parent < 0) return zone;
  findNode(store, parent, name, work.finding);
  return parent;
}

function refuse(work: Work): void {
  work.rcode = Rcode.REFUSED;
}

function step(work: Work): Next {
  const { found, node } = work.finding;
  traceMatch(work);
  switch (found) {
    case Found.CUT:
      return atCut(work, node);
    case Found.DNAME:
      work.authoritative = true;
      return followDname(work, node);
    case Found.NXDOMAIN:
      work.authoritative = true;
      if (work.flattening) return negative(work, Rcode.NOERROR);
      return negative(work, Rcode.NXDOMAIN);
    case Found.EXACT:
    case Found.WILDCARD:
      work.authoritative = true;
      return atNode(work, node, found === Found.EXACT);
  }
}

/** RFC 1034 §4.3.2 step 3b: a referral, but for DS, which lies above the cut (RFC 4035 §3.1.4.1). */
function atCut(work: Work, node: number): Next {
  const store = work.catalog.zones;
  if (work.query.type === RrType.DS && nodeWord(store, node, Node.NAME_LENGTH) === work.query.name.length) {
    work.authoritative = true;
    return atNode(work, node, true);
  }
  if (work.flattening) {
    answerExternal(work);
    return Next.DONE;
  }
  tally(work.counters, Counter.referrals);
  traceStep(work, 'referral', work.zone);
  const ns = findRrset(store, node, RrType.NS);
  writeOwned(work, Section.AUTHORITY, node, ns, rrsetWord(store, ns, RrsetWord.TTL));
  // RFC 9471 §3.1: glue that does not fit MUST set TC.
  if (!writeAdditional(work, ns)) work.truncated = true;
  return Next.DONE;
}

function atNode(work: Work, node: number, exact: boolean): Next {
  const store = work.catalog.zones;
  const { type } = work.query;
  if (type === RrType.ANY) return answerAny(work, node, exact);
  let rrset = findRrset(store, node, type);
  if (rrset < 0) rrset = findRrset(store, node, RrType.CNAME);
  if (rrset < 0) return negative(work, Rcode.NOERROR);
  const first = exact && work.hops === 0;
  switch (rrsetWord(store, rrset, RrsetWord.KIND) as RrsetKind) {
    case RrsetKind.STEERED:
      return answerSteered(work, rrset);
    case RrsetKind.ALIAS:
      return followAlias(work, rrset);
    case RrsetKind.FORWARD:
      return negative(work, Rcode.NOERROR);
    case RrsetKind.STATIC:
      if (rrsetWord(store, rrset, RrsetWord.TYPE) !== type) return followCname(work, rrset, first);
      traceStep(work, 'static', rrset);
      writeAnswer(work, rrset, first);
      if (!work.writer.overflows) writeAdditional(work, rrset);
      return Next.DONE;
  }
}

/** RFC 8482 §4.2: one HINFO stands for all, but a CNAME is given as it is. */
function answerAny(work: Work, node: number, exact: boolean): Next {
  const store = work.catalog.zones;
  if (!hasData(store, node)) return negative(work, Rcode.NOERROR);
  const cname = findRrset(store, node, RrType.CNAME);
  if (cname >= 0) {
    if (rrsetWord(store, cname, RrsetWord.KIND) === RrsetKind.STEERED) return answerSteered(work, cname);
    writeAnswer(work, cname, exact);
    return Next.DONE;
  }
  work.writer.recordAt(Section.ANSWER, work.ownerAt, RrType.HINFO, RFC8482_TTL);
  work.writer.rdata(RFC8482_HINFO, 0, RFC8482_HINFO.length);
  return Next.DONE;
}

/** False for an empty non-terminal, and where there is URLFWD alone. */
function hasData(store: ZoneStore, node: number): boolean {
  const count = nodeWord(store, node, Node.RRSET_COUNT);
  return count > 1 || (count === 1 && findRrset(store, node, FORWARD_TYPE) < 0);
}

/** RFC 1034 §4.3.2 step 3a: goes on at the CNAME's target. */
function followCname(work: Work, rrset: number, first: boolean): Next {
  const store = work.catalog.zones;
  if (visit(work, rrset) === Visit.LOOP) {
    return work.flattening ? failed(work) : Next.DONE;
  }
  if (work.flattening) {
    work.flattenTtl = Math.min(work.flattenTtl, rrsetWord(store, rrset, RrsetWord.TTL));
  } else {
    traceStep(work, 'cname', rrset);
    setOwnerAt(work, writeAnswer(work, rrset, first));
  }
  work.query.name.set(store.octets, rrsetWord(store, rrset, RrsetWord.DATA) + 2);
  return Next.NAME;
}

/** RFC 6672 §3.2: the DNAME and a CNAME made from it, then on at the new name. */
function followDname(work: Work, node: number): Next {
  const { writer, query } = work;
  const store = work.catalog.zones;
  const rrset = findRrset(store, node, RrType.DNAME);
  const ttl = rrsetWord(store, rrset, RrsetWord.TTL);
  const target = rrsetWord(store, rrset, RrsetWord.DATA) + 2;
  const targetLength = u16(store.octets, target - 2);
  const kept = query.name.length - nodeWord(store, node, Node.NAME_LENGTH);
  // A flattened chain does not show the DNAME, and ends by its length.
  const visited = work.flattening ? Visit.FIRST : visit(work, rrset);
  if (visited === Visit.LOOP) return Next.DONE;
  traceStep(work, 'dname', rrset);
  // For another name below it, the DNAME is in the answer already.
  if (visited === Visit.FIRST && !work.flattening) writeOwned(work, Section.ANSWER, node, rrset, ttl);
  // RFC 6672 §2.2: a name that grows too long is answered with YXDOMAIN.
  if (kept + targetLength > MAX_NAME_OCTETS) {
    if (work.flattening) return failed(work);
    work.rcode = Rcode.YXDOMAIN;
    return Next.DONE;
  }
  if (work.flattening) work.flattenTtl = Math.min(work.flattenTtl, ttl);
  // The requestor's own case is kept in the labels that stay.
  const labels = work.ownerAt === HEADER_OCTETS ? writer.out : query.name.octets;
  copyOctets(labels, work.ownerAt === HEADER_OCTETS ? HEADER_OCTETS : 0, synthesised, 0, kept);
  copyOctets(store.octets, target, synthesised, kept, targetLength);
  if (!work.flattening) {
    // RFC 6672 §3.1: the synthesised CNAME has the TTL of the DNAME.
    writer.recordAt(Section.ANSWER, work.ownerAt, RrType.CNAME, ttl);
    const rdataAt = writer.at + 2;
    writer.rdataOf(RrType.CNAME, synthesised, 0, kept + targetLength);
    setOwnerAt(work, rdataAt);
  }
  query.name.set(synthesised, 0);
  return query.type === RrType.CNAME || query.type === RrType.ANY ? Next.DONE : Next.NAME;
}

/** Borrowed by {@link followDname}. */
const synthesised = new Uint8Array(MAX_NAME_OCTETS);

/** Goes on at an ALIAS's target, whose addresses become the owner's. */
function followAlias(work: Work, rrset: number): Next {
  const store = work.catalog.zones;
  traceStep(work, 'alias', rrset);
  work.flatten(rrsetWord(store, rrset, RrsetWord.TTL), rrsetWord(store, rrset, RrsetWord.WIRE_AT) - 1);
  work.query.name.set(store.octets, rrsetWord(store, rrset, RrsetWord.DATA));
  return Next.NAME;
}

/** What {@link visit} finds. */
const Visit = {
  FIRST: 0,
  /** Gone through before, for another name: a wildcard's CNAME and a DNAME have many. */
  AGAIN: 1,
  /** Gone through for the very same name: what follows is what was answered. */
  LOOP: 2,
} as const;
type Visit = (typeof Visit)[keyof typeof Visit];

/** Notes that an RRset of CNAME or DNAME is gone through for the name that the chain is at. */
function visit(work: Work, rrset: number): Visit {
  const { visited, visitors, hops, writer } = work;
  let found: Visit = Visit.FIRST;
  for (let i = 0; i < hops; i++) {
    if (visited[i] !== rrset + 1) continue;
    // A CNAME has one target: a flattened chain that comes to it again goes round, whatever the name.
    if (work.flattening || writer.hasName(visitors[i] as number, work.query.name.octets)) return Visit.LOOP;
    found = Visit.AGAIN;
  }
  visited[hops] = rrset + 1;
  visitors[hops] = work.ownerAt;
  return found;
}
