import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../background/replace-file.js';
import { formatName } from '../wire/name.js';
import { put32, u32 } from '../wire/octets.js';
import { RrType } from '../wire/protocol.js';
import { RecordList, RecordWord } from '../zonefile/record-list.js';
import { nextSerial, type SerialState } from '../zonefile/serial.js';
import { digestZone } from '../zonefile/zone-digest.js';
import type { ZoneSource } from '../zonefile/zone-source.js';

const schema = z.record(
  z.string(),
  z.object({ serial: z.number().int().min(0).max(0xffffffff), digest: z.string() }),
);

/**
 * `serials.json` in the state folder: SOA serials that were served outlive a restart, so that automatic ones never go back, not
 * even behind a number that was written, or that a primary gave, before.
 */
export class SerialStore {
  readonly #folder: string;
  readonly #kept: Map<string, SerialState>;

  private constructor(folder: string, kept: Map<string, SerialState>) {
    this.#folder = folder;
    this.#kept = kept;
  }

  /** Reads the file. One that is missing or can't be understood counts as empty: serials then go on from the clock. */
  static async open(folder: string): Promise<SerialStore> {
    const text = await readFile(join(folder, FILE), 'utf8').catch(() => '{}');
    const content = schema.safeParse(parseJson(text));
    return new SerialStore(folder, new Map(Object.entries(content.data ?? {})));
  }

  /** By zone, in presentation format, lower case. */
  get kept(): ReadonlyMap<string, SerialState> {
    return this.#kept;
  }

  /** Keeps these; writes only what changed. */
  async keep(serials: ReadonlyMap<string, SerialState>): Promise<void> {
    let changed = false;
    for (const [zone, kept] of serials) {
      const known = this.#kept.get(zone);
      if (known?.digest === kept.digest && known.serial === kept.serial) continue;
      this.#kept.set(zone, kept);
      changed = true;
    }
    if (!changed) return;
    await mkdir(this.#folder, { recursive: true });
    await replaceFile(
      join(this.#folder, FILE),
      `${JSON.stringify(Object.fromEntries(this.#kept), null, 1)}\n`,
    );
  }
}

/**
 * Gives a zone its serial: the SOA's own, or for an automatic one what follows from the zone's content and what was served before,
 * which is written into its SOA.
 * @param before what was served, by zone
 * @param kept takes the serial
 */
export function withSerial(
  zone: ZoneSource,
  before: ReadonlyMap<string, SerialState>,
  kept: Map<string, SerialState>,
  nowSeconds: number,
): { zone: ZoneSource; serial: number } {
  const records = RecordList.from(zone.records);
  // SERIAL is the first of the five numbers at the end of SOA's RDATA (RFC 1035 §3.3.13).
  const serialAt = records.dataEnd(soaOf(records, zone.apex)) - 20;
  const name = formatName(zone.apex).toLowerCase();
  if (!zone.serialAuto) {
    const serial = u32(records.octets, serialAt);
    kept.set(name, { serial, digest: WRITTEN });
    return { zone: { ...zone, records }, serial };
  }
  const digest = zone.digest ?? digestZone(zone);
  const serial = nextSerial(before.get(name), digest, nowSeconds);
  kept.set(name, { serial, digest });
  put32(records.octets, serialAt, serial);
  return { zone: { ...zone, records }, serial };
}

/** SOA is among the first or the last of the records. */
function soaOf(records: RecordList, apex: Uint8Array): number {
  const isSoa = (record: number): boolean => records.word(record, RecordWord.TYPE) === RrType.SOA;
  if (records.length > 0 && isSoa(records.length - 1)) return records.length - 1;
  for (let record = 0; record < records.length; record++) if (isSoa(record)) return record;
  throw new RangeError(`zone ${formatName(apex)} has no SOA`);
}

const FILE = 'serials.json';

/** In place of a digest where the serial is not ours: the content counts as changed once it becomes automatic. */
const WRITTEN = '';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
