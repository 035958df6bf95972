import { expect } from 'chai';
import { rdataFromText, rdataToText } from '../../src/rr/rdata.js';
import { formatRrType, parseRrType } from '../../src/rr/rr-types.js';
import { Message } from '../../src/transfer/message.js';
import { type RrList, RrListWriter, rrsOf } from '../../src/transfer/rr-list.js';
import { TransferReader, type Transferred } from '../../src/transfer/transfer-reader.js';
import { formatName, lowerName, parseName } from '../../src/wire/name.js';
import { put16 } from '../../src/wire/octets.js';

const APEX = parseName('example.com.');

/** `NAME TYPE RDATA` of TTL 60; `SOA n` is the zone's with serial n. */
function list(...lines: readonly string[]): RrList {
  const out = new RrListWriter();
  for (const line of lines) {
    const [, serial] = /^SOA (\d+)$/.exec(line) ?? [];
    const text =
      serial === undefined ? line : `example.com. SOA ns.example.com. h.example.com. ${serial} 1 1 1 1`;
    const [name = '', type = '', ...rdata] = text.split(' ');
    const number = parseRrType(type) ?? Number(type);
    out.add(parseName(name), number, 60, rdataFromText(number, rdata.join(' ')));
  }
  return out.shared();
}

/** A message whose answer section is a list. */
function message(rrs: RrList, change: (octets: Uint8Array) => void = () => {}): Message {
  const octets = new Uint8Array(12 + rrs.length);
  put16(octets, 2, 0x8400);
  put16(octets, 6, [...rrsOf(rrs)].length);
  octets.set(rrs, 12);
  change(octets);
  return new Message(octets);
}

function linesOf(rrs: RrList): string[] {
  return [...rrsOf(rrs)].map(({ at, type, rdataAt, end }) => {
    const rdata = rrs.subarray(rdataAt, end);
    return `${formatName(rrs, at)} ${formatRrType(type)} ${rdataToText(type, rdata)}`;
  });
}

function read(have: RrList | undefined, ...messages: readonly Message[]): Transferred | undefined {
  const reader = new TransferReader(APEX, have);
  let transferred: Transferred | undefined;
  for (const part of messages) transferred = reader.take(part);
  return transferred;
}

const HAVE = list(
  'SOA 1',
  'a.example.com. A 192.0.2.1',
  'b.example.com. MX 10 M.example.com.',
  'c.example.com. TXT c',
);
const soa = (serial: number): string => `example.com. SOA ns.example.com. h.example.com. ${serial} 1 1 1 1`;

describe('a transfer that is right', () => {
  it('may come in one message, or an RR a message', () => {
    const lines = ['SOA 5', 'www.Example.COM. A 192.0.2.1', 'SOA 5'];
    const wanted = [soa(5), 'www.example.com. A 192.0.2.1'];
    for (const parts of [[message(list(...lines))], lines.map((line) => message(list(line)))]) {
      const transferred = read(undefined, ...parts);
      expect(transferred?.kind).to.equal('zone');
      if (transferred?.kind === 'zone') expect(linesOf(transferred.list)).to.deep.equal(wanted);
    }
  });

  it('may have changes of several serials, with names in another case', () => {
    const transferred = read(
      HAVE,
      message(list('SOA 3', 'SOA 1', 'A.example.com. A 192.0.2.1', 'b.example.com. MX 10 m.EXAMPLE.com.')),
      message(
        list('SOA 2', 'd.example.com. A 192.0.2.4', 'SOA 2', 'SOA 3', 'e.example.com. A 192.0.2.5', 'SOA 3'),
      ),
    );
    if (transferred?.kind !== 'zone') throw new Error('no zone');
    expect(transferred.incremental).to.equal(true);
    expect(linesOf(transferred.list)).to.deep.equal([
      soa(3),
      'c.example.com. TXT "c"',
      'd.example.com. A 192.0.2.4',
      'e.example.com. A 192.0.2.5',
    ]);
  });

  it('RFC 1995 §4: may be the whole zone though changes were asked for', () => {
    const transferred = read(HAVE, message(list('SOA 2', 'z.example.com. A 192.0.2.9', 'SOA 2')));
    if (transferred?.kind !== 'zone') throw new Error('no zone');
    expect(transferred.incremental).to.equal(false);
    expect(linesOf(transferred.list).length).to.equal(2);
  });

  it('RFC 1995 §2: may be a SOA alone, which says that there is nothing newer', () => {
    expect(read(HAVE, message(list('SOA 1')))?.kind).to.equal('current');
  });

  it('RFC 1995 §4: may raise the serial and change nothing', () => {
    const transferred = read(HAVE, message(list('SOA 2', 'SOA 1', 'SOA 2', 'SOA 2')));
    if (transferred?.kind !== 'zone') throw new Error('no zone');
    expect(linesOf(transferred.list).slice(1)).to.deep.equal(linesOf(HAVE).slice(1));
  });

  it('may have names compressed in RDATA', () => {
    const rrs = list('SOA 5', 'a.example.com. NS x.example.com.', 'SOA 5');
    const [, ns] = [...rrsOf(rrs)];
    if (ns === undefined) throw new Error('no NS');
    // x and a pointer to the owner name of the first SOA.
    const short = Buffer.concat([
      rrs.subarray(0, ns.rdataAt),
      Uint8Array.of(1, 0x78, 0xc0, 12),
      rrs.subarray(ns.end),
    ]);
    put16(short, ns.rdataAt - 2, 4);
    const octets = Buffer.concat([message(rrs).octets.subarray(0, 12), short]);
    const transferred = read(undefined, new Message(octets));
    if (transferred?.kind !== 'zone') throw new Error('no zone');
    expect(linesOf(transferred.list)[1]).to.equal('a.example.com. NS x.example.com.');
  });
});

