import { writeFileSync } from 'node:fs';

/** A query, and what its response must hold. */
export interface QuerySpec {
  /** Absolute, without the final dot; labels of letters, digits and hyphens. */
  readonly name: string;
  readonly rcode: number;
  /** Addresses of which one A record must be answered; none: no answer, and SOA in the authority section. */
  readonly addresses: readonly string[];
  /** An IPv4 client subnet: first octets of a /24. */
  readonly subnet?: readonly [number, number, number];
}

/** Octets before each query of the file: see `struct expectation` in bench/load/check.h. */
const HEAD_OCTETS = 8;
const TYPE_A = 1;
const A_OCTETS = 4;
/** Root, OPT, payload 1232, no flags; RDLENGTH follows. */
const OPT = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0];
/** CLIENT-SUBNET, length, FAMILY 1, SOURCE 24, SCOPE 0; three octets of address follow. */
const CLIENT_SUBNET = [0, 8, 0, 7, 0, 1, 24, 0];

/** Writes queries for the load generator, in the order in which it sends them. */
export function writeQueryFile(path: string, queries: Iterable<QuerySpec>): void {
  let octets = Buffer.alloc(1 << 16);
  let at = 0;
  for (const query of queries) {
    if (at + HEAD_OCTETS + MOST_OCTETS > octets.length) octets = Buffer.concat([octets], octets.length * 2);
    const length = writeQuery(query, octets, at + HEAD_OCTETS);
    const answered = query.addresses.length > 0;
    octets.writeUInt16LE(length, at);
    octets[at + 2] = query.rcode;
    octets[at + 3] = 0;
    octets.writeUInt16LE(answered ? TYPE_A : 0, at + 4);
    octets.writeUInt16LE(answered ? A_OCTETS : 0, at + 6);
    at += HEAD_OCTETS + length;
  }
  writeFileSync(path, octets.subarray(0, at));
}

/** A query in wire form, its ID 0. */
export function encodeQuery(query: QuerySpec): Buffer {
  const octets = Buffer.alloc(MOST_OCTETS);
  return octets.subarray(0, writeQuery(query, octets, 0));
}

/** Header, longest name, TYPE and CLASS, OPT with a client subnet. */
const MOST_OCTETS = 12 + 255 + 4 + 11 + 11;

function writeQuery(query: QuerySpec, out: Buffer, start: number): number {
  let at = put(out, start, [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  for (const label of query.name.split('.')) {
    out[at] = label.length;
    at += 1 + out.write(label, at + 1, 'latin1');
  }
  at = put(out, at, [0, 0, TYPE_A, 0, 1, ...OPT]);
  if (query.subnet === undefined) return put(out, at, [0, 0]) - start;
  return put(out, at, [0, CLIENT_SUBNET.length + 3, ...CLIENT_SUBNET, ...query.subnet]) - start;
}

function put(out: Buffer, at: number, octets: readonly number[]): number {
  for (const octet of octets) out[at++] = octet;
  return at;
}
