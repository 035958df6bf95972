import { expect } from 'chai';
import fc from 'fast-check';
import { formatName } from '../../src/wire/name.js';
import { Parsed, parseQuery, Query } from '../../src/wire/query.js';
import { buildQuery, clientSubnet } from './build-query.js';
import { hex } from './hex.js';

interface Row {
  readonly name: string;
  readonly query: Uint8Array;
  readonly expect: Parsed;
  /** Fields that the query must have then. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

const LABEL_63 = 'a'.repeat(63);
/** 255 octets: three labels of 63, one of 61, the root. */
const NAME_255 = hex`"${LABEL_63}" "${LABEL_63}" "${LABEL_63}" "${'a'.repeat(61)}" 00`;
const NAME_256 = hex`"${LABEL_63}" "${LABEL_63}" "${LABEL_63}" "${'a'.repeat(62)}" 00`;

function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

const HEADERS: readonly Row[] = [
  { name: 'drops nothing at all', query: hex``, expect: Parsed.SHORT },
  { name: 'drops 11 octets', query: hex`1234 0100 0001 0000 0000 00`, expect: Parsed.SHORT },
  {
    name: 'drops a response, so that two servers never answer each other',
    query: hex`1234 8100 0001 0000 0000 0000 "a" 00 0001 0001`,
    expect: Parsed.RESPONSE,
  },
  {
    name: 'drops a response that is broken as well',
    query: hex`1234 8100 0007 0000 0000 0000`,
    expect: Parsed.RESPONSE,
  },
  {
    name: 'reads a query',
    query: hex`1234 0100 0001 0000 0000 0000 "Www" "eXample" 00 001c 0001`,
    expect: Parsed.QUERY,
    fields: { id: 0x1234, flags: 0x100, hasQuestion: true, type: 28, class: 1, questionEnd: 29, edns: false },
  },
  {
    name: 'reads a query for the root',
    query: hex`0000 0000 0001 0000 0000 0000 00 0002 0001`,
    expect: Parsed.QUERY,
    fields: { questionEnd: 17, type: 2 },
  },
  {
    name: 'reads class ANY and type ANY as any other',
    query: hex`0000 0000 0001 0000 0000 0000 "a" 00 00ff 00ff`,
    expect: Parsed.QUERY,
    fields: { type: 255, class: 255 },
  },
  {
    name: 'RFC 9619 §4: FORMERR to QDCOUNT 2',
    query: hex`1234 0000 0002 0000 0000 0000 "a" 00 0001 0001 "b" 00 0001 0001`,
    expect: Parsed.FORMERR,
    fields: { hasQuestion: false, questionEnd: 12 },
  },
  {
    name: 'FORMERR to QDCOUNT 0',
    query: hex`1234 0000 0000 0000 0000 0000`,
    expect: Parsed.FORMERR,
    fields: { hasQuestion: false, questionEnd: 12 },
  },
  {
    name: 'FORMERR to QDCOUNT 1 without a question',
    query: hex`1234 0000 0001 0000 0000 0000`,
    expect: Parsed.FORMERR,
    fields: { hasQuestion: false },
  },
];

const OPCODES: readonly Row[] = [
  { name: 'IQUERY', opcode: '08' },
  { name: 'STATUS', opcode: '10' },
  { name: 'opcode 3', opcode: '18' },
  { name: 'NOTIFY', opcode: '20' },
  { name: 'UPDATE', opcode: '28' },
  { name: 'DSO', opcode: '30' },
  { name: 'opcode 15', opcode: '78' },
].flatMap(({ name, opcode }) => [
  {
    name: `NOTIMP to ${name}, its question kept`,
    query: hex`1234 ${opcode}00 0001 0000 0000 0000 "a" 00 0006 0001`,
    expect: Parsed.NOTIMP,
    fields: { hasQuestion: true },
  },
  {
    name: `NOTIMP to ${name} with sections of its own`,
    query: hex`1234 ${opcode}00 0000 0009 0000 0000 ffff`,
    expect: Parsed.NOTIMP,
    fields: { hasQuestion: false },
  },
]);

const NAMES: readonly Row[] = [
  {
    name: 'takes a name of 255 octets',
    query: hex`1234 0000 0001 0000 0000 0000 ${hexOf(NAME_255)} 0001 0001`,
    expect: Parsed.QUERY,
  },
  {
    name: 'RFC 1035 §2.3.4: FORMERR to one of 256',
    query: hex`1234 0000 0001 0000 0000 0000 ${hexOf(NAME_256)} 0001 0001`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'takes 127 labels',
    query: hex`1234 0000 0001 0000 0000 0000 ${'0161'.repeat(127)} 00 0001 0001`,
    expect: Parsed.QUERY,
  },
  {
    name: 'FORMERR to 128 labels',
    query: hex`1234 0000 0001 0000 0000 0000 ${'0161'.repeat(128)} 00 0001 0001`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to a compression pointer in QNAME',
    query: hex`1234 0000 0001 0000 0000 0000 "a" c00c 0001 0001`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to a QNAME that points to itself',
    query: hex`1234 0000 0001 0000 0000 0000 c00c 0001 0001`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to the extended label type 01',
    query: hex`1234 0000 0001 0000 0000 0000 4100 00 0001 0001`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to the label type 10',
    query: hex`1234 0000 0001 0000 0000 0000 8061 00 0001 0001`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to a label past the end',
    query: hex`1234 0000 0001 0000 0000 0000 3f61 00 0001 0001`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to a name without an end',
    query: hex`1234 0000 0001 0000 0000 0000 "a" "b"`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to a question without class',
    query: hex`1234 0000 0001 0000 0000 0000 "a" 00 0001 00`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'takes any octet in a label, NUL and dots too',
    query: hex`1234 0000 0001 0000 0000 0000 04 002eff5c 00 0001 0001`,
    expect: Parsed.QUERY,
  },
];

const QUESTION = '"a" 00 0001 0001';

const SECTIONS: readonly Row[] = [
  {
    name: 'FORMERR to octets past the end',
    query: hex`1234 0000 0001 0000 0000 0000 ${QUESTION} 00`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'skips an answer record, compressed owner and all',
    query: hex`1234 0000 0001 0001 0000 0000 ${QUESTION} c00c 0001 0001 00000000 0004 01020304`,
    expect: Parsed.QUERY,
  },
  {
    name: 'skips a record of the authority section, as IXFR has',
    query: hex`1234 0000 0001 0000 0001 0000 ${QUESTION} "b" c00c 0006 0001 00000000 0000`,
    expect: Parsed.QUERY,
  },
  {
    name: 'skips TSIG in the additional section',
    query: hex`1234 0000 0001 0000 0000 0001 ${QUESTION} "key" 00 00fa 00ff 00000000 0002 abcd`,
    expect: Parsed.QUERY,
    fields: { edns: false },
  },
  {
    name: 'FORMERR to a count without a record',
    query: hex`1234 0000 0001 0000 0000 0001 ${QUESTION}`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to 65,535 records that are not there',
    query: hex`1234 0000 0001 ffff ffff ffff ${QUESTION}`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to RDLENGTH past the end',
    query: hex`1234 0000 0001 0001 0000 0000 ${QUESTION} c00c 0001 0001 00000000 0005 01020304`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to half a pointer',
    query: hex`1234 0000 0001 0001 0000 0000 ${QUESTION} c0`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to a record cut short in its TTL',
    query: hex`1234 0000 0001 0001 0000 0000 ${QUESTION} 00 0001 0001 0000`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to a bad label in an owner name',
    query: hex`1234 0000 0001 0001 0000 0000 ${QUESTION} 4161 00 0001 0001 00000000 0000`,
    expect: Parsed.FORMERR,
  },
];

/** A query with one OPT; what follows its TYPE. */
function opt(rest: string, more = ''): Uint8Array {
  const count = more === '' ? '0001' : '0002';
  return hex`1234 0000 0001 0000 0000 ${count} ${QUESTION} 00 0029 ${rest} ${more}`;
}

const OPTS: readonly Row[] = [
  {
    name: 'reads OPT',
    query: opt('04d0 00000000 0000'),
    expect: Parsed.QUERY,
    fields: { edns: true, udpPayload: 1232, dnssecOk: false, nsid: false, ecs: false },
  },
  {
    name: 'reads DO, and leaves other flags alone (RFC 6891 §6.1.4)',
    query: opt('0200 0000ffff 0000'),
    expect: Parsed.QUERY,
    fields: { dnssecOk: true, udpPayload: 512 },
  },
  {
    name: 'RFC 6891 §6.1.1: FORMERR to a second OPT',
    query: opt('04d0 00000000 0000', '00 0029 04d0 00000000 0000'),
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 6891 §6.1.2: FORMERR to an OPT whose owner is not the root',
    query: hex`1234 0000 0001 0000 0000 0001 ${QUESTION} "a" 00 0029 04d0 00000000 0000`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to an OPT whose owner is a pointer',
    query: hex`1234 0000 0001 0000 0000 0001 ${QUESTION} c00c 0029 04d0 00000000 0000`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 6891 §6.1.1: FORMERR to OPT in the answer section',
    query: hex`1234 0000 0001 0001 0000 0000 ${QUESTION} 00 0029 04d0 00000000 0000`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 6891 §6.1.1: FORMERR to OPT in the authority section',
    query: hex`1234 0000 0001 0000 0001 0000 ${QUESTION} 00 0029 04d0 00000000 0000`,
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 6891 §6.1.3: BADVERS to version 1',
    query: opt('04d0 00010000 0000'),
    expect: Parsed.BADVERS,
    fields: { edns: true },
  },
  {
    name: 'RFC 6891 §6.1.3: BADVERS to version 255, whatever its options are',
    query: opt('04d0 00ff8000 0003 000800'),
    expect: Parsed.BADVERS,
    fields: { dnssecOk: true, ecs: false },
  },
  {
    name: 'RFC 6891 §6.1.2: skips options that it does not know',
    query: opt('04d0 00000000 000c fde9 0002 abcd fdea 0000 0003', '').slice(0, -2),
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 6891 §6.1.2: skips options that it does not know, whole ones',
    query: opt('04d0 00000000 000e fde9 0002 abcd fdea 0000 0003 0000'),
    expect: Parsed.QUERY,
    fields: { nsid: true },
  },
  {
    name: 'FORMERR to an option head cut short',
    query: opt('04d0 00000000 0003 000300'),
    expect: Parsed.FORMERR,
  },
  {
    name: 'FORMERR to an option longer than its OPT',
    query: opt('04d0 00000000 0005 0003 0002 00'),
    expect: Parsed.FORMERR,
  },
  {
    name: 'reads NSID with data, which is to be ignored (RFC 5001 §2.1)',
    query: opt('04d0 00000000 0006 0003 0002 abcd'),
    expect: Parsed.QUERY,
    fields: { nsid: true },
  },
];

/** A query with CLIENT-SUBNET of this data. */
function ecs(data: Uint8Array): Uint8Array {
  return buildQuery({ name: 'a.', type: 1, opt: { options: [{ code: 8, data }] } });
}

const SUBNETS: readonly Row[] = [
  {
    name: 'reads an IPv4 prefix',
    query: ecs(clientSubnet(1, 24, [192, 0, 2])),
    expect: Parsed.QUERY,
    fields: { ecs: true, ecsFamily: 1, ecsSourceBits: 24 },
  },
  {
    name: 'reads a whole IPv4 address',
    query: ecs(clientSubnet(1, 32, [192, 0, 2, 1])),
    expect: Parsed.QUERY,
    fields: { ecs: true, ecsSourceBits: 32 },
  },
  {
    name: 'reads an IPv6 prefix',
    query: ecs(clientSubnet(2, 56, [0x20, 1, 0xd, 0xb8, 0, 0, 1])),
    expect: Parsed.QUERY,
    fields: { ecs: true, ecsFamily: 2, ecsSourceBits: 56 },
  },
  {
    name: 'RFC 7871 §7.1.2: reads SOURCE 0',
    query: ecs(clientSubnet(1, 0, [])),
    expect: Parsed.QUERY,
    fields: { ecs: true, ecsSourceBits: 0 },
  },
  {
    name: 'reads FAMILY 0 with SOURCE 0, as some resolvers send it',
    query: ecs(clientSubnet(0, 0, [])),
    expect: Parsed.QUERY,
    fields: { ecs: true, ecsFamily: 0 },
  },
  {
    name: 'reads a prefix that ends inside an octet',
    query: ecs(clientSubnet(1, 20, [192, 0, 0xf0])),
    expect: Parsed.QUERY,
    fields: { ecsSourceBits: 20 },
  },
  {
    name: 'RFC 7871 §6: FORMERR to SCOPE not 0',
    query: ecs(clientSubnet(1, 24, [192, 0, 2], 24)),
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 7871 §6: FORMERR to bits past the prefix',
    query: ecs(clientSubnet(1, 20, [192, 0, 0xf8])),
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 7871 §6: FORMERR to an ADDRESS too long',
    query: ecs(hex`0001 18 00 c00002 00`),
    expect: Parsed.FORMERR,
  },
  {
    name: 'RFC 7871 §6: FORMERR to an ADDRESS too short',
    query: ecs(hex`0001 18 00 c000`),
    expect: Parsed.FORMERR,
  },
  { name: 'FORMERR to SOURCE 33 for IPv4', query: ecs(hex`0001 21 00 c000020100`), expect: Parsed.FORMERR },
  {
    name: 'FORMERR to SOURCE 129 for IPv6',
    query: ecs(hex`0002 81 00 ${'00'.repeat(17)}`),
    expect: Parsed.FORMERR,
  },
  { name: 'FORMERR to an unknown FAMILY', query: ecs(hex`0003 08 00 0a`), expect: Parsed.FORMERR },
  {
    name: 'FORMERR to an unknown FAMILY without address',
    query: ecs(hex`0003 00 00`),
    expect: Parsed.FORMERR,
  },
  { name: 'FORMERR to FAMILY 0 with an address', query: ecs(hex`0000 08 00 0a`), expect: Parsed.FORMERR },
  { name: 'FORMERR to an option of 3 octets', query: ecs(hex`0001 00`), expect: Parsed.FORMERR },
  { name: 'FORMERR to an empty option', query: ecs(hex``), expect: Parsed.FORMERR },
];

/** A query whose COOKIE option has so many octets. */
const cookie = (octets: number): Uint8Array => {
  const data = new Uint8Array(octets).fill(0xcc);
  return buildQuery({ name: 'a.', type: 1, opt: { options: [{ code: 10, data }] } });
};

const COOKIES: readonly Row[] = [
  {
    name: 'RFC 7873 §4.1: a client cookie alone',
    query: cookie(8),
    expect: Parsed.QUERY,
    fields: { cookieOctets: 8, cookieAt: 12 + 7 + 11 + 4 },
  },
  {
    name: '§4.2: the shortest server cookie',
    query: cookie(16),
    expect: Parsed.QUERY,
    fields: { cookieOctets: 16 },
  },
  {
    name: '§4.2: the longest server cookie',
    query: cookie(40),
    expect: Parsed.QUERY,
    fields: { cookieOctets: 40 },
  },
  ...[0, 1, 7, 9, 15, 41, 100].map((octets) => ({
    name: `§5.2.2: FORMERR to ${octets} octets`,
    query: cookie(octets),
    expect: Parsed.FORMERR,
  })),
  {
    name: '§5.2: takes the first of two, whatever the second one is',
    query: buildQuery({
      name: 'a.',
      type: 1,
      opt: {
        options: [
          { code: 10, data: new Uint8Array(24) },
          { code: 10, data: new Uint8Array(3) },
        ],
      },
    }),
    expect: Parsed.QUERY,
    fields: { cookieOctets: 24, cookieAt: 12 + 7 + 11 + 4 },
  },
  {
    name: '§5.4: a query for a cookie, without a question',
    query: hex`1234 0000 0000 0000 0000 0001 00 0029 04d0 00000000 000c 000a 0008 0102030405060708`,
    expect: Parsed.COOKIE,
    fields: { hasQuestion: false, questionEnd: 12, cookieOctets: 8, cookieAt: 27 },
  },
  {
    name: 'FORMERR to OPT without question and COOKIE',
    query: hex`1234 0000 0000 0000 0000 0001 00 0029 04d0 00000000 0004 0003 0000`,
    expect: Parsed.FORMERR,
    fields: { edns: true },
  },
];

function check(rows: readonly Row[]): void {
  for (const row of rows) {
    it(row.name, () => {
      const query = new Query();
      // What lies past the message must not matter.
      const buffer = new Uint8Array(row.query.length + 64).fill(0xc0);
      buffer.set(row.query);
      expect(parseQuery(buffer, row.query.length, query)).to.equal(row.expect);
      for (const [field, value] of Object.entries(row.fields ?? {})) {
        expect(query[field as keyof Query], field).to.deep.equal(value);
      }
    });
  }
}

describe('parseQuery', () => {
  describe('header', () => check(HEADERS));
  describe('opcodes', () => check(OPCODES));
  describe('names', () => check(NAMES));
  describe('sections', () => check(SECTIONS));
  describe('OPT', () => check(OPTS));
  describe('CLIENT-SUBNET', () => check(SUBNETS));
  describe('COOKIE', () => check(COOKIES));

  it('keeps nothing of the query before', () => {
    const query = new Query();
    const first = buildQuery({
      name: 'long.example.',
      type: 1,
      opt: {
        dnssecOk: true,
        options: [
          { code: 3, data: new Uint8Array(0) },
          { code: 8, data: clientSubnet(2, 128, Array(16).fill(0xff)) },
          { code: 10, data: new Uint8Array(8) },
          { code: 11, data: new Uint8Array(0) },
          { code: 12, data: new Uint8Array(5) },
        ],
      },
    });
    expect(parseQuery(first, first.length, query)).to.equal(Parsed.QUERY);
    expect(query.padded).to.equal(true);
    const second = buildQuery({
      id: 7,
      name: 'x.',
      type: 2,
      opt: { options: [{ code: 8, data: clientSubnet(1, 8, [10]) }] },
    });
    expect(parseQuery(second, second.length, query)).to.equal(Parsed.QUERY);
    expect({ ...query, name: formatName(query.name.octets) }).to.deep.equal({
      id: 7,
      flags: 0,
      hasQuestion: true,
      name: 'x.',
      type: 2,
      class: 1,
      questionEnd: 19,
      edns: true,
      udpPayload: 1232,
      dnssecOk: false,
      nsid: false,
      tcpKeepalive: false,
      ecs: true,
      ecsFamily: 1,
      ecsSourceBits: 8,
      ecsAddress: Uint8Array.from([10, ...Array(15).fill(0)]),
      cookieOctets: 0,
      cookieAt: 0,
      padded: false,
      signed: false,
    });
  });

  it('reads the name in lower case', () => {
    const query = new Query();
    const octets = buildQuery({ name: 'WwW.[\\@].Example.', type: 1 });
    parseQuery(octets, octets.length, query);
    expect(formatName(query.name.octets)).to.equal(formatName(hex`"www" "[@]" "example" 00`));
  });

  it('takes any octets without harm', () => {
    const query = new Query();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        expect(parseQuery(octets, octets.length, query)).to.be.within(0, 6);
        expect(query.questionEnd).to.be.at.most(Math.max(12, octets.length));
      }),
    );
  });

  it('gives every query cut short an RCODE, or drops it', () => {
    const whole = buildQuery({
      name: 'www.example.com.',
      type: 1,
      opt: { options: [{ code: 8, data: clientSubnet(1, 24, [192, 0, 2]) }] },
    });
    const query = new Query();
    for (let length = 0; length < whole.length; length++) {
      expect(parseQuery(whole, length, query), `${length} octets`).to.equal(
        length < 12 ? Parsed.SHORT : Parsed.FORMERR,
      );
    }
  });
});
