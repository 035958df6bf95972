import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { Exchange, Transport } from '../../src/answer/exchange.js';
import { rdataFromText } from '../../src/rr/rdata.js';
import { fetchZone, type Primary } from '../../src/transfer/fetch-zone.js';
import { Message, readName } from '../../src/transfer/message.js';
import { type RrList, RrListWriter, rrAt, rrsOf, serialOf } from '../../src/transfer/rr-list.js';
import { makeSpecialRequests } from '../../src/transfer/thread-requests.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { put16, u16 } from '../../src/wire/octets.js';
import { RrType } from '../../src/wire/protocol.js';

const APEX = parseName('example.com.');
const KEY: TsigKey = {
  name: parseName('key.example.'),
  algorithm: 'hmac-sha512',
  secret: Buffer.from('0123456789abcdef0123456789abcdef'),
  macOctets: 64,
};

function zone(serial: number, count = 2000): RrList {
  const out = new RrListWriter();
  out.add(
    APEX,
    RrType.SOA,
    60,
    rdataFromText(RrType.SOA, `ns.example.com. h.example.com. ${serial} 1 1 1 1`),
  );
  for (let i = 0; i < count; i++)
    out.add(parseName(`h${i}.example.com.`), RrType.A, 60, Uint8Array.of(192, 0, 2, i & 255));
  return out.shared();
}

/** What is changed of a response of several messages, before it is sent; undefined closes the connection. */
type Change = (messages: Uint8Array[], type: number) => Uint8Array[] | undefined;

