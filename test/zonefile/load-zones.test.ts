import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { formatName } from '../../src/wire/name.js';
import { loadZones } from '../../src/zonefile/load-zones.js';
import { lines } from './load-text.js';

describe('zonefile/load-zones', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zones-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const NS = "'': {type: NS, values: [ns1.example.org.]}\n";
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const loadAll = (): { zones: Record<string, string[]>; problems: string[] } => {
    const diagnostics = new Diagnostics();
    const zones = loadZones(folder, diagnostics);
    return {
      zones: Object.fromEntries(
        zones.map((zone) => [formatName(zone.apex), lines(zone).map((line) => line.replace(/ 3600/, ''))]),
      ),
      problems: diagnostics.list.map(
        ({ file, line, message }) => `${file.replace(`${folder}/`, '')}:${line} ${message}`,
      ),
    };
  };

  it('finds zones by the names of their files', () => {
    write('example.com.yaml', `${NS}a: {type: A, value: 192.0.2.1}\n`);
    write('2.0.192.in-addr.arpa.yaml', `${NS}'1': {type: PTR, value: a.example.com.}\n`);
    write('Example.NET..yaml', NS);
    write('bücher.example.yaml', NS);
    write('lan.yaml', NS);
    write('notes.txt', 'no zone');
    write('.hidden.example.yaml', 'no zone');
    const { zones, problems } = loadAll();
    expect(problems).to.deep.equal([]);
    expect(Object.keys(zones).sort()).to.deep.equal([
      '2.0.192.in-addr.arpa.',
      'example.com.',
      'example.net.',
      'lan.',
      'xn--bcher-kva.example.',
    ]);
    expect(zones['example.com.']).to.deep.equal([
      'example.com. NS ns1.example.org.',
      'a.example.com. A 192.0.2.1',
    ]);
  });

  it("reads split zones, with the zone's own file beside them", () => {
    write('example.com./$example.com.yaml', NS);
    write('example.com./www.yaml', 'www: {type: A, value: 192.0.2.1}\n');
    write('example.com./README.md', 'no zone');
    write('example.com.yaml', 'mail: {type: A, value: 192.0.2.2}\n');
    write('example.net/all.yaml', NS);
    const { zones, problems } = loadAll();
    expect(problems).to.deep.equal([]);
    expect(zones).to.deep.equal({
      'example.com.': [
        'example.com. NS ns1.example.org.',
        'www.example.com. A 192.0.2.1',
        'mail.example.com. A 192.0.2.2',
      ],
      'example.net.': ['example.net. NS ns1.example.org.'],
    });
  });

  it('says that a record is in two files of a zone', () => {
    write('example.com./a.yaml', `${NS}www: {type: A, value: 192.0.2.1}\n`);
    write('example.com./b.yaml', 'www: {type: A, value: 192.0.2.2}\n');
    const { zones, problems } = loadAll();
    expect(zones).to.deep.equal({});
    expect(problems).to.deep.equal(['example.com./b.yaml:1 A at www.example.com. is written twice']);
  });

  it('reads included files relative to the one that includes them, and does not take them for zones', () => {
    write('example.com.yaml', "'': !include shared.yaml\nwww: !include common/www.yaml\n");
    write('shared.yaml', '{type: NS, values: [ns1.example.org.]}\n');
    write('common/www.yaml', '!include deeper/www.yaml\n');
    write('common/deeper/www.yaml', '{type: A, value: 192.0.2.1}\n');
    const { zones, problems } = loadAll();
    expect(problems).to.deep.equal([]);
    expect(zones).to.deep.equal({
      'example.com.': ['example.com. NS ns1.example.org.', 'www.example.com. A 192.0.2.1'],
    });
  });

  it('says that an included file is missing', () => {
    write('example.com.yaml', "'': !include nope.yaml\n");
    expect(loadAll().problems[0]).to.match(/^example\.com\.yaml:1 "nope\.yaml" .*does not exist$/);
  });

  it('follows symbolic links', () => {
    write('.data/example.com.yaml', NS);
    write('.data/split/a.yaml', NS);
    symlinkSync(join(folder, '.data/example.com.yaml'), join(folder, 'example.com.yaml'));
    symlinkSync(join(folder, '.data/split'), join(folder, 'example.net.'));
    expect(Object.keys(loadAll().zones)).to.deep.equal(['example.com.', 'example.net.']);
  });

  it('loads the other zones when one is wrong, and says all that is wrong', () => {
    write('a.example.yaml', 'x: 1\n');
    write('b.example.yaml', NS);
    write('c.example.yaml', 'y: 1\n');
    write('d.example.yml', NS);
    write('e example.yaml', NS);
    const { zones, problems } = loadAll();
    expect(Object.keys(zones)).to.deep.equal(['b.example.']);
    expect(problems.filter((line) => !line.includes('has no NS'))).to.deep.equal([
      'd.example.yml:0 is not read: zone files end in .yaml, or .zone',
      'e example.yaml:0 zone name "e example" has a space in it',
      'a.example.yaml:1 a record must be a map but is "1"',
      'c.example.yaml:1 a record must be a map but is "1"',
    ]);
  });

  it('reads master files, and what they include', () => {
    write(
      'example.com.zone',
      '$TTL 1h\n@ SOA . . 1 2 3 4 5\n@ NS ns1.example.org.\n$INCLUDE shared.zone\n$INCLUDE parts/b.inc\n',
    );
    write('shared.zone', 'a A 192.0.2.1\n');
    write('parts/b.inc', '$INCLUDE c.inc\n');
    write('parts/c.inc', 'c A 192.0.2.3\n');
    const { zones, problems } = loadAll();
    expect(problems).to.deep.equal([]);
    expect(zones['example.com.']?.slice(2)).to.deep.equal([
      'a.example.com. A 192.0.2.1',
      'c.example.com. A 192.0.2.3',
    ]);
    expect(Object.keys(zones)).to.deep.equal(['example.com.']);
  });

  it('says that a zone is in a master file and in YAML', () => {
    write('example.com.zone', '$TTL 1h\n@ SOA . . 1 2 3 4 5\n@ NS ns1.example.org.\n');
    write('example.com.yaml', NS);
    const { zones, problems } = loadAll();
    expect(zones).to.deep.equal({});
    expect(problems).to.deep.equal([
      `example.com.zone:0 the zone is in ${join(folder, 'example.com.yaml')} too`,
    ]);
  });

  it('says that the folder is missing', () => {
    const diagnostics = new Diagnostics();
    expect(loadZones(join(folder, 'nope'), diagnostics)).to.deep.equal([]);
    expect(diagnostics.list.map(({ file }) => file)).to.deep.equal([join(folder, 'nope')]);
  });

  it('tells how far it is', () => {
    for (const zone of ['a', 'b', 'c']) write(`${zone}.example.yaml`, NS);
    const seen: string[] = [];
    loadZones(folder, new Diagnostics(), { onZone: (done, of) => seen.push(`${done}/${of}`) });
    expect(seen).to.deep.equal(['1/3', '2/3', '3/3']);
  });
});
