import { createServer, type Server } from 'node:http';

/** A member: a real HTTP server on loopback that answers 200 `ok` to anything. */
export class TestMember {
  #server: Server | undefined;
  #port = 0;

  /** The one of the first start; later starts take it again. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const server = createServer((_request, response) => response.end('ok\n'));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    const bound = server.address();
    if (typeof bound === 'object' && bound !== null) this.#port = bound.port;
  }

  /** Connections are refused from now on. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
