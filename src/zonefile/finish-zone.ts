import type { SourceFile } from '../config/diagnostics.js';
import { TYPE } from '../rr/rr-types.js';
import { formatName } from '../wire/name.js';
import { checkZone } from './check-zone.js';
import { lintZone } from './lint-zone.js';
import { deriveSoa } from './soa.js';
import type { ZoneLoad } from './zone-load.js';
import type { ZoneSource } from './zone-source.js';

/**
 * Ends the reading of a zone: checks it as a whole, derives its SOA where none was written.
 * @param first the file that the zone is named by
 * @param partial when the rest of the zone is elsewhere: neither SOA nor NS are missed
 * @returns undefined after errors in `load.diagnostics`
 */
export function finishZone(load: ZoneLoad, first: SourceFile, partial = false): ZoneSource | undefined {
  checkZone(load);
  if (load.diagnostics.hasErrors) return undefined;
  if (partial) return { apex: load.apex, records: load.records, file: first.path, serialAuto: false };
  lintZone(load);
  const apex = load.firstOf(load.apex);
  const ns = load.recordOf(apex, TYPE.NS);
  if (load.recordOf(apex, TYPE.SOA) < 0) {
    const record = ns < 0 ? undefined : load.records.at(ns);
    const primary = record?.kind === 'static' ? record.rdata[0] : undefined;
    const soa = deriveSoa(load.apex, primary, { file: first.path, line: 1, column: 1 });
    load.add({ record: soa, node: { source: first, start: 0, end: 0 } });
    load.serialAuto = true;
  }
  if (ns < 0) {
    const hint = "write NS under '', so that resolvers can check the delegation";
    load.diagnostics.warning(first, 0, 0, `${formatName(load.apex)} has no NS record`, hint);
  }
  return { apex: load.apex, records: load.records, file: first.path, serialAuto: load.serialAuto };
}