describe('a transfer is refused whole', () => {
  const A = 'a.example.com. A 192.0.2.1';
  const rows: readonly { what: string; have?: RrList; parts: readonly Message[]; says: string | RegExp }[] = [
    { what: 'that does not begin with a SOA', parts: [message(list(A, 'SOA 5'))], says: /begin with a SOA/ },
    { what: 'that ends with another SOA', parts: [message(list('SOA 5', A, 'SOA 6'))], says: /another SOA/ },
    {
      what: 'with records past its last SOA',
      parts: [message(list('SOA 5', 'SOA 5', A))],
      says: /past its last SOA/,
    },
    {
      what: 'with a record out of zone',
      parts: [message(list('SOA 5', 'a.example.net. A 192.0.2.1', 'SOA 5'))],
      says: /a\.example\.net\., which is out of zone/,
    },
    {
      what: 'with a record of a name that only ends alike',
      parts: [message(list('SOA 5', 'badexample.com. A 192.0.2.1', 'SOA 5'))],
      says: /out of zone/,
    },
    {
      what: 'with a SOA below the apex',
      parts: [message(list('SOA 5', 'a.example.com. SOA a. b. 1 1 1 1 1', 'SOA 5'))],
      says: /SOA at a\.example/,
    },
    { what: 'with a record of a meta type', parts: [message(metaTyped())], says: /type TSIG|type TYPE250/ },
    {
      what: 'of another class',
      parts: [message(list('SOA 5', A, 'SOA 5'), (octets) => put16(octets, 12 + 13 + 2, 3))],
      says: /class 3/,
    },
    {
      what: 'with an empty message',
      parts: [message(list('SOA 5')), message(new Uint8Array(0))],
      says: /no records/,
    },
    {
      what: 'with an address of three octets',
      parts: [message(badAddress())],
      says: /RDATA that is none of A/,
    },
    {
      what: 'with RDATA of SVCB that is cut short',
      parts: [message(badSvcb())],
      says: /RDATA that is none of HTTPS/,
    },
    {
      what: 'that goes back to an older serial',
      have: HAVE,
      parts: [message(list('SOA 5', 'SOA 1', 'SOA 0', 'SOA 5'))],
      says: /goes back to serial 0/,
    },
    {
      what: 'that leaves out a serial',
      have: HAVE,
      parts: [message(list('SOA 5', 'SOA 1', 'SOA 2', 'SOA 3', 'SOA 5', 'SOA 5'))],
      says: /goes on from serial 3/,
    },
    {
      what: 'that ends at another serial than it began with',
      have: HAVE,
      parts: [message(list('SOA 5', 'SOA 1', 'SOA 2', 'SOA 5'))],
      says: /goes on from serial 5/,
    },
    {
      what: 'that removes what there is not',
      have: HAVE,
      parts: [message(list('SOA 2', 'SOA 1', 'x.example.com. A 192.0.2.1', 'SOA 2', 'SOA 2'))],
      says: /removes a record of x\.example\.com\./,
    },
  ];
  for (const { what, have, parts, says } of rows) {
    it(what, () => expect(() => read(have, ...parts)).to.throw(says));
  }

  it('that is cut short anywhere', () => {
    const whole = message(list('SOA 5', A, 'b.example.com. MX 10 m.example.com.', 'SOA 5')).octets;
    for (let length = 12; length < whole.length; length++) {
      expect(() => read(undefined, new Message(whole.slice(0, length))), `${length} octets`).to.throw();
    }
  });

  it('that never ends', () => {
    const reader = new TransferReader(APEX, undefined, 10_000);
    reader.take(message(list('SOA 5')));
    const more = message(list(A, A, A, A));
    expect(() => {
      for (let i = 0; i < 1000; i++) reader.take(more);
    }).to.throw(/goes on for more than 10000 octets/);
  });

  it('and nothing of the zone of before is changed by it', () => {
    const before = HAVE.slice();
    const parts = message(
      list('SOA 2', 'SOA 1', 'a.example.com. A 192.0.2.1', 'SOA 2', 'z.example.com. A 192.0.2.7', 'SOA 9'),
    );
    expect(() => read(HAVE, parts)).to.throw();
    expect(HAVE).to.deep.equal(before);
  });
});

function raw(type: number, rdata: readonly number[]): RrList {
  const out = new RrListWriter();
  out.append(list('SOA 5'));
  out.add(lowerName(parseName('a.example.com.')), type, 60, Uint8Array.from(rdata));
  out.append(list('SOA 5'));
  return out.shared();
}

function metaTyped(): RrList {
  return raw(250, [1]);
}

function badAddress(): RrList {
  return raw(1, [192, 0, 2]);
}

function badSvcb(): RrList {
  return raw(65, [0, 1, 40, 0x61]);
}
