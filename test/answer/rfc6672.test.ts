import { expect } from 'chai';
import { Scenario } from './scenario.js';

const SOA = `{type: SOA, ttl: 60, value: {mname: ns.invalid., rname: hostmaster.invalid., serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 30}}`;

function zone(...lines: readonly string[]): string {
  return [`'':`, `  - ${SOA}`, ...lines].join('\n');
}

function soaOf(apex: string): string {
  return `${apex} 30 SOA ns.invalid. hostmaster.invalid. 1 2 3 4 30`;
}

/** RFC 6672 §2.2, table 1, and what becomes of each name. */
const SUBSTITUTIONS = [
  { qname: 'com.', owner: 'example.com.', target: 'example.net.', result: undefined },
  { qname: 'a.example.com.', owner: 'example.com.', target: 'example.net.', result: 'a.example.net.' },
  { qname: 'a.b.example.com.', owner: 'example.com.', target: 'example.net.', result: 'a.b.example.net.' },
  { qname: 'ab.example.com.', owner: 'b.example.com.', target: 'example.net.', result: undefined },
  { qname: 'foo.example.com.', owner: 'example.com.', target: 'example.net.', result: 'foo.example.net.' },
  { qname: 'a.x.example.com.', owner: 'x.example.com.', target: 'example.net.', result: 'a.example.net.' },
  { qname: 'a.example.com.', owner: 'example.com.', target: 'y.example.net.', result: 'a.y.example.net.' },
  { qname: 'cyc.example.com.', owner: 'example.com.', target: 'example.com.', result: 'cyc.example.com.' },
  {
    qname: 'cyc.example.com.',
    owner: 'example.com.',
    target: 'c.example.com.',
    result: 'cyc.c.example.com.',
  },
  { qname: 'shortloop.x.x.', owner: 'x.', target: '.', result: 'shortloop.x.' },
  { qname: 'shortloop.x.', owner: 'x.', target: '.', result: 'shortloop.' },
] as const;

