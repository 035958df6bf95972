import { expect } from 'chai';
import { Scenario } from './scenario.js';

const ZONE = `
'':
  - {type: SOA, ttl: 900, value: {mname: ns1, rname: hostmaster, serial: 7, refresh: 2, retry: 3, expire: 4, minimum: 300}}
  - {type: NS, ttl: 800, values: [ns1.example.com., ns.example.net.]}
  - {type: MX, ttl: 700, values: [{preference: 10, exchange: mail.example.com.}, {preference: 20, exchange: mail.example.net.}, {preference: 30, exchange: alias.example.com.}]}
  - {type: A, ttl: 600, value: 192.0.2.1}
ns1:
  - {type: A, ttl: 100, value: 192.0.2.53}
  - {type: AAAA, ttl: 101, value: '2001:db8::53'}
mail: {type: A, ttl: 102, value: 192.0.2.25}
www: {type: CNAME, ttl: 50, value: web.example.com.}
web:
  - {type: A, ttl: 60, values: [192.0.2.80, 192.0.2.81]}
  - {type: TXT, ttl: 61, value: web}
alias: {type: CNAME, ttl: 51, value: www.example.com.}
outside: {type: CNAME, ttl: 52, value: www.elsewhere.test.}
broken: {type: CNAME, ttl: 53, value: missing.example.com.}
into: {type: CNAME, ttl: 54, value: host.sub.example.com.}
other: {type: CNAME, ttl: 55, value: host.other.test.}
gone: {type: CNAME, ttl: 56, value: nobody.other.test.}
loop1: {type: CNAME, ttl: 10, value: loop2.example.com.}
loop2: {type: CNAME, ttl: 11, value: loop3.example.com.}
loop3: {type: CNAME, ttl: 12, value: loop2.example.com.}
self: {type: CNAME, ttl: 13, value: self.example.com.}
_sip._tcp: {type: SRV, ttl: 40, values: [{priority: 1, weight: 2, port: 5060, target: web.example.com.}, {priority: 2, weight: 2, port: 5060, target: ns1.example.com.}]}
a.b.c: {type: A, ttl: 30, value: 192.0.2.90}
unknown: {type: TYPE65280, ttl: 20, value: '\\# 4 0a000001'}
sub:
  - {type: NS, ttl: 200, values: [ns.sub.example.com., ns.sibling.example.com., ns1.example.com., ns.example.net.]}
  - {type: DS, ttl: 201, value: {key_tag: 1, algorithm: 13, digest_type: 2, digest: '0102'}}
ns.sub: {type: A, ttl: 202, value: 192.0.2.201}
occluded.sub: {type: TXT, ttl: 203, value: never seen}
sibling: {type: NS, ttl: 210, value: ns.sibling.example.com.}
ns.sibling:
  - {type: A, ttl: 211, value: 192.0.2.211}
  - {type: AAAA, ttl: 212, value: '2001:db8::211'}
insecure: {type: NS, ttl: 220, value: ns.example.net.}
child: {type: NS, ttl: 230, value: ns.child.example.com.}
ns.child: {type: A, ttl: 231, value: 192.0.2.231}
towild: {type: MX, ttl: 41, value: {preference: 1, exchange: mail.wild.example.com.}}
'*.wild': {type: A, ttl: 42, value: 192.0.2.42}
tochild: {type: MX, ttl: 43, value: {preference: 1, exchange: ns.child.example.com.}}
alias64: {type: SVCB, ttl: 44, value: {svcpriority: 0, targetname: svc-1.example.com.}}
svc-1: {type: SVCB, ttl: 45, value: {svcpriority: 1, targetname: .}}
web64:
  - {type: HTTPS, ttl: 46, value: {svcpriority: 1, targetname: .}}
  - {type: A, ttl: 47, value: 192.0.2.47}
forward: {type: URLFWD, values: [{path: /, target: 'https://x.test/', code: 301, masking: 2, query: 0}]}
`;

/** Served beside its parent. */
const CHILD = `
'':
  - {type: SOA, ttl: 20, value: {mname: ns, rname: hostmaster, serial: 9, refresh: 2, retry: 3, expire: 4, minimum: 3000}}
  - {type: NS, ttl: 330, value: ns.child.example.com.}
  - {type: TXT, ttl: 331, value: child}
ns: {type: A, ttl: 332, value: 192.0.2.231}
`;

