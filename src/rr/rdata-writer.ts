import { RdataError } from './rdata-error.js';

/** Builds RDATA octet by octet. Reused: {@link take} hands a copy out and empties it. */
export class RdataWriter {
  #octets = new Uint8Array(512);
  #length = 0;

  u8(value: number): void {
    this.#reserve(1);
    this.#octets[this.#length++] = value;
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value & 0xff);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  octets(octets: ArrayLike<number>): void {
    this.#reserve(octets.length);
    this.#octets.set(octets, this.#length);
    this.#length += octets.length;
  }

  /** What was written since the last call. @throws RdataError when it is more than RDLENGTH can say */
  take(): Uint8Array {
    const length = this.#length;
    this.#length = 0;
    if (length > MAX_RDATA_OCTETS) {
      throw new RdataError(
        `takes ${length} octets of RDATA; ${MAX_RDATA_OCTETS} are the most (RFC 1035 §3.2.1)`,
      );
    }
    return this.#octets.slice(0, length);
  }

  /** Forgets what was written since the last {@link take}. */
  clear(): void {
    this.#length = 0;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#octets.length) return;
    const larger = new Uint8Array(Math.max(this.#octets.length * 2, this.#length + count));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}

/** RDLENGTH has 16 bits (RFC 1035 §3.2.1). */
const MAX_RDATA_OCTETS = 65535;
