import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { loadService } from '../../src/config/load-services.js';
import { readZones, type ZoneResult, type ZoneWork } from '../../src/snapshot/read-zones.js';
import { loadZoneFiles } from '../../src/snapshot/zone-files.js';
import type { ServiceSpec } from '../../src/steer/spec.js';
import { LookupName } from '../../src/wire/lookup-name.js';
import { parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';
import { Finding, Found, findNode, findRrset, findZone } from '../../src/zone/find.js';
import { RrsetWord, rrsetWord, type ZoneStore } from '../../src/zone/zone-store.js';

const NAMES = 20_000;

/** Everything that is not a plain RRset, and enough plain ones to be read in a thread. */
const LARGE = `'': [{type: NS, value: ns1.example.net.}, {type: GSLB, service: cdn}]
www: {type: GSLB, service: cdn}
far: {type: ALIAS, value: Far.Example.net.}
farther: {type: ALIAS, value: www.example.org.}
near: {type: ALIAS, value: host1.example.com.}
go: {type: URLFWD, value: {path: /, target: 'https://a.example/', code: 301, masking: 0, query: 0}}
dyn: {type: A, value: 192.0.2.9, dynamic: {pools: {a: {values: [{value: 192.0.2.1}]}}, rules: [{pool: a}]}}
${Array.from({ length: NAMES }, (_, i) => `host${i}: {type: A, ttl: 60, value: 10.0.${i >> 8}.${i & 255}}\n`).join('')}`;

describe('loadZoneFiles', () => {
  let folder = '';
  const services = new Map<string, ServiceSpec>();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'zones-'));
    mkdirSync(join(folder, 'zones'));
    const source = new SourceFile('cdn.yaml', 'members: {a: {host: a.example.org.}}\n');
    const spec = loadService('cdn', source, new Diagnostics());
    if (spec !== undefined) services.set('cdn', spec);
  });
  after(() => rmSync(folder, { recursive: true }));

  const workOf = (text: string, cache = false): ZoneWork => {
    writeFileSync(join(folder, 'zones/example.com.yaml'), text);
    return {
      folder: join(folder, 'zones'),
      services,
      serials: new Map(),
      nowSeconds: 1_800_000_000,
      secondaries: [],
      ...(cache ? { cache: { folder: join(folder, 'cache'), write: true } } : {}),
    };
  };

  it('gives in a thread what it gives in this one, cached or not', async () => {
    const here = readZones(workOf(LARGE), () => {});
    const steps: string[] = [];
    const there = await loadZoneFiles(workOf(LARGE, true), (step) => steps.push(step));
    const cached = await loadZoneFiles(workOf(LARGE, true), () => {});
    expect(here.compiled).to.be.an('object');
    expect(bare(there)).to.deep.equal(bare(here));
    expect(bare(cached)).to.deep.equal(bare(here));
    expect(sameMemory(there.compiled?.store, here.compiled?.store)).to.equal(true);
    expect(sameMemory(cached.compiled?.store, here.compiled?.store)).to.equal(true);
    expect(steps).to.include('compiling');
    expect(here.compiled?.aliasTargets.map((target) => Buffer.from(target).toString('latin1'))).to.deep.equal(
      ['\x03far\x07example\x03net\0', '\x03www\x07example\x03org\0'],
    );
  });

  it('finds each of 20,000 names', async () => {
    const { compiled } = await loadZoneFiles(workOf(LARGE), () => {});
    const store = compiled?.store as ZoneStore;
    const name = new LookupName();
    const finding = new Finding();
    for (let i = 0; i < NAMES; i++) {
      name.set(parseName(`HOST${i}.example.com.`), 0);
      findNode(store, findZone(store, name), name, finding);
      expect(finding.found).to.equal(Found.EXACT);
      const data = rrsetWord(store, findRrset(store, finding.node, RrType.A), RrsetWord.DATA);
      expect([...store.octets.subarray(data, data + 6)]).to.deep.equal([0, 4, 10, 0, i >> 8, i & 255]);
    }
  });

  it('brings errors of a large zone, with their places, and services that are not there', async () => {
    const wrong = await loadZoneFiles(workOf(`${LARGE}bad: {type: A, value: x}\n`), () => {});
    expect(wrong.compiled).to.equal(undefined);
    expect(wrong.diagnostics.map(({ line, message }) => [line, message.includes('IPv4')])).to.deep.equal([
      [NAMES + 8, true],
    ]);
    const missing = await loadZoneFiles(workOf(`${LARGE}other: {type: GSLB, service: nope}\n`), () => {});
    expect(missing.compiled).to.equal(undefined);
    expect(
      missing.unresolved.map(({ service, where: { line, column } }) => [service, line, column]),
    ).to.deep.equal([['nope', NAMES + 8, 8]]);
  });
});

/** All but memory, which `sameMemory` compares. */
function bare({ compiled, ...result }: ZoneResult): unknown {
  const { store: _store, ...rest } = compiled ?? {};
  return JSON.parse(
    JSON.stringify({ ...result, ...rest }, (_key, value: unknown) => {
      if (value instanceof Uint8Array || value instanceof Set) return [...value];
      return value instanceof Map ? [...value.entries()] : value;
    }),
  );
}

function sameMemory(a: ZoneStore | undefined, b: ZoneStore | undefined): boolean {
  const arrays = (store: ZoneStore | undefined): Buffer[] =>
    Object.values(store ?? {}).map((array: Uint8Array | Uint32Array) =>
      Buffer.from(array.buffer, array.byteOffset, array.byteLength),
    );
  const others = arrays(b);
  return others.length > 0 && arrays(a).every((array, i) => array.equals(others[i] as Buffer));
}
