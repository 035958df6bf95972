import { type Diagnostic, Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { rdataToText } from '../../src/rr/rdata.js';
import { formatRrType, TYPE } from '../../src/rr/rr-types.js';
import type { ServiceSpec } from '../../src/steer/spec.js';
import { formatName, parseName } from '../../src/wire/name.js';
import { loadOctodnsZone } from '../../src/zonefile/octodns.js';
import type { RecordSource, ZoneSource } from '../../src/zonefile/zone-source.js';

export interface Loaded {
  readonly zone: ZoneSource | undefined;
  /** `z.yaml:1:2: error: message (hint)`. */
  readonly problems: readonly string[];
}

/** Loads text as the file z.yaml of a zone; `files` are what `!include` finds. */
export function load(
  text: string,
  files: Readonly<Record<string, string>> = {},
  apex = 'example.com.',
): Loaded {
  const diagnostics = new Diagnostics();
  const source = new SourceFile('z.yaml', text);
  const zone = loadOctodnsZone(parseName(apex), [source], diagnostics, (path) => {
    const found = files[path];
    return found === undefined ? 'does not exist' : new SourceFile(path, found);
  });
  return { zone, problems: diagnostics.list.map(formatProblem) };
}

/** Loads a zone that has an NS RRset beside these entries, and must have no error. */
export function loadGood(text: string, apex = 'example.com.'): ZoneSource {
  const { zone, problems } = load(text, {}, apex);
  if (zone === undefined) throw new Error(problems.join('\n'));
  return zone;
}

/** Each record as a line: `www.example.com. 3600 A 192.0.2.1 | 192.0.2.2`; without the SOA when it was derived. */
export function lines(zone: ZoneSource): string[] {
  const records = Array.from(zone.records);
  const last = records.at(-1);
  const derived =
    zone.serialAuto && last?.kind === 'static' && last.type === TYPE.SOA && last.where.line === 1;
  return (derived ? records.slice(0, -1) : records).map(formatRecord);
}

/** The service of the one dynamic record of a zone. */
export function serviceOf(zone: ZoneSource): ServiceSpec {
  for (const record of zone.records) if (record.kind === 'dynamic') return record.service;
  throw new Error('no dynamic record');
}

function formatRecord(record: RecordSource): string {
  const start = `${formatName(record.owner)} ${record.ttl}`;
  switch (record.kind) {
    case 'static': {
      const rdata = record.rdata.map((octets) => rdataToText(record.type, octets));
      return `${start} ${formatRrType(record.type)} ${rdata.join(' | ')}`;
    }
    case 'gslb':
      return `${start} GSLB ${record.service}${record.ttlGiven ? ' (ttl given)' : ''}`;
    case 'alias':
      return `${start} ALIAS ${formatName(record.target)}`;
    case 'urlfwd':
      return `${start} URLFWD ${JSON.stringify(record.forwards)}`;
    case 'dynamic':
      return `${start} dynamic ${formatRrType(record.type)} ${record.service.name}`;
  }
}

function formatProblem({ file, line, column, severity, message, hint }: Diagnostic): string {
  return `${file}:${line}:${column}: ${severity}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}
