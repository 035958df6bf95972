import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { exportZone } from '../../src/cli/export.js';
import { importZone } from '../../src/cli/import.js';
import { CHECKOUT } from '../support/steerdns.js';
import { Folder, run } from './support.js';

const ZONE =
  '$ORIGIN example.com.\n$TTL 1h\n@ SOA ns1.example.net. h 1 2 3 4 5\n@ NS ns1.example.net.\nwww A 192.0.2.1\n';

describe('cli/import', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(() => folder.remove());

  it('writes YAML to the terminal, and what it did beside it', async () => {
    await folder.write({ 'a.zone': ZONE });
    const { code, out, err } = await run(importZone, folder.file('a.zone'));
    expect(err).to.equal('example.com. has 3 records\n');
    expect(out).to.include('www:\n  type: A\n  value: 192.0.2.1\n');
    expect(code).to.equal(0);
  });

  const NO_NAME = ZONE.replace('$ORIGIN example.com.\n', '');
  const names: readonly (readonly [string, string, string, readonly string[]])[] = [
    ['a $ORIGIN', 'x.zone', ZONE, []],
    [
      'the absolute owner of the SOA',
      'x.zone',
      `$ORIGIN .\n${NO_NAME.replace('@ SOA', 'example.com IN SOA').replace('@ NS', '  NS').replace('www', 'www.example.com')}`,
      [],
    ],
    ['its name', 'example.com.zone', NO_NAME, []],
    ["its name in BIND's way", 'db.example.com', NO_NAME, []],
    ['--origin', 'x', NO_NAME, ['--origin', 'example.com']],
    ['--origin with a final dot', 'x', NO_NAME, ['--origin', 'example.com.']],
  ];
  for (const [what, file, text, args] of names) {
    it(`takes the zone's name from ${what}`, async () => {
      await folder.write({ [file]: text });
      const { code, err } = await run(importZone, folder.file(file), ...args);
      expect(err).to.equal('example.com. has 3 records\n');
      expect(code).to.equal(0);
    });
  }

  it('says that the name of the zone is not known', async () => {
    await folder.write({ hosts: NO_NAME });
    const { code, out, err } = await run(importZone, folder.file('hosts'));
    expect(err).to.include("neither the file's SOA nor its name says which zone it is");
    expect(err).to.include('say it: --origin example.com');
    expect(out).to.equal('');
    expect(code).to.equal(1);
  });

  it('replaces a file with --force only', async () => {
    await folder.write({ 'a.zone': ZONE, 'a.yaml': 'mine' });
    const output = folder.file('a.yaml');
    const refused = await run(importZone, folder.file('a.zone'), '--output', output);
    expect(refused.err).to.equal(`${output} is there already, and was left as it is; --force replaces it\n`);
    expect(refused.code).to.equal(1);
    expect(readFileSync(output, 'utf8')).to.equal('mine');
    const forced = await run(importZone, folder.file('a.zone'), '--output', output, '--force');
    expect(forced.err).to.equal(`example.com. has 3 records in ${output}\n`);
    expect(readFileSync(output, 'utf8')).to.include('192.0.2.1');
  });

  it('writes nothing when the file has an error, and says where it is', async () => {
    await folder.write({ 'a.zone': `${ZONE}ftp A 192.0.2\nx CNAME y\nx A 192.0.2.1\n` });
    const output = folder.file('a.yaml');
    const { code, err } = await run(importZone, folder.file('a.zone'), '--output', output);
    expect(err).to.include(`${folder.file('a.zone')}:6:7: error: A address must be an IPv4 address`);
    expect(err).to.include('8:1: error: A beside CNAME at x.example.com.');
    expect(code).to.equal(1);
    expect(existsSync(output)).to.equal(false);
  });

  it('reads included files beside the file, and says where an error in one is', async () => {
    await folder.write({
      'a.zone': `${ZONE}$INCLUDE parts/b.inc\n`,
      'parts/b.inc': '$INCLUDE c.inc\n',
      'parts/c.inc': 'c A nope\n',
    });
    const { err } = await run(importZone, folder.file('a.zone'));
    expect(err).to.include(`${folder.file('parts/c.inc')}:1:5: error: A address`);
  });

  const wrong: readonly (readonly [string, readonly string[], string, number])[] = [
    ['no file', [], 'FILE is missing: the master file', 2],
    ['a file that is not there', ['/nowhere/a.zone'], '/nowhere/a.zone: error: the file does not exist', 1],
    ['a folder', ['/'], 'is a folder where a file was expected', 1],
    [
      'an origin that is none',
      ['/nowhere', '--origin', 'a..b'],
      '--origin: name "a..b" has an empty label',
      2,
    ],
    ['an output that is a folder', ['/nowhere', '--output', '/'], '/ is a folder; --output takes a file', 1],
  ];
  for (const [what, args, says, exit] of wrong) {
    it(`says what is wrong: ${what}`, async () => {
      const { code, err } = await run(importZone, ...args);
      expect(err).to.include(says);
      expect(code).to.equal(exit);
    });
  }

  it('says that a folder of the output is missing', async () => {
    await folder.write({ 'a.zone': ZONE });
    const { code, err } = await run(importZone, folder.file('a.zone'), '--output', folder.file('no/a.yaml'));
    expect(err).to.include("no/a.yaml can't be written: ENOENT");
    expect(code).to.equal(1);
  });
});

