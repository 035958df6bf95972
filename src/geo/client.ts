/** Whom an answer is for. Refilled for each query; keep no reference. */
export class Client {
  /** Of the address as given: by the requestor's transport address, or by ECS. */
  family: 4 | 6 = 4;
  /** The address as given, 4 or 16 octets of it in use; bits past {@link sourceBits} are 0. */
  readonly octets = new Uint8Array(16);
  /** How many leading bits of it are known: 32 or 128, or ECS's SOURCE PREFIX-LENGTH. */
  sourceBits = 0;
  /** True when the address came by ECS (RFC 7871), so that a SCOPE is owed. */
  ecs = false;

  /** What tables are asked by. v4-mapped, 6to4, Teredo and 64:ff9b::/96 addresses are asked by their IPv4 address. */
  tableFamily: 4 | 6 = 4;
  /** The address to ask tables by: `word0` alone for IPv4, else four 32-bit words, unsigned. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  /** Bits of the given address before the embedded IPv4 address (96 or 16), else 0. */
  embeddedAt = 0;

  /** Written by `findPrefix`: the length of the prefix that its value holds for, in bits of {@link tableFamily}. */
  matchBits = 0;

  /**
   * Fills this client from an address.
   * @param octets network order, 4 or 16 of them from `at`
   * @param sourceBits bits that are known; those past it are taken as 0
   */
  set(family: 4 | 6, octets: Uint8Array, at: number, sourceBits: number, ecs: boolean): void {
    void [family, octets, at, sourceBits, ecs];
    throw new Error('not built yet');
  }

  /** A prefix length in bits of {@link tableFamily}, said in bits of the address as given: what SCOPE says. */
  givenBits(tableBits: number): number {
    return this.embeddedAt + tableBits;
  }
}
