import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { SerialStore } from '../../src/snapshot/serial-store.js';
import { type Snapshot, SnapshotLoader } from '../../src/snapshot/snapshot-loader.js';
import { AliasTable } from '../../src/state/alias-table.js';
import { MemberStates } from '../../src/state/member-states.js';
import { formatName } from '../../src/wire/name.js';
import { type Files, makeFolder, removeFolder, writeFiles } from '../support/steerdns.js';

const ZONE = "'': {type: NS, value: ns1.example.com.}\nns1: {type: A, value: 192.0.2.1}\n";
const BASE: Files = {
  'steerdns.yaml': 'zones: zones\n',
  'zones/example.com.yaml': ZONE,
  'services/.keep': '',
};

describe('SnapshotLoader', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await makeFolder(BASE);
  });
  afterEach(() => removeFolder(folder));

  async function load(
    files: Files = {},
  ): Promise<{ snapshot: Snapshot | undefined; diagnostics: Diagnostics }> {
    await writeFiles(folder, files);
    const diagnostics = new Diagnostics();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const serials = await SerialStore.open(join(folder, 'var'));
    const loader = new SnapshotLoader({ states: new MemberStates(), aliases: new AliasTable(), serials });
    return { snapshot: config && (await loader.load(config, diagnostics)), diagnostics };
  }

  async function serialOf(files: Files = {}): Promise<number | undefined> {
    return (await load(files)).snapshot?.zones[0]?.serial;
  }

  it('keeps an automatic serial while the zone stays as it is, over a restart too', async () => {
    const first = await serialOf();
    expect(first).to.be.a('number');
    expect(await serialOf()).to.equal(first);
  });

  it('RFC 1982 §3: raises an automatic serial with each change, by one at least', async () => {
    const first = await serialOf();
    const second = await serialOf({ 'zones/example.com.yaml': `${ZONE}www: {type: A, value: 192.0.2.2}\n` });
    const third = await serialOf({ 'zones/example.com.yaml': ZONE });
    expect(second).to.be.greaterThan(first ?? NaN);
    expect(third).to.be.greaterThan(second ?? NaN);
  });

  it('takes a serials file that is no JSON as an empty one', async () => {
    await writeFiles(folder, { 'var/serials.json': '{"example.com.": {"ser' });
    expect(await serialOf()).to.be.greaterThan(0);
    expect(JSON.parse(await readFile(join(folder, 'var/serials.json'), 'utf8'))).to.have.property(
      'example.com.',
    );
  });

  it('serves the serial that a zone gives itself', async () => {
    const soa = '{type: SOA, value: {mname: ns1, rname: hostmaster, serial: 42}}';
    const zone = `'': [${soa}, {type: NS, value: ns1.example.com.}]\nns1: {type: A, value: 192.0.2.1}\n`;
    expect(await serialOf({ 'zones/example.com.yaml': zone })).to.equal(42);
  });

  it('RFC 1982 §3: an automatic serial goes on from a number that was written before, ahead of the clock', async () => {
    const zone = (serial: string): Files => {
      const soa = `{type: SOA, value: {mname: ns1, rname: hostmaster, serial: ${serial}}}`;
      const text = `'': [${soa}, {type: NS, value: ns1.example.com.}]\nns1: {type: A, value: 192.0.2.1}\n`;
      return { 'zones/example.com.yaml': text };
    };
    expect(await serialOf(zone('2026010101'))).to.equal(2026010101);
    expect(await serialOf(zone('2026010107'))).to.equal(2026010107);
    expect(await serialOf(zone('auto'))).to.equal(2026010108);
    expect(await serialOf(zone('auto'))).to.equal(2026010108);
  });

  it('shows the errors of every file at once and loads nothing', async () => {
    const { snapshot, diagnostics } = await load({
      'zones/example.com.yaml': `${ZONE}www: {type: A, valeu: 192.0.2.2}\n`,
      'zones/example.org.yaml': "'': {type: GSLB, service: wep}\n",
      'services/web.yaml': 'members: {a: {addresses: [192.0.2.300]}}\n',
    });
    expect(snapshot).to.equal(undefined);
    const files = diagnostics.list.filter(({ severity }) => severity === 'error').map(({ file }) => file);
    for (const name of ['example.com.yaml', 'example.org.yaml', 'web.yaml']) {
      expect(
        files.some((file) => file.endsWith(name)),
        name,
      ).to.equal(true);
    }
  });

  it('refuses a geo database that is none, naming it', async () => {
    const { snapshot, diagnostics } = await load({
      'steerdns.yaml': 'zones: zones\ngeo: {databases: [broken.mmdb]}\n',
      'broken.mmdb': 'not a database',
    });
    expect(snapshot).to.equal(undefined);
    expect(diagnostics.list.map(({ file }) => file).join()).to.contain('broken.mmdb');
  });

  it('tells the resolver of the names that ALIAS leads to outside, through a CNAME inside too', async () => {
    const { snapshot } = await load({
      'zones/example.com.yaml': `${ZONE}a: {type: ALIAS, value: b.example.com.}
b: {type: CNAME, value: Far.example.net.}
c: {type: ALIAS, value: ns1.example.com.}
`,
    });
    expect(snapshot?.aliasTargets.map((target) => formatName(target))).to.deep.equal(['far.example.net.']);
  });

  it('tells the resolver of host members only where CNAME can not stand', async () => {
    const service = 'members: {cdn: {host: cdn.example.net.}}\n';
    const alone = await load({
      'services/web.yaml': service,
      'zones/example.com.yaml': `${ZONE}www: {type: GSLB, service: web}\n`,
    });
    expect(alone.snapshot?.aliasTargets).to.deep.equal([]);
    const apex = "'': [{type: NS, value: ns1.example.com.}, {type: GSLB, service: web}]\n";
    const { snapshot } = await load({
      'zones/example.com.yaml': `${apex}ns1: {type: A, value: 192.0.2.1}\n`,
    });
    expect(snapshot?.aliasTargets.map((target) => formatName(target))).to.deep.equal(['cdn.example.net.']);
  });

  it('compiles geo data again only when a file of it changed', async () => {
    const networks = join(folder, 'networks.yaml');
    await writeFiles(folder, {
      'steerdns.yaml': 'zones: zones\ngeo: {networks: networks.yaml}\n',
      'networks.yaml': '192.0.2.0/24: {place: EU-DE}\n',
    });
    const loader = new SnapshotLoader({ states: new MemberStates(), aliases: new AliasTable() });
    const places = async (): Promise<unknown> => {
      const diagnostics = new Diagnostics();
      const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
      return config && (await loader.load(config, diagnostics))?.places;
    };
    const first = await places();
    expect(first).to.be.an('object');
    expect(await places()).to.equal(first);
    await writeFile(networks, '192.0.2.0/24: {place: EU-FR}\n');
    expect(await places()).to.not.equal(first);
  });
});
