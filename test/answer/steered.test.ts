import { expect } from 'chai';
import { AliasStatus } from '../../src/state/alias-table.js';
import { Health, Override } from '../../src/state/member-states.js';
import { formatName, parseName } from '../../src/wire/name.js';
import { NOW, Scenario, type ScenarioFiles } from './scenario.js';

const SOA_YAML = `{type: SOA, ttl: 600, value: {mname: ns1, rname: hostmaster, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 300}}`;

function soa(ttl: number): string {
  return `example.com. ${ttl} SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 300`;
}

const FILES: ScenarioFiles = {
  zones: {
    'example.com.': `
'':
  - ${SOA_YAML}
  - {type: NS, ttl: 60, value: ns1.example.com.}
  - {type: MX, ttl: 60, value: {preference: 10, exchange: www.example.com.}}
  - {type: GSLB, service: web}
ns1: {type: A, ttl: 60, value: 192.0.2.53}
www: {type: GSLB, service: web, ttl: 15}
beside:
  - {type: GSLB, service: mixed}
  - {type: TXT, ttl: 60, value: beside}
mixed: {type: GSLB, service: mixed}
hosts: {type: GSLB, service: hosts}
crowded:
  - {type: GSLB, service: hosts}
  - {type: TXT, ttl: 60, value: crowded}
inside:
  - {type: GSLB, service: inside}
  - {type: TXT, ttl: 60, value: inside}
chain: {type: CNAME, ttl: 5, value: www.example.com.}
tohost: {type: CNAME, ttl: 5, value: hosts.example.com.}
shop: {type: ALIAS, ttl: 40, value: www.example.com.}
shops: {type: ALIAS, ttl: 70, value: static.example.com.}
static:
  - {type: A, ttl: 50, values: [192.0.2.61, 192.0.2.62]}
  - {type: AAAA, ttl: 80, value: '2001:db8::61'}
away: {type: ALIAS, ttl: 45, value: www.elsewhere.test.}
via: {type: ALIAS, ttl: 45, value: hop.example.com.}
hop: {type: CNAME, ttl: 25, value: www.elsewhere.test.}
lost: {type: ALIAS, ttl: 45, value: missing.example.com.}
ring: {type: ALIAS, ttl: 45, value: gnir.example.com.}
gnir: {type: ALIAS, ttl: 45, value: ring.example.com.}
below: {type: ALIAS, ttl: 45, value: www.cut.example.com.}
cut: {type: NS, ttl: 60, value: ns.cut.example.com.}
tosteered: {type: ALIAS, ttl: 45, value: hosts.example.com.}
split:
  type: A
  ttl: 33
  dynamic:
    pools:
      one: {values: [{value: 192.0.2.91, status: up}], fallback: two}
      two: {values: [{value: 192.0.2.92, status: up}]}
    rules: [{geos: [EU], pool: one}, {pool: two}]
  value: 192.0.2.99
cdn:
  type: CNAME
  ttl: 34
  dynamic:
    pools:
      eu: {values: [{value: eu.cdn.test., status: up}]}
      all: {values: [{value: all.cdn.test., status: up}]}
    rules: [{geos: [EU], pool: eu}, {pool: all}]
  value: last.cdn.test.
tocdn: {type: ALIAS, ttl: 45, value: cdn.example.com.}
none: {type: GSLB, service: none}
`,
  },
  services: {
    web: `
members:
  fra: {addresses: [192.0.2.10, '2001:db8::10'], place: EU-DE}
  nyc: {addresses: [192.0.2.20]}
pools: {eu: {members: [fra], scheduler: fo, fallback: us}, us: {members: [nyc]}}
rules: [{geos: [EU], pool: eu}, {pool: us}]
answers: {ttl: {min: 5, max: 60}}
`,
    mixed: `
members: {own: {addresses: [192.0.2.30], weight: 10}, cdn: {host: cdn.elsewhere.test., weight: 1}}
pools: {main: {members: [own, cdn], scheduler: fo}}
answers: {ttl: 30}
`,
    hosts: `
members: {a: {host: a.elsewhere.test.}}
answers: {ttl: 30}
`,
    inside: `
members: {a: {host: static.example.com.}}
answers: {ttl: 55}
`,
    none: `
members: {a: {addresses: [192.0.2.40]}}
answers: {ttl: 30, when_all_down: none}
`,
  },
  places: { '203.0.113.0/24': 'EU-DE' },
};

function drain(scenario: Scenario, member: string, override: Override): void {
  scenario.states.setOverride(scenario.states.slotOf(member), override);
}

