import { expect } from 'chai';
import dnsPacket from 'dns-packet';
import { rdataFromText, rdataToText } from '../../src/rr/rdata.js';
import { RdataError } from '../../src/rr/rdata-error.js';
import { formatRrType, parseRrType, rrTypeByNumber, rrTypes } from '../../src/rr/rr-types.js';
import { formatName, NameError, parseName } from '../../src/wire/name.js';

const ORIGIN = parseName('example.com.');

interface Row {
  readonly type: string;
  readonly text: string;
  readonly wire: string;
  /** What an independent decoder makes of it, where it knows the type. */
  readonly decoded?: unknown;
  /** Text that reads as the same. */
  readonly also?: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    type: 'A',
    text: '192.0.2.1',
    wire: 'c0000201',
    decoded: '192.0.2.1',
    also: ['\\# 4 C0000201', '\\# 4 c000 0201'],
  },
  {
    type: 'AAAA',
    text: '2001:db8::1',
    wire: '20010db8000000000000000000000001',
    decoded: '2001:db8::1',
    also: ['2001:0DB8:0::1'],
  },
  {
    type: 'NS',
    text: 'ns1.example.com.',
    wire: '036e7331076578616d706c6503636f6d00',
    decoded: 'ns1.example.com',
    also: ['ns1'],
  },
  {
    type: 'CNAME',
    text: 'a\\.b.example.com.',
    wire: '03612e62076578616d706c6503636f6d00',
    also: ['a\\046b'],
  },
  {
    type: 'DNAME',
    text: 'example.com.',
    wire: '076578616d706c6503636f6d00',
    decoded: 'example.com',
    also: ['@'],
  },
  { type: 'PTR', text: 'h.example.', wire: '0168076578616d706c6500', decoded: 'h.example' },
  {
    type: 'SOA',
    text: 'ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300',
    wire:
      '036e7331076578616d706c6503636f6d00' +
      '0a686f73746d6173746572076578616d706c6503636f6d00' +
      '00000001' +
      '00001c20' +
      '00000384' +
      '00127500' +
      '0000012c',
    decoded: {
      mname: 'ns1.example.com',
      rname: 'hostmaster.example.com',
      serial: 1,
      refresh: 7200,
      retry: 900,
      expire: 1209600,
      minimum: 300,
    },
    also: ['ns1 hostmaster ( 1 2h 15m ; retry\n 2w 5m )'],
  },
  {
    type: 'MX',
    text: '10 mail.example.com.',
    wire: '000a046d61696c076578616d706c6503636f6d00',
    decoded: { preference: 10, exchange: 'mail.example.com' },
  },
  { type: 'HINFO', text: '"RFC8482" ""', wire: '075246433834383200', decoded: { cpu: 'RFC8482', os: '' } },
  {
    type: 'TXT',
    text: '"v=spf1 -all" "\\"q\\" \\\\ \\255;"',
    wire: '0b763d73706631202d616c6c08227122205c20ff3b',
    also: ['"v=spf1 -all" \\"q\\"\\032\\\\\\032\\255\\;'],
  },
  { type: 'SPF', text: '"a"', wire: '0161', also: ['a'] },
  {
    type: 'SRV',
    text: '1 2 443 www.example.com.',
    wire: '0001000201bb03777777076578616d706c6503636f6d00',
    decoded: { priority: 1, weight: 2, port: 443, target: 'www.example.com' },
  },
  {
    type: 'NAPTR',
    text: '100 10 "U" "E2U+sip" "!^.*$!sip:i@example.com!" .',
    wire:
      '0064' +
      '000a' +
      '0155' +
      '074532552b736970' +
      '18215e2e2a24217369703a69406578616d706c652e636f6d21' +
      '00',
    decoded: {
      order: 100,
      preference: 10,
      flags: 'U',
      services: 'E2U+sip',
      regexp: '!^.*$!sip:i@example.com!',
      replacement: '.',
    },
  },
  {
    type: 'DS',
    text: `60485 5 2 ${'ab'.repeat(32)}`,
    wire: `ec450502${'ab'.repeat(32)}`,
    decoded: { keyTag: 60485, algorithm: 5, digestType: 2, digest: Buffer.from('ab'.repeat(32), 'hex') },
    also: [`60485 5 2 ${'ab'.repeat(16)} ( ${'AB'.repeat(16)} )`],
  },
  {
    type: 'SSHFP',
    text: `4 2 ${'01'.repeat(32)}`,
    wire: `0402${'01'.repeat(32)}`,
    decoded: { algorithm: 4, hash: 2, fingerprint: '01'.repeat(32) },
  },
  {
    type: 'TLSA',
    text: `3 1 1 ${'cd'.repeat(32)}`,
    wire: `030101${'cd'.repeat(32)}`,
    decoded: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('cd'.repeat(32), 'hex') },
  },
  { type: 'OPENPGPKEY', text: 'mQENBA==', wire: '99010d04', also: ['mQEN BA=='] },
  {
    type: 'CAA',
    text: '128 issue "ca.example; policy=ev"',
    wire: '80056973737565' + '63612e6578616d706c653b20706f6c6963793d6576',
    decoded: { flags: 128, tag: 'issue', value: 'ca.example; policy=ev', issuerCritical: true },
  },
  {
    type: 'URI',
    text: '10 1 "https://www.example.com/"',
    wire: '000a0001' + '68747470733a2f2f7777772e6578616d706c652e636f6d2f',
  },
  {
    type: 'LOC',
    text: '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m',
    // RFC 1876 §3: the first of its examples.
    wire: '00' + '33' + '16' + '13' + '89172dd0' + '70be15f0' + '00988d20',
    also: ['42 21 54 N 71 06 18 W -24m 30m'],
  },
  { type: 'SVCB', text: '0 svc.example.com.', wire: '000003737663076578616d706c6503636f6d00' },
  {
    type: 'HTTPS',
    text: '1 . alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2',
    wire: '000100' + '00010006026832026833' + '0003000220fb' + '00040008c0000201c0000202',
    also: ['1 . ipv4hint="192.0.2.1,192.0.2.2" port="8443" alpn=h2,h3'],
  },
  {
    type: 'SVCB',
    text: '1 . mandatory=alpn,ipv6hint alpn="h2" no-default-alpn ech=AAAA ipv6hint=2001:db8::1',
    wire:
      '000100' +
      '0000000400010006' +
      '00010003026832' +
      '00020000' +
      '00050003000000' +
      '0006001020010db8000000000000000000000001',
  },
  // RFC 9460 §D.1, figures 3 to 8 and 10.
  {
    type: 'SVCB',
    text: '16 foo.example.com. port=53',
    wire: '001003666f6f076578616d706c6503636f6d00000300020035',
  },
  {
    type: 'SVCB',
    text: '1 foo.example.com. key667="hello"',
    wire: '000103666f6f076578616d706c6503636f6d00029b000568656c6c6f',
    also: ['1 foo.example.com. key667=hello'],
  },
  {
    type: 'SVCB',
    text: '1 foo.example.com. key667="hello\\210qoo"',
    wire: '000103666f6f076578616d706c6503636f6d00029b000968656c6c6fd2716f6f',
  },
  {
    type: 'SVCB',
    text: '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
    wire: '000103666f6f076578616d706c6503636f6d000006002020010db800000000000000000000000120010db8000000000000000000530001',
  },
  {
    type: 'SVCB',
    text: '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
    wire:
      '001003666f6f076578616d706c65036f72670000000004000100040001000902683205' + '68332d313900040004c0000201',
    also: ['16 foo.example.org. (alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1)'],
  },
  {
    type: 'SVCB',
    text: '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    wire: '001003666f6f076578616d706c65036f7267000001000c08665c6f6f2c626172026832',
    also: ['16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2'],
  },
  { type: 'TYPE65280', text: '\\# 4 0a000001', wire: '0a000001' },
  { type: 'TYPE65280', text: '\\# 0', wire: '' },
];

