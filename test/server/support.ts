import { connect, type Socket } from 'node:net';
import type { Answer } from '../../src/answer/exchange.js';
import type { TransportLog } from '../../src/server/listener.js';

export const LIMITS = { idleMs: 60_000, maxConnections: 100, maxPerClient: 100 };

/** Keeps what was logged. */
export class LogBook implements TransportLog {
  readonly lines: string[] = [];

  warn(_fields: object, message: string): void {
    this.lines.push(`warn ${message}`);
  }

  error(_fields: object, message: string): void {
    this.lines.push(`error ${message}`);
  }
}

/** Sends the query back with QR=1. */
export const echo: Answer = (exchange) => {
  exchange.response.set(exchange.query.subarray(0, exchange.queryLength));
  exchange.response[2] = (exchange.response[2] ?? 0) | 0x80;
  return exchange.queryLength;
};

/** A message of a header and `padding` octets more. */
export function message(id: number, padding = 0): Buffer {
  const octets = Buffer.alloc(12 + padding, id & 0xff);
  octets.writeUInt16BE(id, 0);
  octets[2] = 0;
  return octets;
}

export function framed(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((octets) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(octets.length);
      return [length, octets];
    }),
  );
}

/** A TCP client that takes responses apart. */
export class TcpClient {
  readonly ids: number[] = [];
  /** Octets of each response. */
  readonly lengths: number[] = [];
  /** How the connection ended, once it has. */
  readonly closed: Promise<'end' | 'reset'>;
  #rest = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  private constructor(readonly socket: Socket) {
    this.closed = new Promise((resolve) => {
      let reset = false;
      socket.on('error', () => {
        reset = true;
      });
      socket.on('close', () => {
        resolve(reset ? 'reset' : 'end');
        this.#wake?.();
      });
    });
    socket.on('data', (chunk: Buffer) => {
      this.#rest = Buffer.concat([this.#rest, chunk]);
      while (this.#rest.length >= 2 && this.#rest.length >= 2 + this.#rest.readUInt16BE(0)) {
        const length = this.#rest.readUInt16BE(0);
        this.ids.push(this.#rest.readUInt16BE(2));
        this.lengths.push(length);
        this.#rest = this.#rest.subarray(2 + length);
      }
      this.#wake?.();
    });
  }

  /** Takes what comes by a connection that is open already. */
  static over(socket: Socket): TcpClient {
    return new TcpClient(socket);
  }

  static async open(to: { address: string; port: number }, localAddress?: string): Promise<TcpClient> {
    const socket = connect({
      host: to.address,
      port: to.port,
      allowHalfOpen: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    const client = new TcpClient(socket);
    // A connection that is refused at once may never be seen to open.
    await either(socket, 'connect', 'close');
    return client;
  }

  /** Ends when so many responses have come; fails when the connection closes before. */
  async responses(count: number): Promise<number[]> {
    while (this.ids.length < count) {
      if (this.socket.closed) throw new Error(`closed after ${this.ids.length} of ${count} responses`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.ids;
  }

  /** True when octets of an unfinished response are there. */
  get torn(): boolean {
    return this.#rest.length > 0;
  }
}

/** Ends at the first of two events; unlike `once` of node:events it takes no offence at `error`. */
export function either(socket: Socket, first: string, second: string): Promise<void> {
  return new Promise((resolve) => {
    socket.once(first, () => resolve());
    socket.once(second, () => resolve());
  });
}
