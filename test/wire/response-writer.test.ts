import { expect } from 'chai';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { nameLength, parseName } from '../../src/wire/name.js';
import { ResponseWriter, Section } from '../../src/wire/response-writer.js';
import { ROOM_OCTETS, Room } from '../../src/wire/room.js';
import { buildQuery } from './build-query.js';
import { hex } from './hex.js';

function begin(limit = 65535, name = 'www.example.com.'): { writer: ResponseWriter; out: Uint8Array } {
  const writer = new ResponseWriter();
  const out = new Uint8Array(ROOM_OCTETS);
  const query = buildQuery({ name, type: 1 });
  writer.begin(new Room(out), query, query.length, limit);
  return { writer, out };
}

/** Octets written since the question. */
function written(writer: ResponseWriter, out: Uint8Array, name = 'www.example.com.'): Uint8Array {
  return out.slice(12 + parseName(name).length + 4, writer.at);
}

describe('ResponseWriter', () => {
  const NAMES = [
    { name: 'points to the question', text: 'www.example.com.', wire: hex`c00c` },
    { name: 'points to a suffix of the question', text: 'mail.example.com.', wire: hex`"mail" c010` },
    { name: 'points to the last label', text: 'com.', wire: hex`c018` },
    { name: 'compares without case, and so takes the question’s', text: 'WWW.EXAMPLE.com.', wire: hex`c00c` },
    { name: 'writes a name that shares nothing', text: 'a.test.', wire: hex`"a" "test" 00` },
    { name: 'writes the root', text: '.', wire: hex`00` },
    { name: 'shares whole labels only', text: 'ample.com.', wire: hex`"ample" c018` },
    {
      name: 'writes a longer name whose first labels are the question’s',
      text: 'www.example.com.x.',
      wire: hex`"www" "example" "com" "x" 00`,
    },
  ];
  for (const { name, text, wire } of NAMES) {
    it(`RFC 1035 §4.1.4: ${name}`, () => {
      const { writer, out } = begin();
      const octets = Uint8Array.from([0xee, ...parseName(text)]);
      expect(writer.name(octets, 1)).to.equal(octets.length - 1);
      expect(written(writer, out)).to.deep.equal(wire);
    });
  }

  it('points to a name that itself ends with a pointer', () => {
    const { writer, out } = begin();
    writer.name(parseName('ns1.example.com.'), 0);
    writer.name(parseName('a.ns1.example.com.'), 0);
    writer.name(parseName('ns1.EXAMPLE.com.'), 0);
    // The question takes 33 octets: ns1 is at 33.
    expect(written(writer, out)).to.deep.equal(hex`"ns1" c010 "a" c021 c021`);
  });

  it('compresses RDATA of RFC 1035 and no other (RFC 3597 §4)', () => {
    const target = parseName('mail.example.com.');
    const { writer, out } = begin();
    writer.rdataOf(15, Uint8Array.from([0, 10, ...target]), 0, 2 + target.length);
    writer.rdataOf(39, target, 0, target.length);
    writer.rdataOf(33, Uint8Array.from([0, 1, 0, 2, 0, 3, ...target]), 0, 6 + target.length);
    expect(written(writer, out)).to.deep.equal(
      hex`0009 000a "mail" c010   0012 "mail" "example" "com" 00   0018 000100020003 "mail" "example" "com" 00`,
    );
  });

  it('writes both names of SOA, and the numbers behind them', () => {
    const soa = hex`"ns1" "example" "com" 00 "root" "ns1" "example" "com" 00 00000001 00000002 00000003 00000004 00000005`;
    const { writer, out } = begin();
    writer.rdataOf(6, soa, 0, soa.length);
    expect(written(writer, out)).to.deep.equal(
      hex`0021 "ns1" c010 "root" c023 00000001 00000002 00000003 00000004 00000005`,
    );
  });

  it('counts records by section', () => {
    const { writer, out } = begin();
    writer.recordAt(Section.ANSWER, 12, 1, 300);
    writer.rdata(hex`c0000201`, 0, 4);
    writer.recordOf(Section.AUTHORITY, parseName('com.'), 0, 2, 0x7fffffff);
    writer.rdata(hex`00`, 0, 1);
    writer.finishCounts();
    expect(out.slice(4, 12)).to.deep.equal(hex`0001 0001 0001 0000`);
    expect(written(writer, out)).to.deep.equal(
      hex`c00c 0001 0001 0000012c 0004 c0000201 c018 0002 0001 7fffffff 0001 00`,
    );
  });

  it('takes back what was written since, with its compression targets', () => {
    const { writer, out } = begin();
    const before = writer.at;
    writer.recordOf(Section.ADDITIONAL, parseName('ns.other.test.'), 0, 1, 1);
    writer.rdata(hex`c0000201`, 0, 4);
    writer.cutTo(before, Section.ADDITIONAL, 0);
    writer.name(parseName('ns.other.test.'), 0);
    expect(written(writer, out)).to.deep.equal(hex`"ns" "other" "test" 00`);
    expect(writer.counts[Section.ADDITIONAL]).to.equal(0);
  });

  it('begins anew', () => {
    const { writer, out } = begin();
    writer.recordOf(Section.ANSWER, parseName('ns.other.test.'), 0, 1, 1);
    const query = buildQuery({ name: '.', type: 2 });
    writer.begin(new Room(out), query, query.length, 100);
    writer.name(parseName('ns.other.test.'), 0);
    expect(out.slice(17, writer.at)).to.deep.equal(hex`"ns" "other" "test" 00`);
    expect([...writer.counts]).to.deep.equal([1, 0, 0, 0]);
  });

  it('says when it overflows, and stays harmless past its buffer', () => {
    const { writer } = begin(100);
    expect(writer.overflows).to.equal(false);
    for (let i = 0; i < 3000; i++) {
      writer.recordOf(Section.ANSWER, parseName(`n${i}.some.other.name.test.`), 0, 2, 1);
      const target = parseName(`t${i}.elsewhere.test.`);
      writer.rdataOf(2, target, 0, target.length);
    }
    expect(writer.overflows).to.equal(true);
  });

  it('takes an RRset of any size for an overflow', () => {
    const { writer } = begin(65535);
    const longest = new Uint8Array(65535);
    for (let i = 0; i < 100; i++) {
      writer.recordAt(Section.ANSWER, 12, 16, 1);
      writer.rdata(longest, 0, longest.length);
    }
    expect(writer.overflows).to.equal(true);
  });

  it('writes names that others read back', () => {
    const label = fc.constantFrom('a', 'b', 'www', 'Example', 'example', 'c'.repeat(63));
    const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.`);
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 40 }), (question, names) => {
        const { writer, out } = begin(65535, question);
        for (const text of names) {
          const target = parseName(text);
          expect(nameLength(target)).to.equal(target.length);
          writer.recordOf(Section.ANSWER, target, 0, 5, 1);
          writer.rdataOf(5, target, 0, target.length);
        }
        writer.finishCounts();
        const { answers } = decode(Buffer.from(out.subarray(0, writer.at)));
        expect(answers?.map((answer) => answer.name.toLowerCase())).to.deep.equal(
          names.map((text) => text.slice(0, -1).toLowerCase()),
        );
        expect(
          answers?.map((answer) => ('data' in answer ? String(answer.data).toLowerCase() : '')),
        ).to.deep.equal(names.map((text) => text.slice(0, -1).toLowerCase()));
      }),
    );
  });
});
