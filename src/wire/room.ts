/**
 * Octets of a {@link Room}: a message of 65,535 (RFC 1035 §4.2.2), and past it one more RR, of 255 octets of name, 10, and 65,535 of
 * RDATA, since that a message is full is seen when it is.
 */
export const ROOM_OCTETS = 0x10000 + 255 + 10 + 0x10000;

/**
 * Memory that a message is written to: the same octets one at a time, and as numbers in network order at any offset. Unlike an
 * array, the view throws where there is no room: a writer's has {@link ROOM_OCTETS}.
 */
export class Room {
  readonly octets: Uint8Array;
  readonly view: DataView;

  constructor(octets: Uint8Array) {
    this.octets = octets;
    this.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  }
}

/**
 * Copies octets into a message, four at a time: for the few that names and RDATA have this beats both `set` and a loop of one
 * at a time.
 */
export function copyInto(room: DataView, at: number, from: Uint8Array, fromAt: number, length: number): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const read = fromAt + i;
    room.setInt32(
      at + i,
      ((from[read] as number) << 24) |
        ((from[read + 1] as number) << 16) |
        ((from[read + 2] as number) << 8) |
        (from[read + 3] as number),
    );
  }
  for (; i < length; i++) room.setUint8(at + i, from[fromAt + i] as number);
}
