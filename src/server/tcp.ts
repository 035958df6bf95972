import { createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Answer, Exchange, MAX_MESSAGE_OCTETS, Transport } from '../answer/exchange.js';
import { Counter, type Counters, count } from '../state/counters.js';
import { readAddressText } from './address-text.js';
import { listenError } from './listen-error.js';
import { faultReporter, type RunningListener, type TransportLog } from './listener.js';
import { type PeerAddress, readProxyV2 } from './proxy-header.js';
import { ProxyPeers } from './proxy-peers.js';
import { readProxyPeer } from './read-proxy-peer.js';
import {
  BATCH_OCTETS,
  type StreamClient,
  TcpConnection,
  type TcpLimits,
  type TcpShared,
} from './tcp-connection.js';
import { type Registered, TcpRegister } from './tcp-register.js';
import type { TlsGate } from './tls-gate.js';

/**
 * Answers DNS over TCP (RFC 7766), or over TLS (RFC 7858), on one address.
 * @throws ListenError when the socket can't be opened
 */
export async function startTcp(options: {
  readonly address: string;
  /** 0: one that is free. */
  readonly port: number;
  /** A listening socket of this address, taken instead of a new one. */
  readonly descriptor?: number | undefined;
  readonly answer: Answer;
  readonly limits: TcpLimits;
  /** What counts its connections together with those of others; without it they are counted alone. */
  readonly register?: TcpRegister;
  readonly counters: Counters;
  readonly log: TransportLog;
  /** What makes its connections secure (RFC 7858); without it they are not. */
  readonly tls?: TlsGate;
  /** Peers whose connections begin with a PROXY header, before TLS; none unless given. */
  readonly proxies?: ProxyPeers;
}): Promise<RunningListener> {
  const { address, port, descriptor, counters, log, tls, proxies = new ProxyPeers() } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const register = options.register ?? new TcpRegister(limits, counters);
  const connections = new Set<TcpConnection>();
  const openings = new Set<Opening>();
  const exchange = new Exchange();
  exchange.transport = tls === undefined ? Transport.TCP : Transport.TLS;
  exchange.query = new Uint8Array(MAX_MESSAGE_OCTETS);
  // RFC 7828 §3.1: TIMEOUT is in units of 100 milliseconds, and has 16 bits.
  exchange.idleTenths = Math.min(Math.floor(limits.idleMs / 100), 0xffff);
  const shared: TcpShared = {
    answer: options.answer,
    counters,
    onFault: faultReporter(counters, log),
    limits,
    exchange,
    batch: new Uint8Array(BATCH_OCTETS),
    now: () => performance.now(),
    onAnswered: (connection) => register.touch(connection),
  };

  const server = createServer({ allowHalfOpen: true }, accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError('TCP', address, port, error)));
    const where = descriptor === undefined ? { host: address, port, ipv6Only: true } : { fd: descriptor };
    server.listen({ ...where, backlog: BACKLOG }, resolve);
  });
  server.removeAllListeners('error');
  // Without descriptors left each accept fails: it is told once, or it would fill the log.
  server.on('error', () => {});
  server.once('error', (error) => log.warn({ err: error }, 'a TCP connection could not be accepted'));
  const sweep = setInterval(expireAll, sweepPeriodMs(limits));

  const bound = server.address();
  if (bound === null || typeof bound === 'string')
    throw new Error(`TCP ${address}: the socket has no address`);
  return { address: bound.address, port: bound.port, close };

  function accept(socket: Socket): void {
    // Whatever is done with it, a reset by the client is no error of ours.
    socket.on('error', () => {});
    const address = new Uint8Array(16);
    const family = readAddressText(socket.remoteAddress ?? '', address);
    if (family === 0) {
      // The client is gone already.
      socket.destroy();
      return;
    }
    const client = { family, address, key: clientKey(family, address) };
    if (proxies.includes(family, address, 0)) {
      void acceptProxied(socket, client);
      return;
    }
    if (!register.admits(client.key)) {
      socket.resetAndDestroy();
      return;
    }
    register.accept();
    enter(socket, client);
  }

  /** Reads whom the connection is for. How many there are of one proxy is not limited, but how many of each of its clients. */
  async function acceptProxied(socket: Socket, proxy: StreamClient): Promise<void> {
    register.accept();
    const opening = open(socket, '');
    // The opening has a deadline of its own, which comes first and is counted.
    const named = await readProxyPeer(socket, 2 * limits.frameMs, readProxyV2);
    if (named === 'gone') {
      socket.destroy();
      return;
    }
    if (socket.destroyed) return;
    if (named === 'none' || named === 'bad') {
      count(counters, Counter.badProxyHeader);
      socket.resetAndDestroy();
      return;
    }
    count(counters, Counter.proxied);
    const client = named === 'local' ? proxy : clientOf(named);
    opened(opening);
    if (named !== 'local' && !register.admits(client.key)) socket.resetAndDestroy();
    else enter(socket, client);
  }

  function enter(socket: Socket, client: StreamClient): void {
    if (tls === undefined) {
      serve(socket, socket, client);
      return;
    }
    const opening = open(socket, client.key);
    tls.secure(socket, (secure) => {
      opened(opening);
      serve(secure, socket, client);
    });
  }

  function serve(socket: Socket, carrier: Socket, client: StreamClient): void {
    const connection = new TcpConnection(socket, carrier, client, shared);
    connections.add(connection);
    register.add(connection);
    carrier.once('close', () => {
      connections.delete(connection);
      register.remove(connection);
    });
  }

  /** Registers a connection that has to show something before its first message. */
  function open(socket: Socket, key: string): Opening {
    const opening: Opening = {
      clientKey: key,
      deadlineMs: performance.now() + limits.frameMs,
      reset: () => socket.resetAndDestroy(),
      onClose: () => opened(opening),
      socket,
    };
    openings.add(opening);
    register.add(opening);
    socket.once('close', opening.onClose);
    return opening;
  }

  function opened(opening: Opening): void {
    opening.socket.off('close', opening.onClose);
    openings.delete(opening);
    register.remove(opening);
  }

  function expireAll(): void {
    const nowMs = performance.now();
    for (const connection of connections) connection.expire(nowMs);
    for (const opening of openings) {
      if (nowMs < opening.deadlineMs) continue;
      count(counters, Counter.tcpTimeouts);
      opening.reset();
    }
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const opening of openings) opening.reset();
    for (const connection of connections) connection.leave();
    const late = setTimeout(() => {
      for (const connection of connections) connection.reset();
    }, limits.leaveMs);
    await closed;
    clearTimeout(late);
    clearInterval(sweep);
  }
}