describe('rr/rdata: every type in text and on the wire', () => {
  for (const { type, text, wire, decoded, also = [] } of ROWS) {
    const number = parseRrType(type) as number;
    it(`${type} ${text.slice(0, 60)}`, () => {
      expect(Buffer.from(rdataFromText(number, text, ORIGIN)).toString('hex')).to.equal(wire);
      expect(rdataToText(number, Buffer.from(wire, 'hex'))).to.equal(text);
      for (const other of also) {
        expect(Buffer.from(rdataFromText(number, other, ORIGIN)).toString('hex'), other).to.equal(wire);
      }
      if (decoded !== undefined) expect(decode(type, wire)).to.deep.equal(decoded);
    });
  }

  it('has a row of this table for each type that can be on the wire, but those of rare-types.test.ts', () => {
    const tested = new Set(ROWS.map(({ type }) => type));
    const known = rrTypes.filter(({ number, inOctodns }) => number !== undefined && inOctodns !== false);
    const missing = known.filter(({ name }) => !tested.has(name));
    expect(missing.map(({ name }) => name)).to.deep.equal([]);
  });

  it('has each mnemonic and each number once', () => {
    expect(new Set(rrTypes.map(({ name }) => name)).size).to.equal(rrTypes.length);
    for (const row of rrTypes) if (row.number !== undefined) expect(rrTypeByNumber(row.number)).to.equal(row);
  });
});

