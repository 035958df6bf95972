import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { check } from '../../src/cli/check.js';
import { exportZone } from '../../src/cli/export.js';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { SerialStore } from '../../src/snapshot/serial-store.js';
import { SnapshotLoader } from '../../src/snapshot/snapshot-loader.js';
import { AliasTable } from '../../src/state/alias-table.js';
import { MemberStates } from '../../src/state/member-states.js';
import { Folder, run } from './support.js';

const ZONES = {
  // Its SOA is derived.
  'zones/plain.example.yaml': "'': {type: NS, value: ns.example.net.}\n",
  'zones/steered.example.yaml':
    "'':\n  - {type: NS, value: ns.example.net.}\n  - {type: SOA, value: {mname: ns.example.net., serial: auto}}\nwww: {type: GSLB, service: web}\n",
  'zones/own.example.zone': '$TTL 60\n@ SOA ns.example.net. h 7 2 3 4 5\n@ NS ns.example.net.\n',
  'services/web.yaml': 'members: {a: {addresses: [192.0.2.80]}}\n',
  'steerdns.yaml': 'zones: zones\nservices: services\ngeo: {databases: []}\n',
};

describe('automatic serials of export and check', () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = new Folder();
    await folder.write(ZONES);
  });
  afterEach(() => folder.remove());

  const config = (): string => folder.file('steerdns.yaml');

  /** Loads as an instance does. @returns serials by zone */
  async function serve(): Promise<Map<string, number>> {
    const diagnostics = new Diagnostics();
    const loaded = loadConfig(config(), diagnostics);
    if (loaded === undefined) throw new Error('no configuration');
    const serials = await SerialStore.open(loaded.state);
    const loader = new SnapshotLoader({ states: new MemberStates(), aliases: new AliasTable(), serials });
    const snapshot = await loader.load(loaded, diagnostics);
    return new Map(snapshot?.zones.map(({ name, serial }) => [name, serial]));
  }

  /** Makes the instance's serials others than the time gives. */
  async function serveLater(): Promise<Map<string, number>> {
    await serve();
    await folder.write({ 'var/serials.json': stored().replace(/("serial": )\d+/g, '$13000000000') });
    return serve();
  }

  const stored = (): string => readFileSync(folder.file('var/serials.json'), 'utf8');

  async function exported(zone: string): Promise<number> {
    const { out, err } = await run(exportZone, zone, '--config', config());
    expect(err).to.equal('');
    return Number(/ SOA \S+ \S+ (\d+) /.exec(out)?.[1]);
  }

  it('are those that the instance serves, of steered zones too', async () => {
    const served = await serveLater();
    expect(served.get('steered.example.')).to.equal(3_000_000_000);
    const before = stored();
    for (const zone of ['plain.example', 'steered.example', 'own.example'])
      expect(await exported(zone), zone).to.equal(served.get(`${zone}.`));
    const { out, code } = await run(check, '--config', config());
    expect(code).to.equal(0);
    expect(out.split('\n').slice(1)).to.deep.equal([
      'own.example. serial 7',
      'plain.example. serial 3000000000',
      'steered.example. serial 3000000000',
      '',
    ]);
    expect(stored(), 'nothing is written').to.equal(before);
  });

  it('are what they will be, where a zone or a service of it has changed since', async () => {
    await serveLater();
    const before = stored();
    await folder.write({
      'zones/plain.example.yaml': "'': {type: NS, value: ns2.example.net.}\n",
      'services/web.yaml': 'members: {a: {addresses: [192.0.2.81]}}\n',
    });
    const { out } = await run(check, '--config', config());
    expect(out.split('\n').slice(1)).to.deep.equal([
      'own.example. serial 7',
      'plain.example. serial 3000000000, will be 3000000001',
      'steered.example. serial 3000000000, will be 3000000001',
      '',
    ]);
    const { zones } = JSON.parse((await run(check, '--json', '--config', config())).out) as {
      zones: object[];
    };
    expect(zones[1]).to.deep.equal({
      name: 'plain.example.',
      serial: 3_000_000_001,
      serialAuto: true,
      records: 2,
      served: 3_000_000_000,
    });
    expect(await exported('plain.example')).to.equal(3_000_000_001);
    expect(await exported('steered.example')).to.equal(3_000_000_001);
    expect(stored(), 'nothing is written').to.equal(before);
    const served = await serve();
    expect(served.get('steered.example.'), 'which is what the instance then serves').to.equal(3_000_000_001);
  });

  it('are new ones where no instance has served, and no state folder is made', async () => {
    const { out } = await run(check, '--config', config());
    expect(out).to.match(/^plain\.example\. serial \d+, not served yet$/m);
    await exported('plain.example');
    expect(readdirSync(folder.path)).to.not.include('var');
  });
});