const OTHER = `
'':
  - {type: SOA, ttl: 40, value: {mname: ns, rname: hostmaster, serial: 3, refresh: 2, retry: 3, expire: 4, minimum: 30}}
  - {type: NS, ttl: 440, value: ns.other.test.}
host: {type: A, ttl: 441, value: 192.0.2.44}
`;

const SOA = 'example.com. 300 SOA ns1.example.com. hostmaster.example.com. 7 2 3 4 300';
const CHILD_SOA =
  'child.example.com. 20 SOA ns.child.example.com. hostmaster.child.example.com. 9 2 3 4 3000';
const OTHER_SOA = 'other.test. 30 SOA ns.other.test. hostmaster.other.test. 3 2 3 4 30';
const SUB_REFERRAL = [
  'authority:',
  'sub.example.com. 200 NS ns.sub.example.com.',
  'sub.example.com. 200 NS ns.sibling.example.com.',
  'sub.example.com. 200 NS ns1.example.com.',
  'sub.example.com. 200 NS ns.example.net.',
  'additional:',
  'ns.sub.example.com. 202 A 192.0.2.201',
  'ns.sibling.example.com. 211 A 192.0.2.211',
  'ns.sibling.example.com. 212 AAAA 2001:db8::211',
  'ns1.example.com. 100 A 192.0.2.53',
  'ns1.example.com. 101 AAAA 2001:db8::53',
];

