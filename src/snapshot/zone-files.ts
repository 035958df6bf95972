import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { readZones, type ZoneResult, type ZoneWork } from './read-zones.js';

/** What the thread says. */
export type ZoneMessage =
  | { readonly kind: 'step'; readonly step: string }
  | { readonly kind: 'result'; readonly result: ZoneResult }
  /** More than a store holds. */
  | { readonly kind: 'tooMuch'; readonly message: string };

/** Smaller zones are read in less time than a thread takes to start. */
const MIN_THREAD_OCTETS = 1 << 18;

/**
 * Reads, checks and compiles all zones of a folder; large ones in a thread of its own, which takes seconds, in which this thread
 * keeps probing and answering.
 * @throws RangeError when there is more than a store holds
 */
export async function loadZoneFiles(work: ZoneWork, onStep: (step: string) => void): Promise<ZoneResult> {
  const large = (await octetsOf(work.folder, MIN_THREAD_OCTETS)) >= MIN_THREAD_OCTETS;
  return large ? readInWorker(work, onStep) : readZones(work, onStep);
}

/** Octets of the files in a folder and in the folders of it; counted until they are enough. What can't be looked at counts 0. */
async function octetsOf(folder: string, enough: number): Promise<number> {
  let octets = 0;
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  for (const entry of entries) {
    if (octets >= enough) break;
    if (!entry.isDirectory())
      octets += await stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return octets;
}

function readInWorker(work: ZoneWork, onStep: (step: string) => void): Promise<ZoneResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./zone-worker.js', import.meta.url), { workerData: work });
    worker.on('message', (message: ZoneMessage) => {
      switch (message.kind) {
        case 'step':
          onStep(message.step);
          break;
        case 'result':
          resolve(message.result);
          break;
        case 'tooMuch':
          reject(new RangeError(message.message));
          break;
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the thread that reads zones ended with code ${code}`)));
  });
}
