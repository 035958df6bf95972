import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Launch } from '../peers/peer.js';

/** A started program. */
export class RunningProcess {
  readonly #child: ChildProcess;
  readonly #log: string;

  constructor(child: ChildProcess, log: string) {
    this.#child = child;
    this.#log = log;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The last lines that it wrote. */
  tail(): string {
    return readFileSync(this.#log, 'utf8').split('\n').slice(-12).join('\n');
  }

  /** CPU time that it and its children have taken so far. */
  cpu(): CpuTime {
    const pid = this.#child.pid;
    if (pid === undefined) throw new Error('it did not start');
    return treeOf(pid).map(cpuOf).reduce(sum, { totalUs: 0, userTicks: 0, systemTicks: 0 });
  }

  /** Octets of memory that only it and its children use, and what they share counted once (PSS). */
  memoryOctets(): number {
    const pid = this.#child.pid;
    if (pid === undefined) throw new Error('it did not start');
    return treeOf(pid).reduce((octets, of) => {
      const kilooctets = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${of}/smaps_rollup`, 'utf8'))?.[1];
      return octets + 1024 * Number(kilooctets ?? 0);
    }, 0);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it; by force after some seconds. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Ends it at once, for when the bench itself is ended. */
  kill(): void {
    if (!this.hasEnded) this.#child.kill('SIGKILL');
  }
}

export interface CpuTime {
  /** Microseconds on a CPU, exactly. */
  readonly totalUs: number;
  /** How the kernel's clock found them, in ticks of 10 ms: only their proportion is of use. */
  readonly userTicks: number;
  readonly systemTicks: number;
}

const STOP_LIMIT_MS = 5000;

/**
 * Writes a launch's files and starts its command on these CPUs. It does not outlive this process.
 * @param cpus as taskset's -c takes them
 */
export function startProcess(folder: string, launch: Launch, cpus: string): RunningProcess {
  for (const [path, content] of Object.entries(launch.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'output.log');
  const out = openSync(log, 'w');
  const child = spawn('taskset', ['-c', cpus, launch.command, ...launch.args], {
    cwd: folder,
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  const running = new RunningProcess(child, log);
  const kill = (): void => running.kill();
  process.prependOnceListener('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return running;
}

/**
 * Waits until `isReady` says so.
 * @throws with the program's output when it ends before, or the time is over
 */
export async function waitUntilReady(
  running: RunningProcess,
  isReady: () => Promise<boolean>,
  limitMs: number,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await isReady())) {
    if (running.hasEnded) throw new Error(`it ended before it answered:\n${running.tail()}`);
    if (Date.now() > deadline) throw new Error(`no answer in ${limitMs / 1000} s:\n${running.tail()}`);
    await delay(50);
  }
}

function treeOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(treeOf)];
}

function cpuOf(pid: number): CpuTime {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => taskCpu(`/proc/${pid}/task/${task}`))
    .reduce(sum, { totalUs: 0, userTicks: 0, systemTicks: 0 });
}

function taskCpu(path: string): CpuTime {
  const [nanoseconds = '0'] = readFileSync(`${path}/schedstat`, 'latin1').split(' ');
  const stat = readFileSync(`${path}/stat`, 'latin1');
  // The command's name in parentheses may hold spaces; utime is the 12th field after it (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    totalUs: Number(nanoseconds) / 1000,
    userTicks: Number(fields[11]),
    systemTicks: Number(fields[12]),
  };
}

function sum(a: CpuTime, b: CpuTime): CpuTime {
  return {
    totalUs: a.totalUs + b.totalUs,
    userTicks: a.userTicks + b.userTicks,
    systemTicks: a.systemTicks + b.systemTicks,
  };
}
