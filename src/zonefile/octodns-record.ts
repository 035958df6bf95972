import { didYouMean } from '../config/suggest.js';
import { parseRrType, rrTypeByName, rrTypes, TYPE } from '../rr/rr-types.js';
import type { ServiceSpec } from '../steer/spec.js';
import { formatName } from '../wire/name.js';
import { booleanOf, describeNode, isNull, valueAt, type YamlMap, type YamlNode } from '../yaml/yaml-node.js';
import { readDynamic } from './octodns-dynamic.js';
import { readGeo } from './octodns-geo.js';
import { readUrlForward } from './octodns-urlfwd.js';
import { readValue, type ValueType, valueNodes } from './octodns-values.js';
import { rdataKey } from './rdata-key.js';
import { readSoa } from './soa.js';
import {
  type LoadedRecord,
  type RecordContext,
  refuse,
  reportError,
  reportUnknownKeys,
  reportWarning,
  whereOf,
  type ZoneLoad,
} from './zone-load.js';
import type { GslbRecord, RecordSource } from './zone-source.js';

/** octoDNS's YamlProvider: `default_ttl`. */
const DEFAULT_TTL = 3600;

/** RFC 2181 §8: a TTL has 31 bits. */
const MAX_TTL = 2 ** 31 - 1;

/** The name that `included` and `excluded` of a record know this server by. */
const PROVIDER = 'steerdns';

/**
 * Reads one record of an owner name.
 * @returns undefined when it is not served: after an error in diagnostics, or because it says so
 */
export function readRecord(load: ZoneLoad, owner: Uint8Array, node: YamlNode): LoadedRecord | undefined {
  if (node.kind !== 'map') {
    const hint = 'write {type: A, value: 192.0.2.1}, or a list of such maps';
    reportError(load, node, `a record must be a map but is ${describeNode(node)}`, hint);
    return undefined;
  }
  const type = readType(load, node);
  if (type === undefined) return undefined;
  const octodns = readOctodns(load, node);
  const lenient = octodns !== undefined && isSet(octodns, 'lenient');
  const context: RecordContext = { load, owner, lenient, ttl: readTtl(load, node) };
  reportUnknownKeys(context, node, knownKeys(type.name), `${type.name} record`);
  if (type.name === 'SRV' || type.name === 'URI') checkServiceName(context, node, type.name);
  const record = readData(context, node, type, octodns);
  if (record === undefined || !isServed(octodns)) return undefined;
  return { record, node };
}

const DYNAMIC_TYPES: readonly string[] = ['A', 'AAAA', 'CNAME'];

function knownKeys(type: string): readonly string[] {
  let keys = keysByType.get(type);
  if (keys === undefined) {
    keys = keysOf(type);
    keysByType.set(type, keys);
  }
  return keys;
}

const keysByType = new Map<string, readonly string[]>();

function keysOf(type: string): readonly string[] {
  if (type === 'GSLB') return ['type', 'service', 'ttl', 'octodns'];
  const keys = ['type', 'ttl', 'value', 'values', 'octodns'];
  if (type === 'DNAME' || DYNAMIC_TYPES.includes(type)) keys.push('dynamic');
  if (type === 'A' || type === 'AAAA') keys.push('geo');
  return keys;
}

function readType(load: ZoneLoad, record: YamlMap): ValueType | undefined {
  const node = valueAt(record, 'type');
  if (node === undefined || node.kind !== 'scalar' || isNull(node)) {
    reportError(load, node ?? record, 'the record has no type', 'write "type: A", say');
    return undefined;
  }
  const name = node.text;
  if (name === 'GSLB') return { name, number: undefined, row: undefined };
  const row = rrTypeByName(name);
  if (row !== undefined) return { name, number: row.number, row };
  const number = /^TYPE/.test(name) ? parseRrType(name) : undefined;
  if (number === undefined) {
    const known = ['GSLB', ...rrTypes.map((type) => type.name)];
    const hint = didYouMean(name, known) ?? `known are ${known.join(', ')}, and TYPE1 to TYPE65535`;
    reportError(load, node, `unknown type ${describeNode(node)}`, hint);
    return undefined;
  }
  if (number === 0 || number === OPT || (number >= FIRST_QUERY_TYPE && number <= 255)) {
    reportError(load, node, `${name} is no type of a record in a zone`);
    return undefined;
  }
  return { name, number, row: undefined };
}

/** Pseudo type of EDNS (RFC 6891 §6.1.1). */
const OPT = 41;
/** RFC 6895 §3.1: 128 to 255 are for questions and meta types. */
const FIRST_QUERY_TYPE = 128;

function readTtl(load: ZoneLoad, record: YamlMap): number {
  const node = valueAt(record, 'ttl');
  if (node === undefined) return DEFAULT_TTL;
  const text = node.kind === 'scalar' ? node.text : '';
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_TTL) return Number(text);
  const hint = /^\d+[smhdw]$/i.test(text) ? 'octoDNS takes a number of seconds' : undefined;
  reportError(load, node, `ttl must be 0 to ${MAX_TTL} seconds but is ${describeNode(node)}`, hint);
  return DEFAULT_TTL;
}

