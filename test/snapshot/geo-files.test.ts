import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { GeoDatabasesError } from '../../src/geo/compile-places.js';
import { loadPlaces } from '../../src/snapshot/geo-files.js';
import { writeMmdb } from '../geo/mmdb-writer.js';
import { network, placeAt } from '../geo/support.js';

describe('loadPlaces', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steerdns-geo-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('loads the builtin database, a file and networks, and tells its steps', async () => {
    const file = join(folder, 'asn.mmdb');
    await writeFile(file, writeMmdb({ blocks: { '8.8.8.0/24': { autonomous_system_number: 15169 } } }));
    const steps: string[] = [];
    const networks = [network('8.8.8.8/32', { lines: ['anycast'] })];
    const table = await loadPlaces({ databases: ['builtin:country', file], networks }, (step) =>
      steps.push(step),
    );
    expect(placeAt(table, '8.8.8.8')).to.deep.equal({
      place: { continent: 'NA', country: 'US', asn: 15169, lines: ['anycast'] },
      bits: 32,
    });
    expect(table.prefixes.nodes.buffer, 'not copied to each thread').to.be.instanceOf(SharedArrayBuffer);
    expect(steps).to.deep.equal(['geo database builtin:country', `geo database ${file}`, '1 networks']);
  });

  it('names every file that can not be read', async () => {
    const missing = join(folder, 'missing.mmdb');
    const error = await loadPlaces({ databases: [missing, folder], networks: [] }).catch((error) => error);
    expect(error).to.be.instanceOf(GeoDatabasesError);
    const problems = (error as GeoDatabasesError).problems;
    expect(problems.map(({ name }) => name)).to.have.members([missing, folder]);
    expect(problems.find(({ name }) => name === missing)?.message).to.match(/^can't be read: ENOENT/);
    expect(problems.find(({ name }) => name === folder)?.message).to.match(/^can't be read: EISDIR/);
  });

  it('names a file that is broken', async () => {
    const file = join(folder, 'broken.mmdb');
    await writeFile(file, writeMmdb({ blocks: { '8.8.8.0/24': { country_code: 'US' } } }).subarray(0, -300));
    const error = await loadPlaces({ databases: [file], networks: [] }).catch((error) => error);
    expect(error).to.be.instanceOf(GeoDatabasesError);
    expect((error as GeoDatabasesError).message).to.match(
      /^geo database .*broken\.mmdb: it has no MaxMind DB metadata/,
    );
  });
});
