import { TYPE } from '../rr/rr-types.js';
import { lowerOctet } from '../wire/octets.js';
import { OTHER, RecordList, RecordWord } from './record-list.js';
import type { RecordSource, ZoneSource } from './zone-source.js';

/**
 * A digest of what a zone says: the same for the same RRs in another order, in other files, with other comments. An automatic
 * serial does not count. Told from another's by 128 bits, but not proof against someone who looks for two zones that share one.
 */
export function digestZone(zone: ZoneSource): string {
  const records = RecordList.from(zone.records);
  const sum = new Sum();
  sum.begin();
  for (const octet of zone.apex) sum.octet(lowerOctet(octet));
  sum.end();
  for (let record = 0; record < records.length; record++) addRecord(sum, records, record, zone.serialAuto);
  return sum.text();
}

/** Adds each RR for itself, so that neither the order of owners nor that of values counts. */
function addRecord(sum: Sum, records: RecordList, record: number, serialAuto: boolean): void {
  const { octets } = records;
  const type = records.word(record, RecordWord.TYPE);
  if (type === OTHER) {
    sum.begin();
    addOwner(sum, octets, records.ownerAt(record));
    for (const octet of Buffer.from(describe(records.at(record)))) sum.octet(octet);
    sum.end();
    return;
  }
  let at = records.word(record, RecordWord.DATA_AT);
  for (let left = records.word(record, RecordWord.COUNT); left > 0; left--) {
    const length = ((octets[at] as number) << 8) | (octets[at + 1] as number);
    const end = at + 2 + length;
    sum.begin();
    addOwner(sum, octets, records.ownerAt(record));
    sum.number(type);
    sum.number(records.word(record, RecordWord.TTL));
    // The serial is the first of five numbers of four octets at the end (RFC 1035 §3.3.13).
    const serialAt = serialAuto && type === TYPE.SOA ? end - 20 : end;
    for (let i = at + 2; i < end; i++) if (i < serialAt || i >= serialAt + 4) sum.octet(octets[i] as number);
    sum.end();
    at = end;
  }
}

function addOwner(sum: Sum, octets: Uint8Array, at: number): void {
  let end = at;
  for (let label = octets[at] as number; label !== 0; label = octets[end] as number) {
    for (const labelEnd = end + label + 1; end < labelEnd; end++)
      sum.octet(lowerOctet(octets[end] as number));
  }
  sum.octet(0);
}

function describe(record: RecordSource): string {
  const { owner: _owner, where: _where, ...said } = record;
  return JSON.stringify(said, omitWhere);
}

/** Octets as hexadecimal, and nothing of where a thing was written. */
function omitWhere(key: string, value: unknown): unknown {
  if (key === 'where') return undefined;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}

/** The sum of the hashes of parts, which come in any order: four of 32 bits, made as xxHash's lanes are. */
class Sum {
  readonly #sums = new Uint32Array(4);
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  begin(): void {
    this.#a = 0x9e3779b1;
    this.#b = 0x85ebca77;
    this.#c = 0xc2b2ae3d;
    this.#d = 0x27d4eb2f;
  }

  octet(value: number): void {
    this.#a = round(this.#a, value);
    this.#b = round(this.#b, value);
    this.#c = round(this.#c, value);
    this.#d = round(this.#d, value);
  }

  number(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.octet((value >>> shift) & 0xff);
  }

  end(): void {
    const sums = this.#sums;
    sums[0] = (sums[0] as number) + avalanche(this.#a);
    sums[1] = (sums[1] as number) + avalanche(this.#b);
    sums[2] = (sums[2] as number) + avalanche(this.#c);
    sums[3] = (sums[3] as number) + avalanche(this.#d);
  }

  text(): string {
    return Array.from(this.#sums, (sum) => sum.toString(16).padStart(8, '0')).join('');
  }
}

/** The primes of xxHash32, whose every step can be undone, so that no two states become one. */
function round(state: number, value: number): number {
  const sum = (state + Math.imul(value + 1, 0x85ebca77)) | 0;
  return Math.imul((sum << 13) | (sum >>> 19), 0x9e3779b1);
}

function avalanche(state: number): number {
  let hash = Math.imul(state ^ (state >>> 15), 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d);
  return (hash ^ (hash >>> 16)) >>> 0;
}
