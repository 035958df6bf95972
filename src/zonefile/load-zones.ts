import { type Dirent, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import {
  decodeSource,
  describeFileError,
  displayPath,
  readOctets,
  readSource,
} from '../config/read-source.js';
import { formatName, NameError, parseName } from '../wire/name.js';
import { loadMasterZone } from './master.js';
import { readMasterComments } from './master-comments.js';
import { loadOctodnsZone, type ReadInclude } from './octodns.js';
import { readYamlComments } from './yaml-comments.js';
import type { ZoneCache, ZoneText } from './zone-cache.js';
import type { ZoneComments } from './zone-comments.js';
import { digestZone } from './zone-digest.js';
import { toAscii } from './zone-names.js';
import type { ZoneSource } from './zone-source.js';

/** A zone of a folder, and the files that it is in. */
interface ZoneFiles {
  /** In wire form, in lower case. */
  readonly apex: Uint8Array;
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
}

const ZONE_FILE = /\.(yaml|zone)$/;

/**
 * Finds the zones of a folder as octoDNS names them: `example.com.yaml`, and split zones, every `*.yaml` of a folder
 * `example.com.` or `example.com`. A zone may have both. Names may be in Unicode. `example.com.zone` is a master file.
 */
export function listZones(folder: string, diagnostics: Diagnostics): ZoneFiles[] {
  const zones = new Map<string, { apex: Uint8Array; files: string[] }>();
  const add = (name: string, path: string, files: readonly string[]): void => {
    const apex = readZoneName(name, path, diagnostics);
    if (apex === undefined) return;
    const key = formatName(apex);
    const zone = zones.get(key) ?? { apex, files: [] };
    zone.files.push(...files);
    zones.set(key, zone);
  };
  for (const entry of readFolder(folder, diagnostics)) {
    const path = resolve(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path))) {
      // Folders of shared files have a name without a dot.
      if (!entry.name.includes('.')) continue;
      const files = readFolder(path, diagnostics).filter(({ name }) => name.endsWith('.yaml'));
      add(
        entry.name,
        path,
        files.map(({ name }) => join(path, name)),
      );
    } else if (ZONE_FILE.test(entry.name)) add(entry.name.replace(ZONE_FILE, ''), path, [path]);
    else if (entry.name.endsWith('.yml')) {
      diagnostics.fileError(displayPath(path), 'is not read: zone files end in .yaml, or .zone', 'rename it');
    }
  }
  const found = [...zones.values()].map(({ apex, files }) => ({ apex, files: files.sort() }));
  return found.filter(({ files }) => files.length > 0);
}

export interface LoadZonesOptions {
  /** Called after each zone: how many are done, of how many. */
  readonly onZone?: (done: number, of: number) => void;
  /** What zones were read into before. */
  readonly cache?: ZoneCache;
  /** What is read in place of a file, by absolute path. */
  readonly replaced?: ReadonlyMap<string, Uint8Array>;
}

/** Loads every zone of a folder. A zone with errors is not among those returned; all errors are in `diagnostics`. */
export function loadZones(
  folder: string,
  diagnostics: Diagnostics,
  { onZone, cache, replaced }: LoadZonesOptions = {},
): ZoneSource[] {
  const loaded: ZoneSource[] = [];
  const included = new Set<string>();
  const zones = listZones(folder, diagnostics);
  // Last those of one label: `shared.yaml` is a zone unless another file includes it.
  const ordered = [...zones.filter((zone) => !isOneLabel(zone)), ...zones.filter(isOneLabel)];
  for (const [i, { apex, files }] of ordered.entries()) {
    const own = files.filter((file) => !included.has(file));
    const texts = own.flatMap((path) => {
      const octets = replaced?.get(path) ?? readOctets(path, diagnostics);
      return octets === undefined ? [] : [{ path, octets }];
    });
    if (own.length > 0 && texts.length === own.length) {
      const zone = loadZone(apex, texts, diagnostics, included, cache);
      if (zone !== undefined) loaded.push(zone);
    }
    onZone?.(i + 1, ordered.length);
  }
  // A zone with errors may be as it was again soon.
  cache?.finish(!diagnostics.hasErrors);
  return loaded;
}

