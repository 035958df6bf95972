import { formatAddress } from '../config/address.js';
import { FAMILY_OCTETS, parseFamilyAddress } from './address-fields.js';
import { parseBase64 } from './blob-fields.js';
import type { FieldKind, YamlTree } from './field.js';
import { parseInteger, scalar } from './number-fields.js';
import { RdataError, shown } from './rdata-error.js';
import { RdataReader } from './rdata-reader.js';
import { RdataWriter } from './rdata-writer.js';
import { escapeText, TextReader, type Token, unescapeText } from './text-reader.js';

/** SvcParams (RFC 9460 §2): in octoDNS YAML a map, in text `key=value` words, on the wire sorted by key. */
export const svcParams: FieldKind = {
  fromText: (text, out) => {
    const params = new Map<number, Uint8Array>();
    for (const token of text.rest()) {
      const [key, value] = splitParam(token);
      addParam(params, key, (name) => paramOf(key).fromText(value, name));
    }
    writeParams(params, out);
  },
  toText: (wire) => {
    const words = [];
    let last = -1;
    while (wire.left > 0) {
      const key = wire.u16();
      // RFC 9460 §2.2: "SvcParamKeys SHALL appear in increasing numeric order."
      if (key <= last) throw new RdataError('has SvcParams out of order');
      last = key;
      const value = new RdataReader(wire.take(wire.u16()));
      const name = paramName(key);
      const text = (PARAMS[key] ?? opaque).toText(value);
      if (value.left > 0) throw new RdataError(`has octets too many in SvcParam ${name}`);
      words.push(text === '' ? name : `${name}=${text}`);
    }
    return words.join(' ');
  },
  toYaml: (wire) => {
    const params = new Map<string, YamlTree>();
    for (const word of new TextReader(svcParams.toText(wire)).rest()) {
      const [key, value] = splitParam(word);
      params.set(key, paramToYaml(key, value));
    }
    return params.size === 0 ? null : params;
  },
  fromYaml: (value, out) => {
    const params = new Map<number, Uint8Array>();
    if (value !== null && !(value instanceof Map)) throw new RdataError('must be a map of SvcParams');
    for (const [key, item] of (value as ReadonlyMap<string, YamlTree> | null) ?? []) {
      addParam(params, key, (name) => paramOf(key).fromYaml(item, name));
    }
    writeParams(params, out);
  },
};

/** What is wrong with RDATA of SVCB and HTTPS as a whole. */
export function checkSvcb(rdata: Uint8Array): string | undefined {
  const wire = new RdataReader(rdata);
  const priority = wire.u16();
  wire.name();
  // RFC 9460 §2.4.2: "In AliasMode, […] SvcParams […] SHOULD NOT" be there; octoDNS refuses them.
  return priority === 0 && wire.left > 0 ? 'of svcpriority 0 (AliasMode) takes no svcparams' : undefined;
}

/** How the value of one SvcParam is read and written; `name` is for messages. */
interface Param {
  readonly name: string;
  /** @param value undefined when the word has no `=` */
  fromText(value: string | undefined, name: string): Uint8Array;
  toText(wire: RdataReader): string;
  fromYaml(value: YamlTree, name: string): Uint8Array;
}

const encoder = new TextEncoder();
const MANDATORY = 0;
const ALPN = 1;
const NO_DEFAULT_ALPN = 2;

