import { expect } from 'chai';
import { parsePrefix } from '../../src/config/address.js';
import { type ExplainWorld, explain } from '../../src/explain/explain.js';
import type { ExplainAsk, ExplainReport, SteeredStep } from '../../src/explain/explain-report.js';
import { formatExplain } from '../../src/explain/format-explain.js';
import type { NetworkSpec } from '../../src/geo/network-spec.js';
import { Health, Override } from '../../src/state/member-states.js';
import { makeWorld } from './support.js';

const WEB = `members:
  fra1: {addresses: [192.0.2.10, '2001:db8::10'], weight: 50, place: EU-DE}
  ams1: {addresses: [192.0.2.20], weight: 30}
  nyc1: {addresses: [198.51.100.10], weight: 20, place: NA-US}
  cdn: {host: example.cdn.net., check: none}
pools:
  europe: {members: [fra1, ams1], fallback: america}
  america: {members: [nyc1, fra1], scheduler: nearest, fallback: last}
  last: {members: [cdn]}
rules:
  - {subnets: [10.0.0.0/8], pool: europe}
  - {lines: [telecom], pool: america}
  - {pool: europe}
answers: {ttl: {min: 5, max: 60}}
`;

const RECORDS = [
  'www 60 GSLB web',
  'capped 20 GSLB web',
  'alias 30 CNAME www',
  'al 300 ALIAS www',
  '*.wild 60 TXT "hi"',
  'mx 60 MX 10 mail',
  'mail 60 A 192.0.2.1',
  'sub 60 NS ns1.sub',
  'ns1.sub 60 A 192.0.2.2',
  'old 60 DNAME new.example.net.',
];

const CHINA: NetworkSpec = {
  prefix: prefixOf('203.0.113.0/24'),
  place: 'AS-CN',
  lines: ['telecom'],
  asn: 64500,
  coordinates: [39.9, 116.4],
  where: { file: 'geo/networks.yaml', line: 1, column: 1 },
};

