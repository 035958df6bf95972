import fc from 'fast-check';

export const octets = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength, maxLength });
const string = octets(0, 255).map((value) => [value.length, ...value]);
const name = fc
  .array(octets(1, 20), { maxLength: 5 })
  .map((labels) => [...labels.flatMap((label) => [label.length, ...label]), 0]);
const u = (count: number): fc.Arbitrary<number[]> => octets(count, count);
const join = (...parts: fc.Arbitrary<number[]>[]): fc.Arbitrary<number[]> =>
  fc.tuple(...parts).map((values) => values.flat());
const alnum = fc.stringMatching(/^[a-z0-9]{1,20}$/).map((text) => [text.length, ...Buffer.from(text)]);
const params = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 9, max: 65535 }), octets(0, 20)), {
    selector: ([key]) => key,
    maxLength: 4,
  })
  .map((list) =>
    list
      .toSorted(([a], [b]) => a - b)
      .flatMap(([key, value]) => [key >> 8, key & 255, 0, value.length, ...value]),
  );
const length = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }))
  .map(([a, b]) => [(a << 4) | b]);
const angle = (degrees: number): fc.Arbitrary<number[]> =>
  fc.integer({ min: -degrees * 3_600_000, max: degrees * 3_600_000 }).map((value) => {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(2 ** 31 + value);
    return [...out];
  });

/** RDATA of each type, any that is well formed. */
export const WELL_FORMED: Readonly<Record<string, fc.Arbitrary<number[]>>> = {
  A: u(4),
  AAAA: u(16),
  NS: name,
  CNAME: name,
  DNAME: name,
  PTR: name,
  SOA: join(name, name, u(20)),
  HINFO: join(string, string),
  MX: join(u(2), name),
  TXT: fc.array(string, { minLength: 1, maxLength: 4 }).map((list) => list.flat()),
  SPF: string,
  SRV: join(u(6), name),
  NAPTR: join(u(4), string, string, string, name),
  DS: join(u(2), fc.constant([8, 200]), octets(1, 40)),
  SSHFP: join(fc.constant([4, 9]), octets(1, 40)),
  TLSA: join(u(3), octets(1, 40)),
  OPENPGPKEY: octets(1, 60),
  CAA: join(u(1), alnum, octets(0, 60)),
  URI: join(u(4), octets(0, 60)),
  LOC: join(fc.constant([0]), length, length, length, angle(90), angle(180), u(4)),
  SVCB: join(fc.constant([0, 1]), name, params),
  HTTPS: join(fc.constant([1, 1]), name, params),
};
