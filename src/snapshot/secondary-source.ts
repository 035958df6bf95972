import type { Diagnostics } from '../config/diagnostics.js';
import { readSource } from '../config/read-source.js';
import { rrsOf } from '../transfer/rr-list.js';
import type { SecondaryData } from '../transfer/secondaries.js';
import { lowerName } from '../wire/name.js';
import { RrType } from '../wire/protocol.js';
import { loadOctodnsZone } from '../zonefile/octodns.js';
import { RecordList } from '../zonefile/record-list.js';
import type { RecordSource, ZoneSource } from '../zonefile/zone-source.js';

/** What there is of a zone from elsewhere. */
export interface SecondarySource {
  /** Undefined when there is nothing to serve. */
  readonly zone: ZoneSource | undefined;
  /** The records of its overlay, which are checked in any case. */
  readonly overlay: readonly RecordSource[];
}

/**
 * A zone that came from elsewhere, with its overlay.
 * @param diagnostics takes what is wrong with the overlay
 */
export function secondarySource(
  { apex, list, overlay }: SecondaryData,
  diagnostics: Diagnostics,
): SecondarySource {
  const laid = overlay === undefined ? [] : readOverlay(apex, overlay, diagnostics);
  if (list === undefined || laid === undefined) return { zone: undefined, overlay: laid ?? [] };
  const covers = coversOf(laid);
  const records = RecordList.empty();
  for (const record of rrsetsOf(list)) {
    const cover = covers.get(keyOf(record.owner));
    if (cover === undefined || !cover(record.type)) records.add(record);
  }
  for (const record of laid) records.add(record);
  return { zone: { apex, records, file: PLACE.file, serialAuto: false }, overlay: laid };
}

/** Records of other servers are written nowhere. */
const PLACE = { file: 'a transfer', line: 1, column: 1 };

function readOverlay(apex: Uint8Array, path: string, diagnostics: Diagnostics): RecordSource[] | undefined {
  const source = readSource(path, diagnostics);
  if (source === undefined) return undefined;
  const zone = loadOctodnsZone(apex, [source], diagnostics, () => 'is not included in an overlay', true);
  if (zone === undefined) return undefined;
  const records = [...zone.records];
  const soa = records.find((record) => record.kind === 'static' && record.type === RrType.SOA);
  if (soa === undefined) return records;
  diagnostics.errorAt(soa.where, "SOA in an overlay: it is the primary's, and its serial", 'leave it out');
  return undefined;
}

/** By owner: whether a type of the zone gives way to the overlay. */
function coversOf(laid: readonly RecordSource[]): Map<string, (type: number) => boolean> {
  const types = new Map<string, Set<number>>();
  for (const record of laid) {
    const own = types.get(keyOf(record.owner)) ?? new Set();
    for (const type of typesOf(record)) own.add(type);
    types.set(keyOf(record.owner), own);
  }
  const covers = new Map<string, (type: number) => boolean>();
  for (const [key, own] of types) {
    // RFC 1034 §3.6.2: a CNAME stands alone, whichever of the two has it. The SOA is always the primary's.
    const all = own.has(RrType.CNAME);
    covers.set(key, (type) => type !== RrType.SOA && (all || type === RrType.CNAME || own.has(type)));
  }
  return covers;
}

function typesOf(record: RecordSource): readonly number[] {
  switch (record.kind) {
    case 'static':
    case 'dynamic':
      return [record.type];
    case 'gslb':
    case 'alias':
      return [RrType.A, RrType.AAAA];
    case 'urlfwd':
      return [];
  }
}

/** The RRs of a list as RRsets, without duplicates; the least of the TTLs holds for all (RFC 2181 §5.2). */
function rrsetsOf(list: Uint8Array): Iterable<RecordSource & { kind: 'static' }> {
  const rrsets = new Map<string, RecordSource & { kind: 'static'; ttl: number; rdata: Uint8Array[] }>();
  const seen = new Set<string>();
  const octets = Buffer.from(list.buffer, list.byteOffset, list.length);
  for (const { at, ownerEnd, type, ttl, rdataAt, end } of rrsOf(list)) {
    const key = `${type} ${octets.toString('latin1', at, ownerEnd)}`;
    const whole = `${key} ${octets.toString('latin1', rdataAt, end)}`;
    if (seen.has(whole)) continue;
    seen.add(whole);
    const rrset = rrsets.get(key);
    if (rrset === undefined) {
      const rdata = [list.subarray(rdataAt, end)];
      rrsets.set(key, { kind: 'static', owner: list.subarray(at, ownerEnd), type, ttl, rdata, where: PLACE });
    } else {
      rrset.rdata.push(list.subarray(rdataAt, end));
      if (ttl < rrset.ttl) rrsets.set(key, { ...rrset, ttl });
    }
  }
  return rrsets.values();
}

function keyOf(owner: Uint8Array): string {
  return Buffer.from(lowerName(owner)).toString('latin1');
}
