import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openFile, STDOUT } from './log-sink.js';
import type { ClientBits, LoggedMember } from './query-line.js';

/** A thread that broke is started again after this. */
const RESTART_MS = 1_000;

/** What the thread that writes is started with. */
export interface QueryLogSetup {
  /** A path, or `stdout`. */
  readonly file: string;
  /** One of each answering thread. */
  readonly rings: readonly SharedArrayBuffer[];
  readonly clientBits: ClientBits;
}

export type ToQueryLog =
  /** Those that follow the ones told before, by row. */
  | { readonly kind: 'members'; readonly members: readonly LoggedMember[] }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'stop' };

/** Said when it changes. */
export interface FromQueryLog {
  /** Why nothing is written; undefined: it is again. */
  readonly problem: string | undefined;
}

/** The part of the application's log that the query log uses. */
interface QueryLogLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** For what is still to be written when the program ends. */
const STOP_MS = 2_000;

/** Writes what answering threads put down, in a thread of its own: no disk and no reader is waited for by an answer. */
export class QueryLog {
  readonly #setup: QueryLogSetup;
  readonly #log: QueryLogLog;
  #worker: Worker;
  /** By row, as far as the thread was told. */
  #members: readonly LoggedMember[] = [];
  #stopping = false;
  #restart: NodeJS.Timeout | undefined;

  /** @throws Error with a message for the operator when the file can't be opened */
  constructor(setup: QueryLogSetup, log: QueryLogLog) {
    this.#setup = setup;
    this.#log = log;
    if (setup.file !== STDOUT) tryFile(setup.file);
    this.#worker = this.#start();
  }

  /** @param members by row; rows only become more */
  knowMembers(members: readonly LoggedMember[]): void {
    const more = members.slice(this.#members.length);
    this.#members = [...members];
    if (more.length > 0) this.#tell({ kind: 'members', members: more });
  }

  /** Goes on in a new file, after the old one was renamed. */
  reopen(): void {
    this.#tell({ kind: 'reopen' });
  }

  /** Ends when what was put down is written, or its time is over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    if (this.#worker.threadId === -1) return;
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    this.#tell({ kind: 'stop' });
    const late = setTimeout(() => void this.#worker.terminate(), STOP_MS);
    await ended;
    clearTimeout(late);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./query-log-worker.js', import.meta.url), { workerData: this.#setup });
    const { file } = this.#setup;
    worker.on('message', ({ problem }: FromQueryLog) => {
      if (problem === undefined) this.#log.info({ file }, 'the query log is written again');
      else this.#log.warn({ file, problem }, `the query log is not written: ${problem}`);
    });
    worker.on('error', (error) => this.#log.error({ err: error }, 'the thread of the query log broke'));
    worker.on('exit', () => {
      if (!this.#stopping) this.#restart = setTimeout(() => this.#startAgain(), RESTART_MS);
    });
    return worker;
  }

  #startAgain(): void {
    this.#worker = this.#start();
    this.#tell({ kind: 'members', members: this.#members });
  }

  #tell(message: ToQueryLog): void {
    this.#worker.postMessage(message);
  }
}

function tryFile(file: string): void {
  try {
    closeSync(openFile(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A FIFO whose reader is yet to come.
    if (code !== 'ENXIO') throw new Error(`the query log can't be written: ${message}`);
  }
}
