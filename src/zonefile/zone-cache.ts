import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../config/diagnostics.js';
import { displayPath } from '../config/read-source.js';
import { formatName } from '../wire/name.js';
import { type PackedZone, packZone, unpackZone } from './packed-zone.js';
import { bundleParts, readBundle } from './zone-bundle.js';
import type { ZoneSource } from './zone-source.js';

/** A file that a zone is read from. */
export interface ZoneText {
  /** Absolute. */
  readonly path: string;
  readonly octets: Uint8Array;
}

/** A zone as it was read from the same text before. */
export interface CachedZone {
  readonly zone: ZoneSource;
  /** What was said of it: warnings only. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of the files that it includes. */
  readonly included: readonly string[];
}

/** Where a zone is kept. */
export interface ZoneKey {
  readonly name: string;
  /** It has a file of its own. */
  readonly large: boolean;
}

export interface ZoneCacheOptions {
  readonly folder: string;
  /** False: what is there is used, and nothing is kept. */
  readonly write: boolean;
  /** Told when something can't be used or kept: the zone is read from its text then. */
  readonly note?: (note: string) => void;
}

/** Smaller texts are read as fast as they are found here. */
export const MIN_CACHED_OCTETS = 1 << 10;
/** Zones with larger texts have a file each, so that another zone's change does not write them again. */
export const MIN_OWN_FILE_OCTETS = 1 << 20;

/**
 * Zones that were read and checked: large ones in `ZONE.DIGEST` each, the others in one file. The digest is of all that the zone
 * is read from, and of the code that reads it; what the zone includes is compared beside it. What is damaged is not used, so
 * nothing needs to be synced.
 */
export class ZoneCache {
  readonly #options: ZoneCacheOptions;
  /** Files that were read or written. */
  readonly #used = new Set<string>([BUNDLE]);
  #bundled: Map<string, Uint8Array> | undefined;
  /** What of {@link #bundled} was read. */
  readonly #read = new Set<string>();
  readonly #added = new Map<string, Uint8Array>();

  constructor(options: ZoneCacheOptions) {
    this.#options = options;
  }

  /** @returns undefined for a zone that is not worth keeping */
  keyOf(apex: Uint8Array, texts: readonly ZoneText[]): ZoneKey | undefined {
    const size = texts.reduce((sum, { octets }) => sum + octets.length, 0);
    if (size < MIN_CACHED_OCTETS) return undefined;
    const hash = createHash('sha256').update(codeDigest()).update(homedir());
    // Paths are shown with messages, as seen from where the user stands.
    for (const { path, octets } of texts)
      hash.update(`\0${path}\0${displayPath(path)}\0${octets.length}\0`).update(octets);
    const zone = formatName(apex).toLowerCase();
    const shown = zone.replace(/[^-.\w]/g, '_').slice(0, MAX_NAME_CHARACTERS);
    const name = `${shown}${hash.digest('hex').slice(0, DIGEST_DIGITS)}`;
    return { name, large: size >= MIN_OWN_FILE_OCTETS };
  }

  /** What was kept, when it still holds. */
  read(key: ZoneKey): CachedZone | undefined {
    const octets = key.large ? this.#readFile(key.name) : this.#bundle().get(key.name);
    if (octets === undefined) return undefined;
    const packed = unpackZone(octets, key.name);
    if (packed === undefined) {
      this.#note(`what is kept of ${key.name} is damaged: the zone is read from its text`);
      return undefined;
    }
    if (!packed.includes.every(isSame)) return undefined;
    (key.large ? this.#used : this.#read).add(key.name);
    const { zone, diagnostics, includes } = packed;
    return { zone, diagnostics, included: includes.map(({ path }) => path) };
  }

  /** Keeps a zone that has no errors. @param includes the files that it includes */
  write(
    key: ZoneKey,
    zone: ZoneSource,
    diagnostics: readonly Diagnostic[],
    includes: readonly ZoneText[],
  ): void {
    if (!this.#options.write) return;
    const digests = includes.map(({ path, octets }) => ({
      path,
      shown: displayPath(path),
      digest: digestOf(octets),
    }));
    const parts = packZone(key.name, { zone, diagnostics, includes: digests });
    // A copy, for the records go on to other uses.
    if (!key.large) this.#added.set(key.name, Buffer.concat(parts));
    else if (this.#writeFile(key.name, parts)) this.#used.add(key.name);
  }

  /** Ends a load. @param all every zone was read: what was neither read nor kept in this load goes */
  finish(all: boolean): void {
    if (!this.#options.write) return;
    const before = [...this.#bundle()].filter(([name]) => !all || this.#read.has(name));
    if (this.#added.size > 0 || before.length < this.#bundle().size) {
      this.#writeFile(BUNDLE, bundleParts([...before, ...this.#added]));
    }
    if (all) this.#sweep();
  }

  #sweep(): void {
    const { folder } = this.#options;
    try {
      for (const name of readdirSync(folder))
        if (!this.#used.has(name)) rmSync(join(folder, name), { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#note((error as Error).message);
    }
  }

  #bundle(): Map<string, Uint8Array> {
    this.#bundled ??= readBundle(this.#readFile(BUNDLE) ?? new Uint8Array(0));
    return this.#bundled;
  }

  #readFile(name: string): Uint8Array | undefined {
    const path = join(this.#options.folder, name);
    try {
      return readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#note(`${path}: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Replaces a file whole. @returns false when that can't be done */
  #writeFile(name: string, parts: Iterable<Uint8Array>): boolean {
    const { folder } = this.#options;
    const temporary = join(folder, `${name}.tmp`);
    try {
      mkdirSync(folder, { recursive: true });
      const file = openSync(temporary, 'w', 0o600);
      try {
        for (const part of gathered(parts))
          for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, join(folder, name));
      return true;
    } catch (error) {
      this.#note(`${join(folder, name)} can't be written: ${(error as Error).message}`);
      return false;
    }
  }

  #note(note: string): void {
    this.#options.note?.(note);
  }
}

/** The same octets in pieces of some size: a call to the system for each part takes longer than the writing. */
function* gathered(parts: Iterable<Uint8Array>): Iterable<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let octets = 0;
  for (const part of parts) {
    waiting.push(part);
    octets += part.length;
    if (octets < GATHERED_OCTETS) continue;
    yield* waiting.length === 1 ? waiting : [Buffer.concat(waiting)];
    waiting = [];
    octets = 0;
  }
  yield Buffer.concat(waiting);
}

const GATHERED_OCTETS = 1 << 18;

/** The file of zones that are not large. */
const BUNDLE = 'zones';

/** Characters of a zone's name that its file has: a file's name has at most 255. */
const MAX_NAME_CHARACTERS = 180;

/** 128 bits. */
const DIGEST_DIGITS = 32;

function isSame({ path, shown, digest }: PackedZone['includes'][number]): boolean {
  try {
    return displayPath(path) === shown && digestOf(readFileSync(path)) === digest;
  } catch {
    return false;
  }
}

function digestOf(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}

/** Of the code that zones are read with: another release, or a checkout that has changed, reads them anew. */
function codeDigest(): string {
  if (code !== undefined) return code;
  const hash = createHash('sha256');
  for (const folder of CODE_FOLDERS) {
    const url = new URL(`../${folder}/`, import.meta.url);
    const names = readdirSync(url).filter((name) => name.endsWith('.js'));
    for (const name of names.sort()) hash.update(`${name}\0`).update(readFileSync(new URL(name, url)));
  }
  code = hash.digest('hex');
  return code;
}

let code: string | undefined;

const CODE_FOLDERS = ['config', 'rr', 'wire', 'yaml', 'zonefile'];
