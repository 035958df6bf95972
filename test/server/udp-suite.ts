import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { type Answer, Transport } from '../../src/answer/exchange.js';
import type { RunningListener, TransportLog } from '../../src/server/listener.js';
import { Counter, type Counters, makeCounters } from '../../src/state/counters.js';
import { echo, LogBook, message } from './support.js';

/** A way to answer DNS over UDP. */
export type StartUdp = (options: {
  readonly address: string;
  readonly port: number;
  readonly answer: Answer;
  readonly counters: Counters;
  readonly log: TransportLog;
}) => Promise<RunningListener>;

/** Declares the tests that every way to answer over UDP passes. */
export function itAnswersUdp(startUdp: StartUdp): void {
  let listener: RunningListener | undefined;
  let client: Socket | undefined;
  const counters = makeCounters();
  const log = new LogBook();

  async function start(answer: Answer, address = '127.0.0.1'): Promise<RunningListener> {
    listener = await startUdp({ address, port: 0, answer, counters, log });
    client = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    return listener;
  }

  function send(octets: Buffer): void {
    client?.send(octets, listener?.port ?? 0, listener?.address);
  }

  async function receive(): Promise<Buffer> {
    const [octets] = (await once(client as Socket, 'message')) as [Buffer];
    return octets;
  }

  beforeEach(() => {
    counters.fill(0);
    log.lines.length = 0;
  });

  afterEach(async () => {
    client?.close();
    await listener?.close();
    client = undefined;
    listener = undefined;
  });

  for (const { address, family, octets } of [
    { address: '127.0.0.1', family: 4, octets: '7f000001' },
    { address: '::1', family: 6, octets: '00000000000000000000000000000001' },
  ]) {
    it(`gives the answering the requestor's address, from ${address}`, async () => {
      const seen: unknown[] = [];
      await start((exchange) => {
        const used = exchange.address.subarray(0, exchange.family === 4 ? 4 : 16);
        seen.push(exchange.transport, exchange.family, Buffer.from(used).toString('hex'));
        return echo(exchange);
      }, address);
      send(message(7));
      expect((await receive()).readUInt16BE(0)).to.equal(7);
      expect(seen).to.deep.equal([Transport.UDP, family, octets]);
    });
  }

  it('keeps each response whole while the next queries are answered', async () => {
    await start((exchange) => {
      const length = echo(exchange);
      exchange.response.fill(exchange.response[1] ?? 0, 12, 1000);
      return length + 988;
    });
    const received: Buffer[] = [];
    let wake: (() => void) | undefined;
    client?.on('message', (octets: Buffer) => {
      received.push(Buffer.from(octets));
      wake?.();
    });
    // As many at a time as a receive buffer of the system's default size takes.
    for (let id = 0; id < 200; id += 50) {
      for (let i = 0; i < 50; i++) send(message(id + i));
      while (received.length < id + 50) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    for (const octets of received) {
      expect(octets.length).to.equal(1000);
      expect(octets.subarray(12).every((octet) => octet === octets[1])).to.equal(true);
    }
  });

  it('sends nothing when there is no answer, and answers the next query', async () => {
    await start((exchange) => (exchange.query[1] === 1 ? 0 : echo(exchange)));
    send(message(1));
    send(message(2));
    expect((await receive()).readUInt16BE(0)).to.equal(2);
  });

  it('gives an empty datagram to the answering', async () => {
    const lengths: number[] = [];
    await start((exchange) => {
      lengths.push(exchange.queryLength);
      return exchange.queryLength === 0 ? 0 : echo(exchange);
    });
    send(Buffer.alloc(0));
    send(message(2));
    await receive();
    expect(lengths).to.deep.equal([0, 12]);
  });

  it('counts an exception of the answering, logs the first, and answers the next query', async () => {
    await start((exchange) => {
      if (exchange.query[1] !== 3) throw new Error('a bug');
      return echo(exchange);
    });
    for (const id of [1, 2, 3]) send(message(id));
    expect((await receive()).readUInt16BE(0)).to.equal(3);
    expect(counters[Counter.internalErrors]).to.equal(2);
    expect(log.lines).to.deep.equal(['error answering a query failed; further failures are only counted']);
  });

  it('counts a response that the kernel refuses', async () => {
    await start((exchange) => {
      const length = echo(exchange);
      // UDP over IPv4 takes 65,507 octets at the most.
      return exchange.query[1] === 1 ? 65535 : length;
    });
    send(message(1));
    send(message(2));
    await receive();
    expect(counters[Counter.sendErrors]).to.equal(1);
  });

  it('sends what it has answered before it closes', async () => {
    let closing: Promise<void> | undefined;
    const running = await start((exchange) => {
      process.nextTick(() => {
        closing = running.close();
      });
      return echo(exchange);
    });
    send(message(9));
    expect((await receive()).readUInt16BE(0)).to.equal(9);
    await closing;
    listener = undefined;
  });
}
