import { expect } from 'chai';
import { Exchange, Transport } from '../../src/answer/exchange.js';
import { parseAddress } from '../../src/config/address.js';
import { rdataFromText } from '../../src/rr/rdata.js';
import { type ClientMessage, checkSignature, makeRequest } from '../../src/transfer/client-message.js';
import { Message, NOTAUTH } from '../../src/transfer/message.js';
import { type RrList, RrListWriter, rrAt } from '../../src/transfer/rr-list.js';
import type { Allowed, FromTransferThread, ToTransferThread } from '../../src/transfer/thread-messages.js';
import { makeSpecialRequests } from '../../src/transfer/thread-requests.js';
import { findTsig, type Tsig, TsigError } from '../../src/transfer/tsig.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { put16 } from '../../src/wire/octets.js';
import { Rcode, RrType } from '../../src/wire/protocol.js';
import { Scenario } from '../answer/scenario.js';
import { hex } from '../wire/hex.js';

const NOW = 1_800_000_000;
const APEX = parseName('example.com.');
const KEY: TsigKey = {
  name: parseName('key.example.'),
  algorithm: 'hmac-sha256',
  secret: Buffer.from('0123456789abcdef0123456789abcdef'),
  macOctets: 32,
};
const OTHER_KEY: TsigKey = { ...KEY, name: parseName('other.example.') };
const HALF_KEY: TsigKey = { ...KEY, name: parseName('half.example.'), macOctets: 16 };
const LONG_KEY: TsigKey = {
  ...KEY,
  name: parseName('long.example.'),
  algorithm: 'hmac-sha512',
  macOctets: 64,
};

const scenario = new Scenario({
  zones: {
    'example.com.':
      "'': {type: NS, value: ns1.example.com.}\nns1: {type: A, value: 192.0.2.1}\nwww: {type: A, value: 192.0.2.2}\nlarge: {type: TXT, value: '" +
      'x'.repeat(400) +
      "'}\n",
  },
});

/** A zone of a SOA and `count` addresses. */
function zoneOf(serial: number, count: number): RrList {
  const out = new RrListWriter();
  out.add(
    APEX,
    RrType.SOA,
    3600,
    rdataFromText(RrType.SOA, `ns1.example.com. h.example.com. ${serial} 1 1 1 1`),
  );
  for (let i = 0; i < count; i++)
    out.add(parseName(`a${i}.example.com.`), RrType.A, 60, Uint8Array.of(192, 0, 2, i));
  return out.shared();
}

class Asker {
  readonly told: FromTransferThread[] = [];
  readonly #exchange = new Exchange();
  readonly #requests = makeSpecialRequests({
    now: () => NOW,
    tell: (message) => this.told.push(message as FromTransferThread),
  });

  constructor(allow: readonly Allowed[], records = 3) {
    const list = zoneOf(7, records);
    const changes = [{ from: 6, to: 7, list: Buffer.concat([soaOf(zoneOf(6, 0)), soaOf(list)]) }];
    const messages: ToTransferThread[] = [
      { kind: 'zones', zones: [{ apex: APEX, serial: 7, list, changes, allow }] },
      {
        kind: 'peers',
        keys: [KEY, OTHER_KEY, LONG_KEY, HALF_KEY],
        secondaries: [
          {
            apex: parseName('second.example.'),
            from: [{ prefix: prefixOf('192.0.2.53', 32), key: KEY.name }],
          },
        ],
      },
    ];
    for (const message of messages) this.#requests.take(message);
  }

  /** The messages of the response. */
  ask(query: Uint8Array, transport: Transport = Transport.TCP, from = '192.0.2.53'): Message[] {
    const exchange = this.#exchange;
    const address = parseAddress(from) as Uint8Array;
    exchange.transport = transport;
    exchange.family = address.length === 4 ? 4 : 6;
    exchange.address.set(address);
    exchange.query = query;
    exchange.queryLength = query.length;
    exchange.more = undefined;
    const length = this.#requests.answer(exchange, (inner) => {
      const response = scenario.exchange(inner.query.slice(0, inner.queryLength), inner.transport);
      inner.response.set(response ?? []);
      return response?.length ?? 0;
    });
    if (length === 0) return [];
    const messages = [new Message(exchange.response.slice(0, length))];
    // As a transport does: another query may come while there is more.
    const { more } = exchange as Exchange;
    exchange.query.fill(0);
    for (let next = more?.next(exchange.response) ?? 0; next > 0; next = more?.next(exchange.response) ?? 0) {
      messages.push(new Message(exchange.response.slice(0, next)));
    }
    return messages;
  }
}

