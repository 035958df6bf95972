import { connect, type Socket } from 'node:net';
import { put16, u16 } from '../wire/octets.js';
import type { Endpoint } from './exchange-udp.js';

/** A peer that says nothing for so long is given up. */
const IDLE_MS = 30_000;
/** Octets that wait to be read before the peer is slowed down: some messages of the largest size. */
const MAX_WAITING_OCTETS = 1 << 20;

/** A TCP connection to a peer, message by message (RFC 7766). */
export class TcpPeer {
  readonly #socket: Socket;
  #octets: Buffer[] = [];
  #length = 0;
  #error: Error | undefined;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#octets.push(chunk);
      this.#length += chunk.length;
      if (this.#length > MAX_WAITING_OCTETS) socket.pause();
      this.#wake();
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
    socket.setTimeout(IDLE_MS, () => this.#fail(new Error('nothing came for 30 s')));
  }

  /** @throws the system's error, or Error when `signal` aborts */
  static async open({ address, port }: Endpoint, signal: AbortSignal): Promise<TcpPeer> {
    const socket = connect({ host: address, port, noDelay: true });
    const peer = new TcpPeer(socket);
    signal.addEventListener('abort', () => peer.#fail(new Error('stopped')), { once: true });
    const opened = new Promise<void>((resolve) => {
      socket.once('connect', resolve);
      peer.#wake = resolve;
    });
    await opened;
    if (peer.#error !== undefined) throw peer.#error;
    return peer;
  }

  send(message: Uint8Array): void {
    const frame = Buffer.allocUnsafe(2 + message.length);
    put16(frame, 0, message.length);
    frame.set(message, 2);
    this.#socket.write(frame);
  }

  /** The next message, in memory of its own. @throws Error when the connection ends before */
  async next(): Promise<Uint8Array> {
    for (;;) {
      const message = this.#cut();
      if (message !== undefined) return message;
      if (this.#error !== undefined) throw this.#error;
      if (this.#socket.isPaused()) this.#socket.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#fail(new Error('closed'));
  }

  #cut(): Uint8Array | undefined {
    if (this.#length < 2) return undefined;
    if (this.#octets.length > 1 && (this.#octets[0] as Buffer).length < this.#needed()) {
      this.#octets = [Buffer.concat(this.#octets)];
    }
    const first = this.#octets[0] as Buffer;
    const end = 2 + u16(first, 0);
    if (first.length < end) return undefined;
    this.#octets[0] = first.subarray(end);
    if (first.length === end) this.#octets.shift();
    this.#length -= end;
    return new Uint8Array(first.subarray(2, end));
  }

  /** Octets that the first chunk must have to be read from. */
  #needed(): number {
    const first = this.#octets[0] as Buffer;
    return first.length < 2 ? 2 : 2 + u16(first, 0);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
    this.#wake();
  }
}