describe('rr/rdata: names of types', () => {
  const table: readonly [string, number | undefined][] = [
    ['A', 1],
    ['aaaa', 28],
    ['TYPE65280', 65280],
    ['type1', 1],
    ['TYPE65536', undefined],
    ['TYPE01', undefined],
    ['ANY', 255],
    ['ALIAS', undefined],
    ['NOPE', undefined],
  ];
  for (const [name, number] of table) {
    it(`${name} is ${number}`, () => expect(parseRrType(name)).to.equal(number));
  }

  it('writes a known number as its mnemonic and others as TYPE', () => {
    expect([1, 257, 48, 65280].map(formatRrType)).to.deep.equal(['A', 'CAA', 'DNSKEY', 'TYPE65280']);
  });
});

describe('rr/rdata: text that is refused', () => {
  const table: readonly [string, string, string][] = [
    ['A', '192.0.2', 'address must be an IPv4 address but is "192.0.2"'],
    ['A', '192.0.2.01', 'address must be an IPv4 address but is "192.0.2.01"'],
    ['A', '', 'address is missing'],
    ['A', '192.0.2.1 192.0.2.2', 'has more than A takes: 192.0.2.2'],
    ['A', '\\# 5 0a000001', 'says 5 octets but has 4 (RFC 3597 §5)'],
    ['A', '\\# 3 0a0000', 'is not RDATA of A (RFC 1035 §3.4.1)'],
    ['A', '\\# 4 0a00000', 'must be an even number of hexadecimal digits but is "0a00000"'],
    ['AAAA', '192.0.2.1', 'address must be an IPv6 address but is "192.0.2.1"'],
    ['MX', '65536 mail', 'preference must be 0 to 65535 but is "65536"'],
    ['MX', 'ten mail', 'preference must be 0 to 65535 but is "ten"'],
    ['MX', '10', 'exchange is missing'],
    ['TXT', '"unclosed', 'has no closing quote: "\\"unclosed"'],
    ['TXT', 'a\\', 'txt ends with a lone backslash'],
    ['TXT', '\\256', 'txt has \\256, which is more than 255'],
    ['TXT', 'a'.repeat(256), 'txt has 256 octets; 255 are the most (RFC 1035 §3.3)'],
    ['SOA', '( ns1 h 1 2 3 4 5', 'has a "(" without a ")"'],
    ['SOA', 'ns1 h 1 2 3 4 5 )', 'has a ")" without a "("'],
    ['CAA', '0 is-sue "x"', 'tag must be letters and digits but is "is-sue"'],
    ['DS', '1 2 3 xyz', 'digest must be an even number of hexadecimal digits but is "xyz"'],
    ['SSHFP', '1 1 abcd', 'of fingerprint_type 1 needs 20 octets (40 hexadecimal digits) but has 2'],
    ['OPENPGPKEY', 'a', 'key must be base64 but is "a"'],
    ['LOC', '91 N 0 E 0m', 'location must be 0 to 90 in degrees but is "91"'],
    ['LOC', '90 1 N 0 E 0m', 'location has more than 90 degrees'],
    ['LOC', '1 2 3 X 0 E 0m', 'location must be N or S in direction but is "X"'],
    ['SVCB', '0 a.example. port=1', 'of svcpriority 0 (AliasMode) takes no svcparams'],
    ['SVCB', '1 . port=1 port=2', 'svcparams has SvcParam "port" twice'],
    ['SVCB', '1 . key3=a port=2', 'svcparams has SvcParam "port" twice'],
    ['SVCB', '1 . mandatory=alpn', 'svcparams lists alpn in mandatory but does not have it (RFC 9460 §8)'],
    ['SVCB', '1 . mandatory=mandatory', 'svcparams must not list mandatory in mandatory (RFC 9460 §8)'],
    ['SVCB', '1 . mandatory=port,port port=1', 'svcparams lists port twice in mandatory (RFC 9460 §8)'],
    ['SVCB', '1 . no-default-alpn', 'svcparams has no-default-alpn without alpn (RFC 9460 §7.1.1)'],
    ['SVCB', '1 . no-default-alpn=x alpn=h2', 'svcparams takes no value in no-default-alpn'],
    ['SVCB', '1 . alpn=h2,,h3', 'svcparams must have 1 to 255 octets in each of alpn'],
    ['SVCB', '1 . ipv4hint=2001:db8::1', 'svcparams must be an IPv4 address but is "2001:db8::1"'],
    ['SVCB', '1 . nope=1', 'svcparams has an unknown SvcParam "nope"'],
    ['SVCB', '1 . port', 'svcparams needs a value in port'],
    ['TYPE65280', '10.0.0.1', 'of TYPE65280 must be written as \\# length digits (RFC 3597 §5)'],
  ];
  for (const [type, text, message] of table) {
    it(`${type} ${text.slice(0, 50)}`, () => {
      expect(() => rdataFromText(parseRrType(type) as number, text, ORIGIN))
        .to.throw(RdataError)
        .with.property('message', message);
    });
  }

  it('a name that is too long', () => {
    expect(() => rdataFromText(2, `${'a'.repeat(64)}.`, ORIGIN)).to.throw(NameError);
  });
});

