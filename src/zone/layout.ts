import { put16, put32 } from '../wire/octets.js';
import { HEADER_OCTETS, RrClass, RrType } from '../wire/protocol.js';
import { additionalNameAt, compressibleRdata } from '../wire/rdata-names.js';
import { ResponseWriter, Section } from '../wire/response-writer.js';
import { ROOM_OCTETS, Room } from '../wire/room.js';
import { type Draft, DraftNode, DraftRrset } from './draft.js';
import { Growing } from './growing.js';
import { Node, NodeFlag, RrsetKind, RrsetWord } from './zone-store.js';

/** Octets of an RR behind its owner name: TYPE, CLASS, TTL, RDLENGTH. */
const RR_HEAD_OCTETS = 10;
/** A pointer to the question's name, and what follows it. */
const POINTED_RR_OCTETS = 2 + RR_HEAD_OCTETS;

/** The most octets of an answer that is compiled: a message has 65,535, with a question of at most 12 + 255 + 4. */
const MAX_COMPILED = 0xffff - HEADER_OCTETS - 255 - 4;

/** Writes the nodes of a draft as a store has them. */
export class Layout {
  readonly draft: Draft;
  /** By the draft's number: the store's node. */
  readonly nodes: Uint32Array;
  /** RRsets that name hosts, each behind its node. */
  readonly naming = new Growing(Uint32Array, 1 << 4);
  /** RRsets of kind ALIAS. */
  readonly aliases = new Growing(Uint32Array, 1 << 2);
  readonly #words: Uint32Array;
  readonly #octets: Uint8Array;
  /** Offset in #octets of what is written next. */
  #at = 0;
  /** For answers with names to compress. */
  readonly #writer = new ResponseWriter();
  readonly #message = new Room(new Uint8Array(ROOM_OCTETS));
  readonly #question = new Uint8Array(HEADER_OCTETS + 255 + 4);

  /** @throws RangeError when there is more than a store can hold */
  constructor(draft: Draft) {
    this.draft = draft;
    this.nodes = new Uint32Array(draft.nodeCount);
    const octets = boundOf(draft);
    if (octets > MAX_OCTETS) throw new RangeError(`zones take ${octets} octets; ${MAX_OCTETS} are the most`);
    // The bound is a little high: pages that nothing is written to take no memory.
    const memory = new SharedArrayBuffer(octets);
    this.#words = new Uint32Array(memory);
    this.#octets = new Uint8Array(memory);
  }

  /** @returns two views of the same memory */
  write(): { readonly words: Uint32Array; readonly octets: Uint8Array } {
    for (let node = 0; node < this.nodes.length; node++) this.#writeNode(node);
    return { words: this.#words, octets: this.#octets };
  }

  #writeNode(draftNode: number): void {
    const { draft } = this;
    const words = this.#words;
    const node = this.#at / 4;
    const count = draft.nodeWord(draftNode, DraftNode.RRSET_COUNT);
    const nameLength = draft.nodeWord(draftNode, DraftNode.NAME_LENGTH);
    const first = node + Node.WORDS;
    const nameAt = (first + count * RrsetWord.WORDS) * 4;
    this.nodes[draftNode] = node;
    this.#at = nameAt;
    this.#copy(draft.nodeWord(draftNode, DraftNode.NAME_AT), nameLength);
    this.#at = (this.#at + 3) & ~3;
    words[node + Node.NAME_AT] = nameAt;
    words[node + Node.NAME_LENGTH] = nameLength;
    words[node + Node.ZONE] = draft.nodeWord(draftNode, DraftNode.ZONE);
    words[node + Node.FIRST_RRSET] = first;
    words[node + Node.RRSET_COUNT] = count;
    let types = 0;
    // The list of a node is from the last to the first.
    let draftRrset = draft.nodeWord(draftNode, DraftNode.LAST_RRSET) - 1;
    for (let i = count - 1; i >= 0; i--) {
      this.#writeRrset(first + i * RrsetWord.WORDS, draftRrset, node);
      types |= flagOf(draft.rrsetWord(draftRrset, DraftRrset.TYPE));
      draftRrset = draft.rrsetWord(draftRrset, DraftRrset.BEFORE) - 1;
    }
    this.#mark(node, this.nodes[draft.nodeWord(draftNode, DraftNode.PARENT)] as number, types);
    this.#at = (this.#at + 3) & ~3;
  }