describe('answers from zone data', () => {
  const scenario = new Scenario({
    zones: { 'example.com.': ZONE, 'child.example.com.': CHILD, 'other.test.': OTHER },
  });

  describe('names and types (RFC 1034 §4.3.2, RFC 2308)', () => {
    scenario.check([
      {
        it: 'RFC 1034 §4.3.2 step 3a: gives the whole RRset',
        ask: 'web.example.com. A',
        expect: ['NOERROR aa', 'web.example.com. 60 A 192.0.2.80', 'web.example.com. 60 A 192.0.2.81'],
      },
      {
        it: 'RFC 2308 §2.1, §5: NXDOMAIN has the SOA, at the lesser of its TTL and MINIMUM',
        ask: 'nobody.example.com. A',
        expect: ['NXDOMAIN aa', 'authority:', SOA],
      },
      {
        it: 'RFC 2308 §5: the lesser may be the TTL',
        ask: 'child.example.com. MX',
        expect: ['NOERROR aa', 'authority:', CHILD_SOA],
      },
      {
        it: 'RFC 2308 §2.2: NODATA for a type that the name has not',
        ask: 'mail.example.com. AAAA',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'the SOA that is asked for has its own TTL',
        ask: 'example.com. SOA',
        expect: ['NOERROR aa', 'example.com. 900 SOA ns1.example.com. hostmaster.example.com. 7 2 3 4 300'],
      },
      {
        it: 'RFC 8020 §2: an empty non-terminal exists',
        ask: 'b.c.example.com. A',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'RFC 8020 §2: below an empty non-terminal is nothing else',
        ask: 'x.c.example.com. A',
        expect: ['NXDOMAIN aa', 'authority:', SOA],
      },
      {
        it: 'RFC 8020 §2: below a name that exists is nothing else',
        ask: 'x.mail.example.com. A',
        expect: ['NXDOMAIN aa', 'authority:', SOA],
      },
      {
        it: 'RFC 4343 §3: case does not matter, and §4.1 the question keeps its own',
        ask: 'wEb.ExAmPlE.cOm. TXT',
        expect: ['NOERROR aa', 'wEb.ExAmPlE.cOm. 61 TXT "web"'],
      },
      {
        it: 'RFC 3597 §3: serves RDATA that it does not know',
        ask: 'unknown.example.com. TYPE65280',
        expect: ['NOERROR aa', 'unknown.example.com. 20 UNKNOWN_65280 \\# 4 0a000001'],
      },
      {
        it: 'RFC 3597 §2: NODATA for a type that nobody knows',
        ask: 'web.example.com. TYPE65281',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'RFC 6895 §3.1: NODATA for the reserved type 0',
        ask: 'web.example.com. TYPE0',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'URLFWD is no DNS data, but its name exists',
        ask: 'forward.example.com. TYPE0',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'URLFWD alone is NODATA to ANY',
        ask: 'forward.example.com. ANY',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'DNSSEC types are NODATA in an unsigned zone, DO is copied (RFC 3225 §3)',
        ask: 'example.com. TYPE48 +do',
        expect: ['NOERROR aa do', 'authority:', SOA],
      },
    ]);
  });

  it('begins with any address of an RRset, straight or behind a CNAME, and gives each once', () => {
    const firsts = ['192.0.2.80', '192.0.2.81', '192.0.2.80'];
    for (const [random, first] of firsts.entries()) {
      scenario.random = random;
      for (const name of ['web', 'www']) {
        const addresses = scenario
          .ask(`${name}.example.com. A`)
          .filter((line) => line.includes(' A '))
          .map((line) => line.split(' ').at(-1));
        expect(addresses[0]).to.equal(first);
        expect(addresses.sort()).to.deep.equal(['192.0.2.80', '192.0.2.81']);
      }
    }
    scenario.random = 0;
  });

  describe('CNAME (RFC 1034 §3.6.2, RFC 6604)', () => {
    scenario.check([
      {
        it: 'RFC 1034 §3.6.2: follows it inside the zone',
        ask: 'www.example.com. A',
        expect: [
          'NOERROR aa',
          'www.example.com. 50 CNAME web.example.com.',
          'web.example.com. 60 A 192.0.2.80',
          'web.example.com. 60 A 192.0.2.81',
        ],
      },
      {
        it: 'RFC 1034 §3.6.2: follows two',
        ask: 'alias.example.com. TXT',
        expect: [
          'NOERROR aa',
          'alias.example.com. 51 CNAME www.example.com.',
          'www.example.com. 50 CNAME web.example.com.',
          'web.example.com. 61 TXT "web"',
        ],
      },
      {
        it: 'RFC 1034 §3.6.2: gives it alone to QTYPE CNAME',
        ask: 'alias.example.com. CNAME',
        expect: ['NOERROR aa', 'alias.example.com. 51 CNAME www.example.com.'],
      },
      {
        it: 'RFC 8482 §4.2: gives it alone to QTYPE ANY',
        ask: 'alias.example.com. ANY',
        expect: ['NOERROR aa', 'alias.example.com. 51 CNAME www.example.com.'],
      },
      {
        it: 'RFC 2308 §2.2: NODATA at its end',
        ask: 'www.example.com. AAAA',
        expect: ['NOERROR aa', 'www.example.com. 50 CNAME web.example.com.', 'authority:', SOA],
      },
      {
        it: 'RFC 6604 §3: the RCODE is that of the last name',
        ask: 'broken.example.com. A',
        expect: ['NXDOMAIN aa', 'broken.example.com. 53 CNAME missing.example.com.', 'authority:', SOA],
      },
      {
        it: 'ends where the served zones end',
        ask: 'outside.example.com. A',
        expect: ['NOERROR aa', 'outside.example.com. 52 CNAME www.elsewhere.test.'],
      },
      {
        it: 'goes on in another served zone',
        ask: 'other.example.com. A',
        expect: [
          'NOERROR aa',
          'other.example.com. 55 CNAME host.other.test.',
          'host.other.test. 441 A 192.0.2.44',
        ],
      },
      {
        it: 'RFC 2308 §2.1: the SOA is that of the zone of the last name',
        ask: 'gone.example.com. A',
        expect: ['NXDOMAIN aa', 'gone.example.com. 56 CNAME nobody.other.test.', 'authority:', OTHER_SOA],
      },
      {
        it: 'RFC 1034 §4.3.2 step 3b: gives the referral of the last name',
        ask: 'into.example.com. A',
        expect: ['NOERROR aa', 'into.example.com. 54 CNAME host.sub.example.com.', ...SUB_REFERRAL],
      },
      {
        it: 'a loop ends, each CNAME once',
        ask: 'loop1.example.com. A',
        expect: [
          'NOERROR aa',
          'loop1.example.com. 10 CNAME loop2.example.com.',
          'loop2.example.com. 11 CNAME loop3.example.com.',
          'loop3.example.com. 12 CNAME loop2.example.com.',
        ],
      },
      {
        it: 'a CNAME to itself ends',
        ask: 'self.example.com. A',
        expect: ['NOERROR aa', 'self.example.com. 13 CNAME self.example.com.'],
      },
    ]);
  });

  describe('referrals (RFC 1034 §4.3.2 step 3b, RFC 9471)', () => {
    scenario.check([
      {
        it: 'RFC 9471 §3.1, §3.2: gives in-domain and sibling glue, without AA',
        ask: 'host.sub.example.com. A',
        expect: ['NOERROR', ...SUB_REFERRAL],
      },
      { it: 'refers at the cut itself', ask: 'sub.example.com. A', expect: ['NOERROR', ...SUB_REFERRAL] },
      {
        it: 'RFC 2181 §6.1: NS of the cut is the child’s to answer',
        ask: 'sub.example.com. NS',
        expect: ['NOERROR', ...SUB_REFERRAL],
      },
      { it: 'refers ANY', ask: 'sub.example.com. ANY', expect: ['NOERROR', ...SUB_REFERRAL] },
      {
        it: 'RFC 2181 §6.1: glue is no answer',
        ask: 'ns.sub.example.com. A',
        expect: ['NOERROR', ...SUB_REFERRAL],
      },
      {
        it: 'data below a cut is not seen',
        ask: 'occluded.sub.example.com. TXT',
        expect: ['NOERROR', ...SUB_REFERRAL],
      },
      {
        it: 'RFC 4035 §3.1.4.1: DS of the cut is the parent’s to answer',
        ask: 'sub.example.com. DS',
        expect: ['NOERROR aa', 'sub.example.com. 201 DS 1 13 2 0102'],
      },
      {
        it: 'RFC 4035 §3.1.4.1: and so is that there is none',
        ask: 'insecure.example.com. DS',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'DS below the cut is a referral',
        ask: 'x.sub.example.com. DS',
        expect: ['NOERROR', ...SUB_REFERRAL],
      },
      {
        it: 'has no glue for name servers elsewhere',
        ask: 'x.insecure.example.com. A',
        expect: ['NOERROR', 'authority:', 'insecure.example.com. 220 NS ns.example.net.'],
      },
    ]);
  });

  describe('parent and child zone served together', () => {
    scenario.check([
      {
        it: 'RFC 1034 §4.3.2 step 2: the child answers what is its',
        ask: 'child.example.com. TXT',
        expect: ['NOERROR aa', 'child.example.com. 331 TXT "child"'],
      },
      {
        it: 'the child answers its NS',
        ask: 'child.example.com. NS',
        expect: [
          'NOERROR aa',
          'child.example.com. 330 NS ns.child.example.com.',
          'additional:',
          'ns.child.example.com. 332 A 192.0.2.231',
        ],
      },
      {
        it: 'RFC 4035 §3.1.4.1: the parent answers DS',
        ask: 'child.example.com. DS',
        expect: ['NOERROR aa', 'authority:', SOA],
      },
      {
        it: 'the child’s own SOA makes NXDOMAIN',
        ask: 'x.child.example.com. A',
        expect: ['NXDOMAIN aa', 'authority:', CHILD_SOA],
      },
      {
        it: 'RFC 4035 §3.1.4.1: DS of an apex whose parent is not served is NODATA',
        ask: 'other.test. DS',
        expect: ['NOERROR aa', 'authority:', OTHER_SOA],
      },
    ]);
  });

  describe('additional records (RFC 1035 §3.3.9, §3.3.11, RFC 2782)', () => {
    scenario.check([
      {
        it: 'MX: of exchanges in the zone that have addresses themselves',
        ask: 'example.com. MX',
        expect: [
          'NOERROR aa',
          'example.com. 700 MX 10 mail.example.com.',
          'example.com. 700 MX 20 mail.example.net.',
          'example.com. 700 MX 30 alias.example.com.',
          'additional:',
          'mail.example.com. 102 A 192.0.2.25',
        ],
      },
      {
        it: 'NS: IPv4 and IPv6',
        ask: 'example.com. NS',
        expect: [
          'NOERROR aa',
          'example.com. 800 NS ns1.example.com.',
          'example.com. 800 NS ns.example.net.',
          'additional:',
          'ns1.example.com. 100 A 192.0.2.53',
          'ns1.example.com. 101 AAAA 2001:db8::53',
        ],
      },
      {
        it: 'SRV',
        ask: '_sip._tcp.example.com. SRV',
        expect: [
          'NOERROR aa',
          '_sip._tcp.example.com. 40 SRV 1 2 5060 web.example.com.',
          '_sip._tcp.example.com. 40 SRV 2 2 5060 ns1.example.com.',
          'additional:',
          'web.example.com. 60 A 192.0.2.80',
          'web.example.com. 60 A 192.0.2.81',
          'ns1.example.com. 100 A 192.0.2.53',
          'ns1.example.com. 101 AAAA 2001:db8::53',
        ],
      },
      {
        it: 'of hosts that a wildcard has, with their own names',
        ask: 'towild.example.com. MX',
        expect: [
          'NOERROR aa',
          'towild.example.com. 41 MX 1 mail.wild.example.com.',
          'additional:',
          'mail.wild.example.com. 42 A 192.0.2.42',
        ],
      },
      {
        it: 'none of hosts in a zone below, whatever glue there is',
        ask: 'tochild.example.com. MX',
        expect: ['NOERROR aa', 'tochild.example.com. 43 MX 1 ns.child.example.com.'],
      },
      {
        it: 'RFC 9460 §4.1: of an alias, the SVCB RRs of its target',
        ask: 'alias64.example.com. SVCB',
        expect: [
          'NOERROR aa',
          'alias64.example.com. 44 UNKNOWN_64 \\# 21 0000057376632d31076578616d706c6503636f6d00',
          'additional:',
          'svc-1.example.com. 45 UNKNOWN_64 \\# 3 000100',
        ],
      },
      {
        it: 'RFC 9460 §2.5.2, §4.1: the addresses of the owner, where TargetName is "."',
        ask: 'web64.example.com. HTTPS',
        expect: [
          'NOERROR aa',
          'web64.example.com. 46 UNKNOWN_65 \\# 3 000100',
          'additional:',
          'web64.example.com. 47 A 192.0.2.47',
        ],
      },
    ]);
  });

  describe('what is not served', () => {
    scenario.check([
      { it: 'REFUSED outside of the zones', ask: 'www.elsewhere.test. A', expect: ['REFUSED'] },
      { it: 'REFUSED above them', ask: 'com. NS', expect: ['REFUSED'] },
      { it: 'REFUSED for the root', ask: '. NS', expect: ['REFUSED'] },
      {
        it: 'REFUSED for a name that only ends like a zone',
        ask: 'notexample.com. A',
        expect: ['REFUSED'],
      },
      { it: 'RFC 5936 §2.2.1: REFUSED for AXFR', ask: 'example.com. AXFR +tcp', expect: ['REFUSED'] },
      { it: 'RFC 1995 §2: REFUSED for IXFR', ask: 'example.com. IXFR', expect: ['REFUSED'] },
      { it: 'RFC 1035 §3.2.3: NOTIMP for MAILA', ask: 'example.com. MAILA', expect: ['NOTIMP'] },
      { it: 'FORMERR for QTYPE OPT', ask: 'example.com. OPT', expect: ['FORMERR'] },
      { it: 'FORMERR for QTYPE TSIG', ask: 'example.com. TSIG', expect: ['FORMERR'] },
      {
        it: 'RFC 1035 §6.2: class ANY is answered, and "should never be authoritative"',
        ask: 'example.com. A class=255',
        expect: ['NOERROR', 'example.com. 600 A 192.0.2.1'],
      },
      { it: 'FORMERR for QTYPE OPT in class ANY', ask: 'example.com. OPT class=255', expect: ['FORMERR'] },
      { it: 'REFUSED for class NONE', ask: 'example.com. A class=254', expect: ['REFUSED'] },
      { it: 'REFUSED for class HS', ask: 'example.com. A class=4', expect: ['REFUSED'] },
      {
        it: 'RFC 1035 §4.1.1: copies RD, and is no resolver',
        ask: 'elsewhere.test. A +rd',
        expect: ['REFUSED rd'],
      },
      {
        it: 'RFC 4035 §3.1.6: clears CD and AD',
        ask: 'mail.example.com. A +cd +ad',
        expect: ['NOERROR aa', 'mail.example.com. 102 A 192.0.2.25'],
      },
    ]);
  });
});