describe('rr/rdata: RDATA that is not what its type says is written as \\#', () => {
  const table: readonly [string, string, string][] = [
    ['A', 'c00002', '\\# 3 c00002'],
    ['MX', '000a', '\\# 2 000a'],
    ['NS', 'c00c', '\\# 2 c00c'],
    ['TXT', '', '\\# 0'],
    ['TXT', '0561', '\\# 2 0561'],
    ['SVCB', '00010000030002003500010003026832', '\\# 16 00010000030002003500010003026832'],
    ['LOC', '01000000000000000000000000000000', '\\# 16 01000000000000000000000000000000'],
  ];
  for (const [type, wire, text] of table) {
    it(`${type} ${wire}`, () => {
      expect(rdataToText(parseRrType(type) as number, Buffer.from(wire, 'hex'))).to.equal(text);
    });
  }
});

/** What dns-packet decodes of an answer with this RDATA. */
function decode(type: string, rdataHex: string): unknown {
  const rdata = Buffer.from(rdataHex, 'hex');
  const owner = Buffer.from(parseName('x.'));
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(parseRrType(type) as number, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(rdata.length, 8);
  const header = Buffer.from('000084000000000100000000', 'hex');
  const packet = dnsPacket.decode(Buffer.concat([header, owner, fixed, rdata]));
  const answer = packet.answers?.[0];
  expect(formatName(owner)).to.equal('x.');
  return answer !== undefined && 'data' in answer ? answer.data : undefined;
}
