import { createSocket } from 'node:dgram';

/** A server to talk to. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * Sends a datagram and waits for the response that `accept` takes; others are ignored, since anyone can forge them.
 * @throws Error when none comes in time, the socket fails or `signal` aborts
 */
export function exchangeUdp<T>(
  to: Endpoint,
  message: Uint8Array,
  accept: (response: Uint8Array) => T | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<T> {
  const socket = createSocket(to.address.includes(':') ? 'udp6' : 'udp4');
  return new Promise<T>((resolve, reject) => {
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.close();
      end();
    };
    const timer = setTimeout(() => settle(() => reject(new Error('no response in time'))), timeoutMs);
    const abort = (): void => settle(() => reject(new Error('stopped')));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', (error) => settle(() => reject(error)));
    socket.on('message', (response) => {
      const taken = accept(response);
      if (taken !== undefined) settle(() => resolve(taken));
    });
    // Connected: only datagrams of this server come, and its refusals show.
    socket.connect(to.port, to.address, () => socket.send(message));
  });
}
