type NumberArray = Uint8Array | Uint32Array;

/** A typed array that grows by doubling. */
export class Growing<T extends NumberArray> {
  array: T;
  length = 0;

  constructor(
    private readonly make: new (length: number) => T,
    capacity: number,
  ) {
    this.array = new make(capacity);
  }

  push(value: number): void {
    if (this.length === this.array.length) this.#grow(1);
    this.array[this.length++] = value;
  }

  /** Appends the values of `from` to `to` of an array. */
  append(values: NumberArray, from = 0, to = values.length): void {
    const count = to - from;
    let at = this.extend(count);
    const { array } = this;
    // One by one beats `set` and `subarray` for names and RDATA.
    if (count <= 64) for (let i = from; i < to; i++) array[at++] = values[i] as number;
    else array.set(values.subarray(from, to), at);
  }

  /**
   * Appends values that are still to be written; what they are until then is not said.
   * @returns index of the first
   */
  extend(count: number): number {
    const at = this.length;
    if (at + count > this.array.length) this.#grow(count);
    this.length = at + count;
    return at;
  }

  /** The used part, a copy. */
  trimmed(): T {
    return this.array.slice(0, this.length) as T;
  }

  #grow(more: number): void {
    const grown = new this.make(Math.max(this.array.length * 2, this.length + more));
    grown.set(this.array.subarray(0, this.length));
    this.array = grown;
  }
}
