import type { ServiceReference } from '../config/check-references.js';
import { type Diagnostic, Diagnostics } from '../config/diagnostics.js';
import type { ServiceSpec } from '../steer/spec.js';
import type { SecondaryData } from '../transfer/secondaries.js';
import { formatName, sameName } from '../wire/name.js';
import { loadZones } from '../zonefile/load-zones.js';
import { RecordList, RecordWord } from '../zonefile/record-list.js';
import type { SerialState } from '../zonefile/serial.js';
import { ZoneCache, type ZoneCacheOptions } from '../zonefile/zone-cache.js';
import type { RecordSource, ZoneSource } from '../zonefile/zone-source.js';
import { type CompiledZones, compileZones } from './compile-zones.js';
import { secondarySource } from './secondary-source.js';
import { withSerial } from './serial-store.js';
import { withServices } from './with-services.js';

/** What zones are read with: all of it can be sent to a thread. */
export interface ZoneWork {
  readonly folder: string;
  /** Of their own files, by name. */
  readonly services: ReadonlyMap<string, ServiceSpec>;
  /** Serials that were served, by zone. */
  readonly serials: ReadonlyMap<string, SerialState>;
  readonly nowSeconds: number;
  /** Zones that came from elsewhere, or are to. */
  readonly secondaries: readonly SecondaryData[];
  readonly cache?: Omit<ZoneCacheOptions, 'note'>;
  /** What is read in place of a file, by absolute path. */
  readonly replaced?: ReadonlyMap<string, Uint8Array>;
}

/** What they gave. */
export interface ZoneResult {
  readonly diagnostics: readonly Diagnostic[];
  /** GSLB records that name a service which is not there. */
  readonly unresolved: readonly ServiceReference[];
  /** Undefined when there are errors. */
  readonly compiled: CompiledZones | undefined;
  readonly summaries: readonly ZoneSummary[];
  /** Serials that are to be remembered, by zone. */
  readonly serials: ReadonlyMap<string, SerialState>;
}

export interface ZoneSummary {
  /** In presentation format. */
  readonly name: string;
  readonly serial: number;
  /** Whether it rises by itself. */
  readonly serialAuto: boolean;
  /** Resource records. */
  readonly records: number;
  /** Of what it says, when its serial is automatic: then the serial is this instance's own. */
  readonly digest?: string;
}

/**
 * Reads, checks and compiles all zones of a folder.
 * @param onStep told before each piece of work that may take long
 * @throws RangeError when there is more than a store holds
 */
export function readZones(work: ZoneWork, onStep: (step: string) => void): ZoneResult {
  const diagnostics = new Diagnostics();
  const cache = work.cache && new ZoneCache({ ...work.cache, note: onStep });
  let toldAt = Date.now();
  const onZone = (done: number, of: number): void => {
    if (Date.now() - toldAt < TELL_MS) return;
    toldAt = Date.now();
    onStep(`zones of ${work.folder}: ${done} of ${of}`);
  };
  onStep(`zones of ${work.folder}`);
  const zones = loadZones(work.folder, diagnostics, {
    onZone,
    ...(cache === undefined ? {} : { cache }),
    ...(work.replaced === undefined ? {} : { replaced: work.replaced }),
  });
  const { unavailable, overlays } = addSecondaries(zones, work, diagnostics);
  const unresolved = [...zones.map(({ records }) => records), ...overlays].flatMap((records) =>
    unresolvedOf(records, work.services),
  );
  const serials = new Map<string, SerialState>();
  const numbered = zones.map((zone) =>
    withSerial(withServices(zone, work.services), work.serials, serials, work.nowSeconds),
  );
  const right = unresolved.length === 0 && !diagnostics.hasErrors;
  if (right) onStep('compiling');
  return {
    diagnostics: diagnostics.list,
    unresolved,
    compiled: right
      ? compileZones(
          numbered.map(({ zone }) => zone),
          work.services,
          unavailable,
        )
      : undefined,
    summaries: numbered.map(({ zone, serial }) => {
      const name = formatName(zone.apex);
      const digest = serials.get(name.toLowerCase())?.digest;
      return {
        name,
        serial,
        serialAuto: zone.serialAuto,
        records: countRecords(zone),
        ...(digest === undefined ? {} : { digest }),
      };
    }),
    serials,
  };
}

/**
 * Adds the zones that came from elsewhere.
 * @returns the apexes of those that can't be served now, and the overlays of those
 */
function addSecondaries(
  zones: ZoneSource[],
  work: ZoneWork,
  diagnostics: Diagnostics,
): { unavailable: Uint8Array[]; overlays: (readonly RecordSource[])[] } {
  const unavailable: Uint8Array[] = [];
  const overlays: (readonly RecordSource[])[] = [];
  for (const data of work.secondaries) {
    const other = zones.find(({ apex }) => sameName(apex, data.apex));
    if (other !== undefined) {
      const message = `${formatName(data.apex)} is one of the secondaries as well`;
      diagnostics.fileError(
        other.file,
        message,
        'a zone is written here, or transferred; an overlay goes elsewhere',
      );
      continue;
    }
    const { zone, overlay } = secondarySource(data, diagnostics);
    if (zone !== undefined) zones.push(zone);
    else {
      unavailable.push(data.apex);
      overlays.push(overlay);
    }
  }
  return { unavailable, overlays };
}

/** Between two tellings of how many zones were read. */
const TELL_MS = 1000;

function unresolvedOf(
  records: Iterable<RecordSource>,
  services: ReadonlyMap<string, ServiceSpec>,
): ServiceReference[] {
  return RecordList.from(records).others.flatMap((record) =>
    record.kind === 'gslb' && !services.has(record.service)
      ? [{ service: record.service, where: record.where }]
      : [],
  );
}

function countRecords({ records }: ZoneSource): number {
  const list = RecordList.from(records);
  let count = 0;
  for (let record = 0; record < list.length; record++) count += list.word(record, RecordWord.COUNT);
  return count;
}