describe('explain', () => {
  let world: ExplainWorld;

  beforeEach(() => {
    world = makeWorld(RECORDS, { web: WEB }, [CHINA]);
  });

  /** @param text `NAME TYPE from ADDRESS ecs PREFIX`, the last two pairs as needed */
  function ask(text: string): ExplainReport {
    const [name = '', type = '', ...rest] = text.split(' ');
    const pairs: Partial<Record<string, string>> = {};
    for (let i = 0; i < rest.length; i += 2) pairs[rest[i] ?? ''] = rest[i + 1] ?? '';
    return explain({ name, type, ...pairs } as ExplainAsk, world);
  }

  it('tells the whole way of a steered answer', () => {
    world.circumstances.states.setHealth(slotOf('ams1'), Health.DOWN, 60_000);
    expect(
      formatExplain(ask('www.example.com A from 203.0.113.7')),
    ).to.equal(`www.example.com. A for 203.0.113.7

client   address  203.0.113.7
         place    AS-CN
         at       39.9, 116.4
         line     telecom
         network  AS64500
         prefix   203.0.113.0/24, all of which is known alike

way      zone example.com.: www.example.com. is there
         service web decides (services/web.yaml:1)

rules       1  subnets 10.0.0.0/8  no         the address is not in its subnets
         *  2  lines telecom       yes        pool america: line telecom is in its lines
            3  everyone            not asked

pool     america (nearest): serves, it has live members
            member  sends to                 state    weight  distance   odds  why
            nyc1    198.51.100.10            unknown      20  10848 km    0 %  another is nearer
         *  fra1    192.0.2.10 2001:db8::10  unknown      50   7610 km  100 %  it is the nearest

choice   fra1 (100 %)

TTL      60 s: no member that matters can change within 60 s, the maximum

ECS      not sent; a resolver that sends it gets SCOPE /24: the rules send all of the client's /24 to one pool

answer   NOERROR, flags qr aa rd, 60 octets
         www.example.com.  60  IN  A  192.0.2.10
`);
  });

  it('tells each pool that was passed over, and why', () => {
    const { states } = world.circumstances;
    states.setOverride(slotOf('nyc1'), Override.DRAIN);
    states.setHealth(slotOf('fra1'), Health.DOWN, 3000);
    const text = formatExplain(ask('www.example.com A from 203.0.113.7'));
    expect(text).to.include('pool     america (nearest): is down, none of its members is live');
    expect(text).to.match(/nyc1 .* draining \(operator\) .* an operator drains it/);
    expect(text).to.match(/fra1 .* down .* its checks fail/);
    expect(text).to.include('pool     last (wrr): serves');
    expect(text).to.include('www.example.com.  5  IN  CNAME  example.cdn.net.');
  });

  it('takes the odds of a last resort from the pool that serves', () => {
    for (const member of ['fra1', 'ams1', 'nyc1', 'cdn']) {
      world.circumstances.states.setHealth(slotOf(member), Health.DOWN, 60_000);
    }
    const text = formatExplain(ask('www.example.com A from 203.0.113.7'));
    expect(text).to.include('serves as the last resort');
    expect(text).to.include('choice   fra1 (100 %), as the last resort');
  });

  it('gives each member its odds', () => {
    const report = ask('www.example.com A from 192.0.2.1');
    const members = steered(report).pools[0]?.members.map(({ name, odds }) => [name, odds]);
    expect(members).to.deep.equal([
      ['fra1', 0.625],
      ['ams1', 0.375],
    ]);
    expect(formatExplain(report)).to.match(/fra1 .* 63 % /);
  });

  it("takes nobody's turn", () => {
    const before = [...world.circumstances.turns];
    const first = ask('www.example.com A from 192.0.2.1');
    expect(ask('www.example.com A from 192.0.2.1')).to.deep.equal(first);
    expect([...world.circumstances.turns]).to.deep.equal(before);
  });

  it('says that no instance was asked', () => {
    world = { ...world, states: 'unknown' };
    expect(formatExplain(ask('www.example.com A from 192.0.2.1'))).to.include(
      'no running instance was asked: the states of members are unknown, and all count as up',
    );
  });

  it('tells the TTL that a record bounds', () => {
    expect(formatExplain(ask('capped.example.com A from 192.0.2.1'))).to.include(
      "TTL      20 s: a record's own TTL bounds the 60 s of the decision",
    );
  });

  it('shows an IPv4 address that an IPv6 address holds', () => {
    const { client } = ask('www.example.com A from 64:ff9b::203.0.113.7');
    expect(client).to.include({ askedBy: '203.0.113.7', prefix: '64:ff9b::cb00:7100/120', place: 'AS-CN' });
  });

  const ways: readonly { ask: string; way: readonly string[]; rcode: string; answer: readonly string[] }[] = [
    {
      ask: 'alias.example.com AAAA from 192.0.2.1',
      way: [
        'zone example.com.: alias.example.com. is there',
        'CNAME: on at www.example.com.',
        'zone example.com.: www.example.com. is there',
        'service web decides (services/web.yaml:1)',
      ],
      rcode: 'NOERROR',
      answer: ['alias.example.com. 30 CNAME www.example.com.', 'www.example.com. 60 AAAA 2001:db8::10'],
    },
    {
      ask: 'al.example.com AAAA from 192.0.2.1',
      way: [
        'zone example.com.: al.example.com. is there',
        'ALIAS: the addresses of www.example.com. are answered',
        'zone example.com.: www.example.com. is there',
        'service web decides (services/web.yaml:1)',
      ],
      rcode: 'NOERROR',
      answer: ['al.example.com. 60 AAAA 2001:db8::10'],
    },
    {
      ask: 'x.wild.example.com TXT from 192.0.2.1',
      way: [
        'zone example.com.: x.wild.example.com. is not there, but the wildcard *.wild.example.com.',
        'the same for everyone, TTL 60',
      ],
      rcode: 'NOERROR',
      answer: ['x.wild.example.com. 60 TXT "hi"'],
    },
    {
      ask: 'mail.example.com AAAA from 192.0.2.1',
      way: [
        'zone example.com.: mail.example.com. is there',
        'NODATA: the name has nothing of this type; with the SOA of example.com.',
      ],
      rcode: 'NOERROR',
      answer: [],
    },
    {
      ask: 'nope.example.com A from 192.0.2.1',
      way: [
        'zone example.com.: nope.example.com. is not there itself',
        'NXDOMAIN: there is no such name; with the SOA of example.com.',
      ],
      rcode: 'NXDOMAIN',
      answer: [],
    },
    {
      ask: 'a.sub.example.com A from 192.0.2.1',
      way: [
        'zone example.com.: a.sub.example.com. is not there itself',
        'delegated at sub.example.com.: a referral',
      ],
      rcode: 'NOERROR',
      answer: [],
    },
    {
      ask: 'a.old.example.com A from 192.0.2.1',
      way: [
        'zone example.com.: a.old.example.com. is not there itself',
        'DNAME at old.example.com.: on below new.example.net.',
        'a.new.example.net. is in none of the served zones',
      ],
      rcode: 'NOERROR',
      answer: [
        'old.example.com. 60 DNAME new.example.net.',
        'a.old.example.com. 60 CNAME a.new.example.net.',
      ],
    },
    {
      ask: 'www.example.org A from 192.0.2.1',
      way: ['www.example.org. is in none of the served zones'],
      rcode: 'REFUSED',
      answer: [],
    },
  ];
  for (const { ask: asked, way, rcode, answer } of ways) {
    it(`tells the way of ${asked}`, () => {
      const report = ask(asked);
      expect(wayOf(report)).to.deep.equal(way);
      expect(report.response.rcode).to.equal(rcode);
      const records = report.response.answer.map(
        ({ owner, ttl, type, rdata }) => `${owner} ${ttl} ${type} ${rdata}`,
      );
      expect(records).to.deep.equal(answer);
    });
  }

  it('shows authority and additional sections', () => {
    const { response } = ask('a.sub.example.com A from 192.0.2.1');
    expect(response.authority.map(({ rdata }) => rdata)).to.deep.equal(['ns1.sub.example.com.']);
    expect(response.additional.map(({ rdata }) => rdata)).to.deep.equal(['192.0.2.2']);
    expect(formatExplain(ask('mx.example.com MX from ::1'))).to.include(
      `         mx.example.com.    60  IN  MX  10 mail.example.com.
         additional:
         mail.example.com.  60  IN  A   192.0.2.1`,
    );
  });

  describe('of ECS', () => {
    const cases: readonly { ask: string; scopeBits: number; prefix: string; why: RegExp; client: string }[] =
      [
        {
          ask: 'www.example.com A ecs 203.0.113.0/24',
          scopeBits: 24,
          prefix: '203.0.113.0/24',
          why: /rules send all/,
          client: '203.0.113.0/24',
        },
        {
          ask: 'www.example.com A ecs 203.0.113.128/25',
          scopeBits: 24,
          prefix: '203.0.113.0/24',
          why: /rules send all/,
          client: '203.0.113.128/25',
        },
        {
          ask: 'www.example.com A from 203.0.113.7 ecs 0.0.0.0/0',
          scopeBits: 0,
          prefix: 'everyone',
          why: /SOURCE 0/,
          client: '203.0.113.7',
        },
        {
          ask: 'mail.example.com A ecs 203.0.113.0/24',
          scopeBits: 0,
          prefix: 'everyone',
          why: /nothing here depends/,
          client: '203.0.113.0/24',
        },
        {
          ask: 'nope.example.com A ecs 203.0.113.0/24',
          scopeBits: 0,
          prefix: 'everyone',
          why: /nothing here depends/,
          client: '203.0.113.0/24',
        },
      ];
    for (const { ask: asked, scopeBits, prefix, why, client } of cases) {
      it(`tells the SCOPE of ${asked}`, () => {
        const report = ask(asked);
        expect(report.ecs).to.include({ sent: true, scopeBits, prefix });
        expect(report.ecs.why).to.match(why);
        expect(report.client.address).to.equal(client);
      });
    }

    it('says that negative answers are not tailored', () => {
      world.circumstances.states.setOverride(slotOf('fra1'), Override.DOWN);
      const { ecs } = ask('www.example.com AAAA ecs 10.0.0.0/8');
      expect(ecs).to.include({ scopeBits: 0, prefix: 'everyone' });
      expect(ecs.why).to.match(/negative answers are not tailored/);
    });

    it('tells without ECS the same SCOPE as with it', () => {
      for (const name of ['www', 'alias', 'al', 'mail', 'nope', 'a.sub']) {
        for (const address of ['203.0.113.7', '192.0.2.1', '10.1.1.1']) {
          const without = ask(`${name}.example.com A from ${address}`);
          const withEcs = ask(`${name}.example.com A ecs ${address}/32`);
          expect(without.ecs.scopeBits, `${name} ${address}`).to.equal(withEcs.ecs.scopeBits);
        }
      }
    });
  });

  function slotOf(member: string): number {
    return world.circumstances.states.slotOf(`web/${member}`);
  }
});

function steered(report: ExplainReport): SteeredStep {
  const step = report.steps.find((candidate) => candidate.step === 'steered');
  if (step?.step !== 'steered') throw new Error('nothing was steered');
  return step;
}

/** The lines of the section `way`. */
function wayOf(report: ExplainReport): string[] {
  const lines = formatExplain(report).split('\n');
  const start = lines.findIndex((line) => line.startsWith('way '));
  return lines.slice(start, lines.indexOf('', start)).map((line) => line.slice('way'.length).trim());
}

function prefixOf(text: string): NetworkSpec['prefix'] {
  const reading = parsePrefix(text);
  if (!reading.ok) throw new Error(reading.problem);
  return reading.prefix;
}
