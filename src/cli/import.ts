import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { formatName, NameError, parseName } from '../wire/name.js';
import { readMasterZone } from '../zonefile/master.js';
import { findApex } from '../zonefile/master-apex.js';
import { readMasterFile } from '../zonefile/master-include.js';
import { formatZoneYaml } from '../zonefile/master-to-yaml.js';
import { defineCommand, ExitCode, UsageError } from './command.js';
import { progressOn } from './progress.js';
import { mayWrite, OUTPUT_OPTIONS, writeOutput } from './write-output.js';

export const importZone = defineCommand(
  {
    name: 'import',
    summary: 'make zone YAML of a master file (RFC 1035), as BIND, Knot and NSD have them',
    positionals: [{ name: 'FILE', help: 'the master file' }],
    options: {
      origin: {
        value: 'ZONE',
        help: "the zone's name; without it the file says it: its SOA, or its own name",
      },
      ...OUTPUT_OPTIONS,
    },
    notes: [
      'Comments are kept where they have a place. Records that a signer made (RRSIG, NSEC, NSEC3) are left out. With an\n' +
        'error in the file nothing is written.',
    ],
    examples: [
      'steerdns import /etc/bind/db.example.com --output zones/example.com.yaml',
      'steerdns import example.com.zone --origin example.com',
    ],
  },
  async (line, io) => {
    const [path = ''] = line.positionals;
    const origin = line.option('origin');
    const given = origin === undefined ? undefined : readOrigin(origin);
    if (!mayWrite(line, io)) return ExitCode.INPUT;
    const diagnostics = new Diagnostics();
    const progress = progressOn(process.stderr);
    progress.step(path);
    const source = readMasterFile(path, diagnostics);
    const apex = given ?? (source && findApex(source));
    if (source !== undefined && apex === undefined) {
      const hint = 'say it: --origin example.com';
      diagnostics.fileError(source.path, "neither the file's SOA nor its name says which zone it is", hint);
    }
    const zone = source && apex && readMasterZone(source, apex, diagnostics);
    progress.done();
    io.err(formatDiagnostics(diagnostics.list, { color: process.stderr.isTTY }));
    if (zone === undefined || apex === undefined) return ExitCode.INPUT;
    const records = zone.rrsets.reduce((sum, { rrs }) => sum + rrs.length, 0);
    if (!(await writeOutput(line, io, formatZoneYaml(zone)))) return ExitCode.INPUT;
    const file = line.option('output');
    const into = file === undefined ? '' : ` in ${file}`;
    io.err(`${formatName(apex)} has ${records} record${records === 1 ? '' : 's'}${into}\n`);
    return ExitCode.DONE;
  },
);

function readOrigin(text: string): Uint8Array {
  try {
    return parseName(text);
  } catch (error) {
    if (error instanceof NameError) throw new UsageError(`--origin: ${error.message}`);
    throw error;
  }
}
