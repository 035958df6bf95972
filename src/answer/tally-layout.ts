import { RrType } from '../wire/protocol.js';
import { TRANSPORT_NAMES } from './exchange.js';

/** QTYPEs that are counted by name; `none` is a message without a question. A row adds one. */
const TYPES: readonly (readonly [name: string, type: number])[] = [
  ['none', -1],
  ['other', -1],
  ['A', RrType.A],
  ['NS', RrType.NS],
  ['CNAME', RrType.CNAME],
  ['SOA', RrType.SOA],
  ['PTR', RrType.PTR],
  ['HINFO', RrType.HINFO],
  ['MX', RrType.MX],
  ['TXT', RrType.TXT],
  ['AAAA', RrType.AAAA],
  ['LOC', 29],
  ['SRV', RrType.SRV],
  ['NAPTR', 35],
  ['DNAME', RrType.DNAME],
  ['DS', RrType.DS],
  ['SSHFP', 44],
  ['RRSIG', 46],
  ['NSEC', 47],
  ['DNSKEY', 48],
  ['NSEC3PARAM', 51],
  ['TLSA', 52],
  ['CDS', 59],
  ['CDNSKEY', 60],
  ['SVCB', RrType.SVCB],
  ['HTTPS', RrType.HTTPS],
  ['IXFR', RrType.IXFR],
  ['AXFR', RrType.AXFR],
  ['ANY', RrType.ANY],
  ['CAA', 257],
];
export const TYPE_NAMES: readonly string[] = TYPES.map(([name]) => name);
export const NO_TYPE = 0;
const OTHER_TYPE = 1;

const columns = new Uint8Array(258).fill(OTHER_TYPE);
TYPES.forEach(([, type], column) => {
  if (type >= 0) columns[type] = column;
});

/** The column of a QTYPE. */
export function typeColumn(type: number): number {
  return type < 258 ? (columns[type] as number) : OTHER_TYPE;
}

/** Columns of RCODEs: each has its own, up to BADCOOKIE. */
export const RCODES = 24;

/** Columns of a zone and transport: its QTYPEs, then its RCODEs. */
export const ROW_CELLS = TYPES.length + RCODES;
export const RCODE_AT = TYPES.length;

/** Rows of zones that are none: questions in no served zone, and zones past the bound. */
export const ZoneRow = { NONE: 0, OTHER: 1, NAMED: 2 } as const;

/** The row of members past the bound. Rows have 16 bits. */
export const OTHER_MEMBER = 0;
export const MEMBER_ROWS = 1 << 16;

/** Upper bounds of the histogram of durations, in seconds: from what one answer takes to what a requestor notices. */
export const DURATION_BOUNDS: readonly number[] = [
  2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.25, 1,
];
/** Cells of a transport's histogram: one a bucket, one past the last bound, the sum in seconds. */
export const DURATION_CELLS = DURATION_BOUNDS.length + 2;

/**
 * Where a thread counts, in one Float64Array:
 *
 *   zones     row × transport × {@link ROW_CELLS}
 *   durations transport × {@link DURATION_CELLS}
 *   heartbeat when the thread last looked at the clock, in ms since 1970
 *   members   {@link MEMBER_ROWS}; last, since most are never touched and so take no memory
 */
export interface TallyLayout {
  readonly durationsAt: number;
  readonly heartbeatAt: number;
  readonly membersAt: number;
  readonly cells: number;
}

/** @param zoneRows rows of zones, those that are none included */
export function tallyLayout(zoneRows: number): TallyLayout {
  const durationsAt = zoneRows * TRANSPORT_NAMES.length * ROW_CELLS;
  const heartbeatAt = durationsAt + TRANSPORT_NAMES.length * DURATION_CELLS;
  const membersAt = heartbeatAt + 1;
  return { durationsAt, heartbeatAt, membersAt, cells: membersAt + MEMBER_ROWS };
}
