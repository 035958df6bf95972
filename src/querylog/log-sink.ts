import { closeSync, constants, fstatSync, openSync, statSync, writeSync } from 'node:fs';

/** What `file` says when lines go to standard output. */
export const STDOUT = 'stdout';

const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;

/** Beside its owner only the group reads it: it tells who asked for what. */
const MODE = 0o640;

/**
 * Where lines are written: a file, a FIFO or standard output. Never waits: what can't be written at once is kept, and until it is
 * written nothing more is taken.
 */
export class LogSink {
  /** Why nothing can be written; undefined when it can. A reader that is merely slow is no problem. */
  problem: string | undefined;
  readonly #file: string;
  #descriptor: number | undefined;
  #rest: Buffer = Buffer.alloc(0);
  /** Standard output whose reader is gone does not come back. */
  #over = false;

  /** @param file a path, or {@link STDOUT} */
  constructor(file: string) {
    this.#file = file;
    this.#open();
  }

  /** True when lines can be taken. */
  get isReady(): boolean {
    if (this.#descriptor === undefined) return false;
    return this.#rest.length === 0 || this.#flush();
  }

  /** Takes lines, whole ones. @returns false when some of them wait */
  write(lines: string): boolean {
    this.#rest = Buffer.from(lines);
    return this.#flush();
  }

  /** Opens the file anew if its name leads elsewhere now, or it could not be opened before. */
  checkName(): void {
    if (this.#descriptor === undefined) this.#open();
    else if (this.#file !== STDOUT && !isSame(this.#file, this.#descriptor)) this.reopen();
  }

  reopen(): void {
    if (this.#file === STDOUT) return;
    this.#flush();
    this.close();
    this.#open();
  }

  close(): void {
    if (this.#descriptor !== undefined && this.#descriptor !== STDOUT_DESCRIPTOR) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    // What was begun in one file is not ended in another.
    this.#rest = Buffer.alloc(0);
  }

  #open(): void {
    if (this.#over) return;
    try {
      this.#descriptor = this.#file === STDOUT ? openStdout() : openFile(this.#file);
      this.problem = undefined;
    } catch (error) {
      this.problem = explain(error);
    }
  }

  /** @returns true when nothing is left */
  #flush(): boolean {
    try {
      while (this.#rest.length > 0 && this.#descriptor !== undefined) {
        this.#rest = this.#rest.subarray(writeSync(this.#descriptor, this.#rest));
      }
      this.problem = undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        this.problem = undefined;
        return false;
      }
      this.problem = explain(error);
      if (code === 'EPIPE') {
        this.#over = this.#file === STDOUT;
        this.close();
      }
    }
    return this.#rest.length === 0 && this.#descriptor !== undefined;
  }
}

const STDOUT_DESCRIPTOR = 1;

/** @throws the system's error */
export function openFile(file: string): number {
  return openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, MODE);
}

/** Opened anew, so that it does not wait and what others write to the same pipe still does. A socket can't be. */
function openStdout(): number {
  try {
    return openSync('/proc/self/fd/1', O_WRONLY | O_APPEND | O_NONBLOCK);
  } catch {
    return STDOUT_DESCRIPTOR;
  }
}

function isSame(file: string, descriptor: number): boolean {
  try {
    const now = statSync(file);
    const open = fstatSync(descriptor);
    return now.ino === open.ino && now.dev === open.dev;
  } catch {
    return false;
  }
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENXIO') return 'nobody reads the FIFO';
  if (code === 'EPIPE') return 'its reader is gone';
  return message;
}
