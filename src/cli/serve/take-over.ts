import { closeSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { getSystemErrorName } from 'node:util';
import type { OpenSocket } from '../../server/listen-sockets.js';
import type { Addon } from '../../server/native-udp.js';
import { type FromOld, HANDOVER, say } from './handover.js';
import { RunFolder } from './state-folder.js';

/** What a running instance has handed over. It goes on until it is told to leave; when this process ends first, it stays. */
export interface TakenOver {
  /** Of the running instance. */
  readonly pid: number;
  readonly sockets: readonly OpenSocket[];
  /** Of the state folder's lock. */
  readonly lock: number;
  /**
   * Tells the running instance to leave.
   * @returns true when it takes no more queries; false when it does not say so in time
   */
  leave(): Promise<boolean>;
  /** Ends without taking over: the running instance goes on. */
  abandon(): void;
}

/**
 * Asks the instance that runs with a state folder for its sockets.
 * @returns undefined when none runs
 * @throws Error when it can't be asked, or says no
 */
export async function takeOver(stateFolder: string, addon: Addon): Promise<TakenOver | undefined> {
  const run = RunFolder.open(stateFolder);
  const socket = await connectTo(run.controlPath);
  if (socket === undefined) {
    run.close();
    return undefined;
  }
  const answers = new Answers(socket);
  const receiver = `take-${process.pid}`;
  const path = run.pathOf(receiver);
  rmSync(path, { force: true });
  const descriptor = addon.receiver(path);
  try {
    if (descriptor < 0)
      throw new Error(`no socket can be made at ${path}: ${getSystemErrorName(descriptor)}`);
    say(socket, { kind: 'take', handover: HANDOVER, pid: process.pid, receiver });
    const answer = await answers.next(ANSWER_MS);
    if (answer?.kind !== 'sockets')
      throw new Error(`it says no: ${answer?.kind === 'refused' ? answer.why : 'it does not answer'}`);
    return taken(socket, answers, answer, receiveAll(addon, descriptor, answer.sockets.length + 1));
  } catch (error) {
    socket.destroy();
    throw new Error(`the running instance can't be replaced: ${(error as Error).message}`, { cause: error });
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
    rmSync(path, { force: true });
    run.close();
  }
}

/** What the running instance does for an answer takes milliseconds. */
const ANSWER_MS = 10_000;

/** As long as it takes to finish what is on its way, and some more. */
const LEAVE_MS = 20_000;

function taken(
  socket: Socket,
  answers: Answers,
  { pid, sockets }: FromOld & { kind: 'sockets' },
  descriptors: readonly number[],
): TakenOver {
  return {
    pid,
    sockets: sockets.map((open, i) => ({ ...open, descriptor: descriptors[i] as number })),
    lock: descriptors.at(-1) as number,
    async leave() {
      say(socket, { kind: 'ready' });
      const answer = await answers.next(LEAVE_MS);
      socket.destroy();
      return answer?.kind === 'left';
    },
    abandon: () => void socket.destroy(),
  };
}

/** @throws when they are not as many as were sent */
function receiveAll(addon: Addon, receiver: number, wanted: number): number[] {
  const room = new Int32Array(253);
  const descriptors: number[] = [];
  while (descriptors.length < wanted) {
    const count = addon.receive(receiver, room);
    if (count <= 0) break;
    descriptors.push(...room.subarray(0, count));
  }
  if (descriptors.length === wanted) return descriptors;
  for (const descriptor of descriptors) closeSync(descriptor);
  // The kernel leaves out what would be more than this process may have open.
  throw new Error(`${descriptors.length} of ${wanted} sockets came; see ulimit -n`);
}

/** @returns undefined when nobody listens there */
function connectTo(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.on('error', () => {});
      resolve(socket);
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else reject(new Error(`the running instance can't be asked for its sockets: ${error.message}`));
    };
    socket.once('error', fail);
  });
}

/** What the running instance says, a line each. */
class Answers {
  readonly #waiting: FromOld[] = [];
  #ended = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    createInterface({ input: socket }).on('line', (line) => {
      this.#waiting.push(JSON.parse(line) as FromOld);
      this.#wake();
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** @returns undefined when it ends, or says nothing in time */
  async next(limitMs: number): Promise<FromOld | undefined> {
    if (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#waiting.shift();
  }
}
