import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Diagnostics } from '../config/diagnostics.js';
import { formatName, NameError, parseName, sameName } from '../wire/name.js';
import { listZones } from '../zonefile/load-zones.js';
import { readOwnerName, toAscii } from '../zonefile/zone-names.js';

/** The files of a zone as they are on the disk. */
export interface ZoneOnDisk {
  readonly apex: Uint8Array;
  readonly files: readonly ZoneFileText[];
  /** Of all that is in them. */
  readonly digest: string;
}

export interface ZoneFileText {
  /** Absolute. */
  readonly path: string;
  readonly octets: Uint8Array;
}

/**
 * Reads the files of a zone.
 * @returns undefined when no file is of it
 * @throws the system's error when one can't be read
 */
export function readZone(folder: string, apex: Uint8Array): ZoneOnDisk | undefined {
  const found = listZones(folder, new Diagnostics()).find((zone) => sameName(zone.apex, apex));
  if (found === undefined) return undefined;
  const hash = createHash('sha256');
  const files = found.files.map((path) => {
    const octets = readFileSync(path);
    hash.update(`${path}\0${octets.length}\0`).update(octets);
    return { path, octets };
  });
  return { apex: found.apex, files, digest: hash.digest('hex').slice(0, DIGEST_DIGITS) };
}

/** 128 bits: nobody gains by making two files alike. */
const DIGEST_DIGITS = 32;

/** The file for a name that is in none: the zone's own, or of a split zone the one that octoDNS keeps the rest in. */
export function fileForNew({ apex, files }: ZoneOnDisk): ZoneFileText | undefined {
  if (files.length === 1) return files[0];
  const zone = formatName(apex).slice(0, -1).toLowerCase();
  const names = [`$${zone}.yaml`, `${zone}.yaml`, `$${zone}..yaml`];
  return names.flatMap((name) => files.find(({ path }) => basename(path).toLowerCase() === name) ?? [])[0];
}

/**
 * Reads an owner name of a request: relative to the apex, `@` the apex itself; or absolute, with its final dot.
 * @returns undefined when it is no name, or not in the zone
 */
export function ownerOf(text: string, apex: Uint8Array): { name: Uint8Array; relative: string } | undefined {
  try {
    const absolute = text.endsWith('.') && !text.endsWith('\\.');
    const name = absolute ? parseName(toAscii(text)) : readOwnerName(text === '@' ? '' : text, apex);
    const relative = relativeTo(name, apex);
    return relative === undefined ? undefined : { name, relative };
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

/** True for a key of the zone's files that is this name. */
export function isKeyOf(key: string, name: Uint8Array, apex: Uint8Array): boolean {
  try {
    return sameName(readOwnerName(key, apex), name);
  } catch (error) {
    if (error instanceof NameError) return false;
    throw error;
  }
}

/** `''` for the apex; undefined when the name is not in the zone. */
function relativeTo(name: Uint8Array, apex: Uint8Array): string | undefined {
  const at = name.length - apex.length;
  if (at < 0 || !sameName(name.subarray(at), apex)) return undefined;
  if (at === 0) return '';
  // The apex must begin at a label.
  for (let label = 0; label < at; label += (name[label] as number) + 1) {
    if (label + (name[label] as number) + 1 === at) {
      return formatName(Uint8Array.of(...name.subarray(0, at), 0)).slice(0, -1);
    }
  }
  return undefined;
}
