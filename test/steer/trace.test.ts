import { expect } from 'chai';
import fc from 'fast-check';
import { Health, Override } from '../../src/state/member-states.js';
import { Want } from '../../src/steer/decide.js';
import { SCHEDULERS } from '../../src/steer/spec.js';
import { network, prefix } from '../geo/support.js';
import { Stage, tally, type Written } from './support.js';

const networks = [network('10.1.0.0/16', { place: 'EU-DE', asn: 64500, lines: ['telecom'] })];

const web: Written = {
  name: 'web',
  members: { fra: { addresses: ['192.0.2.1'] }, cdn: { host: 'cdn.example.net.' } },
  pools: {
    europe: {
      members: { fra: 50, ams: 30, old: 0, off: { weight: 1, status: 'down' } },
      fallback: 'america',
    },
    america: { members: { nyc: 1, bos: 1 }, fallback: 'last' },
    last: { members: { cdn: 1 } },
  },
  rules: [
    { pool: 'america', matches: [{ subnets: [prefix('10.1.0.0/24')] }] },
    { pool: 'america', matches: [{ lines: ['unicom'] }, { asns: [64501] }] },
    { pool: 'europe', matches: [{ geos: ['EU'], asns: [64500] }] },
    { pool: 'america', matches: [{}] },
  ],
};

