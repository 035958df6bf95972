import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Programs of other authoritative servers, as Debian names them. */
export type PeerName = 'named' | 'knotd' | 'nsd';

/** A real BIND, Knot or NSD: its configuration is the caller's. */
export class PeerProcess {
  #child: ChildProcess | undefined;
  #output = '';

  constructor(
    readonly program: PeerName,
    readonly folder: string,
  ) {}

  /** What it printed. */
  get output(): string {
    return this.#output;
  }

  /** Starts it, in its folder, with a configuration. It may not answer yet. */
  async run(config: string): Promise<void> {
    const file = join(this.folder, 'peer.conf');
    await writeFile(file, config);
    const child = spawn(this.program, ARGUMENTS[this.program](file), {
      cwd: this.folder,
      // Debian has daemons where the path of users does not lead.
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
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

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    // NSD's children outlive a slow end no longer than this.
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(late);
  }
}

const ARGUMENTS: Readonly<Record<PeerName, (file: string) => string[]>> = {
  named: (file) => ['-g', '-n', '1', '-c', file],
  knotd: (file) => ['-c', file],
  nsd: (file) => ['-d', '-c', file],
};
