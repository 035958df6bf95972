import { RrType } from './protocol.js';

/** How RDATA of a type begins, as far as compression cares. */
export interface CompressibleRdata {
  /** Octets before the first name. */
  readonly prefix: number;
  /** Names that follow, which may be compressed. */
  readonly names: number;
}

const NONE: CompressibleRdata = { prefix: 0, names: 0 };

/** RFC 3597 §4: only names in RDATA of the types of RFC 1035 may be compressed. */
export function compressibleRdata(type: number): CompressibleRdata {
  switch (type) {
    case RrType.NS:
    case RrType.CNAME:
    case RrType.PTR:
      return ONE_NAME;
    case RrType.SOA:
      return TWO_NAMES;
    case RrType.MX:
      return MX;
    default:
      return NONE;
  }
}

/**
 * Where RDATA of a type names a host whose addresses are additional (RFC 1035 §3.3.9, §3.3.11; RFC 2782; RFC 9460 §4.1).
 * @returns offset of the name, or -1
 */
export function additionalNameAt(type: number): number {
  switch (type) {
    case RrType.NS:
      return 0;
    case RrType.MX:
    case RrType.SVCB:
    case RrType.HTTPS:
      return 2;
    case RrType.SRV:
      return 6;
    default:
      return -1;
  }
}

/** True for SVCB and types with its RDATA (RFC 9460 §9): their targets' RRsets of the same type are additional too (§4.1). */
export function isServiceBinding(type: number): boolean {
  return type === RrType.SVCB || type === RrType.HTTPS;
}

const ONE_NAME: CompressibleRdata = { prefix: 0, names: 1 };
const TWO_NAMES: CompressibleRdata = { prefix: 0, names: 2 };
const MX: CompressibleRdata = { prefix: 2, names: 1 };
