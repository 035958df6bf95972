import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Addon, loadAddon, openSockets } from '../../src/server/native-udp.js';
import { UdpBatch } from '../../src/server/udp-batch.js';
import type { StartUdp } from './udp-suite.js';

/** Where another build of the addon is, that tests are to use. */
export const ADDON_FOLDER = process.env.STEERDNS_TEST_ADDON;

/**
 * Returns the addon; without one it skips the tests of the hook that calls it, or fails them with CI=true.
 * @param context the hook's `this`
 */
export function needAddon(context: { skip(): never }): Addon {
  const load = loadAddon(ADDON_FOLDER);
  if (load.addon !== undefined) return load.addon;
  const how = `no addon: ${load.reason}; type: npm run build:addon`;
  if (process.env.CI === 'true') throw new Error(how);
  console.log(`      ${how}`);
  return context.skip();
}

/** Answers in this thread, between the other things that it does. */
export function startBatched(addon: Addon): StartUdp {
  return async ({ address, port, ...options }) => {
    const sockets = openSockets(addon, address, port, 1);
    const batch = new UdpBatch({ ...options, addon, descriptors: sockets.descriptors });
    sockets.close();
    let open = true;
    const turn = (): void => {
      if (!open) return;
      batch.turn(0);
      setImmediate(turn);
    };
    turn();
    const close = async (): Promise<void> => {
      open = false;
      batch.close();
    };
    return { address, port: sockets.port, close };
  };
}

export interface Received {
  readonly octets: Buffer;
  /** Where it came from. */
  readonly address: string;
  readonly port: number;
}

/** A UDP socket that keeps what it receives. */
export class UdpClient {
  readonly received: Received[] = [];
  readonly #socket: Socket;
  #wake: (() => void) | undefined;

  constructor(family: 4 | 6 = 4) {
    this.#socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', recvBufferSize: 1 << 20 });
    this.#socket.on('message', (octets, { address, port }) => {
      this.received.push({ octets, address, port });
      this.#wake?.();
    });
  }

  get ids(): number[] {
    return this.received.map(({ octets }) => octets.readUInt16BE(0)).sort((a, b) => a - b);
  }

  /** Ends once the kernel has it: over loopback it is in the receiver's buffer then, or dropped. */
  send(octets: Buffer, port: number, address = '127.0.0.1'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(octets, port, address, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Ends when so many responses have come. */
  async responses(count: number): Promise<readonly Received[]> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.received;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** Skips or fails like {@link needAddon} where there is no C compiler. */
export function needCompiler(context: { skip(): never }): void {
  if (spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0) return;
  const how = 'no C compiler; type: apt-get install build-essential';
  if (process.env.CI === 'true') throw new Error(how);
  console.log(`      ${how}`);
  context.skip();
}