/** A primary that answers as steerdns does, and then lies. */
class FakePrimary {
  readonly asked: number[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(list: RrList, keys: readonly TsigKey[], change: Change) {
    const requests = makeSpecialRequests({ now: () => Math.floor(Date.now() / 1000), tell: () => {} });
    const allow = keys.length === 0 ? [{}] : keys.map(({ name }) => ({ key: name }));
    requests.take({
      kind: 'zones',
      zones: [{ apex: APEX, serial: serialOf(list), list, changes: [], allow }],
    });
    requests.take({ kind: 'peers', keys, secondaries: [] });
    const exchange = new Exchange();
    exchange.transport = Transport.TCP;
    const answer = (query: Uint8Array): Uint8Array[] => {
      exchange.query = query;
      exchange.queryLength = query.length;
      exchange.more = undefined;
      const messages: Uint8Array[] = [];
      let length = requests.answer(exchange, (inner) => soaResponse(inner, list));
      // Without a key a plain query is not special.
      if (length === 0)
        length = soaResponse({ query, queryLength: query.length, response: exchange.response }, list);
      const { more } = exchange as Exchange;
      for (; length > 0; length = more?.next(exchange.response) ?? 0)
        messages.push(exchange.response.slice(0, length));
      return messages;
    };
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      let input = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        input = Buffer.concat([input, chunk]);
        while (input.length >= 2 && input.length >= 2 + input.readUInt16BE(0)) {
          const query = input.subarray(2, 2 + input.readUInt16BE(0));
          input = input.subarray(2 + query.length);
          const type = new Message(query).question()?.type ?? 0;
          this.asked.push(type);
          const messages = change(answer(new Uint8Array(query)), type);
          for (const message of messages ?? []) {
            const head = Buffer.alloc(2);
            put16(head, 0, message.length);
            socket.write(Buffer.concat([head, message]));
          }
          if (messages === undefined) socket.destroy();
        }
      });
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const bound = this.#server.address();
    return typeof bound === 'object' && bound !== null ? bound.port : 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** Answers any question with the SOA. */
function soaResponse(exchange: Pick<Exchange, 'query' | 'queryLength' | 'response'>, list: RrList): number {
  const { query, response } = exchange;
  const soa = list.subarray(0, rrAt(list, 0).end);
  const end = readName(query, 12).end + 4;
  response.set(query.subarray(0, end));
  response.set(soa, end);
  put16(response, 2, 0x8400);
  response.fill(0, 6, 12);
  put16(response, 6, 1);
  return end + soa.length;
}

describe('fetching a zone', () => {
  let primary: FakePrimary;

  afterEach(() => primary.close());

  async function fetchFrom(change: Change, key?: TsigKey, have?: RrList): ReturnType<typeof fetchZone> {
    primary = new FakePrimary(zone(5), key === undefined ? [] : [KEY], change);
    const at: Primary = { address: '127.0.0.1', port: await primary.listen(), key };
    return fetchZone(APEX, at, have, new AbortController().signal);
  }

  const isTransfer = (type: number): boolean => type === RrType.AXFR || type === RrType.IXFR;
  const honest: Change = (messages) => messages;

  for (const key of [undefined, KEY]) {
    it(`takes one of several messages, ${key === undefined ? 'unsigned' : 'signed'}`, async () => {
      const fetched = await fetchFrom(honest, key);
      if (fetched.kind !== 'zone') throw new Error(fetched.kind);
      expect([...rrsOf(fetched.list)].length).to.equal(2001);
      expect(Buffer.compare(fetched.list, zone(5))).to.equal(0);
    });
  }

  it('does not transfer what it has', async () => {
    expect(await fetchFrom(honest, KEY, zone(5))).to.deep.equal({ kind: 'current' });
    expect(primary.asked).to.deep.equal([RrType.SOA]);
  });

  it('tells of a primary that is older', async () => {
    expect(await fetchFrom(honest, KEY, zone(6))).to.deep.equal({ kind: 'older', serial: 5 });
  });

  it('asks for the whole zone where the changes are not right', async () => {
    const change: Change = (messages, type) => {
      if (type !== RrType.IXFR) return messages;
      const [first] = messages;
      if (first !== undefined) put16(first, 2, 0x8404);
      return first === undefined ? [] : [first];
    };
    const fetched = await fetchFrom(change, undefined, zone(4));
    expect(fetched.kind).to.equal('zone');
    expect(primary.asked).to.deep.equal([RrType.SOA, RrType.IXFR, RrType.AXFR]);
  });

  const rows: readonly { what: string; key?: TsigKey; change: Change; says: RegExp }[] = [
    {
      what: 'a connection that ends in the middle',
      change: (messages, type) => (isTransfer(type) ? undefined : messages),
      says: /closed/,
    },
    {
      what: 'a response with another ID',
      change: (messages) => messages.map((message) => changed(message, 0, 1)),
      says: /another ID/,
    },
    {
      what: 'a response that is none',
      change: (messages) => messages.map((message) => changed(message, 2, 0x80)),
      says: /no response/,
    },
    {
      what: 'a refusal',
      change: (messages, type) => (isTransfer(type) ? messages.map(refused) : messages),
      says: /says REFUSED/,
    },
    {
      what: 'a server that is not authoritative',
      change: (messages) => messages.map((message) => changed(message, 2, 4)),
      says: /not authoritative/,
    },
    {
      what: 'a server that has no SOA',
      change: (messages) => messages.map((message) => emptied(message)),
      says: /has no SOA/,
    },
    {
      what: 'a first message without a signature',
      key: KEY,
      change: (messages, type) => (isTransfer(type) ? messages.map(unsigned) : messages),
      says: /is not signed/,
    },
    {
      what: 'a last message without a signature',
      key: KEY,
      change: (messages, type) =>
        isTransfer(type) ? messages.map((message, i) => (i === 0 ? message : unsigned(message))) : messages,
      says: /is not signed to its end/,
    },
    {
      what: 'a message that was changed on the way',
      key: KEY,
      change: (messages, type) =>
        isTransfer(type)
          ? messages.map((message, i) => (i === 1 ? changed(message, 100, 1) : message))
          : messages,
      says: /signature that is wrong|MESSAGE|compression|cut short|past its last/,
    },
    {
      what: 'a message that is left out',
      key: KEY,
      change: (messages, type) => (isTransfer(type) ? messages.filter((_, i) => i !== 1) : messages),
      says: /signature that is wrong/,
    },
    {
      what: 'an unknown key',
      key: { ...KEY, name: parseName('who.example.') },
      change: honest,
      says: /BADKEY: the peer does not know the key/,
    },
    {
      what: 'another secret',
      key: { ...KEY, secret: Buffer.from('x') },
      change: honest,
      says: /BADSIG: the secret is another one/,
    },
  ];
  for (const { what, key, change, says } of rows) {
    it(`refuses ${what}`, async () => {
      const error = await fetchFrom(change, key).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      expect(error?.message).to.match(says);
    });
  }

  it('stops when it is told to', async () => {
    primary = new FakePrimary(zone(5), [], () => []);
    const abort = new AbortController();
    const fetching = fetchZone(
      APEX,
      { address: '127.0.0.1', port: await primary.listen(), key: undefined },
      undefined,
      abort.signal,
    );
    abort.abort();
    const error = await fetching.catch((reason: unknown) => reason as Error);
    expect(error).to.be.an('error');
  });
});

function changed(message: Uint8Array, at: number, by: number): Uint8Array {
  const copy = message.slice();
  copy[at] = (copy[at] as number) ^ by;
  return copy;
}

function refused(message: Uint8Array): Uint8Array {
  const copy = message.slice(0, readName(message, 12).end + 4);
  put16(copy, 2, 0x8005);
  copy.fill(0, 6, 12);
  return copy;
}

function emptied(message: Uint8Array): Uint8Array {
  const copy = message.slice(0, readName(message, 12).end + 4);
  copy.fill(0, 6, 12);
  return copy;
}

/** Without its TSIG, its last record. */
function unsigned(message: Uint8Array): Uint8Array {
  const records = [...new Message(message).records()];
  const last = records.at(-1);
  if (last?.type !== RrType.TSIG) return message;
  const copy = message.slice(0, last.at);
  put16(copy, 10, u16(copy, 10) - 1);
  return copy;
}
