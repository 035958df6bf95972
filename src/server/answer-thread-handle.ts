import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TransportLog } from './listener.js';
import {
  Control,
  type FromThread,
  type ThreadListens,
  type ThreadRole,
  type ThreadSetup,
  type ToThread,
  type TransportSettings,
} from './thread-messages.js';

/** What the main thread holds of an answering thread. */
export class AnswerThread {
  /** Called when the thread ends without being told to. */
  onDeath: () => void = () => {};
  /** Told what the special requests say. */
  onSpecial: (message: unknown) => void = () => {};
  readonly #setup: Omit<ThreadSetup, 'role' | 'transport'>;
  readonly #log: TransportLog;
  #worker: Worker | undefined;
  #leaving = false;
  #turns = -1;
  /** Of those who wait for the thread to answer from what they sent, in order. */
  readonly #uses: (() => void)[] = [];

  constructor(setup: Omit<ThreadSetup, 'role' | 'transport'>, log: TransportLog) {
    this.#setup = setup;
    this.#log = log;
  }

  /**
   * Starts the thread, anew after a death.
   * @returns what it listens on; nothing where the main thread opened the sockets
   * @throws Error with a message for the operator when it can't listen
   */
  start(role: ThreadRole, transport: TransportSettings): Promise<ThreadListens> {
    Atomics.store(this.#setup.control, Control.MESSAGES, 0);
    const workerData: ThreadSetup = { ...this.#setup, role, transport };
    const worker = new Worker(new URL('./answer-thread.js', import.meta.url), { workerData });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      let listening = false;
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'log') this.#log[message.level](message.fields, message.message);
        if (message.kind === 'special') this.onSpecial(message.message);
        if (message.kind === 'failed') reject(new Error(message.message));
        if (message.kind === 'using') this.#uses.shift()?.();
        if (message.kind === 'listening') {
          listening = true;
          resolve(message.listens);
        }
      });
      worker.on('error', (error) => {
        this.#log.error({ err: error }, 'a thread that answers DNS broke');
        reject(error);
      });
      worker.on('exit', () => {
        for (const done of this.#uses.splice(0)) done();
        if (listening && !this.#leaving) this.onDeath();
      });
    });
  }

  /**
   * Sends a catalog, its `use` last.
   * @returns when the thread answers from it; also when the thread is dead, which gets the catalog of then when it is back
   */
  async use(catalog: readonly ToThread[]): Promise<void> {
    if (this.#worker === undefined || this.#worker.threadId === -1) return;
    const used = new Promise<void>((resolve) => {
      this.#uses.push(resolve);
    });
    this.send(catalog);
    await used;
  }

  send(messages: readonly ToThread[]): void {
    for (const message of messages) {
      this.#worker?.postMessage(message);
      Atomics.add(this.#setup.control, Control.MESSAGES, 1);
    }
  }

  /** Whether it has turned since the last call. */
  hasTurned(): boolean {
    const turns = Atomics.load(this.#setup.control, Control.TURNS);
    const turned = turns !== this.#turns;
    this.#turns = turns;
    return turned;
  }

  /** Ends when what is on its way is answered, or its time is over. */
  async stop(): Promise<void> {
    this.#leaving = true;
    const worker = this.#worker;
    if (worker === undefined || worker.threadId === -1) return;
    const exit = once(worker, 'exit');
    this.send([{ kind: 'close' }]);
    Atomics.store(this.#setup.control, Control.STOP, 1);
    await exit;
  }
}
