import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Diagnostic, Diagnostics } from '../../src/config/diagnostics.js';
import { loadZones } from '../../src/zonefile/load-zones.js';
import { MIN_CACHED_OCTETS, MIN_OWN_FILE_OCTETS, ZoneCache } from '../../src/zonefile/zone-cache.js';
import type { RecordSource } from '../../src/zonefile/zone-source.js';

/** Makes a text worth a file of its own. */
const FILL = `# ${'x'.repeat(MIN_OWN_FILE_OCTETS)}\n`;
/** Makes it worth keeping, but not alone. */
const SMALL_FILL = `# ${'x'.repeat(MIN_CACHED_OCTETS)}\n`;
const APEX = "'': {type: NS, values: [ns1.example.org.]}\n";

/** Everything that a zone may have, with a warning. */
const RECORDS = `${APEX}
www:
  - {type: A, values: [192.0.2.1, 192.0.2.2]}
  - {type: TXT, value: 'v=x\\; y'}
mx: {type: MX, value: {preference: 10, exchange: mail.example.net.}}
api: {type: GSLB, service: web, ttl: 30}
go: {type: URLFWD, value: {path: /, target: 'https://a.example/', code: 301, masking: 0, query: 0}}
far: {type: ALIAS, value: cdn.example.net.}
dyn:
  type: A
  value: 192.0.2.9
  dynamic:
    pools: {a: {values: [{value: 192.0.2.1, weight: 2}, {value: 192.0.2.2}]}}
    rules: [{pool: a}]
www.example.com: {type: A, value: 192.0.2.3}
`;
const EVERYTHING = `${FILL}${RECORDS}`;

interface Loaded {
  readonly records: readonly RecordSource[];
  readonly serialAuto: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly notes: readonly string[];
}

