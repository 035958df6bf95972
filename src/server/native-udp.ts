import { closeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { getSystemErrorName } from 'node:util';
import nodeGypBuild from 'node-gyp-build';
import { ListenError } from './listen-error.js';

/**
 * The addon of native/udp.c: sockets, and batches of datagrams that it exchanges with the kernel by one system call each
 * way. Descriptors may be opened by one thread and used by another; a batch belongs to the thread that attached it.
 */
export interface Addon extends SocketFunctions {
  readonly version: number;
  /** Returns a bound descriptor, or the negative errno. With `join` 1 the port may be shared with sockets of this process. */
  open(
    address: string,
    port: string,
    receiveBufferOctets: number,
    sendBufferOctets: number,
    join: 0 | 1,
  ): number;
  /** Gives a UDP socket that someone else has bound what `open` gives one. Returns 0 or the negative errno. */
  prepare(descriptor: number, receiveBufferOctets: number, sendBufferOctets: number): number;
  /** Returns the port that a descriptor is bound to, or the negative errno. */
  port(descriptor: number): number;
  /**
   * Makes a batch over sockets; it has descriptors of its own. Its memory is laid out as in UdpBatch.
   * @throws TypeError when an argument is of the wrong size, or not an open descriptor
   */
  attach(
    descriptors: Int32Array,
    memory: Uint8Array,
    slots: number,
    querySlotOctets: number,
    responseSlotOctets: number,
  ): BatchHandle;
  /** Sends the responses, then waits for queries. Returns how many slots were filled; 0 when `timeoutMs` went by. */
  exchange(batch: BatchHandle, timeoutMs: number): number;
  /** Closes the batch's descriptors. */
  detach(batch: BatchHandle): void;
}

/** The functions of native/sockets.c. Each returns 0 or a descriptor, or the negative errno. */
export interface SocketFunctions {
  /** A listening TCP socket. */
  listen(address: string, port: string): number;
  /** Another descriptor of the same socket. */
  duplicate(descriptor: number): number;
  /**
   * `udp 192.0.2.1 53`, `tcp ::1 53` for a socket that is bound, or listens; '' for anything else. It is not passed on to
   * programs that are started.
   */
  describe(descriptor: number): string;
  /** Locks a file, made where there is none, until the descriptor and all its copies are closed. */
  lock(path: string): number;
  /** A Unix socket that takes datagrams; like `receive` it never waits. */
  receiver(path: string): number;
  /** Sends a text, not empty, with copies of descriptors, 253 at most, to a Unix socket; `@name` is an abstract one. */
  send(path: string, text: string, descriptors: Int32Array): number;
  /** Takes the descriptors of the next datagram. Returns how many there are. @param descriptors has room for 253 */
  receive(receiver: number, descriptors: Int32Array): number;
}

declare const batchHandle: unique symbol;
/** A batch inside the addon. */
export interface BatchHandle {
  readonly [batchHandle]: true;
}

/** The addon, or why there is none. */
export type AddonLoad =
  | { readonly addon: Addon; readonly path: string }
  | { readonly addon: undefined; readonly reason: string };

/**
 * Loads the addon: the one that was built here, else the prebuilt one for this platform.
 * @param folder has `build/Release/` or `prebuilds/`
 */
export function loadAddon(folder: string = NATIVE): AddonLoad {
  try {
    const path = nodeGypBuild.resolve(folder);
    const addon = require(path) as Addon;
    if (addon.version !== INTERFACE_VERSION)
      return {
        addon: undefined,
        reason: `${path} was built from other sources; type: npm run build:addon`,
      };
    return { addon, path };
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { addon: undefined, reason };
  }
}

/** Prepares a UDP socket that came from outside. @throws ListenError */
export function prepareSocket(addon: Addon, descriptor: number, address: string, port: number): void {
  const errno = addon.prepare(descriptor, RECEIVE_BUFFER_OCTETS, SEND_BUFFER_OCTETS);
  if (errno < 0) throw listenErrorOf('UDP', errno, address, port);
}

/** Opens a listening TCP socket. @throws ListenError */
export function listenTcp(addon: Addon, address: string, port: number): number {
  const descriptor = addon.listen(address, String(port));
  if (descriptor < 0) throw listenErrorOf('TCP', descriptor, address, port);
  return descriptor;
}

/** A UDP socket more for a port that others of this process have. @returns the negative errno when it can't be had */
export function joinSocket(addon: Addon, address: string, port: number): number {
  return addon.open(address, String(port), RECEIVE_BUFFER_OCTETS, SEND_BUFFER_OCTETS, 1);
}

/**
 * Opens sockets that share one address and port; the kernel gives each requestor to one of them. `close` closes them; batches
 * that were attached to them go on until they are closed.
 * @param port 0: one that is free
 * @throws ListenError when one can't be opened; none is open then
 */
export function openSockets(addon: Addon, address: string, port: number, count: number): UdpSockets {
  const descriptors: number[] = [];
  const close = (): void => {
    for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
  };
  let real = port;
  for (let i = 0; i < count; i++) {
    const join = i === 0 ? 0 : 1;
    const descriptor = addon.open(address, String(real), RECEIVE_BUFFER_OCTETS, SEND_BUFFER_OCTETS, join);
    if (descriptor < 0) {
      close();
      throw listenErrorOf('UDP', descriptor, address, real);
    }
    descriptors.push(descriptor);
    if (i === 0) real = addon.port(descriptor);
  }
  return { address, port: real, descriptors, close };
}

export interface UdpSockets {
  readonly address: string;
  /** The real one where 0 was asked for. */
  readonly port: number;
  readonly descriptors: readonly number[];
  close(): void;
}

const require = createRequire(import.meta.url);

/** Beside build/, where this file is built into build/src/server/. */
const NATIVE = fileURLToPath(new URL('../../../native', import.meta.url));

/** INTERFACE_VERSION of native/udp.c. */
const INTERFACE_VERSION = 2;

/** About 0.1 s of 50,000 queries a second at the kernel's 768 octets of bookkeeping each; without root its rmem_max is the most. */
const RECEIVE_BUFFER_OCTETS = 4 << 20;

/** A batch of 64 responses takes some 80 KB with bookkeeping; this covers ten while the interface is busy. */
const SEND_BUFFER_OCTETS = 1 << 20;

function listenErrorOf(transport: 'UDP' | 'TCP', errno: number, address: string, port: number): ListenError {
  const code = getSystemErrorName(errno);
  return new ListenError(transport, address, port, code, new Error(code));
}
