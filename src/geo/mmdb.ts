import { Reader, type Response } from 'maxmind';
import { placeOfRecord } from './mmdb-fields.js';
import { PlaceList } from './place-list.js';
import type { PlaceTable } from './place-table.js';
import { leafOf, NodeWriter } from './prefix-builder.js';

/** A file that is no usable geo database. The message says what is wrong, without the file's name. */
export class GeoDatabaseError extends Error {
  readonly code = 'ERR_GEO_DATABASE';
}

/**
 * Reads an .mmdb database (MaxMind DB format 2.0) into a table of places without lines.
 *
 * IPv4 addresses come from where the format keeps them in an IPv6 tree, ::/96. That corner itself, and the aliases of it
 * that databases have (::ffff:0:0/96, 2002::/16, 2001::/32), are nowhere in IPv6: clients there are asked by IPv4.
 * @throws GeoDatabaseError when it is cut off, garbage, or of a kind that says nothing of places or networks
 */
export function readDatabase(octets: Uint8Array): PlaceTable {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const reader = openReader(buffer);
  const tree = openTree(buffer, reader);
  const places = new PlaceList();
  const writer = new NodeWriter();
  /** By record value, since most blocks share their data with others. */
  const leaves = new Map<number, number>();
  let aRecord: unknown;
  const leafAt = (record: number, family: 4 | 6, path: Uint8Array): number => {
    if (record === tree.nodeCount) return leafOf(0);
    let leaf = leaves.get(record);
    if (leaf === undefined) {
      const data = decodeRecord(reader, tree, record, family, path);
      aRecord ??= data;
      const place = placeOfRecord(data);
      leaf = leafOf(place === undefined ? 0 : places.indexOf(place));
      leaves.set(record, leaf);
    }
    return leaf;
  };
  const root4 = walk(tree, writer, 4, leafAt);
  const root6 = tree.ipVersion === 4 ? leafOf(0) : walk(tree, writer, 6, leafAt);
  if (places.places.length === 1) throw new GeoDatabaseError(saysNothing(reader, aRecord));
  return { prefixes: writer.finish(root4, root6), places: places.places };
}

/** The octets that begin the metadata, the last of them in the file counting. */
const METADATA_MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** Octets of zero between the search tree and the data. */
const SEPARATOR_OCTETS = 16;

function openReader(buffer: Buffer): Reader<Response> {
  if (buffer.length === 0) throw new GeoDatabaseError('it is empty');
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) {
    throw new GeoDatabaseError('it is compressed with gzip; unpack it first');
  }
  if (!buffer.includes(METADATA_MARKER)) {
    throw new GeoDatabaseError('it has no MaxMind DB metadata: it is no .mmdb file, or its end is cut off');
  }
  try {
    return new Reader(buffer, { cache: new DecodedCache() });
  } catch (error) {
    throw new GeoDatabaseError(`its metadata can't be read: ${(error as Error).message}`);
  }
}

/**
 * What the library decoded, by place in the file. Data is shared by pointers: without this, data that points to itself in
 * many ways would take time without end, and each country's name would be decoded for each of its cities.
 */
class DecodedCache {
  readonly #values = new Map<string | number, unknown>();

  get(key: string | number): unknown {
    return this.#values.get(key);
  }

