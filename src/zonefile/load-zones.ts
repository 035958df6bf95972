import { type Dirent, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { describeFileError, displayPath, readSource } from '../config/read-source.js';
import { formatName, NameError, parseName } from '../wire/name.js';
import { loadOctodnsZone } from './octodns.js';
import { ownerKey } from './zone-load.js';
import { toAscii } from './zone-names.js';
import type { ZoneSource } from './zone-source.js';

/** A zone of a folder, and the files that it is in. */
interface ZoneFiles {
  /** In wire form, in lower case. */
  readonly apex: Uint8Array;
  /** Absolute paths, sorted. */
  readonly files: readonly string[];
}

/**
 * Finds the zones of a folder as octoDNS names them: `example.com.yaml`, and split zones, every `*.yaml` of a folder
 * `example.com.` or `example.com`. A zone may have both. Names may be in Unicode.
 */
function listZones(folder: string, diagnostics: Diagnostics): ZoneFiles[] {
  const zones = new Map<string, { apex: Uint8Array; files: string[] }>();
  const add = (name: string, path: string, files: readonly string[]): void => {
    const apex = readZoneName(name, path, diagnostics);
    if (apex === undefined) return;
    const key = ownerKey(apex);
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
    } else if (entry.name.endsWith('.yaml')) add(entry.name.slice(0, -'.yaml'.length), path, [path]);
    else if (entry.name.endsWith('.yml')) {
      diagnostics.fileError(displayPath(path), 'is not read: zone files end in .yaml', 'rename it');
    }
  }
  const found = [...zones.values()].map(({ apex, files }) => ({ apex, files: files.sort() }));
  return found.filter(({ files }) => files.length > 0);
}

/**
 * Loads every zone of a folder. A zone with errors is not among those returned; all errors are in `diagnostics`.
 * @param onZone called after each zone: how many are done, of how many
 */
export function loadZones(
  folder: string,
  diagnostics: Diagnostics,
  onZone?: (done: number, of: number) => void,
): ZoneSource[] {
  const loaded: ZoneSource[] = [];
  const included = new Set<string>();
  const zones = listZones(folder, diagnostics);
  // Last those of one label: `shared.yaml` is a zone unless another file includes it.
  const ordered = [...zones.filter((zone) => !isOneLabel(zone)), ...zones.filter(isOneLabel)];
  for (const [i, { apex, files }] of ordered.entries()) {
    const own = files.filter((file) => !included.has(file));
    const sources = own.flatMap((file) => readSource(file, diagnostics) ?? []);
    if (own.length > 0 && sources.length === own.length) {
      const zone = loadOctodnsZone(apex, sources, diagnostics, (path, from) =>
        includeFile(path, from, included),
      );
      if (zone !== undefined) loaded.push(zone);
    }
    onZone?.(i + 1, ordered.length);
  }
  return loaded;
}

/** octoDNS: a path is relative to the file that names it; `~` is the home folder. */
function includeFile(path: string, from: SourceFile, included: Set<string>): SourceFile | string {
  const expanded = path.replace(/^~(?=$|\/)/, homedir());
  const file = isAbsolute(expanded) ? expanded : resolve(dirname(resolve(from.path)), expanded);
  included.add(file);
  const problems = new Diagnostics();
  const source = readSource(file, problems);
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
