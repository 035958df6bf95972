import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { readSource } from '../../src/config/read-source.js';
import { formatName, parseName } from '../../src/wire/name.js';
import { loadMasterZone } from '../../src/zonefile/master.js';
import { formatMaster } from '../../src/zonefile/master-write.js';
import type { StaticRecord, ZoneSource } from '../../src/zonefile/zone-source.js';
import { needTool } from '../support/tools.js';
import { bindLines, CORPUS, formatProblem, wireLines } from './master-support.js';

/** RRSIG, NSEC, NSEC3, NSEC3PARAM are left out. */
const SIGNERS_TYPES = ['46', '47', '50', '51'];

/** Owners whose records a peer can't read, or can't write: Knot 3.2 has no dohpath, ldns 1.8 escapes no quotes. */
const KNOT_LACKS = /^svcb2\./;
const LDNS_LACKS = /"|^(nsap-ptr|wks)\./;

const files = readdirSync(CORPUS).filter((file) => file.endsWith('.zone'));

describe('zonefile/master: the corpus', () => {
  let folder = '';
  before(function () {
    this.timeout(30_000);
    needTool(this, 'named-compilezone');
    needTool(this, 'kzonecheck');
    needTool(this, 'ldns-read-zone');
    folder = mkdtempSync(join(tmpdir(), 'steerdns-'));
  });
  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  for (const file of files) {
    const origin = file.replace(/zone$/, '');

    it(`${file}: the same records as BIND reads`, () => {
      const expected = bindLines(origin, file, CORPUS).filter(
        (line) => !SIGNERS_TYPES.includes(line.split(' ')[2] ?? ''),
      );
      expect(wireLines(loadFile(file, origin))).to.deep.equal(expected);
    });

    it(`${file}: BIND reads what is written as what it was`, () => {
      const zone = loadFile(file, origin);
      const written = join(folder, file);
      writeFileSync(written, formatMaster(zone.apex, partsOf(zone)));
      expect(bindLines(origin, written, folder)).to.deep.equal(wireLines(zone));
    });

    it(`${file}: Knot takes what is written`, () => {
      const zone = loadFile(file, origin);
      const written = join(folder, `${file}.knot`);
      writeFileSync(written, formatMaster(zone.apex, partsOf(zone, KNOT_LACKS)));
      const { stdout, stderr } = spawnSync('kzonecheck', ['-v', '-o', origin, written], { encoding: 'utf8' });
      // Zones of the corpus have faults on purpose; what can't be read is another matter.
      expect(`${stdout}${stderr}`).to.not.match(/zone loader|fatal|in zone, file/);
    });

    it(`${file}: ldns reads what is written as what it was`, () => {
      const zone = loadFile(file, origin);
      const written = join(folder, `${file}.ldns`);
      const parts = partsOf(zone, LDNS_LACKS);
      writeFileSync(written, formatMaster(zone.apex, parts));
      const text = execFileSync('ldns-read-zone', ['-c', written], { encoding: 'utf8' });
      const records = parts.map(({ record }) => record);
      const read = loadText(text, origin);
      expect(wireLines(read).map(inLowerCase)).to.deep.equal(
        wireLines({ ...zone, records }).map(inLowerCase),
      );
    });
  }
});

function loadFile(file: string, origin: string): ZoneSource {
  const source = readSource(join(CORPUS, file), new Diagnostics());
  if (source === undefined) throw new Error(`no ${file}`);
  return loadSource(source, origin);
}

function loadText(text: string, origin: string): ZoneSource {
  return loadSource(new SourceFile('z.zone', text), origin);
}

function loadSource(source: SourceFile, origin: string): ZoneSource {
  const diagnostics = new Diagnostics();
  const zone = loadMasterZone(source, parseName(origin), diagnostics);
  if (zone === undefined) throw new Error(diagnostics.list.map(formatProblem).join('\n'));
  return zone;
}

/** @param without owners that are left out */
function partsOf({ records }: ZoneSource, without?: RegExp): { record: StaticRecord }[] {
  return [...records].flatMap((record) =>
    record.kind === 'static' && without?.test(formatName(record.owner)) !== true ? [{ record }] : [],
  );
}

/** `-c` makes names in RDATA lower case (RFC 4034 §6.2); letters of hexadecimal octets as well, then. */
function inLowerCase(line: string): string {
  const [, start = '', hex = ''] = /^(\S+ \S+ \S+ )(.*)$/.exec(line) ?? [];
  return start + Buffer.from(hex, 'hex').toString('latin1').toLowerCase();
}