/** A connection before its first message. */
interface Opening extends Registered {
  readonly socket: Socket;
  readonly deadlineMs: number;
  readonly onClose: () => void;
}

const DEFAULT_LIMITS = {
  /** A message that crosses the world in small segments takes a few round trips; a lost segment or two, seconds. */
  frameMs: 10_000,
  drainMs: 10_000,
  closeMs: 2_000,
  leaveMs: 5_000,
};

/** The kernel caps it at its somaxconn. */
const BACKLOG = 1024;

/** How often deadlines are looked at: a quarter of the shortest, so that none is missed by much, and at most each second. */
function sweepPeriodMs(limits: Required<TcpLimits>): number {
  const { idleMs, frameMs, drainMs, closeMs, leaveMs } = limits;
  const shortest = Math.min(idleMs, frameMs, drainMs, closeMs, leaveMs);
  return Math.min(1000, Math.max(5, Math.floor(shortest / 4)));
}

function clientOf({ family, octets }: PeerAddress): StreamClient {
  const address = new Uint8Array(16);
  address.set(octets);
  return { family, address, key: clientKey(family, address) };
}

/** IPv6 networks give each site a /64 at least, so that counting by address would count nothing. */
function clientKey(family: 4 | 6, octets: Uint8Array): string {
  return Buffer.from(octets.buffer, 0, family === 4 ? 4 : 8).toString('hex');
}
