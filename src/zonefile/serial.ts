import { createHash } from 'node:crypto';
import { TYPE } from '../rr/rr-types.js';
import { lowerName } from '../wire/name.js';
import type { RecordSource, ZoneSource } from './zone-source.js';

/** What is remembered of a zone, so that its serial rises with each change and only then. */
export interface SerialState {
  readonly serial: number;
  readonly digest: string;
}

/**
 * The serial of a zone whose serial is automatic: as before while the digest is, else the time, or one more than before
 * where that is not later (RFC 1982). It never goes back.
 * @param previous what was served last; undefined for a zone that is new
 * @param now seconds since 1970
 */
export function nextSerial(previous: SerialState | undefined, digest: string, now: number): number {
  const time = now >>> 0;
  if (previous === undefined) return time;
  if (previous.digest === digest) return previous.serial;
  return isLaterSerial(time, previous.serial) ? time : (previous.serial + 1) >>> 0;
}

/** RFC 1982 §3.2: whether `a` comes after `b`. Serials 2³¹ apart come after neither. */
export function isLaterSerial(a: number, b: number): boolean {
  const distance = (a - b) >>> 0;
  return distance > 0 && distance < 2 ** 31;
}

/**
 * A digest of what a zone says: the same for the same records in another order, in other files, with other comments. An
 * automatic serial does not count.
 */
export function digestZone(zone: ZoneSource): string {
  const hash = createHash('sha256').update(lowerName(zone.apex));
  const lines = zone.records.map((record) => describeRecord(record, zone.serialAuto));
  for (const line of lines.sort()) hash.update(line).update('\n');
  return hash.digest('base64');
}

function describeRecord(record: RecordSource, serialAuto: boolean): string {
  const owner = Buffer.from(lowerName(record.owner)).toString('hex');
  return `${owner} ${record.ttl} ${describeData(record, serialAuto)}`;
}

function describeData(record: RecordSource, serialAuto: boolean): string {
  switch (record.kind) {
    case 'static': {
      const rdata = record.rdata.map((octets) => Buffer.from(octets).toString('hex')).sort();
      return `${record.type} ${serialAuto && record.type === TYPE.SOA ? withoutSerial(record.rdata[0]) : rdata.join(' ')}`;
    }
    case 'gslb':
      return `gslb ${record.ttlGiven} ${record.service}`;
    case 'alias':
      return `alias ${Buffer.from(record.target).toString('hex')}`;
    case 'urlfwd':
      return `urlfwd ${JSON.stringify(record.forwards)}`;
    case 'dynamic':
      return `dynamic ${record.type} ${JSON.stringify(record.service, omitWhere)}`;
  }
}

/** The serial is the first of five numbers of four octets at the end (RFC 1035 §3.3.13). */
function withoutSerial(rdata: Uint8Array | undefined): string {
  const hex = Buffer.from(rdata ?? []).toString('hex');
  return `${hex.slice(0, -40)} ${hex.slice(-32)}`;
}

/** Octets as hexadecimal, and nothing of where a thing was written. */
function omitWhere(key: string, value: unknown): unknown {
  if (key === 'where') return undefined;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
