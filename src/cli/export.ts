import type { Config } from '../config/config.js';
import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { didYouMean } from '../config/suggest.js';
import { type AnswerUnknown, makeAnswerUnknown } from '../explain/unknown-client.js';
import { formatRrType } from '../rr/rr-types.js';
import { SerialStore, withSerial } from '../snapshot/serial-store.js';
import { SnapshotLoader } from '../snapshot/snapshot-loader.js';
import { withServices } from '../snapshot/with-services.js';
import { AliasTable } from '../state/alias-table.js';
import { MemberStates } from '../state/member-states.js';
import type { ServiceSpec } from '../steer/spec.js';
import { formatName } from '../wire/name.js';
import { loadZones, readZoneComments } from '../zonefile/load-zones.js';
import { formatMaster, type MasterPart } from '../zonefile/master-write.js';
import { nameKey } from '../zonefile/rdata-key.js';
import { RecordList } from '../zonefile/record-list.js';
import type { ZoneComments } from '../zonefile/zone-comments.js';
import type { RecordSource, ZoneSource } from '../zonefile/zone-source.js';
import { readConfig } from './ask-instance.js';
import { CONFIG_OPTION, type CommandIo, defineCommand, ExitCode } from './command.js';
import { progressOn } from './progress.js';
import { mayWrite, OUTPUT_OPTIONS, writeOutput } from './write-output.js';

export const exportZone = defineCommand(
  {
    name: 'export',
    summary: 'write a zone as a master file (RFC 1035), for BIND, Knot and NSD',
    positionals: [{ name: 'ZONE', help: 'the name of a zone of the configuration' }],
    options: { config: CONFIG_OPTION, ...OUTPUT_OPTIONS },
    notes: [
      'A master file steers nobody: a steered name has the answer to a client of whom nothing is known, with every member up,\n' +
        'and a comment says so. ALIAS of a name outside of the served zones, and URLFWD, are comments only.',
    ],
    examples: [
      'steerdns export example.com',
      'steerdns export example.com --output /etc/nsd/example.com.zone',
    ],
  },
  async (line, io) => {
    const [name = ''] = line.positionals;
    const config = readConfig(line, io);
    if (config === undefined || !mayWrite(line, io)) return ExitCode.INPUT;
    const text = await exportText(name, config, io);
    if (text === undefined || !(await writeOutput(line, io, text))) return ExitCode.INPUT;
    return ExitCode.DONE;
  },
);

/** @returns undefined after what is wrong was shown */
async function exportText(name: string, config: Config, io: CommandIo): Promise<string | undefined> {
  const diagnostics = new Diagnostics();
  const progress = progressOn(process.stderr);
  progress.step(`zones of ${config.zones}`);
  const zones = loadZones(config.zones, diagnostics);
  const wanted = diagnostics.hasErrors ? undefined : findZone(name, zones, io);
  const steering = wanted && (await steeringFor(wanted, config, diagnostics));
  progress.done();
  if (diagnostics.hasErrors) io.err(formatDiagnostics(diagnostics.list, { color: process.stderr.isTTY }));
  if (wanted === undefined || steering === undefined) return undefined;
  // What the instance serves; what it would become where the zone has changed since. Nothing is written.
  const { kept } = await SerialStore.open(config.state);
  const numbered = withServices(wanted, steering.services);
  const { zone } = withSerial(numbered, kept, new Map(), Math.floor(Date.now() / 1000));
  const comments = readZoneComments(wanted);
  return formatMaster(zone.apex, partsOf(zone, steering.answerUnknown, comments), comments);
}

/** What is at steered names. */
interface Steering {
  readonly services: ReadonlyMap<string, ServiceSpec>;
  readonly answerUnknown: AnswerUnknown;
}

/** @returns undefined after errors in `diagnostics` */
async function steeringFor(
  { records }: ZoneSource,
  config: Config,
  diagnostics: Diagnostics,
): Promise<Steering | undefined> {
  if (Array.from(records).every(({ kind }) => kind === 'static')) {
    return { services: new Map(), answerUnknown: () => [] };
  }
  const states = new MemberStates();
  const loader = new SnapshotLoader({ states, aliases: new AliasTable() });
  // An unknown client has no place: no database is asked.
  const snapshot = await loader.load({ ...config, geo: { ...config.geo, databases: [] } }, diagnostics);
  if (snapshot === undefined) return undefined;
  const services = new Map([...snapshot.serviceByName].map(([name, { spec }]) => [name, spec]));
  return { services, answerUnknown: makeAnswerUnknown(snapshot.catalog, states) };
}

function findZone(name: string, zones: readonly ZoneSource[], io: CommandIo): ZoneSource | undefined {
  const wanted = name.replace(/\.?$/, '.').toLowerCase();
  const names = zones.map(({ apex }) => formatName(apex).toLowerCase());
  const found = zones[names.indexOf(wanted)];
  if (found === undefined) {
    const hint =
      didYouMean(wanted, names) ?? (names.length > 20 ? undefined : `there are ${names.join(', ')}`);
    io.err(`there is no zone ${wanted}${hint === undefined ? '' : `; ${hint}`}\n`);
  }
  return found;
}

function* partsOf(
  { apex, records }: ZoneSource,
  answerUnknown: AnswerUnknown,
  commentsOf: ZoneComments,
): Generator<MasterPart> {
  for (const record of byOwner(records, apex)) {
    const comments = commentsOf.of(record);
    if (record.kind === 'static') {
      yield { record, comments };
      continue;
    }
    const name = formatName(record.owner);
    const answers = answerUnknown(record);
    const what = describe(record);
    const here = answers.length === 0 ? 'nothing in a master file' : 'here as an unknown client is answered';
    yield { note: `${name} ${what}: ${here}`, comments };
    for (const answer of answers) yield { record: answer };
  }
}

/** The apex first, where its SOA is, and all of a name together: in this order `import` and `export` write them again. */
function* byOwner(records: Iterable<RecordSource>, apex: Uint8Array): Generator<RecordSource> {
  const list = RecordList.from(records);
  const first = new Map<string, number>([[nameKey(apex), -1]]);
  const places = Int32Array.from({ length: list.length }, (_, i) => {
    const key = nameKey(list.ownerOf(i));
    const place = first.get(key) ?? i;
    first.set(key, place);
    return place;
  });
  const order = Array.from(places.keys());
  order.sort((a, b) => (places[a] as number) - (places[b] as number));
  for (const i of order) yield list.at(i);
}

function describe(record: RecordSource): string {
  switch (record.kind) {
    case 'static':
      return formatRrType(record.type);
    case 'gslb':
      return `is steered by the service ${record.service}`;
    case 'dynamic':
      return `${formatRrType(record.type)} is steered by its pools and rules`;
    case 'alias':
      return `is an ALIAS of ${formatName(record.target)}`;
    case 'urlfwd':
      return `redirects to ${record.forwards.map(({ target }) => target).join(', ')} over HTTP (URLFWD)`;
  }
}