describe('zonefile/zone-cache', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cache-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const kept = (): string[] => {
    try {
      return readdirSync(join(folder, 'cache')).sort();
    } catch {
      return [];
    }
  };

  function load(mode: 'write' | 'read' | 'none' = 'write'): Loaded {
    const notes: string[] = [];
    const diagnostics = new Diagnostics();
    const cache = new ZoneCache({
      folder: join(folder, 'cache'),
      write: mode === 'write',
      note: (note) => notes.push(note),
    });
    const zones = loadZones(join(folder, 'zones'), diagnostics, mode === 'none' ? {} : { cache });
    return {
      records: zones.flatMap(({ records }) => Array.from(records, copyOf)),
      serialAuto: zones.some(({ serialAuto }) => serialAuto),
      diagnostics: diagnostics.list,
      notes,
    };
  }

  /** Changes what is kept of a zone so that it says other than the text: whoever reads it tells. */
  function forge(change: (file: Buffer) => Buffer | Uint8Array): void {
    const [name = ''] = kept();
    const path = join(folder, 'cache', name);
    writeFileSync(path, change(readFileSync(path)));
  }

  it('gives what the text gives: every kind of record, places, warnings', () => {
    write('zones/example.com.yaml', EVERYTHING);
    const fresh = load('none');
    expect(fresh.records.length).to.be.greaterThan(8);
    expect(fresh.diagnostics.map(({ severity }) => severity)).to.deep.equal(['warning']);
    expect(load()).to.deep.equal(fresh);
    expect(kept()).to.have.length(1);
    expect(load()).to.deep.equal(fresh);
    expect(load('read')).to.deep.equal(fresh);
  });

  it('is used in place of the text', () => {
    write('zones/example.com.yaml', EVERYTHING);
    load();
    const [name = ''] = kept();
    const before = readFileSync(join(folder, 'cache', name));
    write('zones/example.com.yaml', EVERYTHING.replace('192.0.2.3', '192.0.2.4'));
    load();
    const [other = ''] = kept();
    // Under the name that the text of now has, what was kept of the other is another zone's.
    writeFileSync(join(folder, 'cache', other), before);
    expect(load('read').notes).to.have.length(1);
    write('zones/example.com.yaml', EVERYTHING);
    writeFileSync(join(folder, 'cache', name), before);
    expect(load('read').notes).to.deep.equal([]);
  });

  it('keeps one file a zone: the former goes when the text changes, and when the zone does', () => {
    write('zones/example.com.yaml', EVERYTHING);
    write('zones/example.net.yaml', `${FILL}${APEX}`);
    load();
    const first = kept();
    expect(first.map((name) => name.replace(/[0-9a-f]{32}$/, ''))).to.deep.equal([
      'example.com.',
      'example.net.',
    ]);
    write('zones/example.com.yaml', `${EVERYTHING}z: {type: A, value: 192.0.2.7}\n`);
    expect(load().records.length).to.be.greaterThan(0);
    expect(kept()).to.have.length(2);
    expect(kept()[0]).to.not.equal(first[0]);
    rmSync(join(folder, 'zones/example.com.yaml'));
    load();
    expect(kept()).to.deep.equal(first.slice(1));
  });

  const damages: readonly [string, (file: Buffer) => Buffer | Uint8Array][] = [
    ['cut short', (file) => file.subarray(0, file.length - 1)],
    ['cut within its head', (file) => file.subarray(0, 7)],
    ['empty', () => Buffer.alloc(0)],
    ['longer', (file) => Buffer.concat([file, Buffer.of(0)])],
    ['with one bit changed', (file) => flipped(file, file.length >> 1)],
    ['with one bit of its lengths changed', (file) => flipped(file, 5)],
    [
      'of a machine with the other order of octets',
      (file) => Buffer.concat([file], file.length & ~3).swap32(),
    ],
    ['no such file at all', () => Buffer.from('\0'.repeat(4096))],
  ];
  for (const [name, damage] of damages) {
    it(`reads the text when what is kept is ${name}, says so, and keeps it anew`, () => {
      write('zones/example.com.yaml', EVERYTHING);
      const fresh = load();
      forge(damage);
      const again = load();
      expect({ ...again, notes: [] }).to.deep.equal(fresh);
      expect(again.notes.map((note) => note.replace(folder, ''))).to.match(
        /is damaged: the zone is read from its text/,
      );
      expect(load()).to.deep.equal(fresh);
    });
  }

  describe('of zones that are not large', () => {
    const SMALL = `${SMALL_FILL}${RECORDS}`;
    const bundle = (): string => join(folder, 'cache/zones');

    it('is one file for all, and gives what the texts give', () => {
      for (const zone of ['com', 'net', 'org']) write(`zones/example.${zone}.yaml`, SMALL);
      const fresh = load('none');
      expect(load()).to.deep.equal(fresh);
      expect(kept()).to.deep.equal(['zones']);
      const written = readFileSync(bundle());
      expect(load()).to.deep.equal(fresh);
      expect(readFileSync(bundle())).to.deep.equal(written);
    });

    it('is used in place of the texts', () => {
      write('zones/example.com.yaml', SMALL);
      load();
      // Whoever reads what was kept says that it is damaged.
      writeFileSync(bundle(), flipped(readFileSync(bundle()), readFileSync(bundle()).length - 9));
      expect(load('read').notes).to.have.length(1);
    });

    it('keeps what has changed beside what has not, and drops what is gone', () => {
      for (const zone of ['com', 'net', 'org']) write(`zones/example.${zone}.yaml`, SMALL);
      load();
      const size = readFileSync(bundle()).length;
      write('zones/example.net.yaml', SMALL.replace('192.0.2.3', '192.0.2.4'));
      rmSync(join(folder, 'zones/example.org.yaml'));
      const changed = load();
      expect(changed).to.deep.equal(load('none'));
      expect(load()).to.deep.equal(changed);
      expect(readFileSync(bundle()).length).to.be.within(size / 2, (size * 3) / 4);
    });

    it('keeps those of other zones while one has errors', () => {
      for (const zone of ['com', 'net']) write(`zones/example.${zone}.yaml`, SMALL);
      load();
      const before = readFileSync(bundle());
      write('zones/example.net.yaml', `${SMALL}x: 1\n`);
      load();
      expect(readFileSync(bundle())).to.deep.equal(before);
    });

    it('reads the texts of those that are lost where the file is damaged', () => {
      for (const zone of ['com', 'net', 'org']) write(`zones/example.${zone}.yaml`, SMALL);
      const fresh = load();
      const whole = readFileSync(bundle());
      for (let at = 0; at < whole.length; at += 97) {
        writeFileSync(bundle(), at % 2 === 0 ? flipped(whole, at) : whole.subarray(0, at));
        const { notes: _notes, ...rest } = load('read');
        expect({ ...rest, notes: [] }, `octet ${at}`).to.deep.equal(fresh);
      }
    });
  });

  it('reads the text when a file that the zone includes has changed, or is gone', () => {
    write('zones/example.com.yaml', `${FILL}${APEX}www: !include shared/www.txt\n`);
    write('zones/shared/www.txt', '{type: A, value: 192.0.2.1}\n');
    const first = load();
    expect(load()).to.deep.equal(first);
    write('zones/shared/www.txt', '{type: A, value: 192.0.2.2}\n');
    expect(load().records).to.not.deep.equal(first.records);
    rmSync(join(folder, 'zones/shared/www.txt'));
    expect(load().diagnostics.map(({ severity }) => severity)).to.deep.equal(['error']);
  });

  it('remembers which files a zone includes: they are no zones', () => {
    write('zones/example.com.yaml', `${FILL}${APEX}www: !include shared.yaml\n`);
    write('zones/shared.yaml', 'type: A\nvalue: 192.0.2.1\n');
    const fresh = load();
    expect(fresh.diagnostics).to.deep.equal([]);
    expect(load()).to.deep.equal(fresh);
  });

  it('keeps no zone that has errors, and what was kept stays until they are gone', () => {
    write('zones/example.com.yaml', EVERYTHING);
    load();
    const before = kept();
    write('zones/example.com.yaml', `${EVERYTHING}z: {type: A, value: nonsense}\n`);
    expect(load().diagnostics.some(({ severity }) => severity === 'error')).to.equal(true);
    expect(kept()).to.deep.equal(before);
  });

  it('keeps no zone that is read as fast as it would be found, and none when it may not write', () => {
    write('zones/example.com.yaml', APEX);
    load();
    expect(kept()).to.deep.equal([]);
    write('zones/example.com.yaml', EVERYTHING);
    load('read');
    expect(kept()).to.deep.equal([]);
  });

  it('goes on without a folder that can be written', () => {
    write('zones/example.com.yaml', EVERYTHING);
    write('cache', 'a file');
    const { records, notes } = load();
    expect(records.length).to.be.greaterThan(8);
    expect(notes.length).to.be.greaterThan(0);
  });
});

/** Arrays of its own, so that views of different buffers compare equal. */
function copyOf(record: RecordSource): RecordSource {
  const bare = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Array.from(value);
    if (Array.isArray(value)) return value.map(bare);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, bare(each)]));
  };
  return bare(record) as RecordSource;
}

function flipped(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}
