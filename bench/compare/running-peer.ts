import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Peer } from '../peers/peer.js';
import { freePort } from './ask.js';
import { isServing } from './check-answers.js';
import type { ManyNames } from './plan.js';
import { type RunningProcess, startProcess, waitUntilReady } from './processes.js';

export interface RunningPeer {
  readonly peer: Peer;
  /** On 127.0.0.1. */
  readonly port: number;
  readonly process: RunningProcess;
  /** From its start to its first right answer. */
  readonly readyMs: number;
}

/** Where the load runs. A peer shares it only when it has more workers than there are other CPUs. */
export const LOAD_CPU = 0;

/** A peer answers within this, and 0.3 ms more for each name that it loads. */
const READY_LIMIT_MS = 20_000;
const READY_MS_PER_NAME = 0.3;

/**
 * Starts a peer on CPUs of its own, and waits until it answers.
 * @param options.folder is made, with a folder of the peer's own in it
 * @throws Error with what the peer wrote; it is ended then
 */
export async function startPeer(
  peer: Peer,
  options: { readonly folder: string; readonly workers: number; readonly many?: ManyNames | undefined },
): Promise<RunningPeer> {
  const { workers, many } = options;
  const port = await freePort();
  const folder = join(options.folder, peer.name.replaceAll(' ', '-'));
  mkdirSync(folder, { recursive: true });
  const launch = peer.launch({ folder, port, workers, many });
  const begun = Date.now();
  const running = startProcess(folder, launch, serverCpus(workers));
  try {
    const limitMs = READY_LIMIT_MS + (many?.names ?? 0) * READY_MS_PER_NAME;
    await waitUntilReady(running, () => isServing(port, many), limitMs);
  } catch (error) {
    running.kill();
    throw error;
  }
  return { peer, port, process: running, readyMs: Date.now() - begun };
}

function serverCpus(workers: number): string {
  const all = availableParallelism();
  if (workers < all) return workers === 1 ? '1' : `1-${workers}`;
  return `0-${all - 1}`;
}