describe('trace', () => {
  it('tells which rules did not match and why, and which did', () => {
    const { rules, rule, place } = new Stage(web, networks).trace('10.1.2.3');
    expect(place.country).to.equal('DE');
    expect(rule).to.equal(2);
    expect(rules.map(({ pool, code, why }) => [pool, code, why])).to.deep.equal([
      ['america', 'no-match', 'the address is not in its subnets'],
      ['america', 'no-match', 'line telecom is not in its lines, AS64500 is not in its asns'],
      ['europe', 'matched', 'AS64500 is in its asns, place EU-DE is in its geos'],
      ['america', 'not-asked', 'an earlier rule matched'],
    ]);
    expect(rules[2]?.matches[0]?.conditions[1]).to.deep.equal({
      kind: 'geos',
      met: true,
      entry: 0,
      found: 'place EU-DE',
    });
  });

  it('names what is not known of a client', () => {
    const { rules } = new Stage(web, networks).trace('192.0.2.1');
    expect(rules[1]?.why).to.equal('an unknown line is not in its lines, an unknown AS is not in its asns');
    expect(rules[3]).to.include({ code: 'everyone', why: 'it holds for everyone' });
  });

  it('tells of each member of each pool why it is in the answer or not', () => {
    const stage = new Stage(web, networks);
    const codes = (want?: Want) =>
      stage
        .trace('10.1.2.3', want)
        .pools.map(({ name, code, members }) => [
          name,
          code,
          members.map((member) => `${member.name} ${member.code}`).join(', '),
        ]);
    expect(codes()).to.deep.equal([
      ['europe', 'serves', 'fra chosen, ams not-its-turn, old spare, off status-down'],
    ]);
    expect(codes(Want.AAAA)).to.deep.equal([
      ['europe', 'serves', 'fra gives-nothing, ams chosen, old spare, off status-down'],
    ]);
    expect(codes(Want.URL)[0]?.[1]).to.equal('serves-nothing');
    stage.down('fra', 'old');
    stage.drain('ams');
    expect(codes()).to.deep.equal([
      ['europe', 'down', 'fra down, ams drained, old down, off status-down'],
      ['america', 'serves', 'nyc chosen, bos not-its-turn'],
    ]);
    stage.override('nyc', Override.DOWN);
    stage.down('bos');
    expect(codes()).to.deep.equal([
      ['europe', 'down', 'fra down, ams drained, old down, off status-down'],
      ['america', 'down', 'nyc forced-down, bos down'],
      ['last', 'serves', 'cdn chosen'],
    ]);
    stage.down('cdn');
    expect(codes()).to.deep.equal([
      ['europe', 'last-resort', 'fra chosen, ams drained, old spare, off status-down'],
      ['america', 'down', 'nyc forced-down, bos down'],
      ['last', 'down', 'cdn down'],
    ]);
  });

  it('says so when nothing serves', () => {
    const stage = new Stage({ ...web, answers: { whenAllDown: 'none' } }, networks);
    stage.down('fra', 'ams', 'old', 'nyc', 'bos', 'cdn');
    const trace = stage.trace('10.1.2.3');
    expect(trace).to.include({ choice: 'NONE', lastResort: true });
    expect(trace.members).to.deep.equal([]);
    expect(trace.pools.map(({ code }) => code)).to.deep.equal(['down', 'down', 'down']);
  });

  it('shows the state of each member', () => {
    const stage = new Stage(web, networks);
    stage.health('ams', Health.UNKNOWN);
    stage.drain('fra');
    const [fra, ams] = stage.trace('10.1.2.3').pools[0]?.members ?? [];
    expect(fra).to.include({
      standing: 'draining',
      health: 'up',
      override: 'drain',
      status: 'obey',
      weight: 50,
    });
    expect(ams).to.include({ standing: 'up', health: 'unknown', override: 'none', odds: 1, chosen: true });
  });

  it('tells the share of answers that each member is in', () => {
    const odds = (written: Written): Record<string, number> => {
      const members = new Stage(written).trace().pools[0]?.members ?? [];
      return Object.fromEntries(members.map(({ name, odds }) => [name, odds]));
    };
    const members = { a: 5, b: 3, c: 2 };
    expect(odds({ pools: { main: { members, scheduler: 'wrr' } } })).to.deep.equal({
      a: 0.5,
      b: 0.3,
      c: 0.2,
    });
    expect(odds({ pools: { main: { members, scheduler: 'fo' } } })).to.deep.equal({ a: 1, b: 0, c: 0 });
    expect(odds({ pools: { main: { members, scheduler: 'all' } } })).to.deep.equal({ a: 1, b: 1, c: 1 });
    const rr = odds({ pools: { main: { members, scheduler: 'rr' } }, answers: { count: 2 } });
    for (const share of Object.values(rr)) expect(share).to.be.closeTo(2 / 3, 1e-9);
    const huge = odds({ pools: { main: { members: { a: 65535, b: 65534 }, scheduler: 'wrr' } } });
    expect(huge.a).to.be.closeTo(0.5, 0.001);
  });

  it('names a host member beside addresses as the other kind', () => {
    const stage = new Stage({
      members: { cdn: { host: 'cdn.example.net.' } },
      pools: { main: { scheduler: 'sh', members: { cdn: 1, a: 100, b: 100 } } },
      answers: { count: 2 },
    });
    const members = stage.trace().pools[0]?.members ?? [];
    expect(members.map(({ code }) => code)).to.deep.equal(['other-kind', 'chosen', 'chosen']);
  });

  it('tells why scope and TTL are what they are', () => {
    const stage = new Stage(web, networks);
    expect(stage.trace('10.1.2.3').scope).to.deep.include({ bits: 23, code: 'rules' });
    expect(stage.trace('10.1.2.3').ttl).to.deep.include({ seconds: 60, code: 'max' });
    stage.health('fra', Health.UP, 12_500);
    stage.health('ams', Health.UP, 12_500);
    expect(stage.trace('10.1.2.3').ttl).to.deep.include({ seconds: 12, code: 'steady' });
    stage.health('fra', Health.UP, 100);
    stage.health('ams', Health.UP, 100);
    expect(stage.trace('10.1.2.3').ttl).to.deep.include({ seconds: 5, code: 'min' });
    const hashed = new Stage({ pools: { main: { members: { a: 1 }, scheduler: 'sh' } } });
    expect(hashed.trace().scope).to.deep.include({ bits: 24, code: 'hash' });
    const fixed = new Stage({ pools: { main: { members: { a: 1 } } }, answers: { ttl: { min: 7, max: 7 } } });
    expect(fixed.trace()).to.deep.include({
      scope: { bits: 0, code: 'everyone', why: 'the answer does not depend on who asks' },
      ttl: { seconds: 7, code: 'fixed', why: 'it is fixed' },
    });
  });

  it('changes nothing: the decision and the turns are those without a trace', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEDULERS), fc.nat(31), (scheduler, mask) => {
        const written: Written = {
          pools: { main: { members: { a: 5, b: 3, c: 3, d: 0, e: 1 }, scheduler } },
        };
        const [traced, plain] = [new Stage(written), new Stage(written)];
        const down = ['a', 'b', 'c', 'd', 'e'].filter((_, i) => ((mask >>> i) & 1) === 1);
        traced.down(...down);
        plain.down(...down);
        for (let i = 0; i < 5; i++) expect(traced.trace().members).to.deep.equal(plain.decide().members);
        expect(traced.circumstances.turns).to.deep.equal(plain.circumstances.turns);
      }),
    );
  });

  it('has odds that decisions then show', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEDULERS), fc.integer({ min: 1, max: 4 }), (scheduler, count) => {
        const members = { a: 5, b: 3, c: 3, d: 0, e: 1 };
        const stage = new Stage({ pools: { main: { members, scheduler } }, answers: { count } });
        const traced = stage.trace().pools[0]?.members ?? [];
        // Σw = 12, four live members: all turns come round in 12 decisions.
        const seen = tally(Array.from({ length: 12 }, () => stage.decide().members).flat());
        for (const { name, odds } of traced) expect(odds, name).to.be.closeTo((seen[name] ?? 0) / 12, 1e-9);
      }),
    );
  });

  it('is plain data', () => {
    const trace = new Stage(web, networks).trace('10.1.2.3');
    expect(JSON.parse(JSON.stringify(trace))).to.deep.equal({ ...trace });
  });
});