/** By number: RFC 9460 §14.3.2, and dohpath (RFC 9461), ohttp (RFC 9540). */
const PARAMS: readonly Param[] = [
  list('mandatory', writeMandatory, (wire) => {
    const names = [];
    do names.push(paramName(wire.u16()));
    while (wire.left > 0);
    return names.join(',');
  }),
  list('alpn', writeAlpn, (wire) => {
    const ids = [];
    do ids.push(Array.from(nonEmpty(wire.take(wire.u8())), escapeListOctet).join(''));
    while (wire.left > 0);
    return `"${escapeText(Buffer.from(ids.join(','), 'latin1'))}"`;
  }),
  flag('no-default-alpn'),
  {
    name: 'port',
    fromText: (value, name) => port(text(value, name)),
    toText: (wire) => String(wire.u16()),
    fromYaml: (value) => port(scalar(value)),
  },
  hints('ipv4hint', 4),
  {
    name: 'ech',
    fromText: (value, name) => parseBase64(text(value, name)),
    toText: (wire) => Buffer.from(nonEmpty(wire.rest())).toString('base64'),
    fromYaml: (value) => parseBase64(scalar(value)),
  },
  hints('ipv6hint', 6),
  {
    name: 'dohpath',
    fromText: (value, name) => unescapeText(text(value, name)),
    toText: (wire) => `"${escapeText(wire.rest())}"`,
    fromYaml: (value) => encoder.encode(scalar(value)),
  },
  flag('ohttp'),
];

/** Names of SvcParams that are lists in YAML. */
const LISTS: readonly string[] = ['mandatory', 'alpn', 'ipv4hint', 'ipv6hint'];

/** A key without a name, `key65400`: its value is octets. */
const opaque: Param = {
  name: 'keyNNNNN',
  fromText: (value) => unescapeText(value ?? ''),
  toText: (wire) => (wire.left === 0 ? '' : `"${escapeText(wire.rest())}"`),
  fromYaml: (value) => encoder.encode(value === null ? '' : scalar(value)),
};

function list(
  name: string,
  write: (items: readonly Uint8Array[], out: RdataWriter) => void,
  toText: Param['toText'],
): Param {
  const build = (items: readonly Uint8Array[]): Uint8Array => {
    if (items.length === 0) throw new RdataError(`needs at least one value in ${name}`);
    const out = new RdataWriter();
    write(items, out);
    return out.take();
  };
  return {
    name,
    fromText: (value) => build(splitList(text(value, name))),
    toText,
    fromYaml: (value) => {
      if (!Array.isArray(value)) throw new RdataError(`must have a list in ${name}`, `write ${name}: [ … ]`);
      return build(value.map((item) => encoder.encode(scalar(item))));
    },
  };
}

function hints(name: string, family: 4 | 6): Param {
  const write = (items: readonly Uint8Array[], out: RdataWriter): void => {
    for (const item of items) out.octets(parseFamilyAddress(new TextDecoder().decode(item), family));
  };
  return list(name, write, (wire) => {
    const addresses = [];
    do addresses.push(formatAddress(wire.take(FAMILY_OCTETS[family])));
    while (wire.left > 0);
    return addresses.join(',');
  });
}

function flag(name: string): Param {
  const empty = (value: unknown): Uint8Array => {
    if (value !== undefined && value !== null)
      throw new RdataError(`takes no value in ${name}`, `write ${name}:`);
    return new Uint8Array(0);
  };
  return { name, fromText: empty, toText: () => '', fromYaml: empty };
}

function text(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new RdataError(`needs a value in ${name}`);
  return value;
}

function port(value: string): Uint8Array {
  const number = parseInteger(value, 0xffff);
  return Uint8Array.of(number >>> 8, number & 0xff);
}

function nonEmpty(octets: Uint8Array): Uint8Array {
  if (octets.length === 0) throw new RdataError('has an empty value in a SvcParam');
  return octets;
}

/** RFC 9460 §8: sorted, without duplicates, never `mandatory` itself. */
function writeMandatory(items: readonly Uint8Array[], out: RdataWriter): void {
  const keys = items.map((item) => keyNumber(new TextDecoder().decode(item))).sort((a, b) => a - b);
  for (const [i, key] of keys.entries()) {
    if (key === MANDATORY) throw new RdataError('must not list mandatory in mandatory (RFC 9460 §8)');
    if (key === keys[i - 1]) throw new RdataError(`lists ${paramName(key)} twice in mandatory (RFC 9460 §8)`);
    out.u16(key);
  }
}

