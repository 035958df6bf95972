import { expect } from 'chai';
import { load } from './load-text.js';
import { loadMaster } from './master-support.js';

interface Case {
  readonly name: string;
  /** After a SOA and a name server outside of the zone. */
  readonly zone: string;
  readonly says: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'nothing wrong',
    zone: 'mail A 192.0.2.1\n@ MX 10 mail\nlab NS ns.lab\nns.lab A 192.0.2.2\n',
    says: [],
  },
  {
    name: 'glue that is missing',
    zone: 'lab NS ns.lab\nlab NS ns.example.net.\n',
    says: [
      'lab.example.com. has no glue for its name server ns.lab.example.com. (write its addresses: ns.lab.example.com. A …)',
    ],
  },
  {
    name: 'glue that is missing at the cut itself',
    zone: 'lab NS lab\n',
    says: [
      'lab.example.com. has no glue for its name server lab.example.com. (write its addresses: lab.example.com. A …)',
    ],
  },
  {
    name: 'a name server of a zone beside',
    zone: 'lab NS ns.lab\nns.lab A 192.0.2.1\nother NS ns2.lab\n',
    says: [],
  },
  {
    name: 'a name server without an address',
    zone: '@ NS ns1\n',
    says: ['name server ns1.example.com. is in this zone but has no address'],
  },
  {
    name: 'a name server that has TXT only',
    zone: '@ NS ns1\nns1 TXT x\n',
    says: ['name server ns1.example.com. is in this zone but has no address'],
  },
  {
    name: 'a name server of a delegation without an address',
    zone: 'lab NS ns1\n',
    says: ['name server ns1.example.com. is in this zone but has no address'],
  },
  { name: 'a name server that a wildcard answers for', zone: '@ NS ns1\n* AAAA 2001:db8::1\n', says: [] },
  {
    name: 'NS that leads to a CNAME',
    zone: '@ NS ns1\nns1 CNAME a.example.net.\n',
    says: [
      'NS leads to ns1.example.com., which is a CNAME (it must have its own addresses (RFC 2181 §10.3))',
    ],
  },
  {
    name: 'MX that leads to a CNAME',
    zone: '@ MX 10 mail\nmail CNAME a.example.net.\n',
    says: [
      'MX leads to mail.example.com., which is a CNAME (it must have its own addresses (RFC 2181 §10.3))',
    ],
  },
  {
    name: 'MX that leads to a CNAME of a wildcard',
    zone: '@ MX 10 mail\n* CNAME a.example.net.\n',
    says: [
      'MX leads to mail.example.com., which is a CNAME (it must have its own addresses (RFC 2181 §10.3))',
    ],
  },
  {
    name: 'MX below a name that keeps the wildcard off',
    zone: '@ MX 10 a.b\n* A 192.0.2.1\nb A 192.0.2.2\n',
    says: ['MX leads to a.b.example.com., which is in this zone but has no address'],
  },
  {
    name: 'MX that leads below a DNAME',
    zone: '@ MX 10 mail.old\nold DNAME new.example.net.\n',
    says: [
      'MX leads to mail.old.example.com., which is below a DNAME (it must have its own addresses (RFC 2181 §10.3))',
    ],
  },
  {
    name: 'MX that leads to nothing',
    zone: '@ MX 10 mail\n',
    says: ['MX leads to mail.example.com., which is in this zone but has no address'],
  },
  { name: 'MX that says there is no mail', zone: '@ MX 0 .\n', says: [] },
  {
    name: 'MX that leads out of the zone, or below a cut',
    zone: '@ MX 10 mail.example.net.\n@ MX 20 mail.lab\nlab NS ns.example.net.\n',
    says: [],
  },
  {
    name: 'SRV that leads to a CNAME',
    zone: '_sip._tcp SRV 1 1 5060 sip\nsip CNAME a.example.net.\n',
    says: [
      'SRV leads to sip.example.com., which is a CNAME (it must have its own addresses (RFC 2782, "Target"))',
    ],
  },
];

describe('zonefile/lint-zone', () => {
  for (const { name, zone: text, says } of CASES) {
    it(name, () => {
      const head = '$TTL 1h\n@ SOA . . 1 2 3 4 5\n@ NS ns1.example.net.\n';
      const { problems } = loadMaster(head + text);
      expect(problems.map((line) => line.replace(/^z\.zone:\d+:\d+: warning: /, ''))).to.deep.equal(says);
    });
  }

  it('says the same of zone YAML, at its place', () => {
    const { problems } = load(`'':
  - {type: NS, value: ns1.example.net.}
  - {type: MX, value: 10 mail.example.com.}
mail: {type: CNAME, value: a.example.net.}
lab: {type: NS, value: ns.lab.example.com.}
`);
    expect(problems).to.deep.equal([
      'z.yaml:3:5: warning: MX leads to mail.example.com., which is a CNAME (it must have its own addresses (RFC 2181 §10.3))',
      'z.yaml:5:6: warning: lab.example.com. has no glue for its name server ns.lab.example.com. (write its addresses: ns.lab.example.com. A …)',
    ]);
  });

  it('takes a steered name for one that has addresses', () => {
    const { problems } = load(`'':
  - {type: NS, value: ns1.example.com.}
  - {type: MX, value: 10 mail.example.com.}
ns1: {type: GSLB, service: web}
mail: {type: ALIAS, value: a.example.net.}
`);
    expect(problems).to.deep.equal([]);
  });
});