function soaOf(list: RrList): Uint8Array {
  return list.subarray(0, rrAt(list, 0).end);
}

function prefixOf(address: string, bits: number): NonNullable<Allowed['prefix']> {
  const octets = parseAddress(address) as Uint8Array;
  return { family: octets.length === 4 ? 4 : 6, octets, bits };
}

function request(
  type: number,
  key?: TsigKey,
  more: { name?: string; now?: number; soa?: number; flags?: number } = {},
): ClientMessage {
  return makeRequest({
    flags: more.flags ?? 0,
    name: parseName(more.name ?? 'example.com.'),
    type,
    key,
    now: more.now ?? NOW,
    ...(more.soa === undefined
      ? {}
      : { section: { number: 2, record: soaOf(zoneOf(more.soa, 0)) } as const }),
  });
}

function tsigOf(message: Message | undefined): Tsig {
  const tsig = message && findTsig(message);
  if (tsig === undefined) throw new Error('no TSIG');
  return tsig;
}

function typesOf(messages: readonly Message[]): number[] {
  return messages.flatMap((message) =>
    [...message.records()].filter(({ section }) => section === 1).map(({ type }) => type),
  );
}

describe('TSIG of requests', () => {
  const asker = new Asker([{ key: KEY.name }]);

  for (const key of [KEY, LONG_KEY, HALF_KEY]) {
    it(`RFC 8945 §5.3: signs the response with ${key.macOctets} octets of ${key.algorithm}`, () => {
      const sent = request(RrType.A, key, { name: 'www.example.com.' });
      const [response] = asker.ask(sent.octets, Transport.UDP);
      expect(typesOf(response === undefined ? [] : [response])).to.deep.equal([RrType.A]);
      expect(tsigOf(response).mac.length).to.equal(key.macOctets);
      const checked = checkSignature(sent, response as Message, { before: sent.mac, timersOnly: false }, NOW);
      expect(checked).to.have.property('mac');
    });
  }

  it('RFC 8945 §5.2.1: answers BADKEY to a key that is not known, without a MAC', () => {
    const [response] = asker.ask(request(RrType.SOA, { ...KEY, name: parseName('who.example.') }).octets);
    expect(response?.rcode).to.equal(NOTAUTH);
    expect(tsigOf(response)).to.deep.include({ error: TsigError.BADKEY, mac: new Uint8Array(0) });
  });

  it('RFC 8945 §5.2.1: answers BADKEY to a known key with another algorithm', () => {
    const [response] = asker.ask(
      request(RrType.SOA, { ...KEY, algorithm: 'hmac-sha384', macOctets: 48 }).octets,
    );
    expect(tsigOf(response).error).to.equal(TsigError.BADKEY);
  });

  it('RFC 8945 §5.2.2: answers BADSIG to another secret, without a MAC', () => {
    const [response] = asker.ask(request(RrType.SOA, { ...KEY, secret: Buffer.from('another') }).octets);
    expect(response?.rcode).to.equal(NOTAUTH);
    expect(tsigOf(response)).to.deep.include({ error: TsigError.BADSIG, mac: new Uint8Array(0) });
  });

  it('RFC 8945 §5.2.2: answers BADSIG when anything in the message was changed', () => {
    const sent = request(RrType.SOA, KEY);
    const typeAt = tsigOf(new Message(sent.octets)).at + KEY.name.length;
    for (let at = 2; at < sent.octets.length; at++) {
      // Of another type it is no TSIG.
      if (at === typeAt || at === typeAt + 1) continue;
      const changed = sent.octets.slice();
      changed[at] = (changed[at] as number) ^ 1;
      for (const response of asker.ask(changed))
        expect(response.rcode, `octet ${at}`).to.not.equal(Rcode.NOERROR);
    }
  });

  for (const drift of [-301, 301]) {
    it(`RFC 8945 §5.2.3: answers BADTIME, signed and with its own time, to a clock that is off by ${drift} s`, () => {
      const sent = request(RrType.SOA, KEY, { now: NOW + drift });
      const [response] = asker.ask(sent.octets);
      expect(response?.rcode).to.equal(NOTAUTH);
      const tsig = tsigOf(response);
      expect(tsig.error).to.equal(TsigError.BADTIME);
      expect(Buffer.from(tsig.other).readUIntBE(0, 6)).to.equal(NOW);
      expect(tsig.mac.length).to.equal(32);
    });
  }

  it('takes a clock that is off by the fudge', () => {
    const [response] = asker.ask(request(RrType.SOA, KEY, { now: NOW - 300 }).octets);
    expect(response?.rcode).to.equal(Rcode.NOERROR);
  });

  it('RFC 8945 §5.2.4: answers BADTRUNC, signed, to a MAC that is shorter than the key allows', () => {
    const [response] = asker.ask(request(RrType.SOA, { ...KEY, macOctets: 16 }).octets);
    expect(response?.rcode).to.equal(NOTAUTH);
    expect(tsigOf(response)).to.deep.include({ error: TsigError.BADTRUNC });
    expect(tsigOf(response).mac.length).to.equal(32);
  });

  for (const octets of [0, 9, 15, 33]) {
    it(`RFC 8945 §5.2.2.1: answers FORMERR to a MAC of ${octets} octets`, () => {
      const sent = request(RrType.SOA, { ...KEY, macOctets: 32 }).octets;
      const tsig = tsigOf(new Message(sent));
      const macAt = sent.length - 6 - tsig.mac.length;
      const mac = Buffer.alloc(octets, 1);
      const changed = Buffer.concat([sent.subarray(0, macAt), mac, sent.subarray(macAt + 32)]);
      put16(changed, macAt - 2, octets);
      // RDLENGTH: TIME, FUDGE and MAC Size before the MAC, and the algorithm's name.
      const rdataAt = macAt - 10 - parseName('hmac-sha256.').length;
      put16(changed, rdataAt - 2, changed.length - rdataAt);
      const [response] = asker.ask(changed);
      expect(response?.rcode).to.equal(Rcode.FORMERR);
    });
  }

  it('is refused in 512 octets over UDP, though the names of its TSIG are long once they are whole', () => {
    const label = [63, ...Buffer.alloc(63, 'x')];
    const name = Uint8Array.from([...label, ...label, ...label, 61, ...Buffer.alloc(61, 'x'), 0]);
    const header = hex`1234 0000 0001 0000 0000 0001`;
    // Owner and algorithm are pointers to the question.
    const tsig = hex`c00c 00fa 00ff 00000000 0012 c00c 00006b49d200 012c 0000 1234 0000 0000`;
    const query = Buffer.concat([header, name, hex`0001 0001`, tsig]);
    const [overUdp] = asker.ask(Buffer.from(query), Transport.UDP);
    expect(overUdp?.octets.length).to.equal(12 + 255 + 4);
    expect(overUdp?.rcode).to.equal(NOTAUTH);
    expect(overUdp?.isTruncated).to.equal(true);
    expect(tsigOf(asker.ask(query, Transport.TCP)[0]).error).to.equal(TsigError.BADKEY);
  });

  it('RFC 8945 §5.1: answers FORMERR to a TSIG that is not the last record', () => {
    const sent = request(RrType.SOA, KEY).octets;
    const opt = Buffer.from([0, 0, RrType.OPT, 4, 208, 0, 0, 0, 0, 0, 0]);
    const changed = Buffer.concat([sent, opt]);
    put16(changed, 10, 2);
    expect(asker.ask(changed)[0]?.rcode).to.equal(Rcode.FORMERR);
  });

  it('RFC 8945 §5.3: answers TC, question and TSIG alone when the response does not fit with its TSIG', () => {
    const sent = request(RrType.TXT, LONG_KEY, { name: 'large.example.com.' });
    const [response] = asker.ask(sent.octets, Transport.UDP);
    expect(response?.isTruncated).to.equal(true);
    expect(response?.rcode).to.equal(Rcode.NOERROR);
    expect([...(response as Message).records()].map(({ type }) => type)).to.deep.equal([RrType.TSIG]);
    expect((response as Message).octets.length).to.be.at.most(512);
    const checked = checkSignature(sent, response as Message, { before: sent.mac, timersOnly: false }, NOW);
    expect(checked).to.have.property('mac');
  });
});

