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

  push(...values: number[]): void {
    this.#reserve(values.length);
    for (const value of values) this.array[this.length++] = value;
  }

  append(values: ArrayLike<number> & NumberArray): void {
    this.#reserve(values.length);
    this.array.set(values, this.length);
    this.length += values.length;
  }

  /** The used part, a copy. */
  trimmed(): T {
    return this.array.slice(0, this.length) as T;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.array.length) return;
    const grown = new this.make(2 ** Math.ceil(Math.log2(this.length + more)));
    grown.set(this.array);
    this.array = grown;
  }
}
