import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian has daemons where the path of users does not lead. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/** The addresses on loopback, a resolver in place of the machine's; then it waits for the end of its input. */
const SETUP = `set -e
mount --bind "$1" /etc/resolv.conf; shift
ip link set lo up
for address; do ip address add "$address" dev lo nodad; done
echo ready
exec cat`;

/**
 * A network namespace of its own, so that real addresses and the real port 53 can be used: nothing of it is seen outside.
 * All of its addresses are on its loopback. It takes no privileges but the kernel's leave to make user namespaces.
 */
export class Network {
  readonly #holder: ChildProcess;
  readonly #resolvConf: string;

  private constructor(holder: ChildProcess, resolvConf: string) {
    this.#holder = holder;
    this.#resolvConf = resolvConf;
  }

  /**
   * @param addresses IPv4 and IPv6
   * @param resolver that programs in the network use
   * @throws with what the machine said when it lets nobody make such a network
   */
  static async open(addresses: readonly string[], resolver: string): Promise<Network> {
    const resolvConf = join(tmpdir(), `steerdns-resolv-${process.pid}-${addresses.length}.conf`);
    await writeFile(resolvConf, `nameserver ${resolver}\n`);
    const words = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c', SETUP, 'sh', resolvConf];
    const holder = spawn('unshare', [...words, ...addresses], { env: { ...process.env, PATH } });
    let output = '';
    for (const stream of [holder.stdout, holder.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
      });
    }
    const network = new Network(holder, resolvConf);
    const ended = once(holder, 'close').then(() => false);
    const ready = new Promise<boolean>((resolve) => {
      holder.stdout.on('data', () => {
        if (output.includes('ready\n')) resolve(true);
      });
    });
    if (await Promise.race([ready, ended])) return network;
    await rm(resolvConf, { force: true });
    throw new Error(`no network namespace here: ${output.trim()}`);
  }

  /** The words that run a program in this network: the first is the command. */
  words(...program: readonly string[]): [string, ...string[]] {
    const target = `${this.#holder.pid}`;
    const enter = ['--target', target, '--user', '--net', '--mount', '--preserve-credentials'];
    return ['nsenter', ...enter, `--wd=${process.cwd()}`, '--', ...program];
  }

  /** The words that hand a line to a shell in this network, in a folder, with programs of `bin` before all others. */
  shell(folder: string, bin: string): string[] {
    const enter = 'cd "$0" && PATH="$1:$2" exec sh -c "$3"';
    return this.words('sh', '-c', enter, folder, bin, PATH);
  }

  /** Runs a program to its end. @throws when it fails */
  async run(...program: readonly string[]): Promise<string> {
    const [command, ...args] = this.words(...program);
    const { stdout } = await run(command, args, { env: { ...process.env, PATH } });
    return stdout;
  }

  /** Starts a program that serves. */
  start(...program: readonly string[]): Daemon {
    const [command, ...args] = this.words(...program);
    return new Daemon(
      spawn(command, args, { env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Ends the network; its programs must have ended. */
  async close(): Promise<void> {
    const closed = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    await closed;
    await rm(this.#resolvConf, { force: true });
  }
}

/** A program that serves until it is stopped. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #output = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#exit = once(child, 'close');
    // A test run that dies must not leave the program behind.
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** What it printed. */
  get output(): string {
    return this.#output;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#exit;
    clearTimeout(late);
  }
}
