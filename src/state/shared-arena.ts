type Shareable = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/** Small arrays are packed into chunks of these octets: a SharedArrayBuffer each would cost more than what it holds. */
const CHUNK_OCTETS = 1 << 20;
/** What Float64Array needs. */
const ALIGNMENT = 8;

/** Copies of arrays in memory that every thread sees. It lives as long as a copy of it does. */
export class SharedArena {
  #chunk = new SharedArrayBuffer(0);
  #used = 0;
  /** Several services may hold the same array. */
  readonly #copies = new Map<Shareable, Shareable>();

  /** The array itself when it is in shared memory already, else a copy that is; the same one each time. */
  share<T extends Shareable>(array: T): T {
    if (array.buffer instanceof SharedArrayBuffer) return array;
    const known = this.#copies.get(array);
    if (known !== undefined) return known as T;
    const at = this.#reserve(array.byteLength);
    const make = array.constructor as new (buffer: SharedArrayBuffer, at: number, length: number) => T;
    const copy = new make(this.#chunk, at, array.length);
    copy.set(array);
    this.#copies.set(array, copy);
    return copy;
  }

  /** Offset in the chunk of so many free octets. */
  #reserve(octets: number): number {
    const at = Math.ceil(this.#used / ALIGNMENT) * ALIGNMENT;
    if (at + octets > this.#chunk.byteLength) {
      this.#chunk = new SharedArrayBuffer(Math.max(CHUNK_OCTETS, octets));
      this.#used = octets;
      return 0;
    }
    this.#used = at + octets;
    return at;
  }
}