describe('RFC 6672: DNAME', () => {
  describe('§2.2 name substitution', () => {
    for (const { qname, owner, target, result } of SUBSTITUTIONS) {
      it(`${qname} by ${owner} DNAME ${target} is ${result ?? 'no match'}`, () => {
        // octoDNS has no DNAME to the root: the form of RFC 3597 §5 has.
        const dname = target === '.' ? `type: TYPE39, value: '\\# 1 00'` : `type: DNAME, value: ${target}`;
        const zones = { [owner]: zone(`  - {ttl: 40, ${dname}}`) };
        const lines = new Scenario({ zones }).ask(`${qname} A`);
        if (result === undefined) expect(lines.slice(1)).to.not.include(`${owner} 40 DNAME ${target}`);
        else {
          expect(lines.slice(1, 3)).to.deep.equal([
            `${owner} 40 DNAME ${target}`,
            `${qname} 40 CNAME ${result}`,
          ]);
        }
      });
    }
  });

  const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}`;
  const scenario = new Scenario({
    zones: {
      'old.example.': zone(
        `sub:`,
        `  - {type: DNAME, ttl: 40, value: new.example.}`,
        `  - {type: TXT, ttl: 50, value: beside}`,
        `long: {type: DNAME, ttl: 40, value: ${long}.example.}`,
        `twice: {type: DNAME, ttl: 40, value: sub.old.example.}`,
        `www: {type: CNAME, ttl: 20, value: www.sub.old.example.}`,
        `loop: {type: DNAME, ttl: 40, value: loop.loop.old.example.}`,
        `ping: {type: DNAME, ttl: 41, value: pong.old.example.}`,
        `pong: {type: DNAME, ttl: 42, value: ping.old.example.}`,
        `spread: {type: DNAME, ttl: 40, value: deep.}`,
      ),
      'new.example.': zone(
        `www: {type: A, ttl: 70, value: 192.0.2.7}`,
        `alias: {type: CNAME, ttl: 71, value: www.new.example.}`,
        `gslb: {type: GSLB, service: web}`,
      ),
    },
    services: { web: 'members: {a: {addresses: [192.0.2.77]}}\nanswers: {ttl: 20}' },
  });
  scenario.check([
    {
      it: '§2.2 a loop is given once, as it goes round',
      ask: 'x.ping.old.example. A',
      expect: [
        'NOERROR aa',
        'ping.old.example. 41 DNAME pong.old.example.',
        'x.ping.old.example. 41 CNAME x.pong.old.example.',
        'pong.old.example. 42 DNAME ping.old.example.',
        'x.pong.old.example. 42 CNAME x.ping.old.example.',
      ],
    },
    {
      it: '§3.1 gives the DNAME, a CNAME of its TTL, and the answer in another served zone',
      ask: 'www.sub.old.example. A',
      expect: [
        'NOERROR aa',
        'sub.old.example. 40 DNAME new.example.',
        'www.sub.old.example. 40 CNAME www.new.example.',
        'www.new.example. 70 A 192.0.2.7',
      ],
    },
    {
      it: '§2.3 does not redirect the owner itself',
      ask: 'sub.old.example. TXT',
      expect: ['NOERROR aa', 'sub.old.example. 50 TXT "beside"'],
    },
    {
      it: '§2.3 gives the DNAME to who asks for it',
      ask: 'sub.old.example. DNAME',
      expect: ['NOERROR aa', 'sub.old.example. 40 DNAME new.example.'],
    },
    {
      it: '§2.3 gives NODATA at the owner for a type that it has not',
      ask: 'sub.old.example. A',
      expect: ['NOERROR aa', 'authority:', soaOf('old.example.')],
    },
    {
      it: '§3.2 redirects a question for DNAME below the owner',
      ask: 'x.sub.old.example. DNAME',
      expect: [
        'NXDOMAIN aa',
        'sub.old.example. 40 DNAME new.example.',
        'x.sub.old.example. 40 CNAME x.new.example.',
        'authority:',
        soaOf('new.example.'),
      ],
    },
    {
      it: '§3.2 answers a question for CNAME with the synthesised one',
      ask: 'alias.sub.old.example. CNAME',
      expect: [
        'NOERROR aa',
        'sub.old.example. 40 DNAME new.example.',
        'alias.sub.old.example. 40 CNAME alias.new.example.',
      ],
    },
    {
      it: '§3.2 goes through CNAME, DNAME and CNAME',
      ask: 'alias.twice.old.example. A',
      expect: [
        'NOERROR aa',
        'twice.old.example. 40 DNAME sub.old.example.',
        'alias.twice.old.example. 40 CNAME alias.sub.old.example.',
        'sub.old.example. 40 DNAME new.example.',
        'alias.sub.old.example. 40 CNAME alias.new.example.',
        'alias.new.example. 71 CNAME www.new.example.',
        'www.new.example. 70 A 192.0.2.7',
      ],
    },
    {
      it: '§3.2 begins at a CNAME',
      ask: 'www.old.example. A',
      expect: [
        'NOERROR aa',
        'www.old.example. 20 CNAME www.sub.old.example.',
        'sub.old.example. 40 DNAME new.example.',
        'www.sub.old.example. 40 CNAME www.new.example.',
        'www.new.example. 70 A 192.0.2.7',
      ],
    },
    {
      it: '§2.2 keeps the case of the labels that stay (RFC 4343 §4.1)',
      ask: 'WwW.sub.old.example. A',
      expect: [
        'NOERROR aa',
        'sub.old.example. 40 DNAME new.example.',
        'WwW.sub.old.example. 40 CNAME WwW.new.example.',
        'WwW.new.example. 70 A 192.0.2.7',
      ],
    },
    {
      it: '§3.2 is steered at its end',
      ask: 'gslb.sub.old.example. A',
      expect: [
        'NOERROR aa',
        'sub.old.example. 40 DNAME new.example.',
        'gslb.sub.old.example. 40 CNAME gslb.new.example.',
        'gslb.new.example. 20 A 192.0.2.77',
      ],
    },
    {
      it: '§2.2 answers YXDOMAIN, with the DNAME, when the new name would be too long',
      ask: `${'d'.repeat(63)}.long.old.example. A`,
      expect: ['YXDOMAIN aa', `long.old.example. 40 DNAME ${long}.example.`],
    },
    {
      it: '§2.2 follows a new name of 255 octets',
      ask: `${'d'.repeat(52)}.long.old.example. A`,
      expect: [
        'NOERROR aa',
        `long.old.example. 40 DNAME ${long}.example.`,
        `${'d'.repeat(52)}.long.old.example. 40 CNAME ${'d'.repeat(52)}.${long}.example.`,
      ],
    },
    {
      it: '§3.2 gives no address where the chain leaves the served zones',
      ask: 'a.spread.old.example. AAAA',
      expect: ['NOERROR aa', 'spread.old.example. 40 DNAME deep.', 'a.spread.old.example. 40 CNAME a.deep.'],
    },
    {
      it: 'RFC 8482 §4 ANY below a DNAME gets the DNAME and the CNAME',
      ask: 'www.sub.old.example. ANY',
      expect: [
        'NOERROR aa',
        'sub.old.example. 40 DNAME new.example.',
        'www.sub.old.example. 40 CNAME www.new.example.',
      ],
    },
  ]);

  it('§2.2 ends when names grow for ever', () => {
    const lines = scenario.ask('x.loop.old.example. A +tcp');
    expect(lines[0]).to.equal('NOERROR aa');
    expect(lines.length).to.be.below(40);
  });
});
