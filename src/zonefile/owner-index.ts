import type { LookupName } from '../wire/lookup-name.js';
import { lowerOctet } from '../wire/octets.js';
import { Growing } from '../zone/growing.js';
import { grownSlots, insertSlot } from '../zone/zone-store.js';
import { type RecordList, RecordWord } from './record-list.js';

/** The records of a {@link RecordList} by owner name (RFC 4343: case aside). An owner is known by its first record. */
export class OwnerIndex {
  readonly #records: RecordList;
  /** Open addressing over pairs: hash of the name, first record + 1. */
  #slots: Uint32Array;
  /** The first record of each owner. */
  readonly #firsts: Growing<Uint32Array>;
  /** By record: the next one of the same owner + 1. */
  readonly #next: Growing<Uint32Array>;

  /** @param expected how many records there will be, roughly */
  constructor(records: RecordList, expected: number) {
    this.#records = records;
    this.#slots = new Uint32Array(4 * 2 ** Math.ceil(Math.log2(expected)));
    this.#firsts = new Growing(Uint32Array, expected);
    this.#next = new Growing(Uint32Array, expected);
  }

  /** The first record of the name without its first `label` labels, or -1. */
  find(name: LookupName, label = 0): number {
    const mask = this.#slots.length / 2 - 1;
    const hash = name.hashes[label] as number;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const first = (this.#slots[2 * slot + 1] as number) - 1;
      if (first < 0) return -1;
      if (this.#slots[2 * slot] === hash && this.#hasName(first, name, label)) return first;
    }
  }

  /** The next record of the same owner, or -1. */
  next(record: number): number {
    return (this.#next.array[record] as number) - 1;
  }

  /**
   * Adds the record that was added last to the list.
   * @param name its owner
   * @param first what {@link find} says of it
   */
  add(record: number, name: LookupName, first: number): void {
    this.#next.push(0);
    if (first < 0) {
      this.#firsts.push(record);
      if (this.#firsts.length * 4 > this.#slots.length) this.#slots = grownSlots(this.#slots);
      insertSlot(this.#slots, name.hashes[0] as number, record + 1);
      return;
    }
    let last = first;
    for (let next = this.next(last); next >= 0; next = this.next(last)) last = next;
    this.#next.array[last] = record + 1;
  }

  /** The first record of each owner, in the order of adding. */
  get firsts(): Uint32Array {
    return this.#firsts.array.subarray(0, this.#firsts.length);
  }

  #hasName(record: number, name: LookupName, label: number): boolean {
    const { octets } = this.#records;
    const at = this.#records.word(record, RecordWord.OWNER_AT);
    const start = name.starts[label] as number;
    const length = name.length - start;
    // Length octets are below 64 and differ where the names' labels do, so that none reads past the name's end.
    for (let i = 0; i < length; i++) {
      if (lowerOctet(octets[at + i] as number) !== name.octets[start + i]) return false;
    }
    return true;
  }
}
