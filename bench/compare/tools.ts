import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Peer } from '../peers/peer.js';

/**
 * Makes a folder that is gone when this process ends, by a signal too.
 * @throws Error when its path has characters that configurations of servers would need quoted
 */
export function makeTemporaryFolder(): string {
  if (!/^[\w./-]+$/.test(tmpdir())) {
    throw new Error(`TMPDIR must have letters, digits and ./_- alone but is ${JSON.stringify(tmpdir())}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'steerdns-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // The kernel's own way would leave out what is to be done on exit.
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => process.exit(128 + number));
  }
  return folder;
}

/** Debian has daemons in sbin, which is not in everyone's PATH. */
export function addSbinToPath(): void {
  process.env.PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
}

/** The peers whose command is not installed. */
export function missingTools(peers: readonly Peer[]): Peer[] {
  return peers.filter(({ needs }) => needs !== undefined && !isInstalled(needs.command));
}

function isInstalled(command: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
