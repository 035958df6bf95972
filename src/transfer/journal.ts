import { createHash } from 'node:crypto';
import { put32, u32 } from '../wire/octets.js';
import { isLaterSerial } from '../zonefile/serial.js';
import { isRrList, type RrList, RrListWriter, rrAt, rrsOf, serialOf } from './rr-list.js';
import type { ZoneChange } from './thread-messages.js';

/** What is transferred of a zone, and how it came to be so. */
export interface ZoneVersion {
  readonly list: RrList;
  /** Oldest first, without gaps up to the list's serial. */
  readonly changes: readonly ZoneChange[];
  /** False when the zone was another one under the same serial: whoever has this serial may have either. */
  readonly exact: boolean;
}

/** Larger zones are transferred whole: comparing and keeping versions of them takes too long. Some 400,000 RRs. */
const MAX_LIST_OCTETS = 16 << 20;
/** A secondary that missed more changes than these transfers the zone whole. */
const MAX_CHANGES = 100;

/** What follows on a version when the zone becomes `list`; the version itself when nothing changed. */
export function nextVersion(before: ZoneVersion | undefined, list: RrList): ZoneVersion {
  const fresh: ZoneVersion = { list, changes: [], exact: true };
  if (before === undefined || isTooLarge(before.list) || isTooLarge(list)) return fresh;
  if (Buffer.compare(before.list, list) === 0) return before;
  const from = serialOf(before.list);
  const to = serialOf(list);
  const change = changeBetween(before.list, list);
  if (from === to) return change === undefined ? before : { ...fresh, exact: false };
  if (!isLaterSerial(to, from) || !before.exact) return fresh;
  return {
    ...fresh,
    changes: bounded([...before.changes, { from, to, list: change ?? soasOf(before.list, list) }], list),
  };
}

/** Whether versions of a zone are kept at all. */
export function isTooLarge(list: RrList): boolean {
  return list.length > MAX_LIST_OCTETS;
}

/** The version as a file keeps it: checksum, list, changes. */
export function packVersion({ list, changes, exact }: ZoneVersion): Uint8Array {
  const parts: Uint8Array[] = [MAGIC, numbers(exact ? 1 : 0, list.length), list, numbers(changes.length)];
  for (const change of changes) parts.push(numbers(change.from, change.to, change.list.length), change.list);
  const content = Buffer.concat(parts);
  return Buffer.concat([createHash('sha256').update(content).digest(), content]);
}

/** The version that was packed; undefined when a file is none, or damaged. */
export function unpackVersion(file: Uint8Array): ZoneVersion | undefined {
  const content = file.subarray(DIGEST_OCTETS);
  const digest = createHash('sha256').update(content).digest();
  if (!digest.equals(file.subarray(0, DIGEST_OCTETS)) || !MAGIC.equals(content.subarray(0, MAGIC.length))) {
    return undefined;
  }
  let at = MAGIC.length;
  const number = (): number => {
    at += 4;
    return u32(content, at - 4);
  };
  const octets = (count: number): RrList => {
    at += count;
    const shared = new Uint8Array(new SharedArrayBuffer(count));
    shared.set(content.subarray(at - count, at));
    return shared;
  };
  const exact = number() === 1;
  const list = octets(number());
  const changes = Array.from({ length: number() }, () => {
    const from = number();
    const to = number();
    return { from, to, list: octets(number()) };
  });
  const whole = at === content.length && list.length > 0 && isRrList(list);
  return whole && changes.every((change) => isRrList(change.list)) ? { list, changes, exact } : undefined;
}

const DIGEST_OCTETS = 32;
/** Of this form of the file. */
const MAGIC = Buffer.from('steerdns transfer 1\n');

function numbers(...values: readonly number[]): Uint8Array {
  const octets = new Uint8Array(4 * values.length);
  for (const [i, value] of values.entries()) put32(octets, 4 * i, value);
  return octets;
}

/** RFC 1995 §4: the old SOA, what went, the new SOA, what came. @returns undefined when nothing did, serial and all */
function changeBetween(before: RrList, after: RrList): RrList | undefined {
  const old = keysOf(before);
  const now = keysOf(after);
  const soas: [Uint8Array, Uint8Array] = [soaOf(before), soaOf(after)];
  const gone = [...old].filter((key) => !now.has(key));
  const come = [...now].filter((key) => !old.has(key));
  if (gone.length + come.length === 0 && Buffer.compare(...soas) === 0) return undefined;
  const out = new RrListWriter();
  for (const [i, keys] of [gone, come].entries()) {
    out.append(soas[i] as Uint8Array);
    for (const key of keys) out.append(Buffer.from(key, 'latin1'));
  }
  return out.shared();
}

function soasOf(before: RrList, after: RrList): RrList {
  const out = new RrListWriter();
  out.append(soaOf(before));
  out.append(soaOf(after));
  return out.shared();
}

/** Every RR but the SOA, as a string of octets. */
function keysOf(list: RrList): Set<string> {
  const octets = Buffer.from(list.buffer, list.byteOffset, list.length);
  const keys = new Set<string>();
  for (const { at, end } of rrsOf(list)) if (at > 0) keys.add(octets.toString('latin1', at, end));
  return keys;
}

function soaOf(list: RrList): Uint8Array {
  return list.subarray(0, rrAt(list, 0).end);
}

/** The latest changes that are not longer together than the zone: IXFR would be of no use (RFC 1995 §4). */
function bounded(changes: readonly ZoneChange[], list: RrList): readonly ZoneChange[] {
  let octets = 0;
  let first = changes.length;
  while (first > 0 && changes.length - first < MAX_CHANGES) {
    octets += (changes[first - 1] as ZoneChange).list.length;
    if (octets > Math.max(list.length, MIN_JOURNAL_OCTETS)) break;
    first -= 1;
  }
  return changes.slice(first);
}

/** Even a small zone keeps so much. */
const MIN_JOURNAL_OCTETS = 1 << 16;
