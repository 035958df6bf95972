import type { Diagnostic, Diagnostics, SourceFile } from '../config/diagnostics.js';
import { RdataWriter } from '../rr/rdata-writer.js';
import { formatRrType } from '../rr/rr-types.js';
import { formatName } from '../wire/name.js';
import { checkNameServers, checkZone } from './check-zone.js';
import { readRecord } from './octodns-record.js';
import { readYaml } from './read-yaml.js';
import { deriveSoa } from './soa.js';
import { describeNode, isNull, type YamlEntry, type YamlNode } from './yaml-node.js';
import {
  type LoadedRecord,
  ownerKey,
  reportError,
  reportThrown,
  reportWarning,
  whereOf,
  type ZoneLoad,
} from './zone-load.js';
import { readOwnerName } from './zone-names.js';
import type { RecordSource, ZoneSource } from './zone-source.js';

/** Reads the file that an `!include` of `from` names, or says what is wrong with it. */
export type ReadInclude = (path: string, from: SourceFile) => SourceFile | string;

/**
 * Reads a zone of octoDNS YAML, and what goes beyond it: SOA, GSLB, types that octoDNS does not know.
 * @param apex in wire form
 * @param sources the zone's files: one, or those of a split zone
 * @returns undefined after errors in `diagnostics`, which has all of them; there may be warnings in any case
 */
export function loadOctodnsZone(
  apex: Uint8Array,
  sources: readonly SourceFile[],
  diagnostics: Diagnostics,
  include: ReadInclude,
): ZoneSource | undefined {
  const before = diagnostics.list.length;
  const load: ZoneLoad = { apex, diagnostics, owners: new Map(), serialAuto: false, out: new RdataWriter() };
  for (const source of sources) {
    const root = readYaml(source, { diagnostics, include });
    if (root !== undefined) readRoot(load, root);
  }
  checkZone(load);
  const [first] = sources;
  if (first === undefined || diagnostics.list.slice(before).some(isError)) return undefined;
  checkNameServers(load);
  return { apex, records: recordsOf(load, first), file: first.path, serialAuto: load.serialAuto };
}

function readRoot(load: ZoneLoad, root: YamlNode): void {
  if (root.kind === 'map') for (const entry of root.entries) readOwner(load, entry);
  else if (!isNull(root)) {
    const hint = "write www: {type: A, value: 192.0.2.1}, and '' for the apex";
    reportError(load, root, `a zone file must be a map of owner names but is ${describeNode(root)}`, hint);
  }
}

function readOwner(load: ZoneLoad, { key, value }: YamlEntry): void {
  let name: Uint8Array;
  try {
    name = readOwnerName(key.text, load.apex);
  } catch (error) {
    reportThrown(load, key, 'owner name', error);
    return;
  }
  warnOfApex(load, { key, value });
  for (const node of value.kind === 'list' ? value.items : [value]) {
    const read = readRecord(load, name, node);
    if (read !== undefined) addRecord(load, name, read);
  }
}

/** `www.example.com` in the zone example.com is www.example.com.example.com. */
function warnOfApex(load: ZoneLoad, { key }: YamlEntry): void {
  if (!key.text.includes('.')) return;
  const zone = formatName(load.apex).slice(0, -1).toLowerCase();
  if (zone !== '' && key.text.toLowerCase().endsWith(`.${zone}`)) {
    const relative = JSON.stringify(key.text.slice(0, -zone.length - 1));
    reportWarning(
      load,
      key,
      `owner names are relative to the apex: this is ${key.text}.${zone}.`,
      `write ${relative}`,
    );
  }
}

function addRecord(load: ZoneLoad, name: Uint8Array, read: LoadedRecord): void {
  const key = ownerKey(name);
  let owner = load.owners.get(key);
  if (owner === undefined) {
    owner = { name, records: new Map() };
    load.owners.set(key, owner);
  }
  const type = typeKey(read);
  const former = owner.records.get(type);
  if (former !== undefined) {
    const { file, line } = whereOf(former.node);
    const hint = `the first is at ${file}:${line}; one record takes all values of a type`;
    reportError(load, read.node, `${read.type} at ${formatName(name)} is written twice`, hint);
    return;
  }
  owner.records.set(type, read);
}

/** A record written as TYPE1 is an A record. */
function typeKey({ record, type }: LoadedRecord): string {
  return record.kind === 'static' && /^TYPE/.test(type) ? formatRrType(record.type) : type;
}

function recordsOf(load: ZoneLoad, first: SourceFile): RecordSource[] {
  const apex = load.owners.get(ownerKey(load.apex));
  const records: RecordSource[] = [];
  if (apex?.records.has('SOA') !== true) {
    const ns = apex?.records.get('NS')?.record;
    const primary = ns?.kind === 'static' ? ns.rdata[0] : undefined;
    records.push(deriveSoa(load.apex, primary, { file: first.path, line: 1, column: 1 }));
    load.serialAuto = true;
  }
  if (apex?.records.has('NS') !== true) {
    const hint = "write NS under '', so that resolvers can check the delegation";
    load.diagnostics.warning(first, 0, 0, `${formatName(load.apex)} has no NS record`, hint);
  }
  for (const owner of load.owners.values())
    for (const { record } of owner.records.values()) records.push(record);
  return records;
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
