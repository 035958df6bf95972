import { Diagnostics, type SourceFile } from '../config/diagnostics.js';
import { describeNode, isNull, type YamlEntry, type YamlNode } from '../yaml/yaml-node.js';
import { finishZone } from './finish-zone.js';
import { readRecord } from './octodns-record.js';
import { readYaml, readZoneEntries, type YamlContext } from './read-yaml.js';
import { reportError, reportThrown, reportWarning, ZoneLoad } from './zone-load.js';
import { readOwnerName } from './zone-names.js';
import type { ZoneSource } from './zone-source.js';

/** Reads the file that an `!include` of `from` names, or says what is wrong with it. */
export type ReadInclude = (path: string, from: SourceFile) => SourceFile | string;

/**
 * Reads a zone of octoDNS YAML, and what goes beyond it: SOA, GSLB, types that octoDNS does not know.
 * @param apex in wire form
 * @param sources the zone's files: one, or those of a split zone
 * @param partial when the rest of the zone is elsewhere: neither SOA nor NS are missed
 * @returns undefined after errors in `diagnostics`, which has all of them; there may be warnings in any case
 */
export function loadOctodnsZone(
  apex: Uint8Array,
  sources: readonly SourceFile[],
  diagnostics: Diagnostics,
  include: ReadInclude,
  partial = false,
): ZoneSource | undefined {
  const [first] = sources;
  if (first === undefined) return undefined;
  const length = sources.reduce((sum, { text }) => sum + text.length, 0);
  const whole = new Set<SourceFile>();
  for (;;) {
    const load = new ZoneLoad(apex, new Diagnostics(), length);
    const context = { diagnostics: load.diagnostics, include };
    const odd = sources.find((source) => !readFile(load, source, context, whole.has(source)));
    if (odd === undefined) {
      const zone = finishZone(load, first, partial);
      for (const diagnostic of load.diagnostics.list) diagnostics.list.push(diagnostic);
      return zone;
    }
    // What was read of it by now is not to be kept, so everything starts anew.
    whole.add(odd);
  }
}

/**
 * Reads the records of a file entry by entry: as a tree, a million names take gigabytes.
 * @param whole to read it as a tree
 * @returns false when it can't be read entry by entry
 */
function readFile(load: ZoneLoad, source: SourceFile, context: YamlContext, whole: boolean): boolean {
  if (whole) {
    const root = readYaml(source, context);
    if (root !== undefined) readRoot(load, root);
    return true;
  }
  const before = load.records.length;
  /** Keys of entries that gave no record. */
  const barren = new Set<string>();
  return readZoneEntries(source, (entry) => {
    const name = ownerOf(load, entry);
    if (name === undefined) return false;
    // A key may be written twice, which the YAML library tells of, or one name in two ways.
    if (load.firstOf(name) >= before || barren.has(entry.key.text)) return false;
    const count = load.records.length;
    readOwner(load, name, entry);
    if (load.records.length === count) barren.add(entry.key.text);
    return true;
  });
}

function readRoot(load: ZoneLoad, root: YamlNode): void {
  if (root.kind === 'map') {
    for (const entry of root.entries) {
      const name = ownerOf(load, entry);
      if (name !== undefined) readOwner(load, name, entry);
    }
  } else if (!isNull(root)) {
    const hint = "write www: {type: A, value: 192.0.2.1}, and '' for the apex";
    reportError(load, root, `a zone file must be a map of owner names but is ${describeNode(root)}`, hint);
  }
}

/** @returns undefined after an error in diagnostics */
function ownerOf(load: ZoneLoad, { key }: YamlEntry): Uint8Array | undefined {
  try {
    return readOwnerName(key.text, load.apex);
  } catch (error) {
    reportThrown(load, key, 'owner name', error);
    return undefined;
  }
}

function readOwner(load: ZoneLoad, name: Uint8Array, entry: YamlEntry): void {
  warnOfApex(load, entry);
  const { value } = entry;
  if (value.kind !== 'list') readOne(load, name, value);
  else for (const node of value.items) readOne(load, name, node);
}

function readOne(load: ZoneLoad, name: Uint8Array, node: YamlNode): void {
  const read = readRecord(load, name, node);
  if (read !== undefined) load.add(read);
}

/** `www.example.com` in the zone example.com is www.example.com.example.com. */
function warnOfApex(load: ZoneLoad, { key }: YamlEntry): void {
  const { apexText } = load;
  if (apexText === '' || !key.text.includes('.')) return;
  if (key.text.toLowerCase().endsWith(`.${apexText}`)) {
    const relative = JSON.stringify(key.text.slice(0, -apexText.length - 1));
    reportWarning(
      load,
      key,
      `owner names are relative to the apex: this is ${key.text}.${apexText}.`,
      `write ${relative}`,
    );
  }
}
