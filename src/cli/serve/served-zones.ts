import { resolve } from 'node:path';
import type {
  EditReply,
  RecordChange,
  RecordDetail,
  RecordsAsk,
  ReloadOutcome,
  ZoneControls,
  ZoneDetail,
  ZoneInfo,
} from '../../admin/controls.js';
import { etagOf } from '../../admin/zone-edits.js';
import { Diagnostics } from '../../config/diagnostics.js';
import { displayPath } from '../../config/read-source.js';
import { listRrsets, zoneNumber } from '../../snapshot/list-rrsets.js';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import { formatName, lowerName, NameError, parseName } from '../../wire/name.js';
import { LayoutError } from '../../zoneedit/splice.js';
import { type CheckZones, readRecords, ZoneEditor } from '../../zoneedit/zone-editor.js';
import { ownerOf, readZone } from '../../zoneedit/zone-files.js';
import { listZones } from '../../zonefile/load-zones.js';

/** More RRsets than a name has: there are 65,536 types. */
const MAX_AT_NAME = 1 << 17;

interface ZoneParts {
  /** What is served now. */
  readonly snapshot: () => Snapshot;
  readonly check: CheckZones;
  readonly reload: () => Promise<ReloadOutcome>;
}

/** What the API tells of zones, and does to them. Names of zones are as in {@link ZoneInfo}. */
export class ServedZones implements ZoneControls {
  readonly #parts: ZoneParts;
  readonly #editor: ZoneEditor;

  constructor(parts: ZoneParts) {
    this.#parts = parts;
    this.#editor = new ZoneEditor(parts.check);
  }

  get #snapshot(): Snapshot {
    return this.#parts.snapshot();
  }

  list(): ZoneInfo[] {
    const { config, zones } = this.#snapshot;
    const files = new Map(
      listZones(config.zones, new Diagnostics()).map((zone) => [
        formatName(zone.apex).toLowerCase(),
        zone.files,
      ]),
    );
    return zones.map(({ name, serial, records }) => {
      const own = (files.get(name.toLowerCase()) ?? []).map((path) => displayPath(resolve(path)));
      return { name, serial, records, source: this.#sourceOf(name, own), files: own };
    });
  }

  find(name: string): ZoneDetail | undefined {
    const apex = readName(name);
    const key = apex && formatName(apex).toLowerCase();
    const summary = this.#snapshot.zones.find((zone) => zone.name.toLowerCase() === key);
    if (apex === undefined || summary === undefined) return undefined;
    const onDisk = readZone(this.#snapshot.config.zones, apex);
    const files = (onDisk?.files ?? []).map(({ path }) => displayPath(path));
    const source = this.#sourceOf(summary.name, files);
    const { serial, records } = summary;
    const etag = source === 'secondary' || onDisk === undefined ? {} : { etag: etagOf(onDisk.digest) };
    return { name: summary.name, serial, records, source, files, ...etag };
  }

  records(zone: string, { name, after, ...ask }: RecordsAsk): ReturnType<ZoneControls['records']> {
    const apex = lowerName(parseName(zone));
    const number = zoneNumber(this.#snapshot.catalog.zones, apex);
    if (number < 0) return { page: [] };
    const owner = name === undefined ? undefined : ownerOf(name, apex);
    if (name !== undefined && owner === undefined) return undefined;
    const [afterName = '', afterType = ''] = after?.split(' ') ?? [];
    const behind = after === undefined ? undefined : ownerOf(afterName, apex);
    if (after !== undefined && behind === undefined) return undefined;
    return listRrsets(this.#snapshot, number, {
      ...ask,
      ...(owner === undefined ? {} : { owner: lowerName(owner.name) }),
      ...(behind === undefined ? {} : { after: { owner: lowerName(behind.name), type: afterType } }),
    });
  }

  record(zone: string, name: string, type: string): RecordDetail | undefined {
    const served = this.records(zone, { name, limit: MAX_AT_NAME })?.page;
    if (served === undefined) return undefined;
    const onDisk = readZone(this.#snapshot.config.zones, parseName(zone));
    const owner = onDisk && ownerOf(name, onDisk.apex);
    if (onDisk === undefined || owner === undefined) return { served };
    try {
      return { served, ...readRecords(onDisk, owner.name).get(type) };
    } catch (error) {
      // It is served all the same; an edit tells why it can't be made.
      if (error instanceof LayoutError) return { served };
      throw error;
    }
  }

  async edit(zone: string, change: RecordChange, mayEdit: (digest: string) => boolean): Promise<EditReply> {
    const folder = this.#snapshot.config.zones;
    const outcome = await this.#editor.edit(folder, parseName(zone), { ...change, mayEdit });
    if (outcome.kind !== 'edited' || change.dryRun || outcome.diff === '') return { outcome };
    return { outcome, reload: await this.#parts.reload() };
  }

  #sourceOf(name: string, files: readonly string[]): ZoneInfo['source'] {
    if (this.#snapshot.config.secondaries.has(name.toLowerCase())) return 'secondary';
    return files.some((file) => file.endsWith('.zone')) ? 'master' : 'yaml';
  }
}

function readName(text: string): Uint8Array | undefined {
  try {
    return parseName(text);
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}
