import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { type DecodedPacket, decode } from 'dns-packet';

/**
 * The response to one query over UDP on loopback, or undefined after `limitMs`.
 * @throws Error for a response that is none
 */
export function ask(
  port: number,
  query: Uint8Array,
  limitMs: number,
  source = '127.0.0.1',
): Promise<DecodedPacket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => end(undefined), limitMs);
    function end(packet: DecodedPacket | undefined): void {
      clearTimeout(timer);
      socket.close();
      resolve(packet);
    }
    function fail(error: unknown): void {
      clearTimeout(timer);
      socket.close();
      reject(error);
    }
    socket.once('error', fail);
    socket.once('message', (message) => {
      try {
        end(decode(message));
      } catch (error) {
        fail(error);
      }
    });
    socket.bind(0, source, () => socket.send(query, port, '127.0.0.1'));
  });
}

/** A port of 127.0.0.1 that is free for TCP now, and so in all likelihood for UDP. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
