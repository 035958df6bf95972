export const Transport = { UDP: 0, TCP: 1 } as const;
export type Transport = (typeof Transport)[keyof typeof Transport];

/** The most octets a message takes: TCP's length field has 16 bits (RFC 1035 §4.2.2). */
export const MAX_MESSAGE_OCTETS = 65535;

/** One query and the room for its response. A transport refills it for each query; keep no reference. */
export class Exchange {
  transport: Transport = Transport.UDP;
  /** The query is the first {@link queryLength} octets. */
  query: Uint8Array = new Uint8Array(0);
  queryLength = 0;
  /** Room for the response, {@link MAX_MESSAGE_OCTETS} octets. */
  response: Uint8Array = new Uint8Array(MAX_MESSAGE_OCTETS);
  /** The requestor's address: 4 or 16 octets of {@link address}. */
  family: 4 | 6 = 4;
  readonly address = new Uint8Array(16);
}

/** Answers one query. Returns the response's octets, or 0: send nothing. Never throws. */
export type Answer = (exchange: Exchange) => number;
