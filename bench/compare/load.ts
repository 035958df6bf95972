import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What the load generator counted; see bench/load/load.c. */
export interface LoadReport {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  /** Responses to queries that had been counted as lost. */
  readonly late: number;
  /** Responses that were wrong. */
  readonly bad: number;
  readonly firstBad?: string;
  readonly seconds: number;
  readonly perSecond: number;
  /** CPU seconds of the generator a second; near 1 means that it was the limit, not the server. */
  readonly loadCpu: number;
  readonly latencyUs: {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  };
}

export interface LoadOptions {
  readonly port: number;
  readonly queries: string;
  readonly seconds: number;
  readonly window: number;
  readonly sockets: number;
  readonly cpu: number;
  readonly sources?: readonly string[] | undefined;
  /** Queries a second; as many as the window lets unless given. */
  readonly rate?: number | undefined;
  /** After which a query is lost; 250 ms unless given. */
  readonly timeoutMs?: number;
}

/**
 * Compiles the programs of bench/load.
 * @returns path of each
 * @throws with the compiler's messages
 */
export function compilePrograms(
  checkout: string,
  into: string,
): { readonly load: string; readonly floor: string } {
  const compile = (name: string, sources: readonly string[]): string => {
    const program = join(into, name);
    const paths = sources.map((source) => join(checkout, 'bench/load', source));
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, ...paths]);
    return program;
  };
  return {
    load: compile('load', ['load.c', 'options.c', 'queries.c', 'check.c', 'latency.c']),
    floor: compile('floor', ['floor.c']),
  };
}

export async function runLoad(program: string, options: LoadOptions): Promise<LoadReport> {
  const { port, queries, seconds, window, sockets, cpu, sources, rate, timeoutMs } = options;
  const running = promisify(execFile)(
    program,
    [
      ...['--to', `127.0.0.1:${port}`, '--queries', queries, '--seconds', String(seconds)],
      ...['--window', String(window), '--sockets', String(sockets), '--cpu', String(cpu)],
      ...(sources === undefined ? [] : ['--from', sources.join(',')]),
      ...(rate === undefined ? [] : ['--rate', String(rate)]),
      ...(timeoutMs === undefined ? [] : ['--timeout-ms', String(timeoutMs)]),
    ],
    { timeout: seconds * 1000 + START_LIMIT_MS },
  );
  const kill = (): boolean => running.child.kill('SIGKILL');
  process.prependOnceListener('exit', kill);
  try {
    return JSON.parse((await running).stdout) as LoadReport;
  } finally {
    process.removeListener('exit', kill);
  }
}

/** Longer than it takes to read the queries, and to wait for the last responses. */
const START_LIMIT_MS = 20_000;
