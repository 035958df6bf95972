import { expect } from 'chai';
import { buildMaglev } from '../../src/steer/maglev.js';
import { MAX_POOL_MEMBERS } from '../../src/steer/pool.js';
import { compileService } from '../../src/steer/service.js';
import { client, network, prefix } from '../geo/support.js';
import { Stage, specOf, type Written } from './support.js';

const networks = [
  network('10.1.0.0/16', { place: 'EU-DE', asn: 64500, lines: ['telecom'] }),
  network('10.2.0.0/16', { place: 'NA-US-CA', asn: 64501, lines: ['unicom', 'backbone'] }),
  network('10.3.0.0/16', { place: 'AS-CN' }),
];

describe('rules', () => {
  const rows: readonly {
    name: string;
    rule: NonNullable<Written['rules']>[number]['matches'];
    meets: readonly string[];
    misses: readonly string[];
  }[] = [
    {
      name: 'a subnet',
      rule: [{ subnets: [prefix('10.1.4.0/22'), prefix('2001:db8::/32')] }],
      meets: ['10.1.4.0', '10.1.7.255', '2001:db8:1::1'],
      misses: ['10.1.8.0', '10.1.3.255', '2001:db9::1'],
    },
    {
      name: 'a line',
      rule: [{ lines: ['backbone'] }],
      meets: ['10.2.0.1'],
      misses: ['10.1.0.1', '192.0.2.1'],
    },
    {
      name: 'an AS',
      rule: [{ asns: [64499, 64500] }],
      meets: ['10.1.0.1'],
      misses: ['10.2.0.1', '10.3.0.1'],
    },
    { name: 'a continent', rule: [{ geos: ['NA'] }], meets: ['10.2.0.1'], misses: ['10.1.0.1', '192.0.2.1'] },
    {
      name: 'a country',
      rule: [{ geos: ['AS-CN', 'EU-DE'] }],
      meets: ['10.1.0.1', '10.3.0.1'],
      misses: ['10.2.0.1'],
    },
    { name: 'a subdivision', rule: [{ geos: ['NA-US-CA'] }], meets: ['10.2.0.1'], misses: ['10.1.0.1'] },
    {
      name: 'every kind of a match together',
      rule: [{ geos: ['EU'], subnets: [prefix('10.1.128.0/17')] }],
      meets: ['10.1.128.1'],
      misses: ['10.1.0.1', '10.2.128.1'],
    },
    {
      name: 'one match or another',
      rule: [{ geos: ['EU'] }, { asns: [64501] }],
      meets: ['10.1.0.1', '10.2.0.1'],
      misses: ['10.3.0.1'],
    },
    { name: 'no entry of an empty list', rule: [{ geos: [] }], meets: [], misses: ['10.1.0.1'] },
  ];
  for (const { name, rule, meets, misses } of rows) {
    it(`match ${name}, and a trace says the same`, () => {
      const stage = new Stage(
        {
          pools: { yes: { members: { y: 1 } }, no: { members: { n: 1 } } },
          rules: [
            { pool: 'yes', matches: rule },
            { pool: 'no', matches: [{}] },
          ],
        },
        networks,
      );
      for (const from of [...meets, ...misses]) {
        const met = meets.includes(from);
        expect(stage.pick(from), from).to.equal(met ? 'y' : 'n');
        expect(stage.trace(from).rule, from).to.equal(met ? 0 : 1);
      }
    });
  }

  it('let the first that matches win', () => {
    const stage = new Stage(
      {
        pools: { a: { members: { a: 1 } }, b: { members: { b: 1 } }, c: { members: { c: 1 } } },
        rules: [
          { pool: 'a', matches: [{ geos: ['EU'] }] },
          { pool: 'b', matches: [{ asns: [64500] }, { geos: ['NA'] }] },
          { pool: 'c', matches: [{}] },
          { pool: 'a', matches: [{ subnets: [prefix('10.3.0.0/16')] }] },
        ],
      },
      networks,
    );
    expect(['10.1.0.1', '10.2.0.1', '10.3.0.1'].map((from) => stage.pick(from))).to.deep.equal([
      'a',
      'b',
      'c',
    ]);
  });

  it('that lead to one pool make one prefix', () => {
    const stage = new Stage(
      {
        pools: { a: { members: { a: 1 } }, b: { members: { b: 1 } } },
        rules: [
          { pool: 'a', matches: [{ subnets: [prefix('10.8.0.0/16')] }] },
          { pool: 'a', matches: [{ subnets: [prefix('10.9.0.0/16')] }] },
          { pool: 'b', matches: [{}] },
        ],
      },
      [],
    );
    expect(stage.decide('10.9.1.1').scopeBits).to.equal(15);
    expect(stage.trace('10.9.1.1').rule).to.equal(1);
  });

  it('are not looked up where all lead to one pool', () => {
    const stage = new Stage(
      {
        pools: { a: { members: { a: 1 } } },
        rules: [
          { pool: 'a', matches: [{ geos: ['EU'] }] },
          { pool: 'a', matches: [{}] },
        ],
      },
      networks,
    );
    expect(stage.service.ruleTable).to.equal(undefined);
  });

  it('share a table between services whose rules say the same', () => {
    const written = (name: string, geos: string[]): Written => ({
      name,
      pools: { [`${name}1`]: { members: { a: 1 } }, [`${name}2`]: { members: { b: 1 } } },
      rules: [
        { pool: `${name}1`, matches: [{ geos }] },
        { pool: `${name}2`, matches: [{}] },
      ],
    });
    const stage = new Stage(written('one', ['EU', 'NA']), networks);
    const table = (name: string, geos: string[]) =>
      compileService(specOf(written(name, geos)), stage.context).ruleTable;
    expect(table('two', ['NA', 'EU'])).to.equal(stage.service.ruleTable);
    expect(table('three', ['NA'])).not.to.equal(stage.service.ruleTable);
  });
});

