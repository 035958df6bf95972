import type { Server } from 'node:http';
import type { ListenAddress } from '../config/config.js';
import { listenError } from '../server/listen-error.js';

/** Where to listen: on a socket that listens there already, or on a new one. */
export interface ListenOn extends ListenAddress {
  /** Closed with the server. */
  readonly descriptor?: number;
}

/**
 * Opens the server's socket.
 * @returns where it listens: the real port where 0 was asked for
 * @throws ListenError
 */
export async function listenHttp(server: Server, wanted: ListenOn): Promise<ListenAddress> {
  const { address, port, descriptor } = wanted;
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: unknown): void => reject(listenError('TCP', address, port, cause));
    server.once('error', fail);
    const isIpv6 = address.includes(':');
    const where = descriptor === undefined ? { host: address, port, ipv6Only: isIpv6 } : { fd: descriptor };
    server.listen(where, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const bound = server.address();
  return { address, port: bound !== null && typeof bound === 'object' ? bound.port : port };
}

/** Takes no more connections; ends when the responses on their way are sent, or after `graceMs`. */
export async function closeHttp(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
