import { expect } from 'chai';
import fc from 'fast-check';
import { Health, Override } from '../../src/state/member-states.js';
import { Want } from '../../src/steer/decide.js';
import { SCHEDULERS } from '../../src/steer/spec.js';
import { Stage, tally, type Written } from './support.js';

describe('decide: what members give', () => {
  const mixed: Written = {
    members: {
      v4: { addresses: ['192.0.2.1'] },
      v6: { addresses: ['2001:db8::1'] },
      name: { host: 'cdn.example.net.' },
      site: { url: 'https://dl.example.com/' },
    },
    pools: {
      one: { members: { v4: 1 }, fallback: 'two' },
      two: { members: { v6: 1 } },
      hosts: { members: { name: 1, v4: 1 } },
      sites: { members: { v4: 1, site: 1 } },
      spare: { members: { v4: 1, v6: 0 } },
    },
    rules: [],
  };
  const stageOf = (pool: string, count = 1): Stage =>
    new Stage({ ...mixed, rules: [{ pool, matches: [{}] }], answers: { count } });

  it('answers NODATA for a family that no live member of the pool has, instead of asking the next pool', () => {
    expect(stageOf('one').decide(undefined, Want.AAAA)).to.include({ choice: 'NONE', pool: 'one' });
  });

  it('does not call members of weight 0 for a family that the others lack', () => {
    const stage = stageOf('spare');
    expect(stage.decide(undefined, Want.AAAA).choice).to.equal('NONE');
    stage.down('v4');
    expect(stage.pick(undefined, Want.AAAA)).to.equal('v6');
  });

  it('serves A and AAAA from one pool', () => {
    const stage = stageOf('one');
    stage.down('v4');
    expect(stage.decide(undefined, Want.A)).to.include({ choice: 'NONE', pool: 'two' });
    expect(stage.decide(undefined, Want.AAAA)).to.include({ choice: 'ADDRESSES', pool: 'two' });
  });

  it('answers a host member alone and in its turn, for both families', () => {
    const stage = stageOf('hosts', 4);
    const outcomes = [stage.decide(), stage.decide(), stage.decide(), stage.decide()];
    expect(outcomes.map(({ choice }) => choice)).to.deep.equal(['HOST', 'ADDRESSES', 'HOST', 'ADDRESSES']);
    for (const { members } of outcomes) expect(members).to.have.length(1);
    expect(stage.decide(undefined, Want.AAAA)).to.deep.include({ choice: 'HOST', members: ['name'] });
  });

  it('fills an answer that begins with an address with addresses only', () => {
    const stage = new Stage({
      members: { name: { host: 'cdn.example.net.' } },
      pools: { main: { scheduler: 'rr', members: { a: 1, name: 1, b: 1, c: 1 } } },
      answers: { count: 3 },
    });
    expect(stage.decide()).to.deep.include({ choice: 'ADDRESSES', members: ['a', 'b', 'c'] });
    expect(stage.decide()).to.deep.include({ choice: 'HOST', members: ['name'] });
  });

  it('wants a host: finds host members only', () => {
    expect(stageOf('hosts').decide(undefined, Want.HOST)).to.deep.include({
      choice: 'HOST',
      members: ['name'],
    });
    expect(stageOf('one').decide(undefined, Want.HOST).choice).to.equal('NONE');
  });

  it('wants a URL: finds members with one, all of them in order', () => {
    expect(stageOf('sites').decide(undefined, Want.URL)).to.deep.include({
      choice: 'URL',
      members: ['site'],
    });
    const names = Array.from({ length: 80 }, (_, i) => `m${i}`);
    const stage = new Stage({
      members: Object.fromEntries(names.map((name) => [name, { url: `https://${name}.example/` }])),
      pools: { main: { scheduler: 'sh', members: Object.fromEntries(names.map((name) => [name, 1])) } },
    });
    const { members } = stage.decide(undefined, Want.URL);
    expect(members).to.have.length(64);
    expect(new Set(members).size).to.equal(64);
  });
});

