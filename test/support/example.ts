import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { makeExampleFolder, removeFolder, type Steerdns, startSteerdns } from './steerdns.js';
import { hasIpv6 } from './tools.js';

/** The example of this checkout, running on free ports with its members. */
export interface RunningExample {
  readonly steerdns: Steerdns;
  readonly folder: string;
  /** The port of the members on 127.0.0.11 and up: 8081 in the files of the checkout. */
  readonly memberPort: number;
  stop(): Promise<void>;
}

/**
 * Copies the example, with other ports, and starts it.
 * @param prepare changes files of the copy before the start
 */
export async function startExample(prepare?: (folder: string) => Promise<void>): Promise<RunningExample> {
  const { folder, memberPort } = await makeConfiguredExample();
  await prepare?.(folder);
  const steerdns = await startSteerdns(folder, ['--demo']);
  return {
    steerdns,
    folder,
    memberPort,
    stop: async () => {
      await steerdns.stop();
      await removeFolder(folder);
    },
  };
}

/** A copy of the example with other ports; `removeFolder` it afterwards. */
export async function makeConfiguredExample(): Promise<{ folder: string; memberPort: number }> {
  const folder = await makeExampleFolder();
  const memberPort = await freePort('127.0.0.11');
  if (!hasIpv6()) await replaceIn(join(folder, 'steerdns.yaml'), /, '\[::1\]:5300'/, '');
  await replaceIn(join(folder, 'steerdns.yaml'), /:(5300|8080|8053)'/g, ":0'");
  // Turns are each thread's own: one thread, so that a test can count on whose turn it is.
  await replaceIn(join(folder, 'steerdns.yaml'), /^zones:/m, 'workers: 1\nzones:');
  for (const file of [
    'services/web.yaml',
    'services/mirrors.yaml',
    'services/app.yaml',
    'zones/example.com.yaml',
  ]) {
    await replaceIn(join(folder, file), /8081/g, `${memberPort}`);
  }
  return { folder, memberPort };
}

/** @throws when the file has nothing to replace, so that no test runs on the ports of the checkout */
async function replaceIn(file: string, pattern: RegExp, by: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const replaced = text.replace(pattern, by);
  if (replaced === text) throw new Error(`${file} has nothing like ${pattern}`);
  await writeFile(file, replaced);
}

/** A port that was free just now: for what can't be told to choose one itself. */
export function freePort(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, address, () => {
      const bound = probe.address();
      probe.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0));
    });
  });
}
