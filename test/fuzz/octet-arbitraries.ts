import fc from 'fast-check';
import { parseName } from '../../src/wire/name.js';
import { NAMES } from './fuzzed-server.js';

export type Octets = fc.Arbitrary<Uint8Array>;

export function be16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

export function joined(...parts: readonly Octets[]): Octets {
  return fc.tuple(...parts).map((all) => Buffer.concat(all));
}

/** Octets after their length, which now and then is not theirs. */
export function lengthened(octets: Octets, max = 0xffff): Octets {
  return fc
    .tuple(octets, mostly(fc.constant(0), fc.integer({ min: -20, max: 20 }), 30))
    .map(([data, lie]) => {
      const length = Math.min(max, Math.max(0, data.length + lie));
      return Buffer.concat([max > 0xff ? be16(length) : Uint8Array.of(length), data]);
    });
}

/** `usual` but one time in so many. */
export function mostly<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, oneIn = 10): fc.Arbitrary<T> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: usual }, { weight: 1, arbitrary: other });
}

export const u16: Octets = fc.nat(0xffff).map(be16);

export const bytes = (maxLength: number): Octets => fc.uint8Array({ maxLength });

const served: Octets = fc.constantFrom(...NAMES.map((name) => parseName(name)));

/** One or two labels below a name that is served. */
const below: Octets = fc
  .tuple(fc.constantFrom('*', 'nx', '_tcp', 'a', 'www', 'sub', '\u0000', 'x'.repeat(63)), served)
  .map(([label, name]) => Buffer.concat([Uint8Array.of(label.length), Buffer.from(label), name]));

/** Labels of any octets, which may be more than a name may have (RFC 1035 §2.3.4). */
const anyLabels: Octets = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 8 })
  .map((labels) =>
    Buffer.concat([...labels.flatMap((label) => [Uint8Array.of(label.length), label]), Uint8Array.of(0)]),
  );

const tooLong: Octets = fc
  .integer({ min: 110, max: 200 })
  .map((labels) =>
    Buffer.concat([...Array.from({ length: labels }, () => Uint8Array.of(1, 0x61)), Uint8Array.of(0)]),
  );

/** To itself, to the question, into the header, past the end (RFC 1035 §4.1.4). */
const pointer: Octets = fc
  .constantFrom(12, 13, 0, 2, 11, 14, 29, 30, 60, 100, 600, 0x3fff)
  .map((to) => be16(0xc000 | to));

const broken: Octets = fc.oneof(
  pointer,
  joined(anyLabels, pointer),
  anyLabels.map((name) => name.subarray(0, name.length - 1)),
  // Label types that nobody has (RFC 6891 §5).
  fc.constantFrom(0x40, 0x41, 0x80, 0xbf).map((type) => Uint8Array.of(3, 119, 119, 119, type, 0)),
  tooLong,
);

export const name: Octets = fc.oneof(
  { weight: 16, arbitrary: served },
  { weight: 4, arbitrary: below },
  { weight: 1, arbitrary: anyLabels },
  { weight: 1, arbitrary: broken },
);

/** An owner in a section behind the question: mostly a pointer to it. */
export const owner: Octets = fc.oneof(fc.constant(be16(0xc00c)), name);