  /** Sets a node's flags, what occludes it, and its parent's wildcard. */
  #mark(node: number, parent: number, types: number): void {
    const words = this.#words;
    if (node === parent) {
      words[node + Node.FLAGS] = NodeFlag.APEX | (types & NodeFlag.DNAME);
      return;
    }
    const wildcard = this.#isWildcard(node);
    if (wildcard) words[parent + Node.WILDCARD] = node + 1;
    // RFC 4592 §4.2: NS at a wildcard delegates nothing.
    const flags = wildcard ? types & ~NodeFlag.CUT : types;
    const above = words[parent + Node.OCCLUDER] as number;
    const parentIsDname = ((words[parent + Node.FLAGS] as number) & NodeFlag.DNAME) !== 0;
    words[node + Node.FLAGS] = flags;
    words[node + Node.OCCLUDER] =
      above !== 0 ? above : parentIsDname ? parent + 1 : (flags & NodeFlag.CUT) !== 0 ? node + 1 : 0;
  }

  #isWildcard(node: number): boolean {
    const at = this.#words[node + Node.NAME_AT] as number;
    return this.#octets[at] === 1 && this.#octets[at + 1] === ASTERISK;
  }

  #writeRrset(rrset: number, draftRrset: number, node: number): void {
    const { draft } = this;
    const words = this.#words;
    const type = draft.rrsetWord(draftRrset, DraftRrset.TYPE);
    const kind = draft.rrsetWord(draftRrset, DraftRrset.KIND);
    const dataLength = draft.rrsetWord(draftRrset, DraftRrset.DATA_LENGTH);
    words[rrset + RrsetWord.TYPE] = type;
    words[rrset + RrsetWord.KIND] = kind;
    words[rrset + RrsetWord.TTL] = draft.rrsetWord(draftRrset, DraftRrset.TTL);
    words[rrset + RrsetWord.COUNT] = draft.rrsetWord(draftRrset, DraftRrset.COUNT);
    words[rrset + RrsetWord.DATA] = draft.rrsetWord(draftRrset, DraftRrset.DATA);
    if (kind === RrsetKind.ALIAS) {
      words[rrset + RrsetWord.DATA] = this.#at;
      this.#copy(draft.rrsetWord(draftRrset, DraftRrset.DATA), dataLength);
      this.aliases.push(rrset);
    } else if (kind === RrsetKind.STATIC) {
      this.#writeData(rrset, draft.rrsetWord(draftRrset, DraftRrset.DATA), dataLength, node);
      if (additionalNameAt(type) >= 0) {
        this.naming.push(node);
        this.naming.push(rrset);
      }
    }
  }

  /**
   * Writes RDATA and compiles the answer to a question of just this name: owner names point to the question, and so do names in
   * RDATA. A wildcard's questions have other names, and so no compiled answer.
   */
  #writeData(rrset: number, from: number, length: number, node: number): void {
    const words = this.#words;
    const count = words[rrset + RrsetWord.COUNT] as number;
    const type = words[rrset + RrsetWord.TYPE] as number;
    const wireLength = length + count * (POINTED_RR_OCTETS - 2);
    const plain = compressibleRdata(type).names === 0;
    const compiled = wireLength <= MAX_COMPILED && !this.#isWildcard(node);
    if (plain && compiled) {
      words[rrset + RrsetWord.WIRE_AT] = this.#at;
      words[rrset + RrsetWord.WIRE_LENGTH] = wireLength;
      // The last thing in the wire form of one RR is its RDATA with its length.
      if (count === 1) words[rrset + RrsetWord.DATA] = this.#at + RR_HEAD_OCTETS;
      this.#writePlain(rrset, from);
      if (count === 1) return;
    }
    words[rrset + RrsetWord.DATA] = this.#at;
    this.#copy(from, length);
    if (compiled && !plain) this.#writeCompressed(rrset, node);
  }

  #writePlain(rrset: number, from: number): void {
    const octets = this.#octets;
    const source = this.draft.octets.array;
    let read = from;
    for (let left = this.#words[rrset + RrsetWord.COUNT] as number; left > 0; left--) {
      const length = 2 + (((source[read] as number) << 8) | (source[read + 1] as number));
      put16(octets, this.#at, 0xc000 | HEADER_OCTETS);
      put16(octets, this.#at + 2, this.#words[rrset + RrsetWord.TYPE] as number);
      put16(octets, this.#at + 4, RrClass.IN);
      put32(octets, this.#at + 6, this.#words[rrset + RrsetWord.TTL] as number);
      this.#at += RR_HEAD_OCTETS;
      this.#copy(read, length);
      read += length;
    }
  }

  #writeCompressed(rrset: number, node: number): void {
    const words = this.#words;
    const octets = this.#octets;
    const writer = this.#writer;
    const type = words[rrset + RrsetWord.TYPE] as number;
    const nameAt = words[node + Node.NAME_AT] as number;
    const nameLength = words[node + Node.NAME_LENGTH] as number;
    this.#question.set(octets.subarray(nameAt, nameAt + nameLength), HEADER_OCTETS);
    put16(this.#question, HEADER_OCTETS + nameLength, type);
    const start = HEADER_OCTETS + nameLength + 4;
    writer.begin(this.#message, this.#question, start, MAX_COMPILED + start);
    let read = words[rrset + RrsetWord.DATA] as number;
    for (let left = words[rrset + RrsetWord.COUNT] as number; left > 0; left--) {
      const length = ((octets[read] as number) << 8) | (octets[read + 1] as number);
      writer.recordAt(Section.ANSWER, HEADER_OCTETS, type, words[rrset + RrsetWord.TTL] as number);
      writer.rdataOf(type, octets, read + 2, length);
      read += 2 + length;
    }
    words[rrset + RrsetWord.WIRE_AT] = this.#at;
    words[rrset + RrsetWord.WIRE_LENGTH] = writer.at - start;
    octets.set(this.#message.octets.subarray(start, writer.at), this.#at);
    this.#at += writer.at - start;
  }

  /** Copies octets of the draft. */
  #copy(from: number, length: number): void {
    const source = this.draft.octets.array;
    const octets = this.#octets;
    const at = this.#at;
    if (length <= 64) for (let i = 0; i < length; i++) octets[at + i] = source[from + i] as number;
    else octets.set(source.subarray(from, from + length), at);
    this.#at = at + length;
  }
}

const ASTERISK = 0x2a;

/** Offsets have 32 bits. */
const MAX_OCTETS = 0xffffffff;

function flagOf(type: number): number {
  return type === RrType.NS ? NodeFlag.CUT : type === RrType.DNAME ? NodeFlag.DNAME : 0;
}

/** What the nodes take at the most. */
function boundOf(draft: Draft): number {
  let octets = 4 * Node.WORDS * draft.nodeCount;
  for (let node = 0; node < draft.nodeCount; node++)
    octets += (draft.nodeWord(node, DraftNode.NAME_LENGTH) + 3) & ~3;
  const rrsets = draft.rrsets.length / DraftRrset.WORDS;
  for (let rrset = 0; rrset < rrsets; rrset++) {
    const length = draft.rrsetWord(rrset, DraftRrset.DATA_LENGTH);
    octets += 4 * RrsetWord.WORDS + 2 * length + 3;
    if (length > 0) octets += RR_HEAD_OCTETS * draft.rrsetWord(rrset, DraftRrset.COUNT);
  }
  return (octets + 3) & ~3;
}
