import { createSocket } from 'node:dgram';
import { encode } from 'dns-packet';

/** Asked at once: far below what a socket's buffer holds. */
const WINDOW = 32;

/** Only a failing test waits so long. */
const LIMIT_MS = 20_000;

/**
 * Asks for these names over UDP, each once, some at a time, from one port.
 * @returns when each has its response
 * @throws when some have none in time
 */
export function askMany(
  at: { readonly address: string; readonly port: number },
  names: readonly string[],
): Promise<void> {
  const socket = createSocket('udp4');
  let sent = 0;
  let answered = 0;
  const next = (): void => {
    if (sent === names.length) return;
    const question = { name: names[sent] as string, type: 'A' as const };
    socket.send(encode({ type: 'query', id: sent & 0xffff, questions: [question] }), at.port, at.address);
    sent += 1;
  };
  return new Promise<void>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${answered} of ${names.length} queries were answered`)),
      LIMIT_MS,
    );
    socket.on('message', () => {
      answered += 1;
      next();
      if (answered < names.length) return;
      clearTimeout(late);
      resolve();
    });
    socket.on('error', reject);
    for (let i = 0; i < WINDOW; i++) next();
  }).finally(() => socket.close());
}
