import { expect } from 'chai';
import fc from 'fast-check';
import { Exchange, Transport } from '../../src/answer/exchange.js';
import { rdataFromText } from '../../src/rr/rdata.js';
import { makeRequest } from '../../src/transfer/client-message.js';
import { Message, MessageError } from '../../src/transfer/message.js';
import { RrListWriter } from '../../src/transfer/rr-list.js';
import { makeSpecialRequests } from '../../src/transfer/thread-requests.js';
import { TransferReader } from '../../src/transfer/transfer-reader.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';

const NOW = 1_800_000_000;
const APEX = parseName('example.com.');
const KEY: TsigKey = {
  name: parseName('k.example.'),
  algorithm: 'hmac-sha256',
  secret: Buffer.from('secret'),
  macOctets: 32,
};

const soa = rdataFromText(RrType.SOA, 'ns.example.com. h.example.com. 7 1 1 1 1');
const zone = new RrListWriter();
zone.add(APEX, RrType.SOA, 60, soa);
for (const [type, text] of [
  [RrType.MX, '10 mail.example.com.'],
  [RrType.SRV, '1 2 3 srv.example.com.'],
  [RrType.HTTPS, '1 . alpn=h2'],
  [RrType.TXT, '"a text"'],
  [RrType.A, '192.0.2.1'],
] as const) {
  zone.add(APEX, type, 60, rdataFromText(type, text));
}
const list = zone.shared();

const exchange = new Exchange();
exchange.transport = Transport.TCP;
exchange.address.set([192, 0, 2, 1]);
const requests = makeSpecialRequests({ now: () => NOW, tell: () => {} });
requests.take({ kind: 'zones', zones: [{ apex: APEX, serial: 7, list, changes: [], allow: [{}] }] });
requests.take({ kind: 'peers', keys: [KEY], secondaries: [{ apex: APEX, from: [{}] }] });

function answer(query: Uint8Array): Uint8Array[] {
  exchange.query = query;
  exchange.queryLength = query.length;
  exchange.more = undefined;
  const messages: Uint8Array[] = [];
  let length = requests.answer(exchange, () => 0);
  const { more } = exchange as Exchange;
  for (; length > 0; length = more?.next(exchange.response) ?? 0)
    messages.push(exchange.response.slice(0, length));
  return messages;
}

const seeds = [
  makeRequest({ flags: 0, name: APEX, type: RrType.AXFR, key: undefined, now: NOW }).octets,
  makeRequest({ flags: 0, name: APEX, type: RrType.AXFR, key: KEY, now: NOW }).octets,
  makeRequest({
    flags: 0,
    name: APEX,
    type: RrType.IXFR,
    section: { number: 2, record: list.subarray(0, 60) },
    key: KEY,
    now: NOW,
  }).octets,
  makeRequest({ flags: 0x2400, name: APEX, type: RrType.SOA, key: undefined, now: NOW }).octets,
];
const [response = new Uint8Array(0)] = answer(seeds[0] as Uint8Array);

/** Real messages with some octets changed, and perhaps cut short. */
const mutated = (from: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .record({
      seed: fc.constantFrom(...from),
      changes: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
      length: fc.option(fc.nat(), { freq: 3 }),
    })
    .map(({ seed, changes, length }) => {
      const octets = seed.slice(0, length === null ? seed.length : length % (seed.length + 1));
      for (const [at, value] of changes) if (octets.length > 0) octets[at % octets.length] = value;
      return octets;
    });

describe('messages that were tampered with', () => {
  it('are answered or not, as requests, but never break anything', () => {
    fc.assert(
      fc.property(mutated(seeds), (query) => {
        for (const octets of answer(query)) expect(new Message(octets).isResponse).to.equal(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('are taken or refused, as responses of a primary', () => {
    fc.assert(
      fc.property(mutated([response]), (octets) => {
        try {
          const transferred = new TransferReader(APEX, undefined).take(new Message(octets));
          if (transferred?.kind === 'zone') expect(transferred.list.length).to.be.greaterThan(0);
        } catch (error) {
          expect(error).to.be.instanceOf(MessageError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
