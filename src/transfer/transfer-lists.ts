import { isLaterSerial } from '../zonefile/serial.js';
import { type RrList, rrAt } from './rr-list.js';
import type { TransferZone } from './thread-messages.js';

/** RFC 5936 §2.2: the SOA is first and last. */
export function wholeOf({ list }: TransferZone): RrList[] {
  return [list, list.subarray(0, rrAt(list, 0).end)];
}

/** RFC 1995 §4: the changes since the client's serial, or the whole zone; the SOA alone for who has it already. */
export function changesFor(zone: TransferZone, serial: number): RrList[] {
  const soa = zone.list.subarray(0, rrAt(zone.list, 0).end);
  if (serial === zone.serial || isLaterSerial(serial, zone.serial)) return [soa];
  const first = zone.changes.findIndex(({ from }) => from === serial);
  if (first < 0) return wholeOf(zone);
  const lists = zone.changes.slice(first).map(({ list }) => list);
  const octets = lists.reduce((sum, { length }) => sum + length, 0);
  // RFC 1995 §4: changes that are longer than the zone are of no use.
  return octets > zone.list.length ? wholeOf(zone) : [soa, ...lists, soa];
}
