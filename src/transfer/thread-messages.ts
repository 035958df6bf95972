import type { RrList } from './rr-list.js';
import type { TsigKey } from './tsig-key.js';

/** A zone as a thread transfers it. */
export interface TransferZone {
  /** In wire form, lower case. */
  readonly apex: Uint8Array;
  readonly serial: number;
  readonly list: RrList;
  /** Oldest first; each begins where the one before ends, and the last ends at {@link serial}. */
  readonly changes: readonly ZoneChange[];
  readonly allow: readonly Allowed[];
}

/** From one serial to a later one, as IXFR says it (RFC 1995 §4). */
export interface ZoneChange {
  readonly from: number;
  readonly to: number;
  /** The old SOA, what went, the new SOA, what came. */
  readonly list: RrList;
}

/** Who may transfer, or notify. What is undefined does not matter. */
export interface Allowed {
  readonly prefix?: { readonly family: 4 | 6; readonly octets: Uint8Array; readonly bits: number };
  /** Name of the key that must have signed, in wire form, lower case. */
  readonly key?: Uint8Array;
}

/** What the main thread says to those that answer. */
export type ToTransferThread =
  /** Zones to transfer from the next `peers` on; others than these are forgotten then. */
  | { readonly kind: 'zones'; readonly zones: readonly TransferZone[] }
  /** Keys, and who may notify of the zones that are transferred to here. Ends what is said at a time. */
  | {
      readonly kind: 'peers';
      readonly keys: readonly TsigKey[];
      readonly secondaries: readonly { readonly apex: Uint8Array; readonly from: readonly Allowed[] }[];
    };

/** What a thread says to the main one: a primary's NOTIFY came. */
export interface FromTransferThread {
  readonly kind: 'notified';
  readonly apex: Uint8Array;
}
