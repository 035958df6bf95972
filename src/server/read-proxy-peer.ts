import type { Socket } from 'node:net';
import type { PeerAddress, ProxyHeader } from './proxy-header.js';

/**
 * Takes the PROXY header, if there is one, off the start of a connection; what follows it stays to be read.
 * @param parse of the octets that have come
 * @returns whom it names; `local`: nobody; `none`: there is none; `bad`: malformed, or not whole in time; `gone`: the connection
 *   ended
 */
export async function readProxyPeer(
  socket: Socket,
  timeoutMs: number,
  parse: (octets: Buffer) => ProxyHeader,
): Promise<PeerAddress | 'local' | 'none' | 'bad' | 'gone'> {
  return new Promise((resolve) => {
    let read: Buffer = Buffer.alloc(0);
    const settle = (result: PeerAddress | 'local' | 'none' | 'bad' | 'gone'): void => {
      clearTimeout(timer);
      socket.off('readable', onReadable).off('end', onGone).off('close', onGone).off('error', onGone);
      // An error that comes before the next reader listens must find a listener.
      socket.on('error', () => {});
      resolve(result);
    };
    const onGone = (): void => settle('gone');
    const onReadable = (): void => {
      for (
        let chunk = socket.read() as Buffer | null;
        chunk !== null;
        chunk = socket.read() as Buffer | null
      ) {
        read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
      }
      if (read.length === 0) return;
      const header = parse(read);
      if (header.kind === 'more') return;
      if (header.kind === 'bad') {
        settle('bad');
        return;
      }
      const rest = header.kind === 'none' ? read : read.subarray(header.length);
      if (rest.length > 0) socket.unshift(rest);
      settle(header.kind === 'client' ? header.peer : header.kind);
    };
    const timer = setTimeout(() => settle('bad'), timeoutMs);
    socket.on('readable', onReadable).on('end', onGone).on('close', onGone).on('error', onGone);
  });
}
