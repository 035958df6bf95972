import { createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { type Answer, Exchange, MAX_MESSAGE_OCTETS, Transport } from '../answer/exchange.js';
import type { Counters } from '../state/counters.js';
import { readAddressText } from './address-text.js';
import { listenError } from './listen-error.js';
import { faultReporter, type RunningListener, type TransportLog } from './listener.js';
import { BATCH_OCTETS, TcpConnection, type TcpLimits, type TcpShared } from './tcp-connection.js';
import { TcpRegister } from './tcp-register.js';

/**
 * Answers DNS over TCP (RFC 7766) on one address.
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
}): Promise<RunningListener> {
  const { address, port, descriptor, counters, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const register = options.register ?? new TcpRegister(limits, counters);
  const connections = new Set<TcpConnection>();
  const exchange = new Exchange();
  exchange.transport = Transport.TCP;
  exchange.query = new Uint8Array(MAX_MESSAGE_OCTETS);
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
    const octets = new Uint8Array(16);
    const family = readAddressText(socket.remoteAddress ?? '', octets);
    if (family === 0) {
      // The client is gone already.
      socket.destroy();
      return;
    }
    const key = clientKey(family, octets);
    if (!register.admits(key)) {
      socket.resetAndDestroy();
      return;
    }
    const connection = new TcpConnection(socket, key, family, octets, shared);
    connections.add(connection);
    register.add(connection);
    socket.once('close', () => {
      connections.delete(connection);
      register.remove(connection);
    });
  }

  function expireAll(): void {
    const nowMs = performance.now();
    for (const connection of connections) connection.expire(nowMs);
  }

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of connections) connection.leave();
    const late = setTimeout(() => {
      for (const connection of connections) connection.socket.resetAndDestroy();
    }, limits.leaveMs);
    await closed;
    clearTimeout(late);
    clearInterval(sweep);
  }
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

/** IPv6 networks give each site a /64 at least, so that counting by address would count nothing. */
function clientKey(family: 4 | 6, octets: Uint8Array): string {
  return Buffer.from(octets.buffer, 0, family === 4 ? 4 : 8).toString('hex');
}
