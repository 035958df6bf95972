import { TYPE } from '../rr/rr-types.js';
import { LookupName } from '../wire/lookup-name.js';
import { formatName } from '../wire/name.js';
import { formatLoadType, Pseudo, reportError, reportWarning, type ZoneLoad } from './zone-load.js';

/** Types of which one excludes the other at a name, and why. CNAME excludes every type of DNS. */
const EXCLUSIVE: readonly (readonly [number, number, string])[] = [
  [Pseudo.GSLB, TYPE.A, 'the service answers A and AAAA'],
  [Pseudo.GSLB, TYPE.AAAA, 'the service answers A and AAAA'],
  [Pseudo.GSLB, Pseudo.ALIAS, 'both answer A and AAAA'],
  [Pseudo.ALIAS, TYPE.A, 'ALIAS answers A and AAAA'],
  [Pseudo.ALIAS, TYPE.AAAA, 'ALIAS answers A and AAAA'],
];

/** Types that may be wrong alone at a name: every other one needs a second record to be. */
const DOUBTFUL_ALONE: readonly number[] = [TYPE.CNAME, TYPE.NS, TYPE.DNAME, TYPE.DS];

/** Says what is wrong, or doubtful, with a zone as a whole: RFC 1034, 2181, 6672. */
export function checkZone(load: ZoneLoad): void {
  const apex = load.firstOf(load.apex);
  /** First records of owners → the record that hides what is below them. */
  const covers = new Map<number, number>();
  for (const first of load.owners.firsts) {
    if (load.owners.next(first) < 0 && !DOUBTFUL_ALONE.includes(load.typeAt(first))) continue;
    checkOwner(load, first, first === apex);
    const dname = load.recordOf(first, TYPE.DNAME);
    const cover = dname >= 0 || first === apex ? dname : load.recordOf(first, TYPE.NS);
    if (cover >= 0) covers.set(first, cover);
  }
  if (covers.size > 0) checkOccluded(load, covers);
}

function checkOwner(load: ZoneLoad, first: number, isApex: boolean): void {
  const at = (type: number): number => load.recordOf(first, type);
  const records = recordsOf(load, first);
  const owner = load.records.ownerOf(first);
  const name = formatName(owner);
  const cname = at(TYPE.CNAME);
  if (cname >= 0 && isApex) {
    const message = 'CNAME at the apex would be beside SOA and NS (RFC 1034 §3.6.2)';
    reportError(load, load.placeOf(cname), message, 'use ALIAS, or GSLB');
  } else if (cname >= 0) {
    for (const other of records) {
      const type = load.typeAt(other);
      // URLFWD is for the redirect endpoint.
      if (other === cname || type === Pseudo.URLFWD) continue;
      const hint = type === TYPE.DNAME ? 'RFC 6672 §2.4' : 'RFC 1034 §3.6.2';
      const message = `${formatLoadType(type)} beside CNAME at ${name}: a CNAME stands alone`;
      reportError(load, load.placeOf(other), message, hint);
    }
  }
  for (const [type, other, reason] of EXCLUSIVE) {
    if (at(other) < 0 || at(type) < 0) continue;
    const message = `${formatLoadType(other)} beside ${formatLoadType(type)} at ${name}: ${reason}`;
    reportError(load, load.placeOf(at(other)), message);
  }
  if (!isApex) checkBelowApex(load, first, owner);
  else if (at(TYPE.DS) >= 0) {
    const message = 'DS at the apex is never asked for: it belongs to the parent zone';
    reportWarning(load, load.placeOf(at(TYPE.DS)), message);
  }
}

/** Checks NS and DNAME of an owner that is not the apex. */
function checkBelowApex(load: ZoneLoad, first: number, owner: Uint8Array): void {
  const ns = load.recordOf(first, TYPE.NS);
  const dname = load.recordOf(first, TYPE.DNAME);
  const wild = owner[1] === ASTERISK && owner[0] === 1 ? Math.max(ns, dname) : -1;
  if (wild >= 0) {
    const type = formatLoadType(load.typeAt(wild));
    const message = `${type} at a wildcard means nothing certain (RFC 4592 §4.2, §4.4)`;
    reportWarning(load, load.placeOf(wild), message);
  }
  if (ns >= 0 && dname >= 0) {
    reportError(load, load.placeOf(dname), `DNAME beside NS at ${formatName(owner)} (RFC 6672 §2.3)`);
  }
  for (const record of ns < 0 ? [] : recordsOf(load, first)) {
    const type = load.typeAt(record);
    if (AT_CUT.includes(type)) continue;
    const cut = `the zone cut ${formatName(owner)}`;
    const message = `${formatLoadType(type)} at ${cut} is not served: it belongs to the zone below`;
    reportWarning(load, load.placeOf(record), message);
  }
}

const ASTERISK = 0x2a;

/** What the parent has at a zone cut: the delegation, DS (RFC 4034 §5), and glue. */
const AT_CUT: readonly number[] = [TYPE.NS, TYPE.DS, TYPE.A, TYPE.AAAA, TYPE.DNAME];

/** Records below a DNAME or a zone cut are not served, but for glue. One warning for each. */
function checkOccluded(load: ZoneLoad, covers: ReadonlyMap<number, number>): void {
  const hidden = new Map<number, { first: number; count: number }>();
  const name = new LookupName();
  for (const owner of load.owners.firsts) {
    name.set(load.records.octets, load.records.ownerAt(owner));
    const cover = coverOf(load, name, covers);
    if (cover === undefined) continue;
    const delegated = load.typeAt(cover) === TYPE.NS;
    for (const record of recordsOf(load, owner)) {
      const type = load.typeAt(record);
      if (delegated && (type === TYPE.A || type === TYPE.AAAA)) continue;
      const former = hidden.get(cover);
      hidden.set(cover, { first: former?.first ?? record, count: (former?.count ?? 0) + 1 });
    }
  }
  for (const [cover, { first, count }] of hidden) {
    const coverName = formatName(load.records.ownerOf(cover));
    const more = count > 1 ? `, nor are ${count - 1} more below it` : '';
    const reason =
      load.typeAt(cover) === TYPE.NS
        ? `${coverName} is delegated`
        : `${coverName} has a DNAME (RFC 6672 §2.4)`;
    const message = `${formatLoadType(load.typeAt(first))} is not served: ${reason}${more}`;
    reportWarning(load, load.placeOf(first), message);
  }
}

/** The uppermost record that hides what is below its owner. */
function coverOf(load: ZoneLoad, name: LookupName, covers: ReadonlyMap<number, number>): number | undefined {
  for (let label = name.labels; label > 0; label--) {
    const cover = covers.get(load.owners.find(name, label));
    if (cover !== undefined) return cover;
  }
  return undefined;
}

function recordsOf(load: ZoneLoad, first: number): number[] {
  const records: number[] = [];
  for (let record = first; record >= 0; record = load.owners.next(record)) records.push(record);
  return records;
}
