import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Queries on their way at a time: their responses fit into the receive buffer of a socket. */
const WINDOW = 64;
/** After so long without any response, what is outstanding is sent again. */
const RESEND_MS = 2_000;
/** How often that is done without any response before it is given up. */
const MAX_RESENDS = 8;

/**
 * Asks many queries, a window of them at a time.
 * @param queries messages; their IDs are overwritten
 * @returns responses in the order of the queries
 * @throws when a query is not answered
 */
export async function askAll(
  transport: 'udp' | 'tcp',
  port: number,
  queries: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const bulk = new Bulk(queries);
  const link = transport === 'udp' ? await openUdp(port, bulk) : await openTcp(port, bulk);
  try {
    await bulk.run(link.send, link.reopen);
  } catch (error) {
    throw new Error(`${transport} port ${port}: ${String(error)}`);
  } finally {
    link.close();
  }
  return bulk.responses;
}

interface Link {
  readonly send: (message: Uint8Array) => void;
  /** Before outstanding queries are sent again. */
  readonly reopen: () => Promise<void>;
  readonly close: () => void;
}

class Bulk {
  readonly responses: Uint8Array[];
  readonly #queries: readonly Uint8Array[];
  /** ID → the place of the query, for those on their way. */
  readonly #outstanding = new Map<number, number>();
  #next = 0;
  #send: (message: Uint8Array) => void = () => {};
  #answered = 0;
  #settle: (error?: Error) => void = () => {};

  constructor(queries: readonly Uint8Array[]) {
    this.#queries = queries;
    this.responses = new Array(queries.length);
  }

  async run(send: (message: Uint8Array) => void, reopen: () => Promise<void>): Promise<void> {
    this.#send = send;
    if (this.#queries.length === 0) return;
    let resends = 0;
    let before = 0;
    const timer = setInterval(() => {
      if (this.#answered > before) resends = 0;
      else if (++resends > MAX_RESENDS) {
        const first = [...this.#outstanding.values()][0] ?? 0;
        this.#settle(new Error(`no response to ${Buffer.from(this.#queries[first] ?? []).toString('hex')}`));
      } else reopen().then(() => this.#sendAgain(), this.#settle);
      before = this.#answered;
    }, RESEND_MS);
    await new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
      this.#fill();
    }).finally(() => clearInterval(timer));
  }

  /** Takes a response; one that belongs to no query is left. */
  readonly take = (response: Uint8Array): void => {
    const id = ((response[0] ?? 0) << 8) | (response[1] ?? 0);
    const at = this.#outstanding.get(id);
    if (at === undefined) return;
    this.#outstanding.delete(id);
    this.responses[at] = response;
    this.#answered += 1;
    if (this.#answered === this.#queries.length) this.#settle();
    else this.#fill();
  };

  #fill(): void {
    while (this.#outstanding.size < WINDOW && this.#next < this.#queries.length) {
      const at = this.#next;
      this.#next += 1;
      // A late response to a query asked twice has an ID that is long out of the window.
      this.#outstanding.set(at & 0xffff, at);
      this.#sendOne(at);
    }
  }

  #sendAgain(): void {
    for (const at of this.#outstanding.values()) this.#sendOne(at);
  }

  #sendOne(at: number): void {
    const message = Buffer.from(this.#queries[at] as Uint8Array);
    message.writeUInt16BE(at & 0xffff, 0);
    this.#send(message);
  }
}

async function openUdp(port: number, bulk: Bulk): Promise<Link> {
  const socket: UdpSocket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  // Refused by a port that nobody listens at yet: sent again.
  socket.on('error', () => {});
  socket.on('message', bulk.take);
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return { send: (message) => socket.send(message), reopen: async () => {}, close: () => socket.close() };
}

async function openTcp(port: number, bulk: Bulk): Promise<Link> {
  let socket = await open();
  return {
    send: (message) => {
      const frame = Buffer.allocUnsafe(2 + message.length);
      frame.writeUInt16BE(message.length, 0);
      frame.set(message, 2);
      socket.write(frame);
    },
    reopen: async () => {
      socket.destroy();
      socket = await open();
    },
    close: () => socket.destroy(),
  };

  async function open(): Promise<Socket> {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true });
    let input: Buffer = Buffer.alloc(0);
    opened.on('error', () => {});
    opened.on('data', (chunk: Buffer) => {
      input = input.length === 0 ? chunk : Buffer.concat([input, chunk]);
      while (input.length >= 2 && input.length >= 2 + input.readUInt16BE(0)) {
        const end = 2 + input.readUInt16BE(0);
        bulk.take(input.subarray(2, end));
        input = input.subarray(end);
      }
    });
    await once(opened, 'connect');
    return opened;
  }
}
