import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { getSystemErrorName } from 'node:util';
import type { OpenSocket } from '../../server/listen-sockets.js';
import type { Addon } from '../../server/native-udp.js';
import type { StateFolder } from './state-folder.js';

/** Both processes must speak the same; it rises when a message changes. */
export const HANDOVER = 1;

/** What the new process says. */
export type FromNew =
  | { readonly kind: 'take'; readonly handover: number; readonly pid: number; readonly receiver: string }
  /** It answers: the old one may leave. */
  | { readonly kind: 'ready' };

/** What the running process says. */
export type FromOld =
  /** The descriptors came by the receiver, in this order, and behind them the one of the lock. */
  | {
      readonly kind: 'sockets';
      readonly pid: number;
      readonly sockets: readonly Omit<OpenSocket, 'descriptor'>[];
    }
  | { readonly kind: 'refused'; readonly why: string }
  /** It takes no more queries. */
  | { readonly kind: 'left' };

export interface HandoverOptions {
  readonly folder: StateFolder;
  readonly addon: Addon;
  /** All that another process is to have. */
  readonly sockets: () => readonly OpenSocket[];
  /** Told that the state folder is another process's (true), or is ours again. */
  readonly hold: (held: boolean) => Promise<void>;
  /** Leaves for another process. Ends when no more queries are taken. */
  readonly leave: (pid: number) => Promise<void>;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/** Descriptors in one datagram; the kernel's limit is 253. */
const DESCRIPTORS_A_MESSAGE = 128;

/** Hands this process's sockets to another one, which asks for them by the control socket of the state folder. */
export class Handover {
  readonly #options: HandoverOptions;
  readonly #server: Server;
  /** The process that has our sockets too, and has not said yet that it answers. */
  #taker: { readonly socket: Socket; readonly pid: number } | undefined;

  private constructor(options: HandoverOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** Listens at the folder's control path, where no one else does. @throws the system's error */
  static async start(options: HandoverOptions): Promise<Handover> {
    const handover = new Handover(options);
    // The folder's lock is ours: what is there is of a process that was killed.
    rmSync(options.folder.controlPath, { force: true });
    const server = handover.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.folder.controlPath, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', (error) => options.log.warn({ err: error }, 'the control socket reported an error'));
    // Whoever waits there does not keep the process from ending.
    server.unref();
    return handover;
  }

  /** Takes no more requests. The path is free for another process once this returns. */
  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    socket.unref();
    socket.on('error', () => {});
    socket.on('close', () => this.#gone(socket));
    createInterface({ input: socket }).on('line', (line) => {
      const message = parse(line);
      if (message?.kind === 'take') void this.#give(socket, message).then((answer) => say(socket, answer));
      else if (message?.kind === 'ready') void this.#leave(socket);
      else say(socket, { kind: 'refused', why: 'the message can not be understood' });
    });
  }

  async #give(socket: Socket, { handover, pid, receiver }: FromNew & { kind: 'take' }): Promise<FromOld> {
    const { folder, addon, sockets, hold, log } = this.#options;
    if (handover !== HANDOVER)
      return refused(`it hands over by version ${HANDOVER}, not ${handover}; restart it instead`);
    if (this.#taker !== undefined)
      return refused(`process ${this.#taker.pid} is taking over from it already`);
    if (folder.lock === undefined) return refused('it runs without the addon');
    this.#taker = { socket, pid };
    const open = sockets();
    log.info({ pid, sockets: open.length }, 'another process is taking over: nothing is changed meanwhile');
    await hold(true);
    const descriptors = [...open.map(({ descriptor }) => descriptor), folder.lock];
    for (let at = 0; at < descriptors.length; at += DESCRIPTORS_A_MESSAGE) {
      const part = Int32Array.from(descriptors.slice(at, at + DESCRIPTORS_A_MESSAGE));
      const errno = addon.send(folder.receiverPath(receiver), 'sockets', part);
      if (errno >= 0) continue;
      this.#gone(socket);
      return refused(`its sockets can not be sent: ${getSystemErrorName(errno)}`);
    }
    return {
      kind: 'sockets',
      pid: process.pid,
      sockets: open.map(({ descriptor: _, ...rest }) => rest),
    };
  }

  async #leave(socket: Socket): Promise<void> {
    const taker = this.#taker;
    if (taker?.socket !== socket) return;
    this.#taker = undefined;
    this.#options.log.info({ pid: taker.pid }, 'another process has taken over: leaving');
    this.close();
    await this.#options.leave(taker.pid);
    say(socket, { kind: 'left' });
    socket.end();
  }

  /** A process that took the sockets and ended before it answered changes nothing. */
  #gone(socket: Socket): void {
    const taker = this.#taker;
    if (taker?.socket !== socket) return;
    this.#taker = undefined;
    void this.#options.hold(false);
    this.#options.log.warn({ pid: taker.pid }, 'the process that was taking over ended; this one goes on');
  }
}

function refused(why: string): FromOld {
  return { kind: 'refused', why };
}

export function say(socket: Socket, message: FromNew | FromOld): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

function parse(line: string): FromNew | undefined {
  try {
    const { kind, handover, pid, receiver } = JSON.parse(line) as Record<string, unknown>;
    if (kind === 'ready') return { kind };
    const right = typeof handover === 'number' && typeof pid === 'number' && typeof receiver === 'string';
    return kind === 'take' && right && /^take-\d+$/.test(receiver)
      ? { kind, handover, pid, receiver }
      : undefined;
  } catch {
    return undefined;
  }
}
