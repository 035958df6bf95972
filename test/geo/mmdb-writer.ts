import { parsePrefix } from '../../src/config/address.js';

/** What mmdb data is made of; whole numbers are written as uint32, others as doubles. */
type Data = string | number | boolean | readonly Data[] | { readonly [key: string]: Data };

export interface MmdbSpec {
  readonly ipVersion?: 4 | 6;
  readonly recordSize?: 24 | 28 | 32;
  readonly type?: string;
  /** Prefix → data; later ones overwrite. IPv4 goes to ::/96 of an IPv6 tree. */
  readonly blocks: Readonly<Record<string, Data>>;
  /** IPv6 prefixes that lead to the tree of IPv4, as MaxMind's databases have. */
  readonly aliases?: readonly string[];
  readonly metadata?: Readonly<Record<string, Data>>;
}

/** Writes a MaxMind DB (format 2.0), each distinct data once. */
export function writeMmdb(spec: MmdbSpec): Uint8Array {
  const { ipVersion = 6, recordSize = 24, blocks, aliases = [] } = spec;
  const tree = new Tree();
  const data: number[] = [];
  const offsets = new Map<string, number>();
  for (const [text, value] of Object.entries(blocks)) {
    const key = JSON.stringify(value);
    let offset = offsets.get(key);
    if (offset === undefined) {
      offset = data.length;
      offsets.set(key, offset);
      data.push(...encode(value));
    }
    tree.put(bitsOf(text, ipVersion), { data: offset });
  }
  for (const text of aliases) tree.put(bitsOf(text, ipVersion), tree.at('0'.repeat(96)));
  const nodes = tree.number();
  const octets: number[] = [];
  for (const node of nodes) {
    const [left, right] = node.children.map((child) => {
      if (child === undefined) return nodes.length;
      return 'data' in child ? nodes.length + 16 + child.data : child.index;
    }) as [number, number];
    octets.push(...encodeNode(left, right, recordSize));
  }
  const metadata = encodeMetadata({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: spec.type ?? 'Test',
    description: { en: 'Test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: recordSize,
    ...spec.metadata,
  });
  return Uint8Array.from([...octets, ...new Array(16).fill(0), ...data, ...MARKER, ...metadata]);
}

export const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

interface Leaf {
  readonly data: number;
}
interface Node {
  readonly children: [Node | Leaf | undefined, Node | Leaf | undefined];
  index: number;
}

class Tree {
  readonly #root: Node = { children: [undefined, undefined], index: 0 };

  put(bits: string, value: Node | Leaf): void {
    const parent = this.at(bits.slice(0, -1));
    parent.children[Number(bits.at(-1))] = value;
  }

  /** The node at this path, made where there is none; a leaf on the way is split. */
  at(bits: string): Node {
    let node = this.#root;
    for (const bit of bits) {
      const child = node.children[Number(bit)];
      const next: Node = child && 'children' in child ? child : { children: [child, child], index: 0 };
      node.children[Number(bit)] = next;
      node = next;
    }
    return node;
  }

  /** Every node once, each with its index. */
  number(): Node[] {
    const nodes = new Set<Node>();
    const visit = (node: Node): void => {
      if (nodes.has(node)) return;
      node.index = nodes.size;
      nodes.add(node);
      for (const child of node.children) if (child && 'children' in child) visit(child);
    };
    visit(this.#root);
    return [...nodes];
  }
}

function bitsOf(text: string, ipVersion: 4 | 6): string {
  const reading = parsePrefix(text);
  // The format's own aliases are no prefixes that an operator may write.
  if (!reading.ok && text === '::ffff:0:0/96') return `${'0'.repeat(80)}${'1'.repeat(16)}`;
  if (!reading.ok) throw new Error(`${text} must be ${reading.problem}`);
  const { family, octets, bits } = reading.prefix;
  const all = [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  return `${family === 4 && ipVersion === 6 ? '0'.repeat(96) : ''}${all.slice(0, bits)}`;
}

function encodeNode(left: number, right: number, recordSize: number): number[] {
  if (recordSize === 28) {
    const middle = (((left >>> 24) & 15) << 4) | ((right >>> 24) & 15);
    return [...bigEndian(left, 3), middle, ...bigEndian(right, 3)];
  }
  return [...bigEndian(left, recordSize / 8), ...bigEndian(right, recordSize / 8)];
}

const Type = {
  STRING: 2,
  DOUBLE: 3,
  UINT16: 5,
  UINT32: 6,
  MAP: 7,
  UINT64: 9,
  ARRAY: 11,
  BOOLEAN: 14,
} as const;

/** Metadata that the format has as other than uint32; libmaxminddb refuses a file where they are. */
const METADATA_TYPES: Readonly<Record<string, { readonly type: number; readonly octets: number }>> = {
  binary_format_major_version: { type: Type.UINT16, octets: 2 },
  binary_format_minor_version: { type: Type.UINT16, octets: 2 },
  build_epoch: { type: Type.UINT64, octets: 8 },
  ip_version: { type: Type.UINT16, octets: 2 },
  record_size: { type: Type.UINT16, octets: 2 },
};

function encodeMetadata(metadata: Readonly<Record<string, Data>>): number[] {
  const entries = Object.entries(metadata).flatMap(([key, value]) => {
    const as = METADATA_TYPES[key];
    const data =
      as === undefined || typeof value !== 'number'
        ? encode(value)
        : [...control(as.type, as.octets), ...bigEndian(value, as.octets)];
    return [...encode(key), ...data];
  });
  return [...control(Type.MAP, Object.keys(metadata).length), ...entries];
}

function encode(value: Data): number[] {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return [...control(Type.STRING, text.length), ...text];
  }
  if (typeof value === 'boolean') return control(Type.BOOLEAN, value ? 1 : 0);
  if (typeof value === 'number') {
    if (Number.isInteger(value)) return [...control(Type.UINT32, 4), ...bigEndian(value, 4)];
    const octets = Buffer.alloc(8);
    octets.writeDoubleBE(value);
    return [...control(Type.DOUBLE, 8), ...octets];
  }
  if (Array.isArray(value)) return [...control(Type.ARRAY, value.length), ...value.flatMap(encode)];
  const entries = Object.entries(value as Readonly<Record<string, Data>>);
  return [...control(Type.MAP, entries.length), ...entries.flat().flatMap(encode)];
}

function control(type: number, size: number): number[] {
  if (size >= 285) throw new Error(`this writer has no sizes of ${size}`);
  const low = Math.min(size, 29);
  const head = type > 7 ? [low, type - 7] : [(type << 5) | low];
  return size < 29 ? head : [...head, size - 29];
}

function bigEndian(value: number, octets: number): number[] {
  return Array.from({ length: octets }, (_, i) => Math.floor(value / 256 ** (octets - 1 - i)) & 0xff);
}
