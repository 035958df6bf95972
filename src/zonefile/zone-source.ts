import type { ServiceSpec, Where } from '../steer/spec.js';

/** A zone as it was written, checked, its RDATA in wire form: what a zone file of any format becomes. */
export interface ZoneSource {
  /** Absolute, in wire form, case as written. */
  readonly apex: Uint8Array;
  /**
   * Always with exactly one SOA record and without duplicate RRs; all records of one RRset are one record. What the loaders
   * give is a `RecordList`.
   */
  readonly records: Iterable<RecordSource>;
  readonly file: string;
  /** True when the SOA's serial is `auto` or absent: the loader patches it (see `withSerial`). */
  readonly serialAuto: boolean;
  /** What `digestZone` says of it, where that is known. */
  readonly digest?: string;
}

/** One owner name and type. */
export type RecordSource = StaticRecord | GslbRecord | DynamicRecord | AliasRecord | UrlForwardRecord;

interface RecordBase {
  /** Absolute owner name in wire form, case as written. */
  readonly owner: Uint8Array;
  /** Seconds. */
  readonly ttl: number;
  readonly where: Where;
}

export interface StaticRecord extends RecordBase {
  readonly kind: 'static';
  readonly type: number;
  /** RDATA in wire form, names in it uncompressed. */
  readonly rdata: readonly Uint8Array[];
}

/** `type: GSLB`: a service answers here. */
export interface GslbRecord extends RecordBase {
  readonly kind: 'gslb';
  readonly service: string;
  /** True when the record gives a ttl: an upper bound for the service's. */
  readonly ttlGiven: boolean;
}

/** octoDNS `dynamic`: an A, AAAA or CNAME RRset steered by a service of its own. */
export interface DynamicRecord extends RecordBase {
  readonly kind: 'dynamic';
  readonly type: number;
  readonly service: ServiceSpec;
}

/** `type: ALIAS`: answered with the addresses of another name. */
export interface AliasRecord extends RecordBase {
  readonly kind: 'alias';
  readonly target: Uint8Array;
}

/** `type: URLFWD`: answered by the redirect endpoint, not by DNS. */
export interface UrlForwardRecord extends RecordBase {
  readonly kind: 'urlfwd';
  readonly forwards: readonly UrlForward[];
}

/** Fields and meanings of octoDNS's URLFWD. */
export interface UrlForward {
  readonly path: string;
  readonly target: string;
  readonly code: number;
  readonly masking: number;
  readonly query: number;
}
