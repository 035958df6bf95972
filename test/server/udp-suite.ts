import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { type Answer, Transport } from '../../src/answer/exchange.js';
import type { RunningListener, TransportLog } from '../../src/server/listener.js';
import { ProxyPeers } from '../../src/server/proxy-peers.js';
import { Counter, type Counters, makeCounters } from '../../src/state/counters.js';
import { DATAGRAM, proxyHeader, STREAM } from '../support/proxy-header.js';
import { echo, LogBook, message } from './support.js';

/** A way to answer DNS over UDP. */
export type StartUdp = (options: {
  readonly address: string;
  readonly port: number;
  readonly answer: Answer;
  readonly counters: Counters;
  readonly log: TransportLog;
  readonly proxies?: ProxyPeers;
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

  describe('behind a proxy (PROXY protocol, version 2)', () => {
    const LOOPBACK = new ProxyPeers([{ family: 4, octets: Uint8Array.of(127, 0, 0, 0), bits: 8 }]);

    /** Starts with these proxies; each query's requestor and octets are kept. */
    async function startSeeing(proxies: ProxyPeers): Promise<string[]> {
      const seen: string[] = [];
      const answer: Answer = (exchange) => {
        const used = exchange.address.subarray(0, exchange.family === 4 ? 4 : 16);
        seen.push(`${exchange.family} ${Buffer.from(used).toString('hex')} ${exchange.queryLength}`);
        return echo(exchange);
      };
      listener = await startUdp({ address: '127.0.0.1', port: 0, answer, counters, log, proxies });
      client = createSocket('udp4');
      return seen;
    }

    it('answers whom the header names, and sends the response to the proxy, without a header', async () => {
      const seen = await startSeeing(LOOPBACK);
      const rows = [
        { from: '192.0.2.7', transport: DATAGRAM, is: '4 c0000207 17' },
        { from: '192.0.2.8', transport: STREAM, is: '4 c0000208 17' },
        { from: '2001:db8::7', transport: DATAGRAM, is: '6 20010db8000000000000000000000007 17' },
        { from: '192.0.2.9', transport: DATAGRAM, is: '4 c0000209 17' },
        { from: undefined, transport: DATAGRAM, is: '4 7f000001 17' },
      ];
      for (const [i, { from, transport }] of rows.entries()) {
        send(Buffer.concat([proxyHeader(from, transport, Buffer.alloc(i * 7)), message(i, 5)]));
        expect(await receive()).to.deep.equal(responseTo(message(i, 5)));
      }
      expect(seen).to.deep.equal(rows.map(({ is }) => is));
      expect(counters[Counter.proxied]).to.equal(rows.length);
    });

    it('drops what a proxy sends without a header, or with a wrong one, and counts it', async () => {
      const seen = await startSeeing(LOOPBACK);
      const header = proxyHeader('192.0.2.7');
      const wrong = [
        message(1),
        Buffer.alloc(0),
        header.subarray(0, 20),
        Buffer.from('PROXY UDP4 192.0.2.7 192.0.2.1 1 53\r\n'),
        Buffer.concat([header.subarray(0, 12), Buffer.of(0x31), header.subarray(13), message(2)]),
        Buffer.concat([header.subarray(0, 14), Buffer.of(0xff, 0xff), header.subarray(16), message(3)]),
      ];
      for (const octets of wrong) send(octets);
      send(Buffer.concat([header, message(4)]));
      expect((await receive()).readUInt16BE(0)).to.equal(4);
      expect(seen).to.have.length(1);
      expect(counters[Counter.badProxyHeader]).to.equal(wrong.length);
    });

    it('takes the header of a peer that is no proxy for a query', async () => {
      const seen = await startSeeing(
        new ProxyPeers([{ family: 4, octets: Uint8Array.of(192, 0, 2, 0), bits: 24 }]),
      );
      send(Buffer.concat([proxyHeader('192.0.2.7'), message(1)]));
      await receive();
      expect(seen).to.deep.equal(['4 7f000001 40']);
      expect([counters[Counter.proxied], counters[Counter.badProxyHeader]]).to.deep.equal([0, 0]);
    });

    it('believes a peer from when it becomes a proxy until it is none', async () => {
      const proxies = new ProxyPeers();
      const seen = await startSeeing(proxies);
      send(message(1));
      await receive();
      proxies.replace([{ family: 4, octets: Uint8Array.of(127, 0, 0, 1), bits: 32 }]);
      send(Buffer.concat([proxyHeader('192.0.2.7'), message(2)]));
      await receive();
      proxies.replace([]);
      send(message(3));
      await receive();
      expect(seen).to.deep.equal(['4 7f000001 12', '4 c0000207 12', '4 7f000001 12']);
    });

    it('answers each of a batch to its own client', async () => {
      const seen = await startSeeing(LOOPBACK);
      const addresses = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
      const received: number[] = [];
      let wake: (() => void) | undefined;
      client?.on('message', (octets: Buffer) => {
        received.push(octets.readUInt16BE(0));
        wake?.();
      });
      for (const [i, address] of addresses.entries()) {
        send(Buffer.concat([proxyHeader(address, DATAGRAM, Buffer.alloc(i)), message(i, i)]));
      }
      while (received.length < addresses.length) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const expected = addresses.map((_, i) => `4 c00002${Buffer.of(i).toString('hex')} ${12 + i}`);
      expect(seen.sort()).to.deep.equal(expected.sort());
      expect(received.sort((a, b) => a - b)).to.deep.equal(addresses.map((_, i) => i));
    });
  });
}

function responseTo(query: Buffer): Buffer {
  const response = Buffer.from(query);
  response[2] = 0x80;
  return response;
}
