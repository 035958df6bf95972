/** Compiles geo databases, in a thread started by geo-files.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { compilePlaces, GeoDatabasesError } from '../geo/compile-places.js';
import type { GeoMessage, GeoWork } from './geo-files.js';

const say = (message: GeoMessage): void => parentPort?.postMessage(message);

try {
  const { databases, networks } = workerData as GeoWork;
  say({ kind: 'table', table: compilePlaces(databases, networks, (step) => say({ kind: 'step', step })) });
} catch (error) {
  if (!(error instanceof GeoDatabasesError)) throw error;
  say({ kind: 'problems', problems: error.problems });
}
