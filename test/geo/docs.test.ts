import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { loadNetworks } from '../../src/config/load-networks.js';
import { compilePlaces } from '../../src/geo/compile-places.js';
import { describePlace } from '../../src/geo/geo-code.js';
import { placeAt } from './support.js';

const page = new URL('../../../docs/geo.md', import.meta.url);

describe('docs/geo.md', () => {
  let folder: string;
  let snippets: string[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steerdns-docs-'));
    for (const name of ['zones', 'services', 'geo']) await mkdir(join(folder, name));
    for (const name of ['GeoLite2-City.mmdb', 'GeoLite2-ASN.mmdb'])
      await writeFile(join(folder, 'geo', name), '');
    const text = await readFile(page, 'utf8');
    snippets = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, snippet = '']) => snippet);
    for (const snippet of snippets.filter((snippet) => snippet.startsWith('# geo/networks.yaml'))) {
      await writeFile(join(folder, 'geo', 'networks.yaml'), snippet);
    }
  });
  after(() => rm(folder, { recursive: true }));

  it('shows configurations that load', async () => {
    const configurations = snippets.filter((snippet) => snippet.startsWith('# steerdns.yaml'));
    expect(configurations).to.have.length(2);
    for (const snippet of configurations) {
      const file = join(folder, 'steerdns.yaml');
      await writeFile(file, snippet);
      const diagnostics = new Diagnostics();
      expect(loadConfig(file, diagnostics)).to.be.an('object');
      expect(diagnostics.list).to.deep.equal([]);
    }
  });

  it('shows networks that mean what it says', () => {
    const diagnostics = new Diagnostics();
    const table = compilePlaces([], loadNetworks([join(folder, 'geo', 'networks.yaml')], diagnostics));
    expect(diagnostics.list).to.deep.equal([]);
    const { place } = placeAt(table, '10.7.3.1');
    expect(describePlace(place)).to.equal('EU-FR');
    expect(place).to.deep.include({ lines: ['office', 'lan'], latitude: 48.9 });
    expect(describePlace(placeAt(table, '10.1.1.1').place)).to.equal('EU-DE');
    expect(placeAt(table, '203.0.113.7').place).to.include({ asn: 64500 });
  });
});
