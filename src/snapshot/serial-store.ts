import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../background/replace-file.js';
import { formatName } from '../wire/name.js';
import { put32, u32 } from '../wire/octets.js';
import { RrType } from '../wire/protocol.js';
import { digestZone, nextSerial, type SerialState } from '../zonefile/serial.js';
import type { StaticRecord, ZoneSource } from '../zonefile/zone-source.js';

const schema = z.record(
  z.string(),
  z.object({ serial: z.number().int().min(0).max(0xffffffff), digest: z.string() }),
);

/** `serials.json` in the state folder: automatic SOA serials outlive a restart, so that they never go back. */
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

  get(zone: string): SerialState | undefined {
    return this.#kept.get(zone);
  }

  /** Keeps these; writes only what changed. */
  async keep(serials: ReadonlyMap<string, SerialState>): Promise<void> {
    let changed = false;
    for (const [zone, kept] of serials) {
      if (this.#kept.get(zone)?.digest === kept.digest) continue;
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
 * A zone with its serial: the SOA's own, or for an automatic one what follows from the zone's content and what was served before.
 * @param kept takes the serial when it is automatic
 */
export function withSerial(
  zone: ZoneSource,
  store: SerialStore | undefined,
  kept: Map<string, SerialState>,
  nowSeconds: number,
): { zone: ZoneSource; serial: number } {
  const soa = soaOf(zone);
  const rdata = soa.rdata[0] as Uint8Array;
  // SERIAL is the first of the five numbers at the end of SOA's RDATA (RFC 1035 §3.3.13).
  const serialAt = rdata.length - 20;
  if (!zone.serialAuto) return { zone, serial: u32(rdata, serialAt) };
  const name = formatName(zone.apex).toLowerCase();
  const digest = digestZone(zone);
  const serial = nextSerial(store?.get(name), digest, nowSeconds);
  kept.set(name, { serial, digest });
  const patched = rdata.slice();
  put32(patched, serialAt, serial);
  const records = zone.records.map((record) => (record === soa ? { ...soa, rdata: [patched] } : record));
  return { zone: { ...zone, records }, serial };
}

function soaOf(zone: ZoneSource): StaticRecord {
  for (const record of zone.records) {
    if (record.kind === 'static' && record.type === RrType.SOA) return record;
  }
  throw new RangeError(`zone ${formatName(zone.apex)} has no SOA`);
}

const FILE = 'serials.json';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