describe('cli/export', () => {
  it('writes the example, and what an unknown client is answered at steered names', async () => {
    const { code, out, err } = await run(
      exportZone,
      'example.com',
      '--config',
      join(CHECKOUT, 'steerdns.yaml'),
    );
    expect(err).to.equal('');
    expect(code).to.equal(0);
    const lines = out.split('\n');
    const below = (note: RegExp): string[] => {
      const at = lines.findIndex((line) => note.test(line));
      const next = lines.slice(at + 1);
      const end = next.findIndex((line) => line.startsWith(';'));
      return next.slice(0, end).map((line) => line.replace(/ +/g, ' '));
    };
    expect(lines[0]).to.match(/^; Zone example\.com in octoDNS's YAML/);
    const origin = lines.indexOf('$ORIGIN example.com.');
    expect(lines[origin + 1]).to.match(
      /^@ +3600 IN SOA ns1\.example\.com\. hostmaster\.example\.com\. \d+ 7200 900 1209600 300$/,
    );
    expect(below(/^; app\.example\.com\. is steered by the service app: /)).to.deep.equal([
      'app 30 IN A 192.0.2.21',
    ]);
    expect(below(/^; split\.example\.com\. A is steered by its pools/)).to.deep.equal([
      'split 30 IN A 192.0.2.61',
    ]);
    expect(below(/^; geo\.example\.com\. CNAME is steered/)).to.deep.equal([
      'geo 60 IN CNAME world.cdn-provider.example.',
    ]);
    expect(below(/^; shop\.example\.com\. is an ALIAS of www/)[0]).to.match(/^shop \d+ IN A /);
    expect(out).to.match(/^; old\.example\.com\. redirects to https:\/\/www\.example\.com\/ over HTTP/m);
  });

  it('says which zones there are', async () => {
    const { code, err } = await run(exportZone, 'exmple.com', '--config', join(CHECKOUT, 'steerdns.yaml'));
    expect(err).to.equal('there is no zone exmple.com.; did you mean "example.com."?\n');
    expect(code).to.equal(1);
  });

  it('shows what is wrong with the zones', async () => {
    const folder = new Folder();
    await folder.write({ 'steerdns.yaml': 'zones: zones\n', 'zones/a.example.yaml': 'x: 1\n' });
    const { code, out, err } = await run(exportZone, 'a.example', '--config', folder.file('steerdns.yaml'));
    folder.remove();
    expect(err).to.include('zones/a.example.yaml:1:4: error: a record must be a map');
    expect(out).to.equal('');
    expect(code).to.equal(1);
  });
});
