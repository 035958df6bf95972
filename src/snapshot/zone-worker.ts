/** Reads zones, in a thread started by zone-files.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { readZones, type ZoneWork } from './read-zones.js';
import type { ZoneMessage } from './zone-files.js';

const say = (message: ZoneMessage): void => parentPort?.postMessage(message);

try {
  say({ kind: 'result', result: readZones(workerData as ZoneWork, (step) => say({ kind: 'step', step })) });
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  say({ kind: 'tooMuch', message: error.message });
}