/** @param included takes the absolute paths of files that the zone includes */
function loadZone(
  apex: Uint8Array,
  texts: readonly ZoneText[],
  diagnostics: Diagnostics,
  included: Set<string>,
  cache: ZoneCache | undefined,
): ZoneSource | undefined {
  const key = cache?.keyOf(apex, texts);
  const kept = key === undefined ? undefined : cache?.read(key);
  if (kept !== undefined) {
    for (const diagnostic of kept.diagnostics) diagnostics.list.push(diagnostic);
    for (const file of kept.included) included.add(file);
    return kept.zone;
  }
  const own = new Diagnostics();
  const sources = texts.flatMap(({ path, octets }) => decodeSource(path, octets, own) ?? []);
  const includes: ZoneText[] = [];
  const whole = sources.length === texts.length;
  const read = whole
    ? loadSources(apex, sources, own, (path, from) => includeFile(path, from, includes))
    : undefined;
  for (const diagnostic of own.list) diagnostics.list.push(diagnostic);
  for (const { path } of includes) included.add(path);
  if (read === undefined) return undefined;
  const zone = read.serialAuto ? { ...read, digest: digestZone(read) } : read;
  if (key !== undefined) cache?.write(key, zone, own.list, includes);
  return zone;
}

/**
 * Reads the comments of a zone that was loaded, from its files as they are now.
 * @returns none for files that can't be read
 */
export function readZoneComments({ apex, records, file }: ZoneSource): ZoneComments {
  const paths = new Set([file]);
  for (const { where } of records) paths.add(where.file);
  const sources = [...paths].flatMap((path) => readSource(path, new Diagnostics()) ?? []);
  const [first] = sources;
  if (first?.path.endsWith('.zone')) return readMasterComments(first, apex);
  return readYamlComments(sources, (path, from) => includeFile(path, from, []));
}

/** A master file is a zone alone; all others are octoDNS's YAML. */
function loadSources(
  apex: Uint8Array,
  sources: readonly SourceFile[],
  diagnostics: Diagnostics,
  include: ReadInclude,
): ZoneSource | undefined {
  const master = sources.find(({ path }) => path.endsWith('.zone'));
  if (master === undefined) return loadOctodnsZone(apex, sources, diagnostics, include);
  const other = sources.find((source) => source !== master);
  if (other === undefined) return loadMasterZone(master, apex, diagnostics, include);
  diagnostics.fileError(master.path, `the zone is in ${other.path} too`, 'keep one of them');
  return undefined;
}

/**
 * octoDNS: a path is relative to the file that names it; `~` is the home folder.
 * @param includes takes the file, also one that can't be read
 */
function includeFile(path: string, from: SourceFile, includes: ZoneText[]): SourceFile | string {
  const expanded = path.replace(/^~(?=$|\/)/, homedir());
  const file = isAbsolute(expanded) ? expanded : resolve(dirname(resolve(from.path)), expanded);
  const problems = new Diagnostics();
  const octets = readOctets(file, problems);
  includes.push({ path: file, octets: octets ?? new Uint8Array(0) });
  const source = octets && decodeSource(file, octets, problems);
  return source ?? problems.list[0]?.message ?? "can't be read";
}

function isOneLabel({ apex }: ZoneFiles): boolean {
  return apex[(apex[0] ?? 0) + 1] === 0;
}

function readZoneName(name: string, path: string, diagnostics: Diagnostics): Uint8Array | undefined {
  const relative = name.replace(/\.$/, '');
  try {
    if (/\s/.test(relative)) throw new NameError(`zone name ${JSON.stringify(relative)} has a space in it`);
    const apex = parseName(toAscii(relative.toLowerCase()));
    return formatName(apex) === '.' ? undefined : apex;
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    diagnostics.fileError(
      displayPath(path),
      error.message,
      'a zone file is named by its zone: example.com.yaml',
    );
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readFolder(folder: string, diagnostics: Diagnostics): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    diagnostics.fileError(displayPath(folder), describeFileError(error));
    return [];
  }
}
