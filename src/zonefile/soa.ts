import type { FieldKind } from '../rr/field.js';
import { readRdataText } from '../rr/rdata.js';
import { RdataWriter } from '../rr/rdata-writer.js';
import { rrTypeByName, TYPE } from '../rr/rr-types.js';
import type { Where } from '../steer/spec.js';
import { parseName } from '../wire/name.js';
import { describeNode, isNull, treeOf, valueAt, type YamlMap, type YamlNode } from '../yaml/yaml-node.js';
import { type RecordContext, reportError, reportThrown, reportUnknownKeys, whereOf } from './zone-load.js';
import { readTargetName, Undotted } from './zone-names.js';
import type { StaticRecord } from './zone-source.js';

/** Seconds. What RIPE-203 recommends for small zones, with failed answers kept five minutes (RFC 2308 §5). */
const DEFAULTS = { refresh: '7200', retry: '900', expire: '1209600', minimum: '300' } as const;

/** Seconds. */
const DERIVED_TTL = 3600;

/**
 * Reads `type: SOA`, which octoDNS does not have. Every key may be missing; names may be relative; `serial: auto` leaves
 * the serial 0 for the loader to fill in and says so in `context.load`.
 * @returns undefined after errors in diagnostics
 */
export function readSoa(context: RecordContext, record: YamlMap): StaticRecord | undefined {
  const { load, owner, ttl } = context;
  if (owner.length !== load.apex.length) {
    reportError(load, record, 'SOA belongs to the apex', "write it under ''");
    return undefined;
  }
  const node = valueAt(record, 'value');
  if (node === undefined || isNull(node)) {
    reportError(
      load,
      node ?? record,
      'SOA record has no value',
      'write "value: {mname: ns1, rname: hostmaster, serial: auto}"',
    );
    return undefined;
  }
  const rdata = node.kind === 'scalar' ? readSoaText(context, node, node.text) : readSoaFields(context, node);
  return rdata === undefined
    ? undefined
    : { kind: 'static', type: TYPE.SOA, owner, ttl, where: whereOf(record), rdata: [rdata] };
}

/** The SOA of a zone that has none written: primary is its first name server. */
export function deriveSoa(apex: Uint8Array, nameServer: Uint8Array | undefined, where: Where): StaticRecord {
  const out = new RdataWriter();
  out.octets(nameServer ?? apex);
  out.octets(parseName('hostmaster', apex));
  out.u32(0);
  for (const seconds of Object.values(DEFAULTS)) out.u32(Number(seconds));
  return { kind: 'static', type: TYPE.SOA, owner: apex, ttl: DERIVED_TTL, where, rdata: [out.take()] };
}

function readSoaText(context: RecordContext, node: YamlNode, text: string): Uint8Array | undefined {
  try {
    return readRdataText(TYPE.SOA, text, (name) => readSoaName(context, name));
  } catch (error) {
    reportThrown(context.load, node, 'SOA value', error);
    return undefined;
  }
}

function readSoaFields(context: RecordContext, map: YamlNode): Uint8Array | undefined {
  const { load } = context;
  const fields = rrTypeByName('SOA')?.fields ?? [];
  if (map.kind !== 'map') {
    reportError(load, map, `SOA value must be a map but is ${describeNode(map)}`);
    return undefined;
  }
  reportUnknownKeys(
    context,
    map,
    fields.map((field) => field.key),
    'SOA value',
  );
  const out = new RdataWriter();
  let whole = true;
  for (const { key, kind } of fields) whole = readSoaField(context, map, key, kind, out) && whole;
  return whole ? out.take() : undefined;
}

/** @returns false after an error */
function readSoaField(
  context: RecordContext,
  map: YamlMap,
  key: string,
  kind: FieldKind,
  out: RdataWriter,
): boolean {
  const { load } = context;
  const node = valueAt(map, key);
  const given = node === undefined ? null : treeOf(node);
  try {
    if (key === 'serial' && (given === null || given === 'auto')) {
      load.serialAuto = true;
      out.u32(0);
    } else {
      kind.fromYaml(given ?? soaDefault(key), out, (name) => readSoaName(context, name));
    }
    return true;
  } catch (error) {
    reportThrown(load, node ?? map, key, error);
    return false;
  }
}

function soaDefault(key: string): string | null {
  if (key === 'mname') return null;
  return key === 'rname' ? 'hostmaster' : (DEFAULTS[key as keyof typeof DEFAULTS] ?? null);
}

function readSoaName(context: RecordContext, name: string): Uint8Array {
  return readTargetName(name, context.load.apex, Undotted.RELATIVE);
}
