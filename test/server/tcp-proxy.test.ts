import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Answer } from '../../src/answer/exchange.js';
import type { RunningListener } from '../../src/server/listener.js';
import { ProxyPeers } from '../../src/server/proxy-peers.js';
import { startTcp } from '../../src/server/tcp.js';
import type { TcpLimits } from '../../src/server/tcp-connection.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import { proxyHeader } from '../support/proxy-header.js';
import { until } from '../support/until.js';
import { echo, framed, LIMITS, LogBook, message, TcpClient } from './support.js';

const PROXY = '127.0.0.2';

describe('TCP behind a proxy (PROXY protocol, version 2)', () => {
  let listener: RunningListener;
  const clients: TcpClient[] = [];
  const counters = makeCounters();
  const seen: string[] = [];
  const answer: Answer = (exchange) => {
    const used = exchange.address.subarray(0, exchange.family === 4 ? 4 : 16);
    seen.push(`${exchange.family} ${Buffer.from(used).toString('hex')}`);
    return echo(exchange);
  };

  async function start(limits: Partial<TcpLimits> = {}): Promise<void> {
    const proxies = new ProxyPeers([{ family: 4, octets: Uint8Array.of(127, 0, 0, 2), bits: 32 }]);
    listener = await startTcp({
      address: '127.0.0.1',
      port: 0,
      answer,
      limits: { ...LIMITS, ...limits },
      counters,
      log: new LogBook(),
      proxies,
    });
  }

  async function open(localAddress = PROXY): Promise<TcpClient> {
    const client = await TcpClient.open(listener, localAddress);
    clients.push(client);
    return client;
  }

  beforeEach(() => {
    counters.fill(0);
    seen.length = 0;
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await listener.close();
  });

  for (const { name, from, is } of [
    { name: 'IPv4', from: '192.0.2.7', is: '4 c0000207' },
    { name: 'IPv6', from: '2001:db8::7', is: '6 20010db8000000000000000000000007' },
    { name: 'nobody, which is the proxy itself', from: undefined, is: '4 7f000002' },
  ]) {
    it(`answers whom a header names: ${name}`, async () => {
      await start();
      const client = await open();
      client.socket.write(Buffer.concat([proxyHeader(from), framed(message(1), message(2))]));
      expect(await client.responses(2)).to.deep.equal([1, 2]);
      expect(seen).to.deep.equal([is, is]);
      expect(counters[Counter.proxied]).to.equal(1);
    });
  }

  it('reads a header that comes octet by octet', async () => {
    await start();
    const client = await open();
    client.socket.setNoDelay(true);
    for (const octet of Buffer.concat([proxyHeader('192.0.2.7'), framed(message(1))])) {
      client.socket.write(Buffer.of(octet));
      await new Promise(setImmediate);
    }
    expect(await client.responses(1)).to.deep.equal([1]);
    expect(seen).to.deep.equal(['4 c0000207']);
  });

  it('answers a client that closed its direction', async () => {
    await start();
    const client = await open();
    client.socket.end(Buffer.concat([proxyHeader('192.0.2.7'), framed(message(1))]));
    expect(await client.responses(1)).to.deep.equal([1]);
    expect(await client.closed).to.equal('end');
  });

  for (const { name, octets } of [
    { name: 'a query without a header', octets: framed(message(1)) },
    { name: 'version 1', octets: Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 1 53\r\n') },
    { name: 'a header that is too long', octets: Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex') },
  ]) {
    it(`closes at ${name}, and counts it`, async () => {
      await start();
      const client = await open();
      client.socket.write(octets);
      expect(await client.closed).to.equal('reset');
      expect(seen).to.deep.equal([]);
      expect(counters[Counter.badProxyHeader]).to.equal(1);
    });
  }

  it('takes a header of anyone else for DNS', async () => {
    await start({ frameMs: 40 });
    const client = await open('127.0.0.3');
    client.socket.write(Buffer.concat([proxyHeader('192.0.2.7'), framed(message(1))]));
    expect(await client.closed).to.equal('reset');
    expect(seen).to.deep.equal([]);
    expect(counters[Counter.proxied]).to.equal(0);
  });

  it('closes a connection whose header does not come in time, or whose client leaves before it', async () => {
    await start({ frameMs: 40 });
    const slow = await open();
    slow.socket.write(proxyHeader('192.0.2.7').subarray(0, 10));
    expect(await slow.closed).to.equal('reset');
    expect(counters[Counter.tcpTimeouts]).to.equal(1);
    const leaving = await open();
    leaving.socket.end(Buffer.of(0x0d));
    await once(leaving.socket, 'end');
    const reset = await open();
    reset.socket.resetAndDestroy();
    const client = await open();
    client.socket.write(Buffer.concat([proxyHeader('192.0.2.7'), framed(message(1))]));
    await client.responses(1);
  });

  it('limits the connections of each client, not those of the proxy', async () => {
    await start({ maxPerClient: 1 });
    const first = await open();
    first.socket.write(Buffer.concat([proxyHeader('192.0.2.7'), framed(message(1))]));
    await first.responses(1);
    const other = await open();
    other.socket.write(Buffer.concat([proxyHeader('192.0.2.8'), framed(message(2))]));
    await other.responses(1);
    const second = await open();
    second.socket.write(proxyHeader('192.0.2.7'));
    expect(await second.closed).to.equal('reset');
    expect(counters[Counter.tcpRefused]).to.equal(1);
    for (const check of [await open(), await open()]) {
      check.socket.write(Buffer.concat([proxyHeader(undefined), framed(message(3))]));
      await check.responses(1);
    }
  });

  it('closes the connection that was quiet the longest, one without a header too', async () => {
    await start({ maxConnections: 2 });
    const silent = await open();
    await until(
      async () => counters[Counter.tcpAccepted],
      (accepted) => accepted === 1,
    );
    for (const id of [1, 2]) {
      const client = await open();
      client.socket.write(Buffer.concat([proxyHeader('192.0.2.7'), framed(message(id))]));
      await client.responses(1);
    }
    expect(await silent.closed).to.equal('reset');
    expect(counters[Counter.tcpEvicted]).to.equal(1);
  });

  it('does not wait for a header when it leaves', async () => {
    await start();
    const client = await open();
    await until(
      async () => counters[Counter.tcpAccepted],
      (accepted) => accepted === 1,
    );
    await listener.close();
    expect(await client.closed).to.equal('reset');
  });

  it('survives whatever a proxy sends, and answers the next connection', async function () {
    this.timeout(60_000);
    await start({ frameMs: 200 });
    const begins = fc.constantFrom(
      proxyHeader('192.0.2.7'),
      proxyHeader('2001:db8::7'),
      proxyHeader(undefined),
      framed(message(1)),
    );
    await fc.assert(
      fc.asyncProperty(begins, fc.uint8Array({ maxLength: 60 }), fc.nat(60), async (head, tail, at) => {
        const client = await open();
        const octets = Buffer.concat([head, tail]);
        octets[at % octets.length] = (octets[at % octets.length] ?? 0) ^ 0x41;
        client.socket.write(octets);
        client.socket.end();
        await client.closed;
      }),
      { numRuns: 50 },
    );
    const client = await open();
    client.socket.write(Buffer.concat([proxyHeader('192.0.2.7'), framed(message(7))]));
    expect(await client.responses(1)).to.deep.equal([7]);
  });
});
