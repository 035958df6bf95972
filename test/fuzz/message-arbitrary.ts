import fc from 'fast-check';
import { algorithmName } from '../../src/transfer/tsig-key.js';
import { opt } from './edns-arbitraries.js';
import { FUZZ_NOW, KEYS, soaOf } from './fuzzed-server.js';
import {
  be16,
  bytes,
  joined,
  lengthened,
  mostly,
  name,
  type Octets,
  owner,
  u16,
} from './octet-arbitraries.js';

const TYPES = [1, 2, 5, 6, 15, 16, 28, 33, 39, 41, 43, 65, 249, 250, 251, 252, 253, 254, 255, 0, 46, 65280];

const type: Octets = mostly(fc.constantFrom(...TYPES).map(be16), u16);
const inClass: Octets = mostly(fc.constant(be16(1)), fc.constantFrom(0, 3, 4, 254, 255, 65535).map(be16));

const question: Octets = joined(name, type, inClass);

const rdata: Octets = fc.oneof(bytes(20), name, fc.constant(soaOf(6)[0]), fc.constant(soaOf(8)[0]));

const record: Octets = joined(
  owner,
  type,
  inClass,
  bytes(0),
  fc.nat().map((ttl) => Buffer.concat([be16(ttl >>> 16), be16(ttl)])),
  lengthened(rdata),
);

/** RFC 8945 §4.2, with a MAC that is none. */
const tsig: Octets = joined(
  fc.oneof(fc.constantFrom(...KEYS.map((key) => key.name)), name),
  fc.constant(be16(250)),
  mostly(fc.constant(be16(255)), u16),
  mostly(fc.constant(new Uint8Array(4)), fc.uint8Array({ minLength: 4, maxLength: 4 })),
  lengthened(
    joined(
      fc.oneof(fc.constantFrom(...KEYS.map((key) => algorithmName(key.algorithm))), name),
      fc
        .constantFrom(0, FUZZ_NOW, FUZZ_NOW + 400)
        .map((time) => Buffer.concat([be16(0), be16(time >>> 16), be16(time)])),
      u16,
      lengthened(fc.oneof(bytes(70), fc.constant(new Uint8Array(32)))),
      u16,
      u16,
      lengthened(bytes(8)),
    ),
  ),
);

/** Flags, opcode and RCODE: mostly a query's. */
const flags: Octets = fc
  .record({
    response: mostly(fc.constant(0), fc.constant(0x8000), 20),
    opcode: mostly(fc.constant(0), fc.constantFrom(1, 2, 3, 4, 4, 4, 5, 6, 15), 6),
    others: fc.constantFrom(0, 0x0100, 0x0110, 0x07ff),
  })
  .map(({ response, opcode, others }) => be16(response | (opcode << 11) | others));

/** So many of a section, and the count that the header says there are: now and then a lie. */
function section(
  item: Octets,
  usual: number,
  max: number,
): fc.Arbitrary<readonly [count: number, Uint8Array]> {
  return fc
    .tuple(
      mostly(fc.array(item, { minLength: usual, maxLength: usual }), fc.array(item, { maxLength: max }), 20),
      mostly(fc.constant(0), fc.constantFrom(-1, 1, 2, 255, 65535), 30),
    )
    .map(([items, lie]) => [Math.max(0, items.length + lie) & 0xffff, Buffer.concat(items)] as const);
}

const additional: fc.Arbitrary<readonly [count: number, Uint8Array]> = fc
  .tuple(
    section(record, 0, 2),
    mostly(section(opt, 1, 1), section(opt, 2, 3), 15),
    mostly(section(tsig, 0, 0), section(tsig, 1, 2)),
    mostly(fc.constant(false), fc.constant(true)),
  )
  .map(([others, opts, tsigs, before]) => {
    const parts = before ? [opts, others, tsigs] : [others, opts, tsigs];
    const count = parts.reduce((sum, part) => sum + part[0], 0);
    return [count & 0xffff, Buffer.concat(parts.map((part) => part[1]))] as const;
  });

/** A message by its structure, each part of which may be wrong. */
export const structured: Octets = fc
  .record({
    id: u16,
    flags,
    sections: fc.tuple(section(question, 1, 3), section(record, 0, 2), section(record, 0, 2), additional),
    trailing: mostly(fc.constant(new Uint8Array(0)), bytes(30), 30),
    cut: mostly(fc.constant(0), fc.nat(60), 20),
  })
  .map(({ id, flags, sections, trailing, cut }) => {
    const header = [id, flags, ...sections.map(([count]) => be16(count))];
    const whole = Buffer.concat([...header, ...sections.map(([, octets]) => octets), trailing]);
    return whole.subarray(0, Math.max(0, whole.length - cut));
  });
