import fc from 'fast-check';
import { be16, bytes, joined, lengthened, mostly, name, type Octets, u16 } from './octet-arbitraries.js';

/** RFC 7871 §6, with an ADDRESS that may be too short or too long, bits past the prefix, SCOPE, families nobody has. */
const clientSubnet: Octets = fc
  .record({
    family: mostly(fc.constantFrom(1, 2), fc.nat(4), 20),
    source: mostly(fc.constantFrom(0, 8, 24, 32, 56), fc.nat(255), 12),
    scope: mostly(fc.constant(0), fc.nat(255), 20),
    places: fc.constantFrom('c00002', 'cb0071', 'cb007180', '20010db800000000', 'ffffffffff'),
    lie: mostly(fc.constant(0), fc.integer({ min: -2, max: 2 }), 20),
    clean: mostly(fc.constant(true), fc.constant(false), 20),
  })
  .map(({ family, source, scope, places, lie, clean }) => {
    const octets = Math.max(0, Math.ceil(source / 8) + lie);
    const address = Buffer.alloc(octets);
    Buffer.from(places, 'hex').copy(address);
    if (clean && octets > 0 && source % 8 > 0)
      address[octets - 1] = (address[octets - 1] ?? 0) & (0xff00 >>> (source % 8));
    return Buffer.concat([be16(family), Uint8Array.of(source, scope), address]);
  });

/** COOKIE of each length there may be, and of those that may not. */
const cookie: Octets = mostly(
  fc.constantFrom(8, 24, 16, 40).chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  bytes(48),
  10,
);

const option: Octets = fc.oneof(
  joined(fc.constant(be16(8)), lengthened(clientSubnet)),
  joined(fc.constant(be16(10)), lengthened(cookie)),
  joined(fc.constant(be16(3)), lengthened(bytes(4))),
  // edns-tcp-keepalive, padding, and what nobody knows.
  joined(fc.constantFrom(11, 12, 15, 65001).map(be16), lengthened(bytes(40))),
);

const options: Octets = fc
  .tuple(
    mostly(fc.array(option, { maxLength: 2 }), fc.array(option, { maxLength: 5 })),
    mostly(fc.constant(0), fc.integer({ min: 1, max: 6 }), 15),
  )
  // Cut short.
  .map(([all, cut]) => {
    const whole = Buffer.concat(all);
    return whole.subarray(0, Math.max(0, whole.length - cut));
  });

export const opt: Octets = joined(
  mostly(fc.constant(Uint8Array.of(0)), name, 25),
  fc.constant(be16(41)),
  mostly(fc.constantFrom(1232, 4096, 512, 0, 511, 513, 65535).map(be16), u16),
  fc
    .tuple(mostly(fc.constant(0), fc.nat(255)), mostly(fc.constant(0), fc.nat(255), 15))
    .map((two) => Uint8Array.from(two)),
  fc.constantFrom(0, 0x8000, 0xffff).map(be16),
  lengthened(options),
);
