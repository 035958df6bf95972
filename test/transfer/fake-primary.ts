import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Exchange, Transport } from '../../src/answer/exchange.js';
import { rdataFromText } from '../../src/rr/rdata.js';
import { Message, readName } from '../../src/transfer/message.js';
import { type RrList, RrListWriter, rrAt, serialOf } from '../../src/transfer/rr-list.js';
import { makeSpecialRequests } from '../../src/transfer/thread-requests.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { put16 } from '../../src/wire/octets.js';
import { RrType } from '../../src/wire/protocol.js';

/** The zone of a {@link FakePrimary}. */
export const APEX = parseName('example.com.');

/** A zone of addresses, h0, h1 and so on. @param expire of its SOA, in seconds; the other timers are one second */
export function zoneList(serial: number, { records = 3, expire = 1 } = {}): RrList {
  const out = new RrListWriter();
  const soa = `ns.example.com. h.example.com. ${serial} 1 1 ${expire} 1`;
  out.add(APEX, RrType.SOA, 60, rdataFromText(RrType.SOA, soa));
  for (let i = 0; i < records; i++) {
    out.add(parseName(`h${i}.example.com.`), RrType.A, 60, Uint8Array.of(192, 0, 2, i & 255));
  }
  return out.shared();
}

/** What is changed of a response of several messages, before it is sent; undefined closes the connection. */
export type Change = (messages: Uint8Array[], type: number) => Iterable<Uint8Array> | undefined;

export function isTransfer(type: number): boolean {
  return type === RrType.AXFR || type === RrType.IXFR;
}

/** A primary that answers as steerdns does, and then lies. */
export class FakePrimary {
  readonly asked: number[] = [];
  change: Change;
  readonly #requests = makeSpecialRequests({ now: () => Math.floor(Date.now() / 1000), tell: () => {} });
  readonly #exchange = new Exchange();
  readonly #keys: readonly TsigKey[];
  readonly #allow: readonly { key?: Uint8Array }[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #list: RrList;

  constructor(list: RrList, keys: readonly TsigKey[], change: Change) {
    this.change = change;
    this.#list = list;
    this.#allow = keys.length === 0 ? [{}] : keys.map(({ name }) => ({ key: name }));
    this.#keys = keys;
    this.serve(list);
    this.#exchange.transport = Transport.TCP;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      let input = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        input = Buffer.concat([input, chunk]);
        while (input.length >= 2 && input.length >= 2 + input.readUInt16BE(0)) {
          const query = input.subarray(2, 2 + input.readUInt16BE(0));
          input = input.subarray(2 + query.length);
          this.#respond(socket, new Uint8Array(query));
        }
      });
    });
  }

  /** Has another zone from now on. */
  serve(list: RrList): void {
    this.#list = list;
    this.#requests.take({
      kind: 'zones',
      zones: [{ apex: APEX, serial: serialOf(list), list, changes: [], allow: this.#allow }],
    });
    // Zones hold from this on.
    this.#requests.take({ kind: 'peers', keys: this.#keys, secondaries: [] });
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

  #respond(socket: Socket, query: Uint8Array): void {
    const type = new Message(query).question()?.type ?? 0;
    this.asked.push(type);
    const messages = this.change(this.#answer(query), type);
    if (messages === undefined) socket.destroy();
    else void send(socket, messages);
  }

  #answer(query: Uint8Array): Uint8Array[] {
    const exchange = this.#exchange;
    exchange.query = query;
    exchange.queryLength = query.length;
    exchange.more = undefined;
    const messages: Uint8Array[] = [];
    let length = this.#requests.answer(exchange, (inner) => soaResponse(inner, this.#list));
    // Without a key a plain query is not special.
    if (length === 0) {
      const plain = { query, queryLength: query.length, response: exchange.response };
      length = soaResponse(plain, this.#list);
    }
    const { more } = exchange as Exchange;
    for (; length > 0; length = more?.next(exchange.response) ?? 0) {
      messages.push(exchange.response.slice(0, length));
    }
    return messages;
  }
}

/** Sends messages as fast as they are taken, until there are no more or the peer has gone. */
async function send(socket: Socket, messages: Iterable<Uint8Array>): Promise<void> {
  for (const message of messages) {
    if (socket.destroyed) return;
    const head = Buffer.alloc(2);
    put16(head, 0, message.length);
    if (socket.write(Buffer.concat([head, message]))) continue;
    await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
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