describe('who may transfer', () => {
  const prefix = prefixOf('192.0.2.0', 24);
  for (const { what, allow, key, from, may } of [
    { what: 'nobody without an entry', allow: [], key: KEY, from: '192.0.2.53', may: false },
    { what: 'who asks from a prefix', allow: [{ prefix }], from: '192.0.2.255', may: true },
    { what: 'no one from beside it', allow: [{ prefix }], from: '192.0.3.0', may: false },
    {
      what: 'no one of the other family',
      allow: [{ prefix: prefixOf('::', 0) }],
      from: '192.0.2.53',
      may: false,
    },
    {
      what: 'anyone from ::/0 by IPv6',
      allow: [{ prefix: prefixOf('::', 0) }],
      from: '2001:db8::1',
      may: true,
    },
    {
      what: 'who asks from a prefix of part of an octet',
      allow: [{ prefix: prefixOf('192.0.2.32', 27) }],
      from: '192.0.2.53',
      may: true,
    },
    {
      what: 'no one past it',
      allow: [{ prefix: prefixOf('192.0.2.32', 28) }],
      from: '192.0.2.53',
      may: false,
    },
    { what: 'who signs with the key', allow: [{ key: KEY.name }], key: KEY, from: '203.0.113.1', may: true },
    {
      what: 'no one with another key',
      allow: [{ key: KEY.name }],
      key: OTHER_KEY,
      from: '203.0.113.1',
      may: false,
    },
    { what: 'no one without the key', allow: [{ key: KEY.name }], from: '203.0.113.1', may: false },
    {
      what: 'who has both prefix and key',
      allow: [{ prefix, key: KEY.name }],
      key: KEY,
      from: '192.0.2.1',
      may: true,
    },
    {
      what: 'no one who has the key alone',
      allow: [{ prefix, key: KEY.name }],
      key: KEY,
      from: '203.0.113.1',
      may: false,
    },
    { what: 'who signs, though it need not', allow: [{ prefix }], key: KEY, from: '192.0.2.1', may: true },
  ] as const) {
    it(`is ${what}`, () => {
      const messages = new Asker(allow).ask(request(RrType.AXFR, key).octets, Transport.TCP, from);
      expect(messages[0]?.rcode).to.equal(may ? Rcode.NOERROR : Rcode.REFUSED);
      expect(typesOf(messages).length).to.equal(may ? 5 : 0);
    });
  }
});