function writeAlpn(items: readonly Uint8Array[], out: RdataWriter): void {
  for (const item of items) {
    if (item.length === 0 || item.length > 255)
      throw new RdataError('must have 1 to 255 octets in each of alpn');
    out.u8(item.length);
    out.octets(item);
  }
}

/** RFC 9460 §A.1: items end at commas, and `\,` and `\\` escape, inside the escapes of presentation format. */
function splitList(value: string): Uint8Array[] {
  const items: Uint8Array[] = [];
  let item: number[] = [];
  const octets = unescapeText(value);
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] as number;
    if (octet === 0x5c && at + 1 < octets.length) item.push(octets[++at] as number);
    else if (octet === 0x2c) {
      items.push(Uint8Array.from(item));
      item = [];
    } else item.push(octet);
  }
  items.push(Uint8Array.from(item));
  return items;
}

function escapeListOctet(octet: number): string {
  const character = String.fromCharCode(octet);
  return character === ',' || character === '\\' ? `\\${character}` : character;
}

function splitParam({ text: word, quoted }: Token): [string, string | undefined] {
  const at = quoted ? -1 : word.indexOf('=');
  if (at < 0) return [word, undefined];
  const value = word.slice(at + 1);
  return [word.slice(0, at), /^".*"$/s.test(value) ? value.slice(1, -1) : value];
}

function paramToYaml(key: string, value: string | undefined): YamlTree {
  if (value === undefined) return null;
  const octets = LISTS.includes(key) ? splitList(value) : [unescapeText(value)];
  const texts = octets.map((item) => Buffer.from(item).toString('latin1'));
  if (!texts.every((text) => /^[ -~]*$/.test(text)))
    throw new RdataError(`has an octet that is no printable ASCII in ${key}`);
  return LISTS.includes(key) ? texts : (texts[0] as string);
}

function paramName(key: number): string {
  return PARAMS[key]?.name ?? `key${key}`;
}

/** @throws RdataError */
function keyNumber(name: string): number {
  const known = PARAMS.findIndex((param) => param.name === name);
  if (known >= 0) return known;
  const digits = /^key(0|[1-9]\d{0,4})$/.exec(name)?.[1];
  if (digits === undefined || Number(digits) > 0xffff) {
    const names = PARAMS.map((param) => param.name).join(', ');
    throw new RdataError(`has an unknown SvcParam ${shown(name)}`, `known are ${names}, key0 to key65535`);
  }
  return Number(digits);
}

function paramOf(name: string): Param {
  // `key3` is a port said by number, with the octets of a key that has no name (RFC 9460 §2.1).
  return PARAMS.find((param) => param.name === name) ?? opaque;
}

function addParam(params: Map<number, Uint8Array>, key: string, read: (name: string) => Uint8Array): void {
  const number = keyNumber(key);
  if (params.has(number)) throw new RdataError(`has SvcParam ${shown(key)} twice`);
  params.set(number, read(key));
}

function writeParams(params: ReadonlyMap<number, Uint8Array>, out: RdataWriter): void {
  const mandatory = params.get(MANDATORY) ?? new Uint8Array(0);
  for (const wire = new RdataReader(mandatory); wire.left > 0; ) {
    const key = wire.u16();
    if (!params.has(key))
      throw new RdataError(`lists ${paramName(key)} in mandatory but does not have it (RFC 9460 §8)`);
  }
  // RFC 9460 §7.1.1: "no-default-alpn […] SHOULD NOT appear without alpn", and such an RR is malformed.
  if (params.has(NO_DEFAULT_ALPN) && !params.has(ALPN)) {
    throw new RdataError('has no-default-alpn without alpn (RFC 9460 §7.1.1)');
  }
  for (const key of [...params.keys()].sort((a, b) => a - b)) {
    const value = params.get(key) as Uint8Array;
    out.u16(key);
    out.u16(value.length);
    out.octets(value);
  }
}
