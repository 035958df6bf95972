import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { ListenError } from '../../src/server/listen-error.js';
import { type RunningDns, startDns } from '../../src/server/start-dns.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import { echo, framed, LIMITS, LogBook, message, TcpClient } from './support.js';

function start(...listen: { address: string; port: number }[]): Promise<RunningDns> {
  return startDns({ listen, answer: echo, tcp: LIMITS, counters: makeCounters(), log: new LogBook() });
}

async function failureOf(promise: Promise<RunningDns>): Promise<ListenError> {
  try {
    await (await promise).close();
  } catch (error) {
    if (error instanceof ListenError) return error;
    throw error;
  }
  throw new Error('it listens');
}

describe('startDns', () => {
  it('finds one port for UDP and TCP on each address', async () => {
    const running = await start({ address: '127.0.0.1', port: 0 }, { address: '::1', port: 0 });
    try {
      expect(running.addresses.map(({ address }) => address)).to.deep.equal(['127.0.0.1', '::1']);
      for (const to of running.addresses) {
        const udp = createSocket(to.address.includes(':') ? 'udp6' : 'udp4');
        udp.send(message(1), to.port, to.address);
        const [octets] = (await once(udp, 'message')) as [Buffer];
        expect(octets.readUInt16BE(0)).to.equal(1);
        udp.close();
        const tcp = await TcpClient.open(to);
        tcp.socket.end(framed(message(2)));
        expect(await tcp.responses(1)).to.deep.equal([2]);
      }
    } finally {
      await running.close();
    }
  });

  it('limits the connections of all addresses together', async () => {
    const listen = [1, 2].map(() => ({ address: '127.0.0.1', port: 0 }));
    const counters = makeCounters();
    const tcp = { ...LIMITS, maxConnections: 2, maxPerClient: 1 };
    const running = await startDns({ listen, answer: echo, tcp, counters, log: new LogBook() });
    const [first, second] = running.addresses as [RunningDns['addresses'][0], RunningDns['addresses'][0]];
    const clients: TcpClient[] = [];
    const open = async (to: typeof first, from: string): Promise<TcpClient> => {
      const client = await TcpClient.open(to, from);
      clients.push(client);
      return client;
    };
    try {
      const quiet = await open(first, '127.0.0.2');
      quiet.socket.write(framed(message(1)));
      await quiet.responses(1);
      expect(await (await open(second, '127.0.0.2')).closed).to.equal('reset');
      expect(counters[Counter.tcpRefused]).to.equal(1);
      await open(second, '127.0.0.3');
      await open(second, '127.0.0.4');
      expect(await quiet.closed).to.equal('reset');
      expect(counters[Counter.tcpEvicted]).to.equal(1);
    } finally {
      for (const client of clients) client.socket.destroy();
      await running.close();
    }
  });

  it('serves one port on an IPv4 and an IPv6 wildcard address', async () => {
    const first = await start({ address: '0.0.0.0', port: 0 });
    const port = first.addresses[0]?.port ?? 0;
    const second = await start({ address: '::', port });
    await first.close();
    await second.close();
  });

  it('names a port that another UDP socket has', async () => {
    const holder = createSocket('udp4');
    holder.bind(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address();
    const error = await failureOf(start({ address: '127.0.0.1', port }));
    expect(error.message).to.equal(`can't listen on UDP 127.0.0.1:${port}: the port is taken (EADDRINUSE)`);
    holder.close();
  });

  it('names a port that another TCP socket has, and lets go of what it had opened', async () => {
    const holder = createServer();
    holder.listen(0, '::1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const free = await start({ address: '127.0.0.1', port: 0 });
    const freePort = free.addresses[0]?.port ?? 0;
    await free.close();

    const error = await failureOf(start({ address: '127.0.0.1', port: freePort }, { address: '::1', port }));
    expect(error.message).to.equal(`can't listen on TCP [::1]:${port}: the port is taken (EADDRINUSE)`);
    await (await start({ address: '127.0.0.1', port: freePort })).close();
    holder.close();
  });

  it('names an address that this machine does not have', async () => {
    const error = await failureOf(start({ address: '203.0.113.77', port: 5300 }));
    expect(error.code).to.equal('EADDRNOTAVAIL');
    expect(error.message).to.equal(
      "can't listen on UDP 203.0.113.77:5300: no interface of this machine has the address (EADDRNOTAVAIL)",
    );
  });
});
