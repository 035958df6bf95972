import { MAX_NAME_OCTETS } from '../wire/name.js';

/**
 * Records of queries on their way from an answering thread to the one that writes the query log, in shared memory:
 *
 *   control words   64 octets
 *   records         a power of two of them
 *
 * One writer, one reader. HEAD and TAIL count records, with 32 bits that wrap; each is written by one side only.
 */
export interface Ring {
  readonly control: Int32Array;
  readonly reals: Float64Array;
  readonly halves: Uint16Array;
  readonly bytes: Uint8Array;
  readonly slots: number;
  readonly recordOctets: number;
}

export const RingWord = {
  /** Records written, by the answering thread. */
  HEAD: 0,
  /** Records read. */
  TAIL: 1,
} as const;

/** Float64 from the begin of a record. */
export const RecordReal = {
  /** ms since 1970. */
  TIME: 0,
  /** ms. */
  DURATION: 1,
} as const;

/** 16-bit words from the begin of a record. */
export const RecordHalf = {
  /** Octets of the response. */
  SIZE: 8,
  /** The response header's second word. */
  FLAGS: 9,
  TYPE: 10,
  CLASS: 11,
  /** With its extended bits. */
  RCODE: 12,
  MEMBER_COUNT: 13,
  /** Rows of the members in the answer, eight of them. */
  MEMBERS: 14,
} as const;

/** Octets from the begin of a record. */
export const RecordOctet = {
  TRANSPORT: 44,
  FAMILY: 45,
  /** 1: there is a client subnet. */
  ECS: 46,
  ECS_FAMILY: 47,
  ECS_SOURCE_BITS: 48,
  ECS_SCOPE_BITS: 49,
  /** Labels of the apex that the name is below. */
  ZONE_LABELS: 50,
  /** Octets of the name; 0: there was no question. */
  NAME_OCTETS: 51,
  ADDRESS: 52,
  ECS_ADDRESS: 68,
} as const;

/** Where a record has the name, in wire form. */
export const RECORD_NAME_AT = 84;

/** Whole Float64s. */
const RECORD_OCTETS = (RECORD_NAME_AT + MAX_NAME_OCTETS + 7) & ~7;

/** A cache line, so that records begin on one. */
const CONTROL_OCTETS = 64;

/** @param slots records, a power of two */
export function makeRing(slots: number): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_OCTETS + slots * RECORD_OCTETS);
}

export function openRing(memory: SharedArrayBuffer): Ring {
  return {
    control: new Int32Array(memory, 0, CONTROL_OCTETS / 4),
    reals: new Float64Array(memory, CONTROL_OCTETS),
    halves: new Uint16Array(memory, CONTROL_OCTETS),
    bytes: new Uint8Array(memory, CONTROL_OCTETS),
    slots: (memory.byteLength - CONTROL_OCTETS) / RECORD_OCTETS,
    recordOctets: RECORD_OCTETS,
  };
}
