import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the checkout, and the program of the same build as this file. */
export const CHECKOUT = findCheckout(dirname(fileURLToPath(import.meta.url)));
const PROGRAM = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/** Longer than a start or a reload takes on a busy machine. */
const WAIT_LIMIT_MS = 30_000;

/** Text of files by their path in the folder of the configuration. */
export type Files = Readonly<Record<string, string>>;

export interface Listening {
  /** Without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Finished extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes a folder of its own with these files; `removeFolder` it afterwards. */
export async function makeFolder(files: Files = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steerdns-'));
  await writeFiles(folder, files);
  return folder;
}

/** A folder with the example of this checkout. */
export async function makeExampleFolder(): Promise<string> {
  const folder = await makeFolder();
  for (const part of ['steerdns.yaml', 'zones', 'services', 'geo']) {
    await cp(join(CHECKOUT, part), join(folder, part), { recursive: true });
  }
  return folder;
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Runs a command of steerdns to its end. */
export async function runSteerdns(args: readonly string[], cwd: string = CHECKOUT): Promise<Finished> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const exit = await exitOf(child);
  return { ...exit, ...output };
}

/**
 * Starts `steerdns serve` with `steerdns.yaml` of a folder and waits for its ready line. Ports in it are 0, so that tests
 * run beside each other.
 * @throws with the program's output when it ends before it is ready
 */
export async function startSteerdns(
  folder: string,
  options: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Steerdns> {
  const args = ['serve', '--config', join(folder, 'steerdns.yaml'), ...options];
  return startProgram(process.execPath, [PROGRAM, ...args], folder, env);
}

/** Starts a program that ends up as `steerdns serve`. */
export async function startProgram(
  program: string,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Steerdns> {
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const steerdns = new Steerdns(folder, child);
  try {
    await steerdns.waitForOutput(/^ready: .*$/m);
    await steerdns.writeClientConfig();
    return steerdns;
  } catch (error) {
    await steerdns.stop('SIGKILL');
    throw error;
  }
}

/** A running instance. */
export class Steerdns {
  readonly #child: ChildProcess;
  readonly #output: { stdout: string; stderr: string };
  readonly #exit: Promise<Exit>;

  constructor(
    readonly folder: string,
    child: ChildProcess,
  ) {
    this.#child = child;
    this.#output = collect(child);
    this.#exit = exitOf(child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Settled once it has ended. */
  get exit(): Promise<Exit> {
    return this.#exit;
  }

  /** The process itself; what it started may still hold its output. */
  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The log: JSON lines. */
  get log(): string {
    return this.#output.stderr;
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  /** The first address that DNS is served at, with its real port. */
  get dns(): Listening {
    return this.#listening('dns')[0] as Listening;
  }

  /** The IPv6 address that DNS is served at. */
  get dns6(): Listening {
    const found = this.#listening('dns').find(({ address }) => address.includes(':'));
    if (found === undefined) throw new Error(`no IPv6 address in: ${this.stdout}`);
    return found;
  }

  /** The first address that DNS over TLS is served at. */
  get dot(): Listening {
    return this.#listening('dot')[0] as Listening;
  }

  get http(): Listening {
    return this.#listening('http')[0] as Listening;
  }

  get admin(): Listening {
    return this.#listening('admin')[0] as Listening;
  }

  /** A configuration in which commands find this instance: steerdns.yaml with the real port of the admin address. */
  get clientConfig(): string {
    return join(this.folder, 'client.yaml');
  }

  /** Runs a command against this instance. */
  async command(...args: readonly string[]): Promise<Finished> {
    return runSteerdns([...args, '--config', this.clientConfig], this.folder);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until what it printed or logged has the pattern; `since` skips the log's first characters. */
  async waitForLog(pattern: RegExp, since = 0): Promise<void> {
    await this.#waitFor(() => pattern.test(this.log.slice(since)), pattern);
  }

  async waitForOutput(pattern: RegExp): Promise<void> {
    await this.#waitFor(() => pattern.test(this.stdout), pattern);
  }

  async writeClientConfig(): Promise<void> {
    if (this.#listening('admin').length === 0) return;
    const { address, port } = this.admin;
    const text = await readFile(join(this.folder, 'steerdns.yaml'), 'utf8');
    const replaced = text.replace(/admin: '[^']*:0'/, `admin: '${address}:${port}'`);
    if (!replaced.includes(`${address}:${port}`)) throw new Error(`not the admin address in:\n${text}`);
    await writeFile(this.clientConfig, replaced);
  }

  /** Ends the process and waits for its exit. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    return this.#exit;
  }

  #listening(what: 'dns' | 'dot' | 'http' | 'admin'): Listening[] {
    const line = /^ready: (.*)$/m.exec(this.stdout)?.[1] ?? '';
    const found: Listening[] = [];
    let current = '';
    for (const word of line.split(/[ ,;]+/)) {
      const [, address, port] = /^\[?([0-9a-f.:]+?)\]?:(\d+)$/.exec(word) ?? [];
      if (address === undefined) current = word;
      else if (current === what) found.push({ address, port: Number(port) });
    }
    return found;
  }

  #waitFor(isThere: () => boolean, pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => () => {
        settle();
        reject(new Error(`${why} before ${pattern}\nstdout: ${this.stdout}\nstderr: ${this.log}`));
      };
      const look = (): void => {
        if (!isThere()) return;
        settle();
        resolve();
      };
      const ended = fail('ended');
      const timer = setTimeout(fail(`${WAIT_LIMIT_MS} ms went by`), WAIT_LIMIT_MS);
      const settle = (): void => {
        clearTimeout(timer);
        this.#child.off('close', ended);
        this.#child.stdout?.off('data', look);
        this.#child.stderr?.off('data', look);
      };
      this.#child.once('close', ended);
      this.#child.stdout?.on('data', look);
      this.#child.stderr?.on('data', look);
      look();
    });
  }
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8');
    child[name]?.on('data', (text: string) => {
      output[name] += text;
    });
  }
  // A test run that dies must not leave the program behind.
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return output;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function findCheckout(from: string): string {
  // build/test/support, whatever the name of build.
  return join(from, '..', '..', '..');
}