describe('AXFR and IXFR', () => {
  const asker = new Asker([{ prefix: prefixOf('0.0.0.0', 0) }]);

  it('RFC 5936 §2.2: begins and ends with the SOA', () => {
    const types = typesOf(asker.ask(request(RrType.AXFR).octets));
    expect(types).to.deep.equal([RrType.SOA, RrType.A, RrType.A, RrType.A, RrType.SOA]);
  });

  it('puts many RRs into a message, and signs each one (RFC 8945 §5.3.1)', () => {
    const sent = request(RrType.AXFR, KEY);
    const messages = new Asker([{ key: KEY.name }], 5000).ask(sent.octets);
    expect(messages.length).to.be.within(3, 20);
    expect(typesOf(messages).length).to.equal(5002);
    let before = sent.mac;
    for (const [i, message] of messages.entries()) {
      expect(message.id).to.equal(sent.id);
      const checked = checkSignature(sent, message, { before, timersOnly: i > 0 }, NOW);
      before = 'mac' in checked ? checked.mac : undefined;
      expect(before, `message ${i}: ${JSON.stringify(checked)}`).to.not.equal(undefined);
    }
  });

  it('RFC 5936 §4.2: refuses AXFR over UDP', () => {
    expect(asker.ask(request(RrType.AXFR).octets, Transport.UDP)[0]?.rcode).to.equal(Rcode.REFUSED);
  });

  it('refuses a zone that is not to be transferred, or not there', () => {
    const [response] = asker.ask(request(RrType.AXFR, undefined, { name: 'www.example.com.' }).octets);
    expect(response?.rcode).to.equal(Rcode.REFUSED);
  });

  it('RFC 1995 §2: answers IXFR over UDP with the SOA', () => {
    const messages = asker.ask(request(RrType.IXFR, undefined, { soa: 1 }).octets, Transport.UDP);
    expect(typesOf(messages)).to.deep.equal([RrType.SOA]);
    expect(messages[0]?.question()?.type).to.equal(RrType.IXFR);
  });

  it('RFC 1995 §2: answers IXFR with the SOA alone to who has this serial, or a later one', () => {
    for (const soa of [7, 8]) {
      expect(typesOf(asker.ask(request(RrType.IXFR, undefined, { soa }).octets))).to.deep.equal([RrType.SOA]);
    }
  });

  it('RFC 1995 §4: answers IXFR with changes, or the whole zone where they are not known', () => {
    expect(typesOf(asker.ask(request(RrType.IXFR, undefined, { soa: 6 }).octets)).length).to.equal(4);
    expect(typesOf(asker.ask(request(RrType.IXFR, undefined, { soa: 5 }).octets)).length).to.equal(5);
  });

  it('answers FORMERR to IXFR without a SOA', () => {
    expect(asker.ask(request(RrType.IXFR).octets)[0]?.rcode).to.equal(Rcode.FORMERR);
  });

  it('RFC 6891 §6.1.1: has OPT in each message when it was asked with one', () => {
    const sent = request(RrType.AXFR).octets;
    const query = Buffer.concat([sent, Buffer.from([0, 0, RrType.OPT, 4, 208, 0, 0, 0, 0, 0, 0])]);
    put16(query, 10, 1);
    for (const message of asker.ask(query)) {
      expect([...message.records()].filter(({ type }) => type === RrType.OPT).length).to.equal(1);
    }
  });
});

