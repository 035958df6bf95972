import { ROOM_OCTETS, Room } from '../wire/room.js';

export const Transport = { UDP: 0, TCP: 1, TLS: 2 } as const;
export type Transport = (typeof Transport)[keyof typeof Transport];

/** By {@link Transport}, for metrics and logs. */
export const TRANSPORT_NAMES: readonly string[] = Object.keys(Transport).map((name) => name.toLowerCase());

/** The most octets a message takes: TCP's length field has 16 bits (RFC 1035 §4.2.2). */
export const MAX_MESSAGE_OCTETS = 65535;

/** One query and the room for its response. A transport refills it for each query; keep no reference. */
export class Exchange {
  transport: Transport = Transport.UDP;
  /** The query is the first {@link queryLength} octets. */
  query: Uint8Array = new Uint8Array(0);
  queryLength = 0;
  /** Room for the response, of ROOM_OCTETS. */
  room = new Room(new Uint8Array(ROOM_OCTETS));
  /** The requestor's address: 4 or 16 octets of {@link address}. */
  family: 4 | 6 = 4;
  readonly address = new Uint8Array(16);
  /** TCP: after how many tenths of a second without a query the connection is closed. */
  idleTenths = 0;
  /** Set by an answer that is the first message of several, for TCP to take and send the others. */
  more: MoreMessages | undefined = undefined;

  /** The room's octets. */
  get response(): Uint8Array {
    return this.room.octets;
  }
}

/** Messages of a response after its first: a zone transfer (RFC 5936 §2.2). */
export interface MoreMessages {
  /** Writes the next one into a room's octets. Returns its own, or 0: there is no more. */
  next(out: Uint8Array): number;
}

/** Returned for a request that is left to others: a transfer, NOTIFY, or anything signed (see {@link Answer}). */
export const LEFT = -1;

/** Answers one query. Returns the response's octets, or 0: send nothing. Never throws. */
export type Answer = (exchange: Exchange) => number;
