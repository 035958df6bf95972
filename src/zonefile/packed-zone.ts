import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { Diagnostic } from '../config/diagnostics.js';
import { RecordList } from './record-list.js';
import type { RecordSource, ZoneSource } from './zone-source.js';

/** What is kept of a zone. */
export interface PackedZone {
  readonly zone: ZoneSource;
  readonly diagnostics: readonly Diagnostic[];
  /** Files by their absolute path: what messages call them, and a digest of what they said. */
  readonly includes: readonly { readonly path: string; readonly shown: string; readonly digest: string }[];
}

/** What of it is no large array. */
interface Rest extends Omit<PackedZone, 'zone'> {
  readonly key: string;
  readonly zone: Omit<ZoneSource, 'records'>;
  readonly files: readonly string[];
  readonly others: readonly RecordSource[];
}

/**
 * Words at the start; behind them the records' words, the rest, and the records' octets, each from a whole word on. Words are in
 * the machine's own order: the mark of another machine is another number.
 */
const Head = { MARK: 0, WORDS: 1, REST: 2, OCTETS: 3, CHECKSUM: 4, LENGTH: 5 } as const;

/** `szc` and the format's number. */
const MARK = 0x737a6301;

const WORD = Uint32Array.BYTES_PER_ELEMENT;

/** @returns what is to be written, one behind the other: a whole number of words */
export function packZone(key: string, { zone, diagnostics, includes }: PackedZone): Uint8Array[] {
  const { records, ...about } = zone;
  const { words, octets, files, others } = RecordList.from(records).packed();
  const said: Rest = { key, zone: about, diagnostics, includes, files, others };
  const rest = padded(serialize(said));
  const padding = new Uint8Array(-octets.length & 3);
  const parts = [octetsOf(words), rest, octets, padding];
  const head = new Uint32Array(Head.LENGTH);
  head[Head.MARK] = MARK;
  head[Head.WORDS] = words.length;
  head[Head.REST] = rest.length;
  head[Head.OCTETS] = octets.length;
  head[Head.CHECKSUM] = parts.reduce((sum, part) => crc32(part, sum), 0);
  return [octetsOf(head), ...parts];
}

/** @returns undefined when it is damaged, cut short, of another machine, or another zone's */
export function unpackZone(packed: Uint8Array, key: string): PackedZone | undefined {
  // Small files are read into a part of a larger buffer.
  const whole = packed.byteOffset % WORD === 0 ? packed : new Uint8Array(packed);
  if (whole.length < Head.LENGTH * WORD) return undefined;
  const head = new Uint32Array(whole.buffer, whole.byteOffset, Head.LENGTH);
  const [mark, wordCount = 0, restLength = 0, octetCount = 0, checksum] = head;
  const wordsAt = Head.LENGTH * WORD;
  const restAt = wordsAt + wordCount * WORD;
  const octetsAt = restAt + restLength;
  const octetsEnd = octetsAt + octetCount;
  if (mark !== MARK || whole.length !== octetsEnd + (-octetsEnd & 3)) return undefined;
  if (crc32(whole.subarray(wordsAt)) !== checksum) return undefined;
  // A copy: what is read from it holds on to it.
  const rest = deserialize(Buffer.from(whole.subarray(restAt, octetsAt))) as Rest;
  if (rest.key !== key) return undefined;
  const records = RecordList.unpack({
    words: new Uint32Array(whole.buffer, whole.byteOffset + wordsAt, wordCount),
    octets: whole.subarray(octetsAt, octetsEnd),
    files: rest.files,
    others: rest.others,
  });
  return { zone: { ...rest.zone, records }, diagnostics: rest.diagnostics, includes: rest.includes };
}

function octetsOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function padded(octets: Uint8Array): Uint8Array {
  const whole = new Uint8Array((octets.length + 3) & ~3);
  whole.set(octets);
  return whole;
}