  set(key: string | number, value: unknown): void {
    // Bounded, since a city database has hundreds of megabytes of it decoded.
    if (this.#values.size === 100_000) this.#values.clear();
    this.#values.set(key, value);
  }
}

/** The search tree: nodes of two records each; a record is a node, `nodeCount` for nothing, or above it a place in the data. */
interface Tree {
  readonly ipVersion: 4 | 6;
  readonly nodeCount: number;
  /** Records that point into the data are below this. */
  readonly recordEnd: number;
  /** Where the IPv4 addresses begin: a record's value. */
  readonly ipv4Start: number;
  readonly child: (node: number, bit: 0 | 1) => number;
}

function openTree(buffer: Buffer, reader: Reader<Response>): Tree {
  const { binaryFormatMajorVersion, ipVersion, nodeCount, recordSize } = reader.metadata;
  if (binaryFormatMajorVersion !== 2) {
    throw new GeoDatabaseError(`it has format version ${binaryFormatMajorVersion}; version 2 is read here`);
  }
  if (ipVersion !== 4 && ipVersion !== 6) {
    throw new GeoDatabaseError(`its metadata says IP version ${ipVersion}, which must be 4 or 6`);
  }
  if (!Number.isInteger(nodeCount) || nodeCount < 1) {
    throw new GeoDatabaseError(`its metadata says it has ${nodeCount} nodes`);
  }
  const treeOctets = (nodeCount * recordSize) / 4;
  const metadataAt = buffer.lastIndexOf(METADATA_MARKER);
  const dataOctets = metadataAt - treeOctets - SEPARATOR_OCTETS;
  if (dataOctets < 0) {
    throw new GeoDatabaseError(
      `it is cut short: ${nodeCount} nodes take ${treeOctets} octets but only ${metadataAt} come before the metadata`,
    );
  }
  const child = childReader(buffer, recordSize);
  let ipv4Start = 0;
  if (ipVersion === 6) for (let i = 0; i < 96 && ipv4Start < nodeCount; i++) ipv4Start = child(ipv4Start, 0);
  const recordEnd = nodeCount + SEPARATOR_OCTETS + dataOctets;
  return { ipVersion, nodeCount, recordEnd, ipv4Start, child };
}

/** Reads within the tree, whose length was checked. */
function childReader(buffer: Buffer, recordSize: number): Tree['child'] {
  switch (recordSize) {
    case 24:
      return (node, bit) => buffer.readUIntBE(node * 6 + bit * 3, 3);
    case 28:
      // The fourth octet has the highest four bits of both records.
      return (node, bit) => {
        const middle = buffer[node * 7 + 3] as number;
        const high = bit === 0 ? middle >>> 4 : middle & 15;
        return (high << 24) | buffer.readUIntBE(node * 7 + bit * 4, 3);
      };
    default:
      return (node, bit) => buffer.readUInt32BE(node * 8 + bit * 4);
  }
}

/** Copies one family's part of the tree to `writer`; returns its root's entry. */
function walk(
  tree: Tree,
  writer: NodeWriter,
  family: 4 | 6,
  leafAt: (record: number, family: 4 | 6, path: Uint8Array) => number,
): number {
  const { nodeCount, ipv4Start, child } = tree;
  const addressBits = family === 4 ? 32 : 128;
  const path = new Uint8Array(16);
  let visits = 0;
  const visit = (record: number, depth: number): number => {
    if (record >= nodeCount) return leafAt(record, family, path);
    if (family === 6 && record === ipv4Start) return leafOf(0);
    // A tree has a path to each node; a few may be shared, but loops would give paths without end.
    if (depth === addressBits || ++visits > 4 * nodeCount) {
      throw new GeoDatabaseError(`its search tree has loops: node ${record} is met again and again`);
    }
    const zero = visit(child(record, 0), depth + 1);
    path[depth >>> 3] = (path[depth >>> 3] as number) | (0x80 >>> (depth & 7));
    const one = visit(child(record, 1), depth + 1);
    path[depth >>> 3] = (path[depth >>> 3] as number) & ~(0x80 >>> (depth & 7));
    return writer.join(zero, one);
  };
  return visit(family === 4 ? ipv4Start : 0, 0);
}

/** What the library decodes for an address that leads to this record. */
function decodeRecord(
  reader: Reader<Response>,
  tree: Tree,
  record: number,
  family: 4 | 6,
  path: Uint8Array,
): unknown {
  if (record - tree.nodeCount < SEPARATOR_OCTETS || record >= tree.recordEnd) {
    throw new GeoDatabaseError(`a record of its search tree points outside its data (${record})`);
  }
  const address = formatPath(family, path);
  try {
    return reader.get(address);
  } catch (error) {
    throw new GeoDatabaseError(`its data for ${address} can't be read: ${(error as Error).message}`);
  }
}

function formatPath(family: 4 | 6, path: Uint8Array): string {
  if (family === 4) return path.subarray(0, 4).join('.');
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) {
    groups.push((((path[i] as number) << 8) | (path[i + 1] as number)).toString(16));
  }
  return groups.join(':');
}

function saysNothing(reader: Reader<Response>, record: unknown): string {
  const type = JSON.stringify(reader.metadata.databaseType);
  if (record === undefined) return `it has no records (its type is ${type})`;
  const fields =
    typeof record === 'object' && record !== null ? Object.keys(record).slice(0, 8).join(', ') : '';
  return (
    `it says nothing of places or networks: its type is ${type}, its fields are ${fields || 'none'}; ` +
    'a country, city, ASN or ISP database is expected'
  );
}
