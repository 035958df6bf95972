import { expect } from 'chai';
import { answerData, dig } from '../support/dig.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns, writeFiles } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';

const MASTER = '$TTL 60\n@ SOA ns1 h 1 60 60 600 60\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.2\n';
const YAML = "'': {type: NS, value: ns1.example.org.}\nwww: {type: A, value: 192.0.2.3}\n";

const GOOD = {
  'steerdns.yaml': "listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}\nzones: zones\n",
  'zones/example.com.zone': MASTER,
  'zones/example.net.yaml': YAML,
};

/** More than one file may include in turn. */
const CHAIN = Object.fromEntries(
  Array.from({ length: 25 }, (_, i) => [`parts/${i}.inc`, `$INCLUDE ${i + 1}.inc\n`]),
);

const ROWS: readonly { what: string; files: Readonly<Record<string, string>>; says: RegExp }[] = [
  {
    what: 'a master file cut short inside of parentheses',
    files: { 'zones/example.com.zone': `${MASTER}@ MX ( 10\n` },
    says: /zones\/example\.com\.zone:6:6: error: "\(" has no "\)" before the end of the file/,
  },
  {
    what: 'a master file cut short inside of a string',
    files: { 'zones/example.com.zone': `${MASTER}x TXT "half` },
    says: /zones\/example\.com\.zone:6:7: error: the quote is not closed/,
  },
  {
    what: 'a master file cut short inside of an address',
    files: { 'zones/example.com.zone': MASTER.slice(0, -3) },
    says: /zones\/example\.com\.zone:5:7: error: A address must be an IPv4 address/,
  },
  {
    what: 'an empty master file',
    files: { 'zones/example.com.zone': '' },
    says: /zones\/example\.com\.zone:1:1: error: example\.com\. has no SOA/,
  },
  {
    what: 'a master file that includes itself',
    files: { 'zones/example.com.zone': `${MASTER}$INCLUDE example.com.zone\n` },
    says: /zones\/example\.com\.zone:6:10: error: the file includes itself/,
  },
  {
    what: 'files that include one another in a circle',
    files: {
      'zones/example.com.zone': `${MASTER}$INCLUDE ../parts/a.inc\n`,
      'parts/a.inc': 'a A 192.0.2.9\n$INCLUDE b.inc\n',
      'parts/b.inc': '$INCLUDE a.inc\n',
    },
    says: /parts\/b\.inc:1:10: error: the file includes itself/,
  },
  {
    what: 'a chain of $INCLUDE that is too long',
    files: { 'zones/example.com.zone': `${MASTER}$INCLUDE ../parts/0.inc\n`, ...CHAIN },
    says: /parts\/\d+\.inc:1:10: error: more than 20 files include one another/,
  },
  {
    what: '$GENERATE of more records than may be',
    files: { 'zones/example.com.zone': `${MASTER}$GENERATE 1-99999999 h$ A 192.0.2.1\n` },
    says: /zones\/example\.com\.zone:6:11: error: \$GENERATE makes more than 1048576 records/,
  },
  {
    what: 'a master file that is none',
    files: { 'zones/example.com.zone': `\u007fELF\u0002\u0001\u0001${'\0'.repeat(200)}\n` },
    says: /zones\/example\.com\.zone:1:\d+: error: /,
  },
  {
    what: 'a name of more than 255 octets',
    files: { 'zones/example.com.zone': `${MASTER}${'a.'.repeat(130)} A 192.0.2.1\n` },
    says: /zones\/example\.com\.zone:6:1: error: name .* 255 are the most/,
  },
  {
    what: 'YAML cut short inside of a map',
    files: { 'zones/example.net.yaml': YAML.slice(0, -4) },
    says: /zones\/example\.net\.yaml:2:\d+: error: /,
  },
  {
    what: 'YAML that includes itself',
    files: { 'zones/example.net.yaml': `${YAML}x: !include example.net.yaml\n` },
    says: /zones\/example\.net\.yaml:3:\d+: error: /,
  },
  {
    what: 'YAML nested deeper than may be',
    files: { 'zones/example.net.yaml': `${YAML}x: ${'['.repeat(5000)}\n` },
    says: /zones\/example\.net\.yaml:3:\d+: error: nested too deep to be read/,
  },
  {
    what: 'YAML whose aliases would grow without end',
    files: {
      'zones/example.net.yaml': `${YAML}${Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(i === 0 ? 0 : 10)}]\n`).join('')}`,
    },
    says: /zones\/example\.net\.yaml:\d+:\d+: error: /,
  },
];

describe('a reload of hostile zone files', () => {
  let folder: string;
  let steerdns: Steerdns;

  before(async function () {
    needTool(this, 'dig');
    folder = await makeFolder(GOOD);
    steerdns = await startSteerdns(folder);
  });
  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  for (const { what, files, says } of ROWS) {
    it(`says where ${what} is wrong, and replaces nothing`, async () => {
      // What is right in the same reload must not come either.
      const other = Object.keys(files).some((name) => name.endsWith('.zone'))
        ? { 'zones/example.net.yaml': YAML.replace('192.0.2.3', '192.0.2.99') }
        : { 'zones/example.com.zone': MASTER.replace('192.0.2.2', '192.0.2.99') };
      await writeFiles(folder, { ...GOOD, ...other, ...files });
      const { code, stdout, stderr } = await steerdns.command('reload');
      expect(code).to.equal(1);
      expect(stdout + stderr).to.match(says);
      expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.deep.equal(['192.0.2.2']);
      expect(answerData(await dig(steerdns.dns, 'www.example.net'))).to.deep.equal(['192.0.2.3']);
    });
  }
});
