import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../background/replace-file.js';
import { packVersion, unpackVersion, type ZoneVersion } from './journal.js';

/** A folder with a file for each zone. */
export class VersionStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The file of a zone. */
  pathOf(zone: string): string {
    return join(this.#folder, fileOf(zone));
  }

  /** @param zone in presentation format. @returns undefined when there is no file, or none that can be understood */
  async read(zone: string): Promise<ZoneVersion | undefined> {
    const file = await readFile(this.pathOf(zone)).catch(() => undefined);
    return file === undefined ? undefined : unpackVersion(file);
  }

  /** @throws the system's error; what was kept before is kept still */
  async write(zone: string, version: ZoneVersion): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await replaceFile(this.pathOf(zone), packVersion(version));
  }

  /** Removes the files of all other zones. */
  async prune(zones: Iterable<string>): Promise<void> {
    const known = new Set([...zones].map(fileOf));
    for (const file of await readdir(this.#folder).catch(() => [])) {
      if (file.endsWith(SUFFIX) && !known.has(file)) await rm(join(this.#folder, file), { force: true });
    }
  }
}

const SUFFIX = '.zone';

/** Letters, digits, dots and hyphens stay; a name that gets too long for a file goes by its digest. */
function fileOf(zone: string): string {
  const escaped = zone.replace(/[^a-z0-9.-]/g, (character) => `%${character.codePointAt(0)?.toString(16)}`);
  const name = escaped.length <= MAX_NAME ? escaped : createHash('sha256').update(zone).digest('hex');
  return `${name}${SUFFIX}`;
}

/** Leaves room for the suffix, and for that of a file that is being written, in the 255 octets of most file systems. */
const MAX_NAME = 200;
