import { MAX_NAME_OCTETS } from '../wire/name.js';
import { RdataError } from './rdata-error.js';

/** Reads RDATA field by field; names in it are uncompressed. Each method throws RdataError past the end. */
export class RdataReader {
  #at = 0;

  constructor(readonly octets: Uint8Array) {}

  get left(): number {
    return this.octets.length - this.#at;
  }

  u8(): number {
    return this.take(1)[0] as number;
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** A view, not a copy. */
  take(count: number): Uint8Array {
    if (count > this.left) throw new RdataError('is cut short');
    this.#at += count;
    return this.octets.subarray(this.#at - count, this.#at);
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }

  /** A name in wire form. */
  name(): Uint8Array {
    const start = this.#at;
    for (let length = this.u8(); length > 0; length = this.u8()) {
      if (length > 63) throw new RdataError('has a name with a compressed or unknown label');
      this.take(length);
      if (this.#at - start >= MAX_NAME_OCTETS) throw new RdataError('has a name of more than 255 octets');
    }
    return this.octets.subarray(start, this.#at);
  }
}
