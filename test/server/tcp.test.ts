import { once } from 'node:events';
import { expect } from 'chai';
import { type Answer, Transport } from '../../src/answer/exchange.js';
import type { RunningListener } from '../../src/server/listener.js';
import { startTcp } from '../../src/server/tcp.js';
import type { TcpLimits } from '../../src/server/tcp-connection.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import { echo, either, framed, LIMITS, LogBook, message, TcpClient } from './support.js';

describe('TCP', () => {
  let listener: RunningListener | undefined;
  const clients: TcpClient[] = [];
  const counters = makeCounters();
  const log = new LogBook();

  async function start(
    answer: Answer,
    limits: Partial<TcpLimits> = {},
    address = '127.0.0.1',
  ): Promise<void> {
    listener = await startTcp({ address, port: 0, answer, limits: { ...LIMITS, ...limits }, counters, log });
  }

  async function open(localAddress?: string): Promise<TcpClient> {
    const client = await TcpClient.open(listener as RunningListener, localAddress);
    clients.push(client);
    return client;
  }

  beforeEach(() => {
    counters.fill(0);
    log.lines.length = 0;
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await listener?.close();
    listener = undefined;
  });

  it('RFC 7828 §3.1: tells what answers the idle time-out in units of 100 ms, as far as 16 bits go', async () => {
    for (const [idleMs, tenths] of [
      [37_000, 370],
      [150, 1],
      [7_200_000, 65_535],
    ] as const) {
      let told = -1;
      await start(
        (exchange) => {
          told = exchange.idleTenths;
          return echo(exchange);
        },
        { idleMs },
      );
      const client = await open();
      client.socket.write(framed(message(1)));
      await client.responses(1);
      expect(told).to.equal(tenths);
      client.socket.destroy();
      await listener?.close();
    }
  });

  describe('messages (RFC 1035 §4.2.2, RFC 7766 §8)', () => {
    it('answers a message that comes octet by octet', async () => {
      await start(echo);
      const client = await open();
      client.socket.setNoDelay(true);
      for (const octet of framed(message(5, 30), message(6))) {
        client.socket.write(Buffer.of(octet));
        await new Promise(setImmediate);
      }
      expect(await client.responses(2)).to.deep.equal([5, 6]);
      expect(client.lengths).to.deep.equal([42, 12]);
    });

    it('answers two messages in one segment, and the third that ends in the next', async () => {
      await start(echo);
      const client = await open();
      const octets = framed(message(1), message(2), message(3));
      client.socket.write(octets.subarray(0, 30));
      expect(await client.responses(2)).to.deep.equal([1, 2]);
      client.socket.write(octets.subarray(30));
      expect(await client.responses(3)).to.deep.equal([1, 2, 3]);
    });

    it('gives the answering each message alone, and the address of its client', async () => {
      const seen: string[] = [];
      await start((exchange) => {
        seen.push(`${exchange.transport} ${exchange.family} ${exchange.address.subarray(0, 4).join('.')}`);
        seen.push(Buffer.from(exchange.query.subarray(0, exchange.queryLength)).toString('hex'));
        return echo(exchange);
      });
      const client = await open('127.0.0.9');
      client.socket.write(framed(message(0x0102, 3), message(0x0304)));
      await client.responses(2);
      const from = `${Transport.TCP} 4 127.0.0.9`;
      expect(seen).to.deep.equal([
        from,
        '0102000202020202020202020202'.padEnd(30, '02'),
        from,
        '0304000404040404040404'.padEnd(24, '04'),
      ]);
    });

    it('serves IPv6', async () => {
      await start(echo, {}, '::1');
      const client = await open();
      client.socket.write(framed(message(8)));
      expect(await client.responses(1)).to.deep.equal([8]);
    });

    it('takes a message of 65,535 octets and gives one back', async () => {
      await start(echo);
      const client = await open();
      client.socket.write(framed(message(1, 65523), message(2)));
      expect(await client.responses(2)).to.deep.equal([1, 2]);
      expect(client.lengths).to.deep.equal([65535, 12]);
    });

    for (const length of [0, 1, 11]) {
      it(`closes at a length of ${length}, after the responses to what came before`, async () => {
        await start(echo);
        const client = await open();
        client.socket.write(Buffer.concat([framed(message(1)), Buffer.of(0, length), framed(message(2))]));
        expect(await client.responses(1)).to.deep.equal([1]);
        await once(client.socket, 'end');
        client.socket.end();
        expect(await client.closed).to.equal('end');
        expect(client.ids).to.deep.equal([1]);
        expect(counters[Counter.tcpBadFrames]).to.equal(1);
      });
    }
  });

  describe('pipelining (RFC 7766 §6.2.1.1)', () => {
    it('answers 1,000 queries sent at once, each once and in order', async () => {
      await start(echo);
      const client = await open();
      const ids = Array.from({ length: 1000 }, (_, id) => id);
      client.socket.write(framed(...ids.map((id) => message(id, id % 50))));
      expect(await client.responses(1000)).to.deep.equal(ids);
      expect(client.torn).to.equal(false);
    });

    it('leaves out a query without an answer, and answers those around it', async () => {
      await start((exchange) => (exchange.query[1] === 2 ? 0 : echo(exchange)));
      const client = await open();
      client.socket.write(framed(message(1), message(2), message(3)));
      expect(await client.responses(2)).to.deep.equal([1, 3]);
    });

    it('answers queries whose client closed its direction after them', async () => {
      await start(echo);
      const client = await open();
      client.socket.end(framed(message(1), message(2)));
      expect(await client.responses(2)).to.deep.equal([1, 2]);
      expect(await client.closed).to.equal('end');
    });

    it('gives up on a message that its client closed in the middle of', async () => {
      await start(echo);
      const client = await open();
      client.socket.end(framed(message(1), message(2)).subarray(0, 20));
      expect(await client.closed).to.equal('end');
      expect(client.ids).to.deep.equal([1]);
    });

    it('goes on after an exception of the answering', async () => {
      await start((exchange) => {
        if (exchange.query[1] !== 3) throw new Error('a bug');
        return echo(exchange);
      });
      const client = await open();
      client.socket.write(framed(message(1), message(2), message(3)));
      expect(await client.responses(1)).to.deep.equal([3]);
      expect(counters[Counter.internalErrors]).to.equal(2);
      expect(log.lines).to.have.length(1);
    });

    it('survives resets at any moment', async () => {
      await start(echo);
      for (let i = 0; i < 20; i++) {
        const client = await open();
        client.socket.write(framed(message(1), message(2)).subarray(0, i));
        client.socket.resetAndDestroy();
      }
      const client = await open();
      client.socket.write(framed(message(3)));
      expect(await client.responses(1)).to.deep.equal([3]);
    });
  });

  describe('a client that does not read', () => {
    /** Responses of 65,535 octets to queries of 12: 64 MB, more than any socket buffers hold. */
    const QUERIES = 1000;
    const large: Answer = (exchange) => {
      echo(exchange);
      return 65535;
    };
    const burst = framed(...Array.from({ length: QUERIES }, (_, id) => message(id)));

    it('has its queries wait, and is answered whole when it reads again', async () => {
      let answered = 0;
      let stalled = (): void => {};
      const first = new Promise<void>((resolve) => {
        stalled = resolve;
      });
      await start((exchange) => {
        answered += 1;
        stalled();
        return large(exchange);
      });
      const client = await open();
      client.socket.pause();
      client.socket.write(burst);
      await first;
      expect(answered).to.be.below(QUERIES);
      client.socket.resume();
      expect((await client.responses(QUERIES)).at(-1)).to.equal(QUERIES - 1);
      expect(new Set(client.lengths)).to.deep.equal(new Set([65535]));
    });

    it('is still answered whole when it had closed its direction', async () => {
      await start(large);
      const client = await open();
      client.socket.pause();
      client.socket.end(burst);
      client.socket.resume();
      await client.responses(QUERIES);
      expect(await client.closed).to.equal('end');
    });

    it('is closed when it takes too long', async () => {
      await start(large, { drainMs: 40 });
      const client = await open();
      client.socket.pause();
      client.socket.write(burst);
      // A paused socket does not notice its end; the server's count does.
      while (counters[Counter.tcpTimeouts] === 0) await new Promise(setImmediate);
      client.socket.resume();
      await either(client.socket, 'end', 'close');
      expect(client.ids.length).to.be.below(QUERIES);
    });
  });

  describe('limits (RFC 7766 §6.2.2, §6.2.3)', () => {
    it('closes a connection that is idle', async () => {
      await start(echo, { idleMs: 30 });
      const client = await open();
      client.socket.write(framed(message(1)));
      await client.responses(1);
      await once(client.socket, 'end');
      expect(counters[Counter.tcpIdle]).to.equal(1);
      expect(counters[Counter.tcpTimeouts]).to.equal(0);
    });

    it('frees a connection whose client does not close after it did', async () => {
      await start(echo, { idleMs: 20, closeMs: 20 });
      const client = await open();
      await once(client.socket, 'end');
      // A client that only waits is not told of a reset.
      const poke = setInterval(() => client.socket.write(Buffer.of(0)), 5);
      expect(await client.closed).to.equal('reset');
      clearInterval(poke);
    });

    it('closes a connection whose message does not arrive whole in time, however it trickles', async () => {
      await start(echo, { frameMs: 60 });
      const client = await open();
      const trickle = setInterval(() => client.socket.write(Buffer.of(0)), 5);
      client.socket.write(Buffer.of(0xff, 0xff));
      await either(client.socket, 'end', 'close');
      clearInterval(trickle);
      expect(counters[Counter.tcpTimeouts]).to.equal(1);
    });

    it('refuses one client too many connections, not others, and accepts again when one closed', async () => {
      await start(echo, { maxPerClient: 2 });
      const first = await open('127.0.0.2');
      const second = await open('127.0.0.2');
      second.socket.write(framed(message(2)));
      await second.responses(1);
      expect(await (await open('127.0.0.2')).closed).to.equal('reset');
      const other = await open('127.0.0.3');
      other.socket.write(framed(message(4)));
      expect(await other.responses(1)).to.deep.equal([4]);
      expect(counters[Counter.tcpRefused]).to.equal(1);
      first.socket.end();
      await first.closed;
      const again = await open('127.0.0.2');
      again.socket.write(framed(message(5)));
      expect(await again.responses(1)).to.deep.equal([5]);
    });

    it('closes the connection that was quiet the longest when there are too many', async () => {
      await start(echo, { maxConnections: 2 });
      const quiet = await open();
      const busy = await open();
      for (const client of [quiet, busy]) {
        client.socket.write(framed(message(1)));
        await client.responses(1);
      }
      quiet.socket.write(framed(message(2)));
      await quiet.responses(2);
      const newest = await open();
      expect(await busy.closed).to.equal('reset');
      expect(counters[Counter.tcpEvicted]).to.equal(1);
      for (const client of [quiet, newest]) client.socket.write(framed(message(3)));
      await newest.responses(1);
      await quiet.responses(3);
    });
  });

  describe('leaving', () => {
    it('sends the responses on their way, then ends each connection', async () => {
      await start(echo);
      const client = await open();
      const idle = await open();
      client.socket.write(framed(message(1), message(2)));
      await client.responses(2);
      const closed = listener?.close();
      listener = undefined;
      client.socket.once('end', () => client.socket.end());
      idle.socket.once('end', () => idle.socket.end());
      await closed;
      expect(await client.closed).to.equal('end');
      expect(await idle.closed).to.equal('end');
    });

    it('does not wait for clients that stay', async () => {
      await start(echo, { closeMs: 20 });
      const client = await open();
      client.socket.write(framed(message(1)));
      await client.responses(1);
      await listener?.close();
      listener = undefined;
      expect(client.socket.closed).to.equal(false);
    });
  });
});
