import { expect } from 'chai';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { Transport } from '../../src/answer/exchange.js';
import { Counter } from '../../src/state/counters.js';
import { buildQuery, clientSubnet } from '../wire/build-query.js';
import { hex } from '../wire/hex.js';
import { formatResponse } from './format-response.js';
import { Scenario } from './scenario.js';

const ADDRESSES = Array.from({ length: 60 }, (_, i) => `192.0.2.${i + 1}`).join(', ');
const TEXT = `'${'x'.repeat(200)}'`;

const ZONE = `
'':
  - {type: SOA, ttl: 60, value: {mname: ns1, rname: hostmaster, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 60}}
  - {type: NS, ttl: 60, value: ns1.example.com.}
  - {type: A, ttl: 60, value: 192.0.2.1}
ns1: {type: A, ttl: 60, value: 192.0.2.53}
many: {type: A, ttl: 60, values: [${ADDRESSES}]}
text: {type: TXT, ttl: 60, values: [${TEXT}, ${TEXT.replace('x', 'y')}, ${TEXT.replace('x', 'z')}]}
mx: {type: MX, ttl: 60, values: [{preference: 1, exchange: many.example.com.}, {preference: 2, exchange: ns1.example.com.}]}
cut: {type: NS, ttl: 60, values: [${Array.from({ length: 12 }, (_, i) => `ns${i}.cut.example.com.`).join(', ')}]}
${Array.from({ length: 12 }, (_, i) => `ns${i}.cut: {type: AAAA, ttl: 60, value: '2001:db8::${i + 1}'}`).join('\n')}
web: {type: GSLB, service: web}
geo: {type: GSLB, service: geo}
cname: {type: CNAME, ttl: 60, value: geo.example.com.}
`;

const GEO = `
members:
  eu: {addresses: [192.0.2.10]}
  us: {addresses: [192.0.2.20]}
pools: {eu: {members: [eu]}, us: {members: [us]}}
rules: [{geos: [EU], pool: eu}, {pool: us}]
answers: {ttl: 30}
`;

const SOA = 'example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 60';

const scenario = new Scenario({
  zones: { 'example.com.': ZONE },
  services: { web: 'members: {a: {addresses: [192.0.2.77]}}\nanswers: {ttl: 20}', geo: GEO },
  places: { '203.0.113.0/24': 'EU-DE', '198.51.100.0/24': 'NA-US', '2001:db8:100::/40': 'EU-FR' },
  identity: { version: 'steerdns 1', id: 'fra1' },
});
const silent = new Scenario({
  zones: { 'example.com.': ZONE },
  services: { web: 'members: {a: {addresses: [192.0.2.77]}}', geo: GEO },
});

/** Lines of the response to octets. */
function respond(query: Uint8Array, to = scenario): string[] {
  const response = to.exchange(query);
  return response === undefined ? ['no response'] : formatResponse(decode(Buffer.from(response)));
}

