import { createHash } from 'node:crypto';
import type { ServiceSpec } from '../steer/spec.js';
import { RecordList } from '../zonefile/record-list.js';
import { digestZone } from '../zonefile/zone-digest.js';
import type { ZoneSource } from '../zonefile/zone-source.js';

/**
 * What services answer with is transferred as the zone's own records, so an automatic serial rises with them: their digest
 * becomes part of the zone's.
 */
export function withServices(zone: ZoneSource, services: ReadonlyMap<string, ServiceSpec>): ZoneSource {
  if (!zone.serialAuto) return zone;
  const used = new Set<string>();
  for (const record of RecordList.from(zone.records).others)
    if (record.kind === 'gslb') used.add(record.service);
  if (used.size === 0) return zone;
  const hash = createHash('sha256');
  for (const name of [...used].sort()) hash.update(JSON.stringify(services.get(name) ?? null, withoutPlaces));
  return { ...zone, digest: `${zone.digest ?? digestZone(zone)} ${hash.digest('hex')}` };
}

/** Nothing of where a thing was written, nor of how members are probed. */
function withoutPlaces(key: string, value: unknown): unknown {
  return key === 'where' || key === 'checks' ? undefined : value;
}
