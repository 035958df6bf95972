import type { Prefix } from './prefix-table.js';

/** One entry of a networks file: what an operator knows of an address block. It wins over every database. */
export interface NetworkSpec {
  readonly prefix: Prefix;
  /** octoDNS geo code: `EU`, `EU-DE`, `NA-US-CA`. */
  readonly place?: string;
  /** Names of the lines, an ISP in most cases, that the block belongs to; in the order written. */
  readonly lines: readonly string[];
  readonly asn?: number;
  /** [latitude, longitude] in degrees. */
  readonly coordinates?: readonly [number, number];
  /** The file, and the line and column in it, from 1. */
  readonly where: { readonly file: string; readonly line: number; readonly column: number };
}
