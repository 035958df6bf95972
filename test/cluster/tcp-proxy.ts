import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server on 127.0.0.1 that can be cut. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'open' | 'refusing' | 'hanging' = 'open';
  /** Where connections go from now on. */
  target: number;

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((socket) => this.#take(socket));
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return address.port;
  }

  /** Ends every connection, and every new one at once. */
  cut(): void {
    this.#mode = 'refusing';
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Passes nothing on, as a filter that drops: connections stay, and new ones are taken. */
  hang(): void {
    this.#mode = 'hanging';
  }

  /** Ends connections that hang, and passes on what comes on new ones. */
  mend(): void {
    this.#mode = 'open';
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(socket: Socket): void {
    this.#keep(socket);
    if (this.#mode === 'refusing') {
      socket.destroy();
      return;
    }
    const other = connect(this.target, '127.0.0.1');
    this.#keep(other);
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      from.on('data', (data) => {
        if (this.#mode === 'open') to.write(data);
      });
      from.on('close', () => to.destroy());
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
