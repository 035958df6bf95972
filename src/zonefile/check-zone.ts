import { rdataToText } from '../rr/rdata.js';
import { TYPE } from '../rr/rr-types.js';
import { formatName } from '../wire/name.js';
import {
  type LoadedOwner,
  type LoadedRecord,
  ownerKey,
  reportError,
  reportWarning,
  type ZoneLoad,
} from './zone-load.js';

/** Types of which one excludes the other at a name, and why. CNAME excludes every type of DNS. */
const EXCLUSIVE: readonly (readonly [string, string, string])[] = [
  ['GSLB', 'A', 'the service answers A and AAAA'],
  ['GSLB', 'AAAA', 'the service answers A and AAAA'],
  ['GSLB', 'ALIAS', 'both answer A and AAAA'],
  ['ALIAS', 'A', 'ALIAS answers A and AAAA'],
  ['ALIAS', 'AAAA', 'ALIAS answers A and AAAA'],
];

/** Says what is wrong, or doubtful, with a zone as a whole: RFC 1034, 2181, 6672. */
export function checkZone(load: ZoneLoad): void {
  const apexKey = ownerKey(load.apex);
  const occluding = new Map<string, LoadedRecord>();
  for (const [key, owner] of load.owners) {
    checkOwner(load, owner, key === apexKey);
    const ns = key === apexKey ? undefined : owner.records.get('NS');
    const cover = owner.records.get('DNAME') ?? ns;
    if (cover !== undefined) occluding.set(key, cover);
  }
  if (occluding.size > 0) checkOccluded(load, occluding);
}

/** Types beside CNAME that are no RRs of the name: URLFWD is for the redirect endpoint. */
function isRr(type: string): boolean {
  return type !== 'URLFWD';
}

function checkOwner(load: ZoneLoad, owner: LoadedOwner, isApex: boolean): void {
  const { records } = owner;
  const name = formatName(owner.name);
  const cname = records.get('CNAME');
  if (cname !== undefined && isApex) {
    reportError(
      load,
      cname.node,
      'CNAME at the apex would be beside SOA and NS (RFC 1034 §3.6.2)',
      'use ALIAS, or GSLB',
    );
  } else if (cname !== undefined) {
    for (const other of records.values()) {
      if (other === cname || !isRr(other.type)) continue;
      const hint = other.type === 'DNAME' ? 'RFC 6672 §2.4' : 'RFC 1034 §3.6.2';
      reportError(load, other.node, `${other.type} beside CNAME at ${name}: a CNAME stands alone`, hint);
    }
  }
  for (const [type, other, reason] of EXCLUSIVE) {
    const found = records.get(other);
    if (found !== undefined && records.has(type)) {
      reportError(load, found.node, `${other} beside ${type} at ${name}: ${reason}`);
    }
  }
  if (isApex) {
    const ds = records.get('DS');
    if (ds !== undefined)
      reportWarning(load, ds.node, 'DS at the apex is never asked for: it belongs to the parent zone');
    return;
  }
  const ns = records.get('NS');
  const dname = records.get('DNAME');
  const wild = owner.name[1] === ASTERISK && owner.name[0] === 1 ? (ns ?? dname) : undefined;
  if (wild !== undefined) {
    reportWarning(load, wild.node, `${wild.type} at a wildcard means nothing certain (RFC 4592 §4.2, §4.4)`);
  }
  if (ns !== undefined && dname !== undefined) {
    reportError(load, dname.node, `DNAME beside NS at ${name} (RFC 6672 §2.3)`);
  }
  for (const record of ns === undefined ? [] : records.values()) {
    if (AT_CUT.includes(record.type)) continue;
    reportWarning(
      load,
      record.node,
      `${record.type} at the zone cut ${name} is not served: it belongs to the zone below`,
    );
  }
}

const ASTERISK = 0x2a;

/** What the parent has at a zone cut: the delegation, DS (RFC 4034 §5), and glue. */
const AT_CUT: readonly string[] = ['NS', 'DS', 'A', 'AAAA', 'DNAME'];

/** Records below a DNAME or a zone cut are not served, but for glue. One warning for each. */
function checkOccluded(load: ZoneLoad, occluding: ReadonlyMap<string, LoadedRecord>): void {
  const hidden = new Map<LoadedRecord, { first: LoadedRecord; count: number }>();
  for (const [key, owner] of load.owners) {
    const cover = coverOf(key, occluding);
    if (cover === undefined) continue;
    for (const record of owner.records.values()) {
      if (cover.type === 'NS' && (record.type === 'A' || record.type === 'AAAA')) continue;
      const former = hidden.get(cover);
      hidden.set(cover, { first: former?.first ?? record, count: (former?.count ?? 0) + 1 });
    }
  }
  for (const [cover, { first, count }] of hidden) {
    const name = formatName(cover.record.owner);
    const more = count > 1 ? `, nor are ${count - 1} more below it` : '';
    const reason = cover.type === 'NS' ? `${name} is delegated` : `${name} has a DNAME (RFC 6672 §2.4)`;
    reportWarning(load, first.node, `${first.type} is not served: ${reason}${more}`);
  }
}

/** The uppermost record that hides what is below its owner. */
function coverOf(key: string, occluding: ReadonlyMap<string, LoadedRecord>): LoadedRecord | undefined {
  let cover: LoadedRecord | undefined;
  for (let at = key.charCodeAt(0) + 1; at < key.length; at += key.charCodeAt(at) + 1) {
    cover = occluding.get(key.slice(at)) ?? cover;
  }
  return cover;
}

/** Name servers of the apex: that there are some, and that those inside the zone have addresses. */
export function checkNameServers(load: ZoneLoad): void {
  const ns = load.owners.get(ownerKey(load.apex))?.records.get('NS');
  if (ns?.record.kind !== 'static') return;
  for (const rdata of ns.record.rdata) {
    const key = ownerKey(rdata);
    const inside = key.endsWith(ownerKey(load.apex)) && !load.owners.has(key);
    if (inside && !hasWildcard(load, key)) {
      reportWarning(
        load,
        ns.node,
        `name server ${rdataToText(TYPE.NS, rdata)} is in this zone but has no address`,
      );
    }
  }
}

function hasWildcard(load: ZoneLoad, key: string): boolean {
  for (let at = key.charCodeAt(0) + 1; at < key.length; at += key.charCodeAt(at) + 1) {
    if (load.owners.has(`\x01*${key.slice(at)}`)) return true;
  }
  return false;
}
