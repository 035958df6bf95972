import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';

/** A member that knows which process probes it, and can fail for some: an instance with a bad way to it sees it so. */
export class ProbedMember {
  #server: Server | undefined;
  #port = 0;
  /** Processes whose probes fail. */
  readonly failsFor = new Set<number>();
  /** Whether probes are counted: finding out whose they are takes time. */
  counts = false;
  /** Probes of each process since {@link forget}. */
  readonly probes = new Map<number, number>();

  /** @param pids processes that may probe it */
  constructor(readonly pids: () => readonly number[]) {}

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      void this.#proberOf(request).then((pid) => {
        this.probes.set(pid, (this.probes.get(pid) ?? 0) + 1);
        response.statusCode = this.failsFor.has(pid) ? 503 : 200;
        response.end('ok\n');
      });
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const bound = server.address();
    if (typeof bound === 'object' && bound !== null) this.#port = bound.port;
  }

  forget(): void {
    this.probes.clear();
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) =>
      this.#server === undefined ? resolve() : this.#server.close(() => resolve()),
    );
  }

  /** The process at the other end: whose descriptor is the socket with the other end's port. 0: none of them. */
  async #proberOf({ socket }: IncomingMessage): Promise<number> {
    if (this.failsFor.size === 0 && !this.counts) return 0;
    const port = (socket.remotePort ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const table = await readFile('/proc/net/tcp', 'utf8');
    const row = table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, local]) => local === `0100007F:${port}`);
    for (const pid of this.pids()) {
      const folder = `/proc/${pid}/fd`;
      for (const fd of await readdir(folder).catch(() => [])) {
        const link = await readlink(`${folder}/${fd}`).catch(() => '');
        if (link === `socket:[${row?.[9]}]`) return pid;
      }
    }
    return 0;
  }
}