function readData(
  context: RecordContext,
  record: YamlMap,
  type: ValueType,
  octodns: YamlMap | undefined,
): RecordSource | undefined {
  const { owner, ttl } = context;
  const where = whereOf(record);
  if (type.name === 'GSLB') return readGslb(context, record);
  if (type.number === TYPE.SOA) return readSoa(context, record);
  const values = valueNodes(context, record, type.name, type.row?.single ?? false);
  const rdata: Uint8Array[] = [];
  for (const node of values) {
    const read = readValue(context, node, type);
    if (read !== undefined) rdata.push(read);
  }
  if (rdata.length === 0 || rdata.length < values.length) return undefined;
  if (type.name === 'ALIAS') return { kind: 'alias', owner, ttl, where, target: rdata[0] as Uint8Array };
  if (type.name === 'URLFWD') {
    const forwards = rdata.map((octets, i) => readUrlForward(context, values[i] as YamlNode, octets));
    return { kind: 'urlfwd', owner, ttl, where, forwards };
  }
  const number = type.number as number;
  const service = readSteering(context, record, type, octodns, values);
  if (service === null) return undefined;
  if (service !== undefined) return { kind: 'dynamic', owner, ttl, where, type: number, service };
  return {
    kind: 'static',
    owner,
    ttl,
    where,
    type: number,
    rdata: withoutDuplicates(context, number, values, rdata),
  };
}

/** @returns undefined for a record that is not steered, null after errors in diagnostics */
function readSteering(
  context: RecordContext,
  record: YamlMap,
  type: ValueType,
  octodns: YamlMap | undefined,
  values: readonly YamlNode[],
): ServiceSpec | undefined | null {
  const dynamic = valueAt(record, 'dynamic');
  const geo = valueAt(record, 'geo');
  if (dynamic === undefined && geo === undefined) return undefined;
  if (!DYNAMIC_TYPES.includes(type.name)) {
    // An unknown key was said to be one.
    if (type.name === 'DNAME')
      reportWarning(context.load, dynamic as YamlNode, 'DNAME is not steered: its value is served');
    return undefined;
  }
  if (dynamic !== undefined && geo !== undefined) refuse(context, geo, 'geo is not used beside dynamic');
  const steered = { context, type, record, octodns, values };
  return (dynamic === undefined ? readGeo(steered, geo as YamlNode) : readDynamic(steered, dynamic)) ?? null;
}

/** RFC 2782, RFC 7553 §4.1: `_service._proto`; octoDNS refuses other names. */
function checkServiceName({ load, owner }: RecordContext, record: YamlMap, type: string): void {
  const relative = formatName(owner).slice(0, -formatName(load.apex).length);
  if (/^(\*|_[^.]+)\.[^.]+/.test(relative)) return;
  reportWarning(load, record, `${type} belongs to a name such as _https._tcp`, 'octoDNS refuses other names');
}

function readGslb(context: RecordContext, record: YamlMap): GslbRecord | undefined {
  const node = valueAt(record, 'service');
  if (node?.kind === 'scalar' && !isNull(node) && node.text !== '') {
    const { owner, ttl } = context;
    const ttlGiven = valueAt(record, 'ttl') !== undefined;
    return { kind: 'gslb', owner, ttl, where: whereOf(record), service: node.text, ttlGiven };
  }
  reportError(
    context.load,
    node ?? record,
    'GSLB record has no service',
    'write "service: …", a file of services/ without .yaml',
  );
  return undefined;
}

/** RFC 2181 §5: an RRset has no duplicate RRs. */
function withoutDuplicates(
  context: RecordContext,
  type: number,
  nodes: readonly YamlNode[],
  rdata: readonly Uint8Array[],
): readonly Uint8Array[] {
  if (rdata.length === 1) return rdata;
  const seen = new Set<string>();
  return rdata.filter((octets, i) => {
    const key = rdataKey(type, octets);
    if (seen.has(key))
      reportWarning(context.load, nodes[i] as YamlNode, 'the same value is given above: it is served once');
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

function readOctodns(load: ZoneLoad, record: YamlMap): YamlMap | undefined {
  const node = valueAt(record, 'octodns');
  if (node?.kind === 'map') {
    for (const { key } of node.entries) {
      const hint = OCTODNS_KEYS.includes(key.text) ? undefined : didYouMean(key.text, OCTODNS_KEYS);
      if (hint !== undefined)
        reportWarning(load, key, `octodns has no key ${JSON.stringify(key.text)}`, hint);
    }
    return node;
  }
  if (node !== undefined && !isNull(node))
    reportError(load, node, `octodns must be a map but is ${describeNode(node)}`);
  return undefined;
}

/** Providers have keys of their own beside these, which are not ours to know. */
const OCTODNS_KEYS: readonly string[] = [
  'lenient',
  'ignored',
  'included',
  'excluded',
  'healthcheck',
  'auto_arpa_priority',
  PROVIDER,
];

function isSet(octodns: YamlMap, key: string): boolean {
  const node = valueAt(octodns, key);
  return node !== undefined && booleanOf(node) === true;
}

/** octoDNS: `ignored` records go to no provider, `included` and `excluded` name providers. */
function isServed(octodns: YamlMap | undefined): boolean {
  if (octodns === undefined) return true;
  const included = texts(octodns, 'included');
  if (isSet(octodns, 'ignored') || texts(octodns, 'excluded').includes(PROVIDER)) return false;
  return included.length === 0 || included.includes(PROVIDER);
}

function texts(map: YamlMap, key: string): readonly string[] {
  const node = valueAt(map, key);
  if (node?.kind !== 'list') return [];
  return node.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
}