describe('header and EDNS', () => {
  describe('errors', () => {
    const ROWS = [
      { it: 'no response to less than a header', query: hex`1234 0100 0001 0000 0000 00`, expect: undefined },
      {
        it: 'no response to a response',
        query: hex`1234 8000 0001 0000 0000 0000 "example" "com" 00 0001 0001`,
        expect: undefined,
      },
      {
        it: 'FORMERR without a question to none',
        query: hex`1234 0100 0000 0000 0000 0000`,
        expect: hex`1234 8101 0000 0000 0000 0000`,
      },
      {
        it: 'FORMERR without a question to two',
        query: hex`1234 0000 0002 0000 0000 0000 "a" 00 0001 0001 "b" 00 0001 0001`,
        expect: hex`1234 8001 0000 0000 0000 0000`,
      },
      {
        it: 'FORMERR with the question when what follows is broken',
        query: hex`1234 0000 0001 0000 0000 0001 "a" 00 0001 0001`,
        expect: hex`1234 8001 0001 0000 0000 0000 "a" 00 0001 0001`,
      },
      {
        it: 'NOTIMP with opcode, RD and question to UPDATE',
        query: hex`1234 2910 0001 0000 0000 0000 "example" "com" 00 0006 0001`,
        expect: hex`1234 a904 0001 0000 0000 0000 "example" "com" 00 0006 0001`,
      },
      {
        it: 'RFC 6891 §6.1.3: BADVERS and version 0 to version 1, without options',
        query: hex`1234 0000 0001 0000 0000 0001 "a" 00 0001 0001 00 0029 04d0 00018000 0004 0003 0000`,
        expect: hex`1234 8000 0001 0000 0000 0001 "a" 00 0001 0001 00 0029 04d0 01008000 0000`,
      },
      {
        it: 'FORMERR with OPT to a second OPT',
        query: hex`1234 0000 0001 0000 0000 0002 "a" 00 0001 0001 00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000`,
        expect: hex`1234 8001 0001 0000 0000 0001 "a" 00 0001 0001 00 0029 04d0 00000000 0000`,
      },
      {
        it: 'RFC 7871 §6: FORMERR to SCOPE not 0, which is not sent back',
        query: buildQuery({
          name: 'a.',
          type: 1,
          opt: { options: [{ code: 8, data: clientSubnet(1, 8, [10], 8) }] },
        }),
        expect: hex`1234 8001 0001 0000 0000 0001 "a" 00 0001 0001 00 0029 04d0 00000000 0000`,
      },
      {
        it: 'RFC 1035 §4.1.1: clears Z, AA, TC and RA of the query',
        query: hex`1234 07f5 0001 0000 0000 0000 "a" 00 0001 0001`,
        expect: hex`1234 8105 0001 0000 0000 0000 "a" 00 0001 0001`,
      },
    ];
    for (const row of ROWS) it(row.it, () => expect(scenario.exchange(row.query)).to.deep.equal(row.expect));
  });

  describe('OPT (RFC 6891)', () => {
    scenario.check([
      {
        it: '§7: no OPT without one',
        ask: 'example.com. A +noedns',
        expect: ['NOERROR aa', 'example.com. 60 A 192.0.2.1'],
      },
      {
        it: '§6.1.1: OPT in NXDOMAIN',
        ask: 'nobody.example.com. A',
        expect: ['NXDOMAIN aa', 'authority:', SOA],
      },
      { it: '§6.1.1: OPT in REFUSED', ask: 'elsewhere.test. A +do', expect: ['REFUSED do'] },
      {
        it: '§6.2.3: a payload below 512 counts as 512',
        ask: 'example.com. A bufsize=0',
        expect: ['NOERROR aa', 'example.com. 60 A 192.0.2.1'],
      },
    ]);
  });

  describe('truncation (RFC 2181 §9)', () => {
    scenario.check([
      {
        it: 'to 512 octets without OPT: TC, and nothing but the question',
        ask: 'many.example.com. A +noedns',
        expect: ['NOERROR aa tc'],
      },
      {
        it: 'to the payload of OPT, which is kept',
        ask: 'many.example.com. A bufsize=600',
        expect: ['NOERROR aa tc'],
      },
      {
        it: 'keeps CLIENT-SUBNET',
        ask: 'many.example.com. A bufsize=600 ecs=203.0.113.0/24',
        expect: ['NOERROR aa tc', 'ecs 203.0.113.0/24/0'],
      },
      {
        it: 'leaves out additional records that do not fit, without TC',
        ask: 'mx.example.com. MX bufsize=600',
        expect: [
          'NOERROR aa',
          'mx.example.com. 60 MX 1 many.example.com.',
          'mx.example.com. 60 MX 2 ns1.example.com.',
          'additional:',
          'ns1.example.com. 60 A 192.0.2.53',
        ],
      },
      {
        it: 'RFC 9471 §3.1: sets TC when glue does not fit',
        ask: 'x.cut.example.com. A +noedns',
        expect: ['NOERROR tc'],
      },
    ]);

    it('gives up to 1,232 octets, however much the requestor takes', () => {
      // 12 + 22 of the question, 60 × 16, 11 of OPT.
      expect(scenario.ask('many.example.com. A bufsize=65535')).to.have.length(61);
      expect(scenario.ask('text.example.com. TXT bufsize=65535')).to.have.length(4);
      expect(scenario.ask('text.example.com. TXT bufsize=512')).to.deep.equal(['NOERROR aa tc']);
    });

    it('gives all over TCP, whatever the payload (RFC 7766 §8)', () => {
      expect(scenario.ask('many.example.com. A +tcp +noedns')).to.have.length(61);
      expect(scenario.ask('x.cut.example.com. A +tcp bufsize=512')).to.have.length(1 + 1 + 12 + 1 + 12);
    });

    it('gives exactly what fits', () => {
      const whole = scenario.exchange(buildQuery({ name: 'many.example.com.', type: 1, opt: {} }));
      const octets = whole?.length ?? 0;
      expect(octets).to.be.above(512);
      expect(scenario.ask(`many.example.com. A bufsize=${octets}`)).to.have.length(61);
      expect(scenario.ask(`many.example.com. A bufsize=${octets - 1}`)).to.deep.equal(['NOERROR aa tc']);
    });
  });

  describe('CLIENT-SUBNET (RFC 7871)', () => {
    scenario.check([
      {
        it: '§7.2.1: SCOPE 0 for an answer that holds for everyone',
        ask: 'example.com. A ecs=203.0.113.0/24',
        expect: ['NOERROR aa', 'example.com. 60 A 192.0.2.1', 'ecs 203.0.113.0/24/0'],
      },
      {
        it: '§7.2.1: SCOPE 0 for a service without rules',
        ask: 'web.example.com. A ecs=203.0.113.0/24',
        expect: ['NOERROR aa', 'web.example.com. 20 A 192.0.2.77', 'ecs 203.0.113.0/24/0'],
      },
      {
        it: '§7.2.1: steers by the prefix, and gives the SCOPE that it holds for',
        ask: 'geo.example.com. A ecs=203.0.113.0/24',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.10', 'ecs 203.0.113.0/24/24'],
      },
      {
        it: '§7.2.1: SCOPE may be shorter than SOURCE',
        ask: 'geo.example.com. A ecs=203.0.113.77/32',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.10', 'ecs 203.0.113.77/32/24'],
      },
      {
        it: '§7.2.1: SCOPE may be longer than SOURCE, when a part of the prefix differs',
        ask: 'geo.example.com. A ecs=203.0.0.0/16',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.20', 'ecs 203.0.0.0/16/18'],
      },
      {
        it: '§7.1.2: SOURCE 0 is steered by the requestor, with SCOPE 0',
        ask: 'geo.example.com. A from=203.0.113.9 ecs=0.0.0.0/0',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.10', 'ecs 0.0.0.0/0/0'],
      },
      {
        it: 'steers by IPv6 prefixes',
        ask: 'geo.example.com. A ecs=2001:db8:100::/48',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.10', 'ecs family 2 20010db80100/48/40'],
      },
      {
        it: '§7.2.1: SCOPE is the largest prefix of one outcome, over different places',
        ask: 'geo.example.com. A ecs=198.48.0.0/12',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.20', 'ecs 198.48.0.0/12/5'],
      },
      {
        it: 'steers at the end of a CNAME',
        ask: 'cname.example.com. A ecs=203.0.113.0/24',
        expect: [
          'NOERROR aa',
          'cname.example.com. 60 CNAME geo.example.com.',
          'geo.example.com. 30 A 192.0.2.10',
          'ecs 203.0.113.0/24/24',
        ],
      },
      {
        it: '§7.4: SCOPE 0 for NXDOMAIN',
        ask: 'nobody.example.com. A ecs=203.0.113.0/24',
        expect: ['NXDOMAIN aa', 'authority:', SOA, 'ecs 203.0.113.0/24/0'],
      },
      {
        it: '§7.4: SCOPE 0 for NODATA of a steered name',
        ask: 'geo.example.com. AAAA ecs=203.0.113.0/24',
        expect: [
          'NOERROR aa',
          'authority:',
          'example.com. 30 SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 60',
          'ecs 203.0.113.0/24/0',
        ],
      },
      {
        it: 'SCOPE 0 for REFUSED',
        ask: 'elsewhere.test. A ecs=203.0.113.0/24',
        expect: ['REFUSED', 'ecs 203.0.113.0/24/0'],
      },
      {
        it: '§7.2.1: SCOPE 0 for a referral',
        ask: 'x.cut.example.com. DS bufsize=512 ecs=203.0.113.0/24',
        expect: ['NOERROR tc', 'ecs 203.0.113.0/24/0'],
      },
      {
        it: '§7.2.2: no option without one, though the answer is steered',
        ask: 'geo.example.com. A from=203.0.113.9',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.10'],
      },
      {
        it: 'steers by the requestor over IPv6 too',
        ask: 'geo.example.com. A from=2001:db8:1ff::1 +tcp',
        expect: ['NOERROR aa', 'geo.example.com. 30 A 192.0.2.10'],
      },
    ]);

    it('answers any prefix that holds the SCOPE given alike (§7.2.1)', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: 4, maxLength: 4 }),
          fc.integer({ min: 1, max: 32 }),
          (octets, bits) => {
            const [head = '', answer = '', option = ''] = scenario.ask(
              `geo.example.com. A ecs=${prefixOf(octets, bits)}`,
            );
            const scope = Number(option.split('/').at(-1));
            const within = octets.map((octet, i) => {
              const free = Math.min(8, Math.max(0, (i + 1) * 8 - Math.min(bits, scope)));
              return bits >= scope
                ? octet ^ (0x5a & ((1 << free) - 1))
                : octet & -(1 << Math.max(0, (i + 1) * 8 - bits));
            });
            expect(
              scenario.ask(`geo.example.com. A ecs=${prefixOf(within, Math.max(bits, scope))}`).slice(0, 2),
            ).to.deep.equal([head, answer]);
          },
        ),
      );
    });

    it('repeats an option of FAMILY 0 (SOURCE 0)', () => {
      const query = buildQuery({
        name: 'geo.example.com.',
        type: 1,
        opt: { options: [{ code: 8, data: clientSubnet(0, 0, []) }] },
      });
      expect(respond(query).slice(2)).to.deep.equal(['ecs family 0 /0/0']);
    });
  });

  describe('EDNS-TCP-KEEPALIVE (RFC 7828)', () => {
    const ask = (transport: Transport, data: Uint8Array = new Uint8Array(0), version = 0): string[] => {
      const opt = { version, options: [{ code: 11, data }] };
      const response = scenario.exchange(buildQuery({ name: 'example.com.', type: 1, opt }), transport);
      return formatResponse(decode(Buffer.from(response ?? [])));
    };
    const ANSWER = ['NOERROR aa', 'example.com. 60 A 192.0.2.1'];

    it('§3.3.2: over TCP, TIMEOUT "MUST" be that of the connection, in units of 100 ms', () => {
      expect(ask(Transport.TCP)).to.deep.equal([...ANSWER, 'option 11 0172']);
    });
    it('§3.3.1: over UDP it "MUST" be ignored', () => {
      expect(ask(Transport.UDP)).to.deep.equal(ANSWER);
    });
    it('is told to a client that says a TIMEOUT of its own too', () => {
      expect(ask(Transport.TCP, hex`0001`)).to.deep.equal([...ANSWER, 'option 11 0172']);
    });
    it('is not in BADVERS', () => {
      expect(ask(Transport.TCP, undefined, 1)).to.deep.equal(['BADVERS']);
    });
    it('§3.3.2: is not told to who did not ask', () => {
      expect(scenario.ask('example.com. A +tcp')).to.deep.equal(ANSWER);
    });
  });

  describe('identity: CHAOS (RFC 4892) and NSID (RFC 5001)', () => {
    scenario.check([
      {
        it: 'gives version.bind',
        ask: 'version.bind. TXT class=3',
        expect: ['NOERROR aa', 'version.bind. 0 CH TXT "steerdns 1"'],
      },
      {
        it: 'gives VERSION.server in any case, to ANY',
        ask: 'VERSION.server. ANY class=3',
        expect: ['NOERROR aa', 'VERSION.server. 0 CH TXT "steerdns 1"'],
      },
      {
        it: 'RFC 4892 §3: gives id.server',
        ask: 'id.server. TXT class=3',
        expect: ['NOERROR aa', 'id.server. 0 CH TXT "fra1"'],
      },
      {
        it: 'gives hostname.bind',
        ask: 'hostname.bind. TXT class=3',
        expect: ['NOERROR aa', 'hostname.bind. 0 CH TXT "fra1"'],
      },
      { it: 'REFUSED for other types', ask: 'id.server. A class=3', expect: ['REFUSED'] },
      { it: 'REFUSED for other names', ask: 'authors.bind. TXT class=3', expect: ['REFUSED'] },
      { it: 'REFUSED for zones in class CH', ask: 'example.com. TXT class=3', expect: ['REFUSED'] },
      { it: 'REFUSED for id.server in class IN', ask: 'id.server. TXT', expect: ['REFUSED'] },
      {
        it: 'RFC 5001 §2.2: gives NSID when asked',
        ask: 'example.com. A +nsid',
        expect: ['NOERROR aa', 'example.com. 60 A 192.0.2.1', 'nsid fra1'],
      },
      {
        it: 'gives NSID in truncated responses, within the limit',
        ask: 'many.example.com. A +nsid bufsize=512',
        expect: ['NOERROR aa tc', 'nsid fra1'],
      },
    ]);

    describe('off unless configured', () => {
      silent.check([
        { it: 'version.bind', ask: 'version.bind. TXT class=3', expect: ['REFUSED'] },
        { it: 'id.server', ask: 'id.server. TXT class=3', expect: ['REFUSED'] },
        { it: 'NSID', ask: 'example.com. A +nsid', expect: ['NOERROR aa', 'example.com. 60 A 192.0.2.1'] },
      ]);
    });
  });

  describe('any octets', () => {
    const wholes = [
      buildQuery({ name: 'www.example.com.', type: 1 }),
      buildQuery({
        name: 'geo.example.com.',
        type: 1,
        opt: {
          options: [
            { code: 3, data: new Uint8Array(0) },
            { code: 8, data: clientSubnet(1, 24, [203, 0, 113]) },
          ],
        },
      }),
      buildQuery({ name: 'cname.example.com.', type: 255, opt: { version: 1 } }),
      buildQuery({ name: 'version.bind.', type: 16, class: 3 }),
      buildQuery({ name: 'many.example.com.', type: 1, opt: {} }),
    ];
    const mutated = fc
      .tuple(
        fc.constantFrom(...wholes),
        fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
        fc.nat(90),
        fc.uint8Array({ maxLength: 12 }),
      )
      .map(([whole, changes, length, tail]) => {
        const octets = Uint8Array.from([...whole.subarray(0, length), ...tail]);
        for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
        return octets;
      });

    for (const transport of [Transport.UDP, Transport.TCP]) {
      it(`${transport === Transport.UDP ? 'over UDP' : 'over TCP'} get a response that can be read, or none`, () => {
        fc.assert(
          fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (octets) => {
            const response = scenario.exchange(octets, transport);
            const isQuery = octets.length >= 12 && ((octets[2] ?? 0) & 0x80) === 0;
            expect(response !== undefined).to.equal(isQuery);
            if (response === undefined) return;
            expect(response.subarray(0, 2)).to.deep.equal(octets.subarray(0, 2));
            expect((response[2] ?? 0) & 0xf9).to.equal(0x80 | ((octets[2] ?? 0) & 0x79));
            expect(response.length).to.be.at.most(transport === Transport.UDP ? 1232 : 65535);
            formatResponse(decode(Buffer.from(response)));
          }),
          { numRuns: 1000 },
        );
      });
    }
  });

  it('counts what it answers', () => {
    const fresh = new Scenario({
      zones: { 'example.com.': ZONE },
      services: { web: 'members: {a: {addresses: [192.0.2.77]}}', geo: GEO },
    });
    for (const ask of [
      'nobody.example.com. A',
      'elsewhere.test. A',
      'ns1.example.com. MX',
      'many.example.com. A +noedns',
      'geo.example.com. A ecs=10.0.0.0/8 +tcp',
      'cut.example.com. A',
    ])
      fresh.ask(ask);
    fresh.exchange(
      buildQuery({ name: '.', type: 1, opt: { options: [{ code: 8, data: clientSubnet(1, 0, []) }] } }),
    );
    fresh.exchange(hex`12`);
    fresh.exchange(hex`1234 8000 0000 0000 0000 0000`);
    fresh.exchange(hex`1234 0000 0000 0000 0000 0000`);
    fresh.exchange(hex`1234 2000 0000 0000 0000 0000`);
    const counts = Object.fromEntries(
      Object.entries(Counter).map(([name, at]) => [name, fresh.counters[at]]),
    );
    expect(counts).to.include({
      queries: 11,
      tcp: 1,
      short: 1,
      notQuery: 1,
      formErr: 1,
      notImp: 1,
      nxDomain: 1,
      refused: 2,
      noData: 1,
      truncated: 1,
      steered: 1,
      ecs: 2,
      referrals: 1,
    });
  });
});

function prefixOf(octets: Uint8Array, bits: number): string {
  const masked = [...octets].map(
    (octet, i) => octet & (0xff << Math.max(0, Math.min(8, (i + 1) * 8 - bits))) & 0xff,
  );
  return `${masked.join('.')}/${bits}`;
}
