import { expect } from 'chai';
import { type Answer, type MoreMessages, Transport } from '../../src/answer/exchange.js';
import type { RunningListener } from '../../src/server/listener.js';
import { startTcp } from '../../src/server/tcp.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import { echo, framed, LIMITS, LogBook, message, TcpClient } from '../server/support.js';
import { until } from '../support/until.js';

const MESSAGE_OCTETS = 16_000;
/** A first octet that asks for a response of many messages. */
const MANY = 0x55;

/** The rest of a response: so many messages, with the query's ID. */
class Many implements MoreMessages {
  sent = 0;

  constructor(
    readonly id: number,
    readonly count: number,
  ) {}

  next(out: Uint8Array): number {
    if (this.sent === this.count) return 0;
    this.sent += 1;
    out.fill(0, 0, MESSAGE_OCTETS);
    out[0] = this.id >>> 8;
    out[1] = this.id;
    return MESSAGE_OCTETS;
  }
}

describe('a response of many messages over TCP', () => {
  let listener: RunningListener;
  let streams: Many[];
  const clients: TcpClient[] = [];
  const counters = makeCounters();

  async function start(count: number, limits: object = {}): Promise<void> {
    streams = [];
    const answer: Answer = (exchange) => {
      const length = echo(exchange);
      if (exchange.query[0] === MANY) {
        const id = (MANY << 8) | (exchange.query[1] as number);
        const stream = new Many(id, count);
        streams.push(stream);
        exchange.more = stream;
      }
      expect(exchange.transport).to.equal(Transport.TCP);
      return length;
    };
    const all = { ...LIMITS, ...limits };
    listener = await startTcp({
      address: '127.0.0.1',
      port: 0,
      answer,
      limits: all,
      counters,
      log: new LogBook(),
    });
  }

  async function open(): Promise<TcpClient> {
    const client = await TcpClient.open(listener);
    clients.push(client);
    return client;
  }

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await listener.close();
  });

  it('comes whole, before the response to the query behind it', async () => {
    await start(100);
    const client = await open();
    client.socket.write(framed(message(MANY << 8), message(7)));
    const ids = await client.responses(102);
    expect(ids.slice(0, 101).every((id) => id === MANY << 8)).to.equal(true);
    expect(ids[101]).to.equal(7);
  });

  it('keeps nobody else waiting', async () => {
    await start(20_000);
    const [busy, other] = [await open(), await open()];
    busy.socket.write(framed(message(MANY << 8)));
    await busy.responses(1);
    other.socket.write(framed(message(9)));
    expect(await other.responses(1)).to.deep.equal([9]);
    expect(streams[0]?.sent).to.be.lessThan(20_000);
  });

  it('is made only as fast as the client takes it', async () => {
    await start(20_000);
    const client = await open();
    client.socket.write(framed(message(MANY << 8)));
    await client.responses(1);
    client.socket.pause();
    const made = async (): Promise<number> => streams[0]?.sent ?? 0;
    let before = -1;
    await until(made, (sent) => {
      const still = sent === before;
      before = sent;
      return still;
    });
    expect(await made()).to.be.lessThan(20_000);
    client.socket.resume();
    expect((await client.responses(20_001)).length).to.equal(20_001);
  });

  it('ends with the connection when the client does not take it in time', async () => {
    await start(20_000, { drainMs: 50 });
    counters.fill(0);
    const client = await open();
    client.socket.write(framed(message(MANY << 8)));
    await client.responses(1);
    client.socket.pause();
    await until(
      async () => counters[Counter.tcpTimeouts],
      (count) => count === 1,
    );
    expect(streams[0]?.sent).to.be.lessThan(20_000);
  });

  it('goes on when the client has sent its last octet', async () => {
    await start(200);
    const client = await open();
    client.socket.end(framed(message(MANY << 8)));
    expect((await client.responses(201)).length).to.equal(201);
    expect(await client.closed).to.equal('end');
  });

  it('ends when the client goes away', async () => {
    await start(20_000);
    const client = await open();
    client.socket.write(framed(message(MANY << 8)));
    await client.responses(1);
    client.socket.resetAndDestroy();
    const other = await open();
    other.socket.write(framed(message(3)));
    expect(await other.responses(1)).to.deep.equal([3]);
    expect(streams[0]?.sent).to.be.lessThan(20_000);
  });
});