describe('decide: answers.count', () => {
  it('bounds the addresses of an answer, whatever the scheduler', () => {
    const bounds = { max: 12, min: 1 };
    fc.assert(
      fc.property(
        fc.constantFrom(...SCHEDULERS),
        fc.integer(bounds),
        fc.integer(bounds),
        (scheduler, count, size) => {
          const names = Array.from({ length: size }, (_, i) => `m${i}`);
          const stage = new Stage({
            pools: {
              main: { scheduler, members: Object.fromEntries(names.map((name, i) => [name, i + 1])) },
            },
            answers: { count },
          });
          const { addresses } = stage.decide();
          expect(addresses).to.have.length(scheduler === 'fo' ? 1 : Math.min(count, size));
          expect(new Set(addresses).size).to.equal(addresses.length);
        },
      ),
    );
  });

  it('gives one address of each member before the second of any', () => {
    const stage = new Stage({
      members: {
        a: { addresses: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] },
        b: { addresses: ['192.0.2.4'] },
        c: { addresses: ['192.0.2.5', '192.0.2.6'] },
      },
      pools: { main: { scheduler: 'rr', members: { a: 1, b: 1, c: 1 } } },
      answers: { count: 4 },
    });
    expect(stage.decide().addresses).to.deep.equal(['192.0.2.1', '192.0.2.4', '192.0.2.5', '192.0.2.2']);
  });

  it('takes the addresses of a member in turn, though members take turns too', () => {
    const stage = new Stage({
      members: { a: { addresses: ['192.0.2.1', '192.0.2.2'] }, b: { addresses: ['192.0.2.3', '192.0.2.4'] } },
      pools: { main: { scheduler: 'wrr', members: { a: 1, b: 1 } } },
    });
    const answers = Array.from({ length: 8 }, () => stage.decide().addresses[0] ?? '');
    expect(tally(answers)).to.deep.equal({ '192.0.2.1': 2, '192.0.2.2': 2, '192.0.2.3': 2, '192.0.2.4': 2 });
  });
});

describe('decide: TTL', () => {
  const pair: Written = {
    pools: {
      main: { members: { a: 2, b: 1 }, scheduler: 'fo', fallback: 'other' },
      other: { members: { c: 1 } },
    },
    answers: { ttl: { min: 5, max: 60 } },
  };
  const rows: readonly {
    name: string;
    ms: Readonly<Record<string, number>>;
    down: readonly string[];
    ttl: number;
  }[] = [
    { name: 'is the maximum while nothing is about to change', ms: {}, down: [], ttl: 60 },
    { name: 'is the time until the chosen member can change', ms: { a: 20_000 }, down: [], ttl: 20 },
    { name: 'is whole seconds, rounded down', ms: { a: 20_999 }, down: [], ttl: 20 },
    { name: 'is the minimum at least', ms: { a: 4000 }, down: [], ttl: 5 },
    { name: 'does not mind members that are not in the answer', ms: { b: 8000, c: 7000 }, down: [], ttl: 60 },
    { name: 'minds a preferred member that may come back', ms: { a: 30_000 }, down: ['a'], ttl: 30 },
    { name: 'minds the pool that was passed over', ms: { a: 50_000, b: 40_000 }, down: ['a', 'b'], ttl: 40 },
    { name: 'minds every pool in the last resort', ms: { c: 10_000 }, down: ['a', 'b', 'c'], ttl: 10 },
  ];
  for (const { name, ms, down, ttl } of rows) {
    it(name, () => {
      const stage = new Stage(pair);
      stage.down(...down);
      for (const [member, steadyMs] of Object.entries(ms)) {
        stage.health(member, down.includes(member) ? Health.DOWN : Health.UP, steadyMs);
      }
      expect(stage.decide().ttl).to.equal(ttl);
    });
  }

  it('is the least of the members in an answer', () => {
    const stage = new Stage({ pools: { main: { members: { a: 1, b: 1, c: 1 }, scheduler: 'all' } } });
    stage.health('b', Health.UP, 9000);
    expect(stage.decide().ttl).to.equal(9);
  });

  it('does not mind the health of a member that an operator forced', () => {
    const stage = new Stage(pair);
    stage.health('a', Health.DOWN, 6000);
    stage.override('a', Override.UP);
    expect(stage.decide()).to.deep.include({ members: ['a'], ttl: 60 });
  });

  it('is fixed when both bounds are the same', () => {
    const stage = new Stage({ ...pair, answers: { ttl: { min: 300, max: 300 } } });
    stage.health('a', Health.UP, 1000);
    expect(stage.decide().ttl).to.equal(300);
  });
});
