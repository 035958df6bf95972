import { Growing } from '../zone/growing.js';
import type { RecordSource } from './zone-source.js';

/** A {@link RecordList} laid open: what a cache keeps of it. Not to be changed. */
export interface PackedRecords {
  /** Owner names as written; RDATA with two octets of length before each. */
  readonly octets: Uint8Array;
  /** {@link RecordWord} words a record. */
  readonly words: Uint32Array;
  /** Names of the files that records were written in. */
  readonly files: readonly string[];
  /** Records that are no plain RRsets. */
  readonly others: readonly RecordSource[];
}

/** Words of a record. */
export const RecordWord = {
  OWNER_AT: 0,
  /** The RR type of a static record, or {@link OTHER}. */
  TYPE: 1,
  /** Seconds. */
  TTL: 2,
  /** Offset of the RDATA; for {@link OTHER} the index in `others`. */
  DATA_AT: 3,
  /** RRs. */
  COUNT: 4,
  FILE: 5,
  LINE: 6,
  COLUMN: 7,
  WORDS: 8,
} as const;

/** What stands for the type of a record that is not static: RR types have 16 bits. */
export const OTHER = 0x10000;

/** Of an owner name and an address with its length. */
const EXPECTED_OCTETS = 32;

/**
 * Records of a zone, a few dozen octets each where objects would take hundreds: zones have millions. Iterating makes an object
 * for each; its arrays are views, not to be changed.
 */
export class RecordList implements Iterable<RecordSource> {
  readonly #octets: Growing<Uint8Array>;
  readonly #words: Growing<Uint32Array>;
  readonly #files: string[] = [];
  readonly #others: RecordSource[] = [];
  /** Owner of the record added last: those of a name come together, and share it. */
  #owner: Uint8Array | undefined;
  #ownerAt = 0;

  private constructor(octets: Growing<Uint8Array>, words: Growing<Uint32Array>) {
    this.#octets = octets;
    this.#words = words;
  }

  /** @param expected how many records it will have, roughly */
  static empty(expected = 8): RecordList {
    const octets = new Growing(Uint8Array, expected * EXPECTED_OCTETS);
    return new RecordList(octets, new Growing(Uint32Array, expected * RecordWord.WORDS));
  }

  /** The records, packed; the list itself when they are. */
  static from(records: Iterable<RecordSource>): RecordList {
    if (records instanceof RecordList) return records;
    const list = RecordList.empty();
    for (const record of records) list.add(record);
    return list;
  }

  /** The list that was packed; it has the arrays from now on. */
  static unpack({ octets, words, files, others }: PackedRecords): RecordList {
    const list = new RecordList(new Growing(Uint8Array, 0), new Growing(Uint32Array, 0));
    list.#octets.array = octets;
    list.#octets.length = octets.length;
    list.#words.array = words;
    list.#words.length = words.length;
    list.#files.push(...files);
    list.#others.push(...others);
    return list;
  }

  get length(): number {
    return this.#words.length / RecordWord.WORDS;
  }

  /** Records that are not static. */
  get others(): readonly RecordSource[] {
    return this.#others;
  }

  /** Owner names and RDATA; another array once something was added. */
  get octets(): Uint8Array {
    return this.#octets.array;
  }

  packed(): PackedRecords {
    const { array: octets, length } = this.#octets;
    const { array: words, length: wordCount } = this.#words;
    return {
      octets: octets.subarray(0, length),
      words: words.subarray(0, wordCount),
      files: this.#files,
      others: this.#others,
    };
  }

  /** @param word of {@link RecordWord} */
  word(record: number, word: number): number {
    return this.#words.array[record * RecordWord.WORDS + word] as number;
  }

  /** @returns the record's number: they are counted from 0 */
  add(record: RecordSource): number {
    if (record.owner !== this.#owner) {
      this.#owner = record.owner;
      this.#ownerAt = this.#octets.length;
      this.#octets.append(record.owner);
    }
    const { file, line, column } = record.where;
    if (this.#files.at(-1) !== file) this.#addFile(file);
    const isStatic = record.kind === 'static';
    const at = this.#words.extend(RecordWord.WORDS);
    const words = this.#words.array;
    words[at + RecordWord.OWNER_AT] = this.#ownerAt;
    words[at + RecordWord.TYPE] = isStatic ? record.type : OTHER;
    words[at + RecordWord.TTL] = record.ttl;
    words[at + RecordWord.DATA_AT] = isStatic ? this.#octets.length : this.#others.length;
    words[at + RecordWord.COUNT] = isStatic ? record.rdata.length : 1;
    words[at + RecordWord.FILE] = this.#files.length - 1;
    words[at + RecordWord.LINE] = line;
    words[at + RecordWord.COLUMN] = column;
    if (isStatic) for (const rdata of record.rdata) this.#addRdata(rdata);
    else this.#others.push(record);
    return at / RecordWord.WORDS;
  }

  at(record: number): RecordSource {
    const other = this.word(record, RecordWord.TYPE) === OTHER;
    if (other) return this.#others[this.word(record, RecordWord.DATA_AT)] as RecordSource;
    return {
      kind: 'static',
      type: this.word(record, RecordWord.TYPE),
      owner: this.ownerOf(record),
      ttl: this.word(record, RecordWord.TTL),
      where: {
        file: this.#files[this.word(record, RecordWord.FILE)] as string,
        line: this.word(record, RecordWord.LINE),
        column: this.word(record, RecordWord.COLUMN),
      },
      rdata: this.#rdataOf(record),
    };
  }

  *[Symbol.iterator](): Iterator<RecordSource> {
    for (let record = 0; record < this.length; record++) yield this.at(record);
  }

  /** Offset in {@link octets} of the owner name. */
  ownerAt(record: number): number {
    return this.word(record, RecordWord.OWNER_AT);
  }

  /** The owner name, as written. */
  ownerOf(record: number): Uint8Array {
    const octets = this.#octets.array;
    const start = this.ownerAt(record);
    let end = start;
    while (octets[end] !== 0) end += (octets[end] as number) + 1;
    return octets.subarray(start, end + 1);
  }

  /** Offset past a static record's RDATA. */
  dataEnd(record: number): number {
    const octets = this.#octets.array;
    let at = this.word(record, RecordWord.DATA_AT);
    for (let left = this.word(record, RecordWord.COUNT); left > 0; left--) {
      at += 2 + ((octets[at] as number) << 8) + (octets[at + 1] as number);
    }
    return at;
  }

  #rdataOf(record: number): Uint8Array[] {
    const octets = this.#octets.array;
    const rdata: Uint8Array[] = [];
    let at = this.word(record, RecordWord.DATA_AT);
    for (let left = this.word(record, RecordWord.COUNT); left > 0; left--) {
      const length = ((octets[at] as number) << 8) | (octets[at + 1] as number);
      rdata.push(octets.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    return rdata;
  }

  #addRdata(rdata: Uint8Array): void {
    this.#octets.push(rdata.length >>> 8);
    this.#octets.push(rdata.length & 0xff);
    this.#octets.append(rdata);
  }

  /** Files change rarely: one that comes again is listed again. */
  #addFile(file: string): void {
    this.#files.push(file);
  }
}
