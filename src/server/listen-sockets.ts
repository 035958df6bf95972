import { closeSync } from 'node:fs';
import { formatEndpoint } from './listen-error.js';
import { type Addon, joinSocket, listenTcp, openSockets, prepareSocket } from './native-udp.js';
import type { Endpoint } from './thread-messages.js';

/** What a socket is for: a socket is found again by this and by the address that was asked for. */
export type SocketUse = 'dns' | 'dot' | 'http' | 'admin';

/** A listening socket that this process has open. */
export interface OpenSocket {
  readonly protocol: 'udp' | 'tcp';
  /** As it is bound, with the real port. */
  readonly address: string;
  readonly port: number;
  /** `dns 127.0.0.1:0`: its use, and what was asked for; '' for one that a service manager passed. */
  readonly wanted: string;
  readonly descriptor: number;
}

/** A listening TCP socket, to be listened on by a descriptor that is the listener's own. */
export interface Opened extends Endpoint {
  readonly descriptor: number;
}

/**
 * All the sockets of an instance that others write to. They are kept apart from those who read them, so that they can be handed to
 * another process, with what waits in them: see docs/operate.md.
 */
export class ListenSockets {
  readonly #addon: Addon;
  readonly #open: OpenSocket[] = [];
  /** Sockets that came from outside, until someone asks for them. */
  readonly #given: OpenSocket[];

  /** @param given sockets that came from another process */
  constructor(addon: Addon, given: readonly OpenSocket[] = []) {
    this.#addon = addon;
    this.#given = [...given];
  }

  /**
   * A TCP socket that listens on the address: one that is there, or a new one.
   * @throws ListenError
   */
  tcp(use: SocketUse, { address, port }: Endpoint): Opened {
    const wanted = nameOf(use, address, port);
    const given = this.#given.find(
      (socket) =>
        socket.protocol === 'tcp' &&
        (socket.wanted === wanted || (port !== 0 && socket.address === address && socket.port === port)),
    );
    if (given !== undefined) return this.#opened(this.#take(given, wanted));
    const descriptor = listenTcp(this.#addon, address, port);
    return this.#opened(
      this.#keep({ protocol: 'tcp', address, port: this.#addon.port(descriptor), wanted, descriptor }),
    );
  }

  /**
   * UDP sockets for threads, at least one for each. Threads share a socket when there are fewer sockets than threads and no
   * more can be had: those of another user take no others beside them.
   * @param real the port that TCP got where 0 was asked for
   * @returns the descriptors of each thread, which stay this object's
   * @throws ListenError
   */
  udp({ address, port }: Endpoint, real: number, threads: number): readonly (readonly number[])[] {
    const wanted = nameOf('dns', address, port);
    const sockets = this.#given
      .filter((socket) => socket.protocol === 'udp' && socket.address === address && socket.port === real)
      .map((socket) => this.#take(socket, wanted));
    for (const socket of sockets) prepareSocket(this.#addon, socket.descriptor, socket.address, socket.port);
    const keep = (descriptor: number): OpenSocket =>
      this.#keep({ protocol: 'udp', address, port: real, wanted, descriptor });
    if (sockets.length === 0)
      sockets.push(...openSockets(this.#addon, address, real, threads).descriptors.map(keep));
    while (sockets.length < threads) {
      const descriptor = joinSocket(this.#addon, address, real);
      if (descriptor < 0) break;
      sockets.push(keep(descriptor));
    }
    return Array.from({ length: threads }, (_, thread) => {
      const own = sockets.filter((_, i) => i % threads === thread);
      const found = own.length > 0 ? own : [sockets[thread % sockets.length] as OpenSocket];
      return found.map(({ descriptor }) => descriptor);
    });
  }

  /**
   * Opens what `tcp` and `udp` are to find later, when the process may not bind it any more.
   * @param udpThreads 0: no UDP
   * @throws ListenError
   */
  openAhead(use: SocketUse, endpoint: Endpoint, udpThreads: number): void {
    const { port } = this.tcp(use, endpoint);
    if (udpThreads > 0) this.udp(endpoint, port, udpThreads);
    const wanted = nameOf(use, endpoint.address, endpoint.port);
    for (const socket of this.#open.filter((open) => open.wanted === wanted)) {
      this.#open.splice(this.#open.indexOf(socket), 1);
      this.#given.push(socket);
    }
  }

  /** Another descriptor of a socket, for a listener that closes it. */
  duplicate({ descriptor, ...endpoint }: Opened): Opened {
    return { ...endpoint, descriptor: this.#addon.duplicate(descriptor) };
  }

  /** All that are in use. */
  get list(): readonly OpenSocket[] {
    return this.#open;
  }

  /** Sockets that came from outside and that nothing has asked for. */
  get unused(): readonly OpenSocket[] {
    return this.#given;
  }

  /** Closes what nothing has asked for. */
  closeUnused(): void {
    for (const { descriptor } of this.#given.splice(0)) closeSync(descriptor);
  }

  close(): void {
    this.closeUnused();
    for (const { descriptor } of this.#open.splice(0)) closeSync(descriptor);
  }

  /** Closes the sockets of a use, to try others. */
  forget(use: SocketUse): void {
    for (const socket of this.#open.filter(({ wanted }) => wanted.startsWith(`${use} `))) {
      this.#open.splice(this.#open.indexOf(socket), 1);
      closeSync(socket.descriptor);
    }
  }

  #keep(socket: OpenSocket): OpenSocket {
    this.#open.push(socket);
    return socket;
  }

  #opened({ address, port, descriptor }: OpenSocket): Opened {
    return { address, port, descriptor };
  }

  #take(socket: OpenSocket, wanted: string): OpenSocket {
    this.#given.splice(this.#given.indexOf(socket), 1);
    return this.#keep({ ...socket, wanted });
  }
}

function nameOf(use: SocketUse, address: string, port: number): string {
  return `${use} ${formatEndpoint(address, port)}`;
}
