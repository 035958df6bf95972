/** What to ask. */
export interface WireQuery {
  /** In wire form. */
  readonly name: Uint8Array;
  readonly type: number;
  /** IN without it. */
  readonly class?: number;
  /** An OPT with a payload of 1,232 octets. */
  readonly edns?: boolean;
}

/** A query with ID 0 and no flag, written by nothing of steerdns. */
export function wireQuery({ name, type, class: rrClass = 1, edns = false }: WireQuery): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(edns ? 1 : 0, 10);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(type, 0);
  tail.writeUInt16BE(rrClass, 2);
  return Buffer.concat([head, name, tail, edns ? OPT : Buffer.alloc(0)]);
}

const OPT = Buffer.from('00002904d0000000000000', 'hex');
