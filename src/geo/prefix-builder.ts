import {
  EMBEDDED_VALUE,
  Header,
  LEAF,
  LENGTH_SHIFT,
  MAX_VALUE,
  type Prefix,
  type PrefixTable,
} from './prefix-table.js';

/** The leaf of a value. */
export function leafOf(value: number): number {
  return LEAF | value;
}

/** Writes the nodes of a table from the bottom up. An entry is as in {@link PrefixTable}; a leaf has no length yet. */
export class NodeWriter {
  #words: Uint32Array;
  #end: number = Header.FIRST_NODE;

  /** @param words expected of the nodes; more is no error */
  constructor(words = 1 << 10) {
    this.#words = new Uint32Array(words);
  }

  /** The entry of a node with these children; of the one leaf they are when both are the same. */
  join(zero: number, one: number): number {
    return zero === one && zero >= LEAF ? zero : this.split(zero, one);
  }

  /** The entry of a new node with these children, the same or not. */
  split(zero: number, one: number): number {
    const at = this.#end;
    if (at + 2 > this.#words.length) this.#grow();
    this.#words[at] = zero;
    this.#words[at + 1] = one;
    this.#end = at + 2;
    return at;
  }

  /** Child of a node: `at` is the node's entry, or that plus 1. */
  child(at: number): number {
    return this.#words[at] as number;
  }

  setChild(at: number, entry: number): void {
    this.#words[at] = entry;
  }

  /** The table of these two roots. Nodes that neither reaches stay in it, unused. */
  finish(root4: number, root6: number): PrefixTable {
    const bits = this.#end > MANY_WORDS ? 16 : 8;
    const size = 2 ** bits;
    const octets = (this.#end + 2 * size) * Uint32Array.BYTES_PER_ELEMENT;
    const nodes = new Uint32Array(new SharedArrayBuffer(octets));
    nodes.set(this.#words.subarray(0, this.#end));
    nodes[Header.SHIFT] = 32 - bits;
    nodes[Header.INDEX4] = this.#end;
    nodes[Header.INDEX6] = this.#end + size;
    nodes[Header.ROOT4] = root4;
    nodes[Header.ROOT6] = root6;
    fillIndex(nodes, this.#end, root4, bits);
    fillIndex(nodes, this.#end + size, root6, bits);
    return { nodes };
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}

/** A table of one value for every address. */
export function constantTable(value: number): PrefixTable {
  return new NodeWriter().finish(leafOf(value), leafOf(value));
}

/**
 * The table of prefixes that may nest: what no prefix holds has value 0, else the innermost one says.
 * @param nest called once for each prefix, the shorter ones first, equal ones in their order: its value, given that of
 *   the prefix around it
 */
export function nestPrefixes(
  prefixes: readonly Prefix[],
  nest: (index: number, outer: number) => number,
): PrefixTable {
  const writer = new NodeWriter();
  // A node above both roots, so that each root too is the child of a node.
  const top = writer.split(leafOf(0), leafOf(0));
  const order = prefixes.map((_, index) => index);
  order.sort((a, b) => (prefixes[a] as Prefix).bits - (prefixes[b] as Prefix).bits);
  for (const index of order) {
    const { family, octets, bits } = prefixes[index] as Prefix;
    let at = family === 4 ? top : top + 1;
    for (let depth = 0; depth < bits; depth++) {
      let entry = writer.child(at);
      if (entry >= LEAF) {
        entry = writer.split(entry, entry);
        writer.setChild(at, entry);
      }
      at = entry + (((octets[depth >>> 3] as number) >>> (7 - (depth & 7))) & 1);
    }
    // A leaf still: shorter prefixes came before, longer ones come after.
    const value = nest(index, writer.child(at) - LEAF);
    writer.setChild(at, leafOf(value === EMBEDDED_VALUE ? value : checkedValue(value)));
  }
  return writer.finish(writer.child(top), writer.child(top + 1));
}

/**
 * The table of two: each address has what `combine` makes of its values in both, and neighbours of the same value are
 * merged into the shortest prefixes. Takes time by the nodes of both, and recursion no deeper than an address has bits.
 * @param combine called for each pair of leaves that meet; the same pair comes many times
 */
export function joinTables(
  a: PrefixTable,
  b: PrefixTable,
  combine: (a: number, b: number) => number,
): PrefixTable {
  const writer = new NodeWriter(a.nodes.length + b.nodes.length);
  const nodesA = a.nodes;
  const nodesB = b.nodes;
  const join = (x: number, y: number): number => {
    if (y >= LEAF) return x >= LEAF ? LEAF | combine(x - LEAF, y - LEAF) : joinValue(x, y - LEAF);
    const leaf = x >= LEAF;
    const zero = join(leaf ? x : (nodesA[x] as number), nodesB[y] as number);
    return writer.join(zero, join(leaf ? x : (nodesA[x + 1] as number), nodesB[y + 1] as number));
  };
  // The most of the work, where `b` is coarse. Leaves are taken without a call each.
  const joinValue = (x: number, value: number): number => {
    const x0 = nodesA[x] as number;
    const x1 = nodesA[x + 1] as number;
    const zero = x0 >= LEAF ? LEAF | combine(x0 - LEAF, value) : joinValue(x0, value);
    const one = x1 >= LEAF ? LEAF | combine(x1 - LEAF, value) : joinValue(x1, value);
    return writer.join(zero, one);
  };
  const root4 = join(nodesA[Header.ROOT4] as number, nodesB[Header.ROOT4] as number);
  const root6 = join(nodesA[Header.ROOT6] as number, nodesB[Header.ROOT6] as number);
  return writer.finish(root4, root6);
}

/** The value itself. @throws RangeError when no leaf can hold it */
export function checkedValue(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_VALUE) return value;
  throw new RangeError(`a prefix table's value must be 0 to ${MAX_VALUE} but is ${value}`);
}

/** Above this many words of nodes, half a megabyte of indexes is worth its eight steps fewer for each lookup. */
const MANY_WORDS = 1 << 14;

/** Writes, for each string of `bits` bits, the entry that it leads to from the root. */
function fillIndex(nodes: Uint32Array, index: number, root: number, bits: number): void {
  const fill = (entry: number, depth: number, first: number): void => {
    const count = 2 ** (bits - depth);
    if (entry >= LEAF) {
      nodes.fill(entry | (depth << LENGTH_SHIFT), index + first, index + first + count);
    } else if (depth === bits) {
      nodes[index + first] = entry;
    } else {
      fill(nodes[entry] as number, depth + 1, first);
      fill(nodes[entry + 1] as number, depth + 1, first + count / 2);
    }
  };
  fill(root, 0, 0);
}
