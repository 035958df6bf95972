import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { decode } from 'dns-packet';
import { CASES, makeRandom } from '../../bench/compare/cases.js';
import { NETWORKS, PLACES, placeOf } from '../../bench/compare/plan.js';
import { encodeQuery, writeQueryFile } from '../../bench/compare/query-file.js';

const plain = { name: 'www.example.com', rcode: 0, addresses: ['192.0.2.1'] };

describe('queries of the bench', () => {
  it('are queries for A with OPT', () => {
    const query = decode(encodeQuery(plain));
    expect(query).to.include({ type: 'query', id: 0 });
    expect(query.questions).to.deep.equal([{ name: 'www.example.com', type: 'A', class: 'IN' }]);
    expect(query.additionals?.[0]).to.include({ type: 'OPT', udpPayloadSize: 1232 });
  });

  it('have a client subnet of /24 where one is given', () => {
    const [opt] = decode(encodeQuery({ ...plain, subnet: [10, 1, 2] })).additionals ?? [];
    const [option] = opt?.type === 'OPT' ? opt.options : [];
    expect(option).to.include({
      code: 8,
      family: 1,
      sourcePrefixLength: 24,
      scopePrefixLength: 0,
      ip: '10.1.2.0',
    });
  });

  it('are written with what their responses must hold', () => {
    const folder = mkdtempSync(join(tmpdir(), 'steerdns-bench-'));
    try {
      const path = join(folder, 'queries');
      writeQueryFile(path, [plain, { name: 'nx.example.com', rcode: 3, addresses: [] }]);
      const octets = readFileSync(path);
      const length = encodeQuery(plain).length;
      expect([...octets.subarray(0, 8)]).to.deep.equal([length, 0, 0, 0, 1, 0, 4, 0]);
      expect([...octets.subarray(8 + length, 16 + length)]).to.deep.equal([length - 1, 0, 3, 0, 0, 0, 0, 0]);
      expect(octets.length).to.equal(2 * 8 + 2 * length - 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const one of CASES) {
    it(`of the case ${one.name} are the same in each run`, () => {
      const first = (seed: number): unknown[] => {
        const queries = [];
        for (const query of one.queries(makeRandom(seed), { names: 50, zones: 5 })) {
          queries.push(query);
          if (queries.length === 50) break;
        }
        return queries;
      };
      expect(first(1)).to.deep.equal(first(1));
      expect(first(1)).to.have.length(50);
    });
  }
});

describe('networks of the bench', () => {
  it('have every address of 10.0.0.0/8 at the place that is expected', () => {
    const found = NETWORKS.find(({ prefix }) => prefix === '10.7.16.0/20');
    expect(PLACES[found?.place ?? -1]).to.equal(placeOf(7, 31));
  });

  it('have about as many blocks at each place', () => {
    for (const place of PLACES.keys()) {
      const blocks = NETWORKS.filter((network) => network.place === place).length;
      expect(blocks).to.be.within(400, 624);
    }
  });
});
