import { Scenario } from './scenario.js';

/** RFC 4592 §2.2.1, whole. */
const EXAMPLE = `
'':
  - {type: SOA, ttl: 3600, value: {mname: ns.example.com., rname: hostmaster.example.com., serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5}}
  - {type: NS, ttl: 3600, values: [ns.example.com., ns.example.net.]}
'*':
  - {type: TXT, ttl: 3600, value: this is a wildcard}
  - {type: MX, ttl: 3600, value: {preference: 10, exchange: host1.example.}}
'sub.*': {type: TXT, ttl: 3600, value: this is not a wildcard}
host1: {type: A, ttl: 3600, value: 192.0.2.1}
_ssh._tcp.host1: {type: SRV, ttl: 3600, value: {priority: 0, weight: 0, port: 22, target: host1.example.}}
_ssh._tcp.host2: {type: SRV, ttl: 3600, value: {priority: 0, weight: 0, port: 22, target: host2.example.}}
subdel: {type: NS, ttl: 3600, values: [ns.example.com., ns.example.net.]}
`;

/** What §2.2.1 does not have: a wildcard with CNAME, one without data, and a deeper one. */
const MORE = `
'':
  - {type: SOA, ttl: 60, value: {mname: ns.example.com., rname: hostmaster.example.com., serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 300}}
  - {type: NS, value: ns.example.com.}
'*.cname': {type: CNAME, ttl: 30, value: host.more.}
'*.round': {type: CNAME, ttl: 31, value: again.round.more.}
'child.*.empty': {type: A, value: 192.0.2.9}
'*': {type: A, ttl: 60, value: 192.0.2.1}
'*.deep': {type: A, ttl: 60, value: 192.0.2.2}
here.deep: {type: TXT, value: here}
host: {type: A, ttl: 60, value: 192.0.2.3}
'*.services': {type: GSLB, service: web}
`;

const SOA = 'example. 5 SOA ns.example.com. hostmaster.example.com. 1 2 3 4 5';
const MORE_SOA = 'more. 60 SOA ns.example.com. hostmaster.example.com. 1 2 3 4 300';

describe('RFC 4592: wildcards', () => {
  new Scenario({
    zones: { 'example.': EXAMPLE, 'more.': MORE },
    services: { web: 'members: {a: {addresses: [192.0.2.77]}}\nanswers: {ttl: 20}' },
  }).check([
    {
      it: '§2.2.1 host3.example. MX is synthesised',
      ask: 'host3.example. MX',
      expect: [
        'NOERROR aa',
        'host3.example. 3600 MX 10 host1.example.',
        'additional:',
        'host1.example. 3600 A 192.0.2.1',
      ],
    },
    {
      it: '§2.2.1 host3.example. A is NODATA, since the wildcard has no A',
      ask: 'host3.example. A',
      expect: ['NOERROR aa', 'authority:', SOA],
    },
    {
      it: '§2.2.1 foo.bar.example. TXT is synthesised through a name that does not exist',
      ask: 'foo.bar.example. TXT',
      expect: ['NOERROR aa', 'foo.bar.example. 3600 TXT "this is a wildcard"'],
    },
    {
      it: '§2.2.1 host1.example. MX is NODATA, since the name exists',
      ask: 'host1.example. MX',
      expect: ['NOERROR aa', 'authority:', SOA],
    },
    {
      it: '§2.2.1 sub.*.example. MX is NODATA, since the name exists',
      ask: 'sub.*.example. MX',
      expect: ['NOERROR aa', 'authority:', SOA],
    },
    {
      it: '§2.2.1 _telnet._tcp.host1.example. SRV does not exist, since _tcp.host1.example. does',
      ask: '_telnet._tcp.host1.example. SRV',
      expect: ['NXDOMAIN aa', 'authority:', SOA],
    },
    {
      it: '§2.2.1 host.subdel.example. A is a referral',
      ask: 'host.subdel.example. A',
      expect: [
        'NOERROR',
        'authority:',
        'subdel.example. 3600 NS ns.example.com.',
        'subdel.example. 3600 NS ns.example.net.',
      ],
    },
    {
      it: '§2.2.1 ghost.*.example. MX does not exist, since *.example. does',
      ask: 'ghost.*.example. MX',
      expect: ['NXDOMAIN aa', 'authority:', SOA],
    },
    {
      it: '§2.2.1 *.example. itself is an owner name as any other',
      ask: '*.example. TXT',
      expect: ['NOERROR aa', '*.example. 3600 TXT "this is a wildcard"'],
    },
    {
      it: '§2.2.1 sub.*.example. TXT is no wildcard',
      ask: 'sub.*.example. TXT',
      expect: ['NOERROR aa', 'sub.*.example. 3600 TXT "this is not a wildcard"'],
    },
    {
      it: '§2.2.2 host2.example. exists without data',
      ask: 'host2.example. TXT',
      expect: ['NOERROR aa', 'authority:', SOA],
    },
    {
      it: '§2.2.2 _tcp.host2.example. exists without data',
      ask: '_tcp.host2.example. MX',
      expect: ['NOERROR aa', 'authority:', SOA],
    },
    {
      it: '§4.3 follows the CNAME of a wildcard, the owner name synthesised',
      ask: 'any.cname.more. A',
      expect: ['NOERROR aa', 'any.cname.more. 30 CNAME host.more.', 'host.more. 60 A 192.0.2.3'],
    },
    {
      it: '§4.3 gives the CNAME of a wildcard that is its own target once for each name',
      ask: 'any.round.more. A',
      expect: [
        'NOERROR aa',
        'any.round.more. 31 CNAME again.round.more.',
        'again.round.more. 31 CNAME again.round.more.',
      ],
    },
    {
      it: '§4.3 gives the CNAME of a wildcard to any other type',
      ask: 'x.y.cname.more. MX',
      expect: ['NOERROR aa', 'x.y.cname.more. 30 CNAME host.more.', 'authority:', MORE_SOA],
    },
    {
      it: '§2.2.2 a wildcard without data is a source of synthesis too: NODATA',
      ask: 'other.empty.more. A',
      expect: ['NOERROR aa', 'authority:', MORE_SOA],
    },
    {
      it: '§3.3.1 the closest encloser decides: here.deep has no wildcard below it',
      ask: 'x.here.deep.more. A',
      expect: ['NXDOMAIN aa', 'authority:', MORE_SOA],
    },
    {
      it: '§3.3.1 the nearer wildcard wins',
      ask: 'x.deep.more. A',
      expect: ['NOERROR aa', 'x.deep.more. 60 A 192.0.2.2'],
    },
    {
      it: '§4.1 a wildcard is steered as any name',
      ask: 'x.services.more. A',
      expect: ['NOERROR aa', 'x.services.more. 20 A 192.0.2.77'],
    },
    {
      it: '§2.1.1 a label that only begins with an asterisk is no wildcard',
      ask: 'x.*a.more. A',
      expect: ['NOERROR aa', 'x.*a.more. 60 A 192.0.2.1'],
    },
    {
      it: 'RFC 8482 §4.2 ANY at a wildcard has the HINFO',
      ask: 'anything.more. ANY',
      expect: ['NOERROR aa', 'anything.more. 3600 HINFO "RFC8482" ""'],
    },
  ]);
});