describe('NOTIFY', () => {
  const NOTIFY = 0x2400;

  it('RFC 1035 §4.1.4: answers FORMERR, without a question, when its name points into the header', () => {
    const [response] = new Asker([]).ask(hex`1234 2000 0001 0000 0000 0000 c00b 0006 0001`);
    expect(response?.rcode).to.equal(Rcode.FORMERR);
    expect(response?.octets.length).to.equal(12);
  });

  it('RFC 1996 §4.7: is answered and told of when it is a primary', () => {
    const asker = new Asker([]);
    const sent = request(RrType.SOA, KEY, { name: 'Second.Example.', flags: NOTIFY });
    const [response] = asker.ask(sent.octets, Transport.UDP);
    expect(response?.rcode).to.equal(Rcode.NOERROR);
    expect(response?.opcode).to.equal(4);
    expect(asker.told.map(({ kind }) => kind)).to.deep.equal(['notified']);
  });

  for (const { what, key, from, name, rcode } of [
    {
      what: 'is refused from another address',
      key: KEY,
      from: '192.0.2.54',
      name: 'second.example.',
      rcode: Rcode.REFUSED,
    },
    {
      what: 'is refused without the key',
      key: undefined,
      from: '192.0.2.53',
      name: 'second.example.',
      rcode: Rcode.REFUSED,
    },
    {
      what: 'of a zone that is no secondary is answered NOTAUTH',
      key: KEY,
      from: '192.0.2.53',
      name: 'example.com.',
      rcode: NOTAUTH,
    },
  ] as const) {
    it(what, () => {
      const asker = new Asker([]);
      const [response] = asker.ask(
        request(RrType.SOA, key, { name, flags: NOTIFY }).octets,
        Transport.UDP,
        from,
      );
      expect(response?.rcode).to.equal(rcode);
      expect(asker.told).to.deep.equal([]);
    });
  }
});
