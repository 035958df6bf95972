import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import type { Addon } from '../../server/native-udp.js';

/** Another process writes to the state folder. */
class FolderInUseError extends Error {
  readonly code = 'ERR_STATE_IN_USE';
}

/** The state folder of an instance, which one process at a time writes to. */
export class StateFolder {
  /** Of the lock, to be handed to another process; undefined without the addon. */
  readonly lock: number | undefined;
  readonly #run: RunFolder;

  private constructor(lock: number | undefined, run: RunFolder) {
    this.lock = lock;
    this.#run = run;
  }

  /**
   * Makes the folder when it is not there, and takes it for this process.
   * @param given the lock's descriptor, from the process that had it
   * @throws FolderInUseError, Error when the folder can't be used
   */
  static claim(folder: string, addon: Addon | undefined, given?: number): StateFolder {
    try {
      const run = RunFolder.open(folder);
      const lock = given ?? (addon && lockFile(join(folder, 'run', LOCK), addon));
      if (lock !== undefined) {
        // For the message that another process makes of it; the lock itself needs no content.
        ftruncateSync(lock);
        writeSync(lock, `${process.pid}\n`, 0);
      }
      return new StateFolder(lock, run);
    } catch (error) {
      if (error instanceof FolderInUseError) {
        throw new FolderInUseError(
          `another instance (process ${pidIn(folder)}) runs with the state folder ${folder}; --replace takes over from it`,
        );
      }
      throw new Error(
        `can't keep states in folder ${folder}: ${(error as Error).message}${whoseTurn(error as Error)}`,
        { cause: error },
      );
    }
  }

  /** Where another process asks for the sockets. */
  get controlPath(): string {
    return this.#run.pathOf(CONTROL);
  }

  /** The path of a socket that the other process has made. @throws RangeError when it is none of those */
  receiverPath(name: string): string {
    if (!/^take-\d+$/.test(name)) throw new RangeError('not the name of a receiver');
    return this.#run.pathOf(name);
  }

  /** Lets another process have the folder. */
  release(): void {
    if (this.lock !== undefined) closeSync(this.lock);
    this.#run.close();
  }
}

/** `run/` in the state folder: only its owner can reach what is in it. */
export class RunFolder {
  readonly #folder: string;
  #descriptor: number | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws the system's error when it can't be made */
  static open(stateFolder: string): RunFolder {
    const folder = join(stateFolder, 'run');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return new RunFolder(folder);
  }

  /** The running instance's control socket. */
  get controlPath(): string {
    return this.pathOf(CONTROL);
  }

  /** A path of a Unix socket is at most 107 octets; a longer one goes by the folder's descriptor. */
  pathOf(name: string): string {
    const path = join(this.#folder, name);
    if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
    this.#descriptor ??= openSync(this.#folder, 'r');
    return `/proc/self/fd/${this.#descriptor}/${name}`;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

const CONTROL = 'control.sock';
const LOCK = 'lock';

/** `sun_path` of Linux less its final NUL. */
const MAX_SOCKET_PATH = 107;

function lockFile(path: string, addon: Addon): number {
  const descriptor = addon.lock(path);
  if (descriptor >= 0) return descriptor;
  const code = getSystemErrorName(descriptor);
  if (code === 'EAGAIN') throw new FolderInUseError();
  throw Object.assign(new Error(`${code}: ${path}`), { code });
}

function pidIn(folder: string): string {
  try {
    return readFileSync(join(folder, 'run', LOCK), 'utf8').trim() || 'unknown';
  } catch {
    return 'unknown';
  }
}

/** What to do when the folder is someone else's. */
function whoseTurn(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' && code !== 'EPERM') return '';
  return `; it must belong to the user that steerdns runs as (uid ${process.getuid?.()})`;
}