describe('compileService', () => {
  it('lays out endpoints by family, members in order', () => {
    const { service } = new Stage({
      members: {
        a: { addresses: ['192.0.2.1', '2001:db8::1', '192.0.2.2'] },
        b: { host: 'www.example.net.' },
        c: { addresses: ['192.0.2.3'] },
      },
      pools: { main: { members: { a: 1, b: 1, c: 1 } } },
    });
    expect([...service.v4]).to.deep.equal([192, 0, 2, 1, 192, 0, 2, 2, 192, 0, 2, 3]);
    expect([...service.v4Member]).to.deep.equal([0, 0, 2]);
    expect([...service.v6Member]).to.deep.equal([0]);
    expect(service.hosts.map(({ length }) => length)).to.deep.equal([0, 17, 0]);
  });

  it('keeps the slots of members over a reload', () => {
    const stage = new Stage({ pools: { main: { members: { a: 1, b: 1 } } } });
    const again = compileService(specOf({ pools: { main: { members: { b: 1, new: 1 } } } }), stage.context);
    expect(again.slots[0]).to.equal(stage.service.slots[1]);
  });

  it('gives services different words of turns', () => {
    const written: Written = { pools: { main: { members: { a: 1, b: 1, c: 1 } } } };
    const stage = new Stage(written);
    const other = compileService(specOf({ ...written, name: 'other' }), stage.context);
    const ownEnd = (stage.service.pools[0]?.turnsAt ?? 0) + 4 * (stage.service.pools[0]?.turnWords ?? 0);
    expect(other.pools[0]?.turnsAt).to.be.at.least(ownEnd);
  });

  it('takes a pool as large as it says, and refuses a larger one by name', () => {
    const members = Array.from({ length: MAX_POOL_MEMBERS + 1 }, (_, i) => `m${i}`);
    const pools = (count: number) => ({
      main: {
        scheduler: 'all' as const,
        members: Object.fromEntries(members.slice(0, count).map((name) => [name, 1])),
      },
    });
    expect(new Stage({ pools: pools(MAX_POOL_MEMBERS) }).decide().members).to.have.length(64);
    expect(() => new Stage({ pools: pools(MAX_POOL_MEMBERS + 1) })).to.throw(
      RangeError,
      'pool main of service test has 4097 members; 4096 are the most',
    );
  });

  const broken: readonly { name: string; written: Written; message: string }[] = [
    {
      name: 'a rule to a pool that there is not',
      written: { pools: { main: { members: { a: 1 } } }, rules: [{ pool: 'nope', matches: [{}] }] },
      message: 'service test names pool nope, which it lacks',
    },
    {
      name: 'a last resort that there is not',
      written: { pools: { main: { members: { a: 1 } } }, answers: { whenAllDown: { pool: 'nope' } } },
      message: 'service test names pool nope, which it lacks',
    },
  ];
  for (const { name, written, message } of broken) {
    it(`refuses ${name}`, () => {
      expect(() => new Stage(written)).to.throw(RangeError, message);
    });
  }

  it('serves a client from a place table of its own, not of another service', () => {
    const nearest: Written = {
      members: { de: { place: 'EU-DE' }, us: { place: 'NA-US' } },
      pools: { main: { scheduler: 'nearest', members: { us: 1, de: 1 } } },
    };
    expect(new Stage(nearest, networks).pick(client('10.1.0.1'))).to.equal('de');
    expect(new Stage(nearest, []).pick(client('10.1.0.1'))).to.equal('us');
  });
});

describe('buildMaglev', () => {
  const shareOf = (table: Uint16Array, claimant: number): number =>
    table.filter((entry) => entry === claimant).length / table.length;

  it('gives each claimant entries in proportion to its weight, to 0.1 %', () => {
    const weights = [1, 2, 3, 4];
    const table = buildMaglev(weights.map((weight, i) => ({ name: `m${i}`, weight })));
    weights.forEach((weight, i) => {
      expect(shareOf(table, i)).to.be.closeTo(weight / 10, 0.001);
    });
  });

  it('does not depend on the order of claimants', () => {
    const claimants = [5, 1, 9].map((weight, i) => ({ name: `m${i}`, weight }));
    const reversed = buildMaglev(claimants.toReversed());
    expect(buildMaglev(claimants)).to.deep.equal(reversed.map((index) => 2 - index));
  });

  it('ends with weights as far apart as they can be', () => {
    const table = buildMaglev([
      { name: 'light', weight: 1 },
      { name: 'heavy', weight: 65535 },
    ]);
    expect(shareOf(table, 1)).to.be.above(0.999);
  });
});
