import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { type Answer, Transport } from '../../src/answer/exchange.js';
import type { RunningListener } from '../../src/server/listener.js';
import { ProxyPeers } from '../../src/server/proxy-peers.js';
import { startTcp } from '../../src/server/tcp.js';
import type { TcpLimits } from '../../src/server/tcp-connection.js';
import { TlsGate, type TlsPair } from '../../src/server/tls-gate.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import { makeCertificate } from '../support/certificate.js';
import { proxyHeader } from '../support/proxy-header.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { echo, either, framed, LIMITS, LogBook, message, TcpClient } from './support.js';

/** DNS over TLS is DNS over TCP with a handshake before it (RFC 7858): what is here is where they differ. */
describe('DNS over TLS (RFC 7858)', () => {
  let first: TlsPair;
  let second: TlsPair;
  let gate: TlsGate;
  let listener: RunningListener;
  const sockets: Socket[] = [];
  const counters = makeCounters();

  before(async function () {
    needTool(this, 'openssl');
    [first, second] = await Promise.all([
      makeCertificate('ns1.example.com'),
      makeCertificate('ns2.example.com', 'rsa'),
    ]);
  });

  async function start(
    options: { answer?: Answer; limits?: Partial<TcpLimits>; proxies?: ProxyPeers } = {},
  ): Promise<void> {
    gate = new TlsGate(first, counters);
    listener = await startTcp({
      address: '127.0.0.1',
      port: 0,
      answer: options.answer ?? echo,
      limits: { ...LIMITS, ...options.limits },
      counters,
      log: new LogBook(),
      tls: gate,
      ...(options.proxies === undefined ? {} : { proxies: options.proxies }),
    });
  }

  /** @returns once the handshake is done; fails when it fails */
  async function secure(options: ConnectionOptions & { localAddress?: string } = {}): Promise<TLSSocket> {
    const socket = connectTls({
      host: '127.0.0.1',
      port: listener.port,
      rejectUnauthorized: false,
      ...options,
    });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return socket;
  }

  async function plain(localAddress?: string): Promise<TcpClient> {
    const client = await TcpClient.open(listener, localAddress);
    sockets.push(client.socket);
    return client;
  }

  /** Asks once over the connection. */
  async function ask(socket: Socket, id = 1): Promise<void> {
    const client = TcpClient.over(socket);
    socket.write(framed(message(id)));
    expect((await client.responses(1))[0]).to.equal(id);
  }

  function counted(counter: Counter, wanted: number): Promise<unknown> {
    return until(
      async () => counters[counter],
      (found) => found === wanted,
    );
  }

  beforeEach(() => {
    counters.fill(0);
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await listener.close();
    gate.close();
  });

  describe('handshake', () => {
    for (const { name, offers, agreed } of [
      { name: 'dot', offers: ['dot'], agreed: 'dot' },
      { name: 'dot after another', offers: ['h2', 'dot'], agreed: 'dot' },
      { name: 'nothing, which RFC 7858 does not ask for', offers: undefined, agreed: false },
    ]) {
      it(`takes a client whose ALPN offers ${name}`, async () => {
        await start();
        const socket = await secure(offers === undefined ? {} : { ALPNProtocols: offers });
        expect(socket.alpnProtocol).to.equal(agreed);
        await ask(socket);
      });
    }

    it('refuses a client whose ALPN offers other protocols alone, by no_application_protocol', async () => {
      await start();
      const error = await secure({ ALPNProtocols: ['h2', 'http/1.1'] }).catch((cause: unknown) => cause);
      expect(String(error)).to.match(/no application protocol/);
      await counted(Counter.tlsFailed, 1);
    });

    it('refuses TLS 1.1 (RFC 8996: TLS 1.1 MUST NOT be used)', async () => {
      await start();
      const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      const error = await secure(old).catch((cause: unknown) => cause);
      expect(String(error)).to.match(/protocol version/);
      await counted(Counter.tlsFailed, 1);
    });

    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`takes ${version}`, async () => {
        await start();
        const socket = await secure({ minVersion: version, maxVersion: version });
        expect(socket.getProtocol()).to.equal(version);
        await ask(socket);
        expect([counters[Counter.tlsHandshakes], counters[Counter.tlsFailed]]).to.deep.equal([1, 0]);
      });
    }

    it('closes a connection of plain DNS', async () => {
      await start();
      const client = await plain();
      client.socket.write(framed(message(1)));
      await either(client.socket, 'end', 'close');
      await counted(Counter.tlsFailed, 1);
      expect(client.ids).to.deep.equal([]);
    });

    it('closes a connection whose handshake does not end in time, however it trickles', async () => {
      await start({ limits: { frameMs: 60 } });
      const client = await plain();
      // A handshake record of 16,384 octets begins.
      client.socket.write(Buffer.of(0x16, 0x03, 0x01, 0x40, 0x00, 0x01));
      const trickle = setInterval(() => client.socket.write(Buffer.of(0)), 5);
      expect(await client.closed).to.equal('reset');
      clearInterval(trickle);
      expect(counters[Counter.tcpTimeouts]).to.equal(1);
    });

    it('frees a connection at once whose client ends in the middle of it', async () => {
      await start({ limits: { maxPerClient: 1 } });
      for (let i = 1; i <= 3; i++) {
        const client = await plain();
        client.socket.end(Buffer.of(0x16, 0x03, 0x01));
        await client.closed;
        await counted(Counter.tlsFailed, i);
      }
      await until(
        () => secure().catch(() => undefined),
        (again) => again !== undefined,
      );
      expect(counters[Counter.tcpTimeouts]).to.equal(0);
    });

    it('survives resets at any moment of it', async () => {
      await start();
      for (let i = 0; i < 30; i++) {
        const raw = connect(listener.port, '127.0.0.1');
        sockets.push(raw);
        await once(raw, 'connect');
        const socket = connectTls({ socket: raw, rejectUnauthorized: false });
        socket.on('error', () => {});
        for (let turn = 0; turn < i; turn++) await new Promise(setImmediate);
        raw.resetAndDestroy();
      }
      await ask(await secure());
    });
  });

  describe('sessions', () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      it(`of ${version} are resumed, after the certificate was renewed too`, async () => {
        await start();
        const options = { minVersion: version, maxVersion: version };
        const before = await secure(options);
        const session = await sessionOf(before);
        const again = await secure({ ...options, session });
        expect(again.isSessionReused()).to.equal(true);
        await ask(again);
        gate.renew(second);
        const renewed = await secure({ ...options, session });
        expect(renewed.isSessionReused()).to.equal(true);
        await ask(renewed);
        expect(counters[Counter.tlsResumed]).to.equal(2);
      });
    }

    it('are not resumed by another server', async () => {
      await start();
      const session = await sessionOf(await secure());
      await listener.close();
      await start();
      const socket = await secure({ session });
      expect(socket.isSessionReused()).to.equal(false);
      await ask(socket);
    });
  });

  describe('another certificate', () => {
    it('is shown to those that connect from now on; open connections go on', async () => {
      await start();
      const open = await secure();
      expect(open.getPeerCertificate().subject.CN).to.equal('ns1.example.com');
      gate.renew(second);
      expect((await secure()).getPeerCertificate().subject.CN).to.equal('ns2.example.com');
      await ask(open);
    });

    it('that OpenSSL refuses changes nothing', async () => {
      await start();
      const { key } = await makeCertificate('ns3.example.com');
      expect(() => gate.renew({ certificate: first.certificate, key })).to.throw(/mismatch/);
      const socket = await secure();
      expect(socket.getPeerCertificate().subject.CN).to.equal('ns1.example.com');
      await ask(socket);
    });

    it('may come while many connect: none fails, each sees one of the two', async () => {
      await start();
      const names = new Set<string>();
      let left = 60;
      const client = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const socket = await secure();
          names.add(String(socket.getPeerCertificate().subject.CN));
          await ask(socket);
          socket.destroy();
          gate.renew(left % 2 === 0 ? first : second);
        }
      };
      await Promise.all([client(), client(), client()]);
      expect([...names].sort()).to.deep.equal(['ns1.example.com', 'ns2.example.com']);
      expect(counters[Counter.tlsFailed]).to.equal(0);
    });
  });

  describe('messages', () => {
    it('go to the answering with the client that it is', async () => {
      const seen: string[] = [];
      await start({
        answer: (exchange) => {
          seen.push(`${exchange.transport} ${exchange.family} ${exchange.address.subarray(0, 4).join('.')}`);
          return echo(exchange);
        },
      });
      await ask(await secure({ localAddress: '127.0.0.9' }));
      expect(seen).to.deep.equal([`${Transport.TLS} 4 127.0.0.9`]);
    });

    it('may be many at once, and octet by octet (RFC 7858 §3.3)', async () => {
      await start();
      const socket = await secure();
      const client = TcpClient.over(socket);
      const ids = Array.from({ length: 500 }, (_, id) => id);
      socket.write(framed(...ids.map((id) => message(id, id % 50))));
      expect(await client.responses(500)).to.deep.equal(ids);
      for (const octet of framed(message(501, 3))) {
        socket.write(Buffer.of(octet));
        await new Promise(setImmediate);
      }
      expect((await client.responses(501)).at(-1)).to.equal(501);
    });

    it('may have 65,535 octets each way', async () => {
      await start();
      const socket = await secure();
      const client = TcpClient.over(socket);
      socket.write(framed(message(1, 65523), message(2)));
      expect(await client.responses(2)).to.deep.equal([1, 2]);
      expect(client.lengths).to.deep.equal([65535, 12]);
    });

    it('of a client that closed its direction after them are answered all the same', async () => {
      await start({
        answer: (exchange) => {
          echo(exchange);
          return 65535;
        },
      });
      const socket = await secure({ allowHalfOpen: true } as ConnectionOptions);
      const client = TcpClient.over(socket);
      socket.pause();
      socket.end(framed(...Array.from({ length: 300 }, (_, id) => message(id))));
      await counted(Counter.tlsHandshakes, 1);
      socket.resume();
      expect((await client.responses(300)).at(-1)).to.equal(299);
      expect(await client.closed).to.equal('end');
    });

    it('that are no DNS end the connection', async () => {
      await start();
      const socket = await secure();
      socket.write(Buffer.concat([framed(message(1)), Buffer.of(0, 3)]));
      const client = TcpClient.over(socket);
      await client.responses(1);
      await once(socket, 'end');
      expect(counters[Counter.tcpBadFrames]).to.equal(1);
    });

    it('that end in the middle time out', async () => {
      await start({ limits: { frameMs: 80 } });
      const socket = await secure();
      const client = TcpClient.over(socket);
      socket.write(framed(message(1), message(2)).subarray(0, 20));
      await client.responses(1);
      await client.closed;
      expect(counters[Counter.tcpTimeouts]).to.equal(1);
    });

    it('wait while their client does not read, and are answered whole when it does', async () => {
      await start({
        answer: (exchange) => {
          echo(exchange);
          return 65535;
        },
      });
      const socket = await secure();
      const client = TcpClient.over(socket);
      socket.pause();
      socket.write(framed(...Array.from({ length: 300 }, (_, id) => message(id))));
      await counted(Counter.tlsHandshakes, 1);
      socket.resume();
      expect((await client.responses(300)).at(-1)).to.equal(299);
    });
  });

  describe('limits', () => {
    it('close a connection that is idle, in good order', async () => {
      await start({ limits: { idleMs: 40 } });
      const socket = await secure();
      await once(socket, 'end');
      expect(counters[Counter.tcpIdle]).to.equal(1);
    });

    it('count connections of a client from before the handshake, and let it in again', async () => {
      await start({ limits: { maxPerClient: 2 } });
      const silent = await plain('127.0.0.4');
      const socket = await secure({ localAddress: '127.0.0.4' });
      expect(await (await plain('127.0.0.4')).closed).to.equal('reset');
      expect(counters[Counter.tcpRefused]).to.equal(1);
      silent.socket.destroy();
      socket.destroy();
      await until(
        () => secure({ localAddress: '127.0.0.4' }).catch(() => undefined),
        (again) => again !== undefined,
      );
    });

    it('close a handshake that waits when there are too many connections', async () => {
      await start({ limits: { maxConnections: 1 } });
      const silent = await plain();
      await counted(Counter.tcpAccepted, 1);
      await ask(await secure());
      expect(await silent.closed).to.equal('reset');
      expect(counters[Counter.tcpEvicted]).to.equal(1);
    });

    it('do not wait for a handshake when it leaves', async () => {
      await start();
      const silent = await plain();
      await counted(Counter.tcpAccepted, 1);
      await listener.close();
      expect(await silent.closed).to.equal('reset');
    });
  });

  describe('behind a proxy', () => {
    const proxies = new ProxyPeers([{ family: 4, octets: Uint8Array.of(127, 0, 0, 2), bits: 32 }]);

    it('reads the header before the handshake, in one segment with it too', async () => {
      const seen: string[] = [];
      const answer: Answer = (exchange) => {
        seen.push(exchange.address.subarray(0, 4).join('.'));
        return echo(exchange);
      };
      await start({ answer, proxies });
      for (const together of [false, true]) {
        const raw = connect({ port: listener.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
        sockets.push(raw);
        await once(raw, 'connect');
        if (together) raw.cork();
        raw.write(proxyHeader(together ? '192.0.2.8' : '192.0.2.7'));
        const socket = connectTls({ socket: raw, rejectUnauthorized: false });
        if (together) setImmediate(() => raw.uncork());
        await once(socket, 'secureConnect');
        await ask(socket);
      }
      expect(seen).to.deep.equal(['192.0.2.7', '192.0.2.8']);
    });

    it('closes a handshake without a header', async () => {
      await start({ proxies });
      const error = await secure({ localAddress: '127.0.0.2' }).catch((cause: unknown) => cause);
      expect(error).to.be.instanceOf(Error);
      expect(counters[Counter.badProxyHeader]).to.equal(1);
    });
  });
});

/** A session to resume: TLS 1.3 sends its ticket after the handshake. */
async function sessionOf(socket: TLSSocket): Promise<Buffer> {
  if (socket.getProtocol() === 'TLSv1.3') {
    const [session] = (await once(socket, 'session')) as [Buffer];
    return session;
  }
  const session = socket.getSession();
  if (session === undefined) throw new Error('there is no session');
  return session;
}