describe('steered answers', () => {
  describe('GSLB', () => {
    new Scenario(FILES).check([
      {
        it: 'gives the member for the client, at most the record’s TTL',
        ask: 'www.example.com. A from=203.0.113.5',
        expect: ['NOERROR aa', 'www.example.com. 15 A 192.0.2.10'],
      },
      {
        it: 'gives AAAA of the same member',
        ask: 'www.example.com. AAAA from=203.0.113.5',
        expect: ['NOERROR aa', 'www.example.com. 15 AAAA 2001:db8::10'],
      },
      {
        it: 'gives another client another member',
        ask: 'www.example.com. A from=10.0.0.1',
        expect: ['NOERROR aa', 'www.example.com. 15 A 192.0.2.20'],
      },
      {
        it: 'RFC 2308 §2.2: NODATA when the member has no such address, for as long as an answer would hold',
        ask: 'www.example.com. AAAA from=10.0.0.1',
        expect: ['NOERROR aa', 'authority:', soa(15)],
      },
      {
        it: 'NODATA for types that a service has not',
        ask: 'www.example.com. TXT',
        expect: ['NOERROR aa', 'authority:', soa(300)],
      },
      {
        it: 'RFC 8482 §4.2: HINFO to ANY',
        ask: 'www.example.com. ANY',
        expect: ['NOERROR aa', 'www.example.com. 3600 HINFO "RFC8482" ""'],
      },
      {
        it: 'is at the apex, beside SOA and NS',
        ask: 'example.com. A from=203.0.113.5',
        expect: ['NOERROR aa', 'example.com. 60 A 192.0.2.10'],
      },
      {
        it: 'leaves other data at its name alone',
        ask: 'example.com. MX',
        expect: ['NOERROR aa', 'example.com. 60 MX 10 www.example.com.'],
      },
      {
        it: 'is followed to by CNAME',
        ask: 'chain.example.com. A from=203.0.113.5',
        expect: [
          'NOERROR aa',
          'chain.example.com. 5 CNAME www.example.com.',
          'www.example.com. 15 A 192.0.2.10',
        ],
      },
      {
        it: 'keeps the case of the question',
        ask: 'wWw.example.com. A from=203.0.113.5',
        expect: ['NOERROR aa', 'wWw.example.com. 15 A 192.0.2.10'],
      },
    ]);

    it('answers with the fallback when a member goes, and with the member again when it is back', () => {
      const scenario = new Scenario(FILES);
      const ask = (): string | undefined => scenario.ask('www.example.com. A from=203.0.113.5')[1];
      const fra = scenario.states.slotOf('web/fra');
      scenario.states.setHealth(fra, Health.DOWN, 0);
      expect(ask()).to.match(/192\.0\.2\.20$/);
      scenario.states.setHealth(fra, Health.UP, 0);
      expect(ask()).to.match(/192\.0\.2\.10$/);
      scenario.states.setOverride(fra, Override.DRAIN);
      expect(ask()).to.match(/192\.0\.2\.20$/);
    });

    it('answers from new files at once, and keeps the states of members', () => {
      const scenario = new Scenario(FILES);
      scenario.states.setHealth(scenario.states.slotOf('web/fra'), Health.DOWN, 0);
      const web = FILES.services?.web?.replace('192.0.2.20', '192.0.2.21') ?? '';
      scenario.reload({ ...FILES, services: { ...FILES.services, web } });
      expect(scenario.ask('www.example.com. A from=203.0.113.5')[1]).to.match(/192\.0\.2\.21$/);
    });

    it('has the TTL follow what can be foreseen', () => {
      const scenario = new Scenario(FILES);
      scenario.states.setHealth(scenario.states.slotOf('web/fra'), Health.UP, 20_000);
      expect(scenario.ask('example.com. A from=203.0.113.5')[1]).to.equal('example.com. 20 A 192.0.2.10');
      scenario.states.setHealth(scenario.states.slotOf('web/fra'), Health.UP, 1_000);
      expect(scenario.ask('example.com. A from=203.0.113.5')[1]).to.equal('example.com. 5 A 192.0.2.10');
    });

    it('is NODATA, not NXDOMAIN, with when_all_down: none', () => {
      const scenario = new Scenario(FILES);
      scenario.states.setHealth(scenario.states.slotOf('none/a'), Health.DOWN, 0);
      expect(scenario.ask('none.example.com. A')).to.deep.equal(['NOERROR aa', 'authority:', soa(30)]);
    });
  });

  describe('host members', () => {
    const scenario = new Scenario(FILES);
    scenario.check([
      {
        it: 'a service of host members alone is a CNAME',
        ask: 'hosts.example.com. A',
        expect: ['NOERROR aa', 'hosts.example.com. 30 CNAME a.elsewhere.test.'],
      },
      {
        it: 'for any type',
        ask: 'hosts.example.com. TXT',
        expect: ['NOERROR aa', 'hosts.example.com. 30 CNAME a.elsewhere.test.'],
      },
      {
        it: 'and for CNAME',
        ask: 'hosts.example.com. CNAME',
        expect: ['NOERROR aa', 'hosts.example.com. 30 CNAME a.elsewhere.test.'],
      },
      {
        it: 'RFC 8482 §4.2: and for ANY',
        ask: 'hosts.example.com. ANY',
        expect: ['NOERROR aa', 'hosts.example.com. 30 CNAME a.elsewhere.test.'],
      },
      {
        it: 'and at the end of a CNAME',
        ask: 'tohost.example.com. A',
        expect: [
          'NOERROR aa',
          'tohost.example.com. 5 CNAME hosts.example.com.',
          'hosts.example.com. 30 CNAME a.elsewhere.test.',
        ],
      },
      {
        it: 'beside members with addresses, the addresses come when they are chosen',
        ask: 'mixed.example.com. A',
        expect: ['NOERROR aa', 'mixed.example.com. 30 A 192.0.2.30'],
      },
      {
        it: 'RFC 1034 §3.6.2: where CNAME can’t stand, the addresses of a served host are the owner’s',
        ask: 'inside.example.com. A',
        expect: ['NOERROR aa', 'inside.example.com. 50 A 192.0.2.61', 'inside.example.com. 50 A 192.0.2.62'],
      },
      {
        it: 'and of the other family, with the lesser TTL',
        ask: 'inside.example.com. AAAA',
        expect: ['NOERROR aa', 'inside.example.com. 55 AAAA 2001:db8::61'],
      },
      {
        it: 'SERVFAIL while the resolver has not found those of a host elsewhere',
        ask: 'crowded.example.com. A',
        expect: ['SERVFAIL'],
      },
      {
        it: 'the data beside it is served',
        ask: 'crowded.example.com. TXT',
        expect: ['NOERROR aa', 'crowded.example.com. 60 TXT "crowded"'],
      },
    ]);

    it('a mixed service gives the host as CNAME when it is chosen', () => {
      const fresh = new Scenario(FILES);
      drain(fresh, 'mixed/own', Override.DRAIN);
      expect(fresh.ask('mixed.example.com. A')).to.deep.equal([
        'NOERROR aa',
        'mixed.example.com. 30 CNAME cdn.elsewhere.test.',
      ]);
      expect(fresh.ask('mixed.example.com. AAAA')[1]).to.equal(
        'mixed.example.com. 30 CNAME cdn.elsewhere.test.',
      );
    });

    it('gives the addresses that the resolver found where CNAME can’t stand', () => {
      const fresh = new Scenario(FILES);
      const slot = fresh.aliases.slotOf(parseName('a.elsewhere.test.'));
      fresh.aliases.write(slot, 4, AliasStatus.ADDRESSES, [Uint8Array.of(198, 51, 100, 7)], NOW + 12);
      fresh.aliases.write(slot, 6, AliasStatus.NODATA, [], NOW + 20);
      expect(fresh.ask('crowded.example.com. A')).to.deep.equal([
        'NOERROR aa',
        'crowded.example.com. 12 A 198.51.100.7',
      ]);
      expect(fresh.ask('crowded.example.com. AAAA')).to.deep.equal(['NOERROR aa', 'authority:', soa(20)]);
    });
  });

  describe('ALIAS', () => {
    const scenario = new Scenario(FILES);
    scenario.check([
      {
        it: 'gives the addresses of a served name as its own, at the lesser TTL',
        ask: 'shops.example.com. A',
        expect: ['NOERROR aa', 'shops.example.com. 50 A 192.0.2.61', 'shops.example.com. 50 A 192.0.2.62'],
      },
      {
        it: 'gives AAAA',
        ask: 'shops.example.com. AAAA',
        expect: ['NOERROR aa', 'shops.example.com. 70 AAAA 2001:db8::61'],
      },
      {
        it: 'is NODATA for other types',
        ask: 'shops.example.com. TXT',
        expect: ['NOERROR aa', 'authority:', soa(300)],
      },
      {
        it: 'gives a steered name’s addresses, steered, with their SCOPE',
        ask: 'shop.example.com. A ecs=203.0.113.0/24',
        expect: ['NOERROR aa', 'shop.example.com. 15 A 192.0.2.10', 'ecs 203.0.113.0/24/24'],
      },
      {
        it: 'a steered NODATA holds no longer than its answer',
        ask: 'shop.example.com. AAAA',
        expect: ['NOERROR aa', 'authority:', soa(15)],
      },
      {
        it: 'a target that does not exist is NODATA, no longer than the ALIAS holds',
        ask: 'lost.example.com. A',
        expect: ['NOERROR aa', 'authority:', soa(45)],
      },
      { it: 'SERVFAIL for a ring', ask: 'ring.example.com. A', expect: ['SERVFAIL'] },
      {
        it: 'SERVFAIL while nothing is known of a name elsewhere',
        ask: 'away.example.com. A',
        expect: ['SERVFAIL'],
      },
    ]);

    it('gives what the resolver found, through CNAMEs and below delegations', () => {
      const fresh = new Scenario(FILES);
      const targets = fresh.aliasTargets.map((target) => formatName(target));
      expect(targets).to.include.members([
        'www.elsewhere.test.',
        'www.cut.example.com.',
        'a.elsewhere.test.',
      ]);
      const write = (name: string, status: AliasStatus, ttl: number): void =>
        fresh.aliases.write(
          fresh.aliases.slotOf(parseName(name)),
          4,
          status,
          status === AliasStatus.ADDRESSES
            ? [Uint8Array.of(198, 51, 100, 1), Uint8Array.of(198, 51, 100, 2)]
            : [],
          NOW + ttl,
        );
      write('www.elsewhere.test.', AliasStatus.ADDRESSES, 1000);
      write('www.cut.example.com.', AliasStatus.ADDRESSES, 9);
      write('a.elsewhere.test.', AliasStatus.ADDRESSES, 1000);
      expect(fresh.ask('away.example.com. A').slice(1)).to.deep.equal([
        'away.example.com. 45 A 198.51.100.1',
        'away.example.com. 45 A 198.51.100.2',
      ]);
      expect(fresh.ask('via.example.com. A')[1]).to.equal('via.example.com. 25 A 198.51.100.1');
      expect(fresh.ask('below.example.com. A')[1]).to.equal('below.example.com. 9 A 198.51.100.1');
      expect(fresh.ask('tosteered.example.com. A')[1]).to.equal('tosteered.example.com. 30 A 198.51.100.1');
      write('www.elsewhere.test.', AliasStatus.FAILED, 60);
      expect(fresh.ask('away.example.com. A')).to.deep.equal(['SERVFAIL']);
      write('www.elsewhere.test.', AliasStatus.NODATA, 8);
      expect(fresh.ask('away.example.com. A')).to.deep.equal(['NOERROR aa', 'authority:', soa(8)]);
    });

    it('goes to each target of a steered CNAME', () => {
      const fresh = new Scenario(FILES);
      for (const [name, last] of [
        ['eu.cdn.test.', 1],
        ['all.cdn.test.', 2],
      ] as const) {
        const slot = fresh.aliases.slotOf(parseName(name));
        fresh.aliases.write(slot, 4, AliasStatus.ADDRESSES, [Uint8Array.of(198, 51, 100, last)], NOW + 1000);
      }
      expect(fresh.ask('tocdn.example.com. A ecs=203.0.113.0/24').slice(1)).to.deep.equal([
        'tocdn.example.com. 34 A 198.51.100.1',
        'ecs 203.0.113.0/24/24',
      ]);
      expect(fresh.ask('tocdn.example.com. A from=10.0.0.1')[1]).to.equal(
        'tocdn.example.com. 34 A 198.51.100.2',
      );
    });
  });

  describe('octoDNS dynamic', () => {
    const scenario = new Scenario(FILES);
    scenario.check([
      {
        it: 'gives the pool of the rule, at the record’s TTL',
        ask: 'split.example.com. A from=203.0.113.5',
        expect: ['NOERROR aa', 'split.example.com. 33 A 192.0.2.91'],
      },
      {
        it: 'gives everyone else the last rule’s',
        ask: 'split.example.com. A from=10.0.0.1',
        expect: ['NOERROR aa', 'split.example.com. 33 A 192.0.2.92'],
      },
      {
        it: 'is NODATA for the other family',
        ask: 'split.example.com. AAAA from=203.0.113.5',
        expect: ['NOERROR aa', 'authority:', soa(300)],
      },
      {
        it: 'gives a steered CNAME to any type, with its SCOPE',
        ask: 'cdn.example.com. AAAA ecs=203.0.113.0/24',
        expect: ['NOERROR aa', 'cdn.example.com. 34 CNAME eu.cdn.test.', 'ecs 203.0.113.0/24/24'],
      },
      {
        it: 'and to CNAME',
        ask: 'cdn.example.com. CNAME from=10.0.0.1',
        expect: ['NOERROR aa', 'cdn.example.com. 34 CNAME all.cdn.test.'],
      },
    ]);
  });
});
