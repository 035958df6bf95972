import { expect } from 'chai';
import fc from 'fast-check';
import { isLaterSerial, nextSerial } from '../../src/zonefile/serial.js';
import { digestZone } from '../../src/zonefile/zone-digest.js';
import { loadGood } from './load-text.js';

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('zonefile/serial', () => {
  it('is the time for a zone that is new', () =>
    expect(nextSerial(undefined, 'a', 1_700_000_000)).to.equal(1_700_000_000));
  it('stays while the zone does', () => {
    expect(nextSerial({ serial: 7, digest: 'a' }, 'a', 1_700_000_000)).to.equal(7);
  });
  it('becomes the time with a change', () => {
    expect(nextSerial({ serial: 1_600_000_000, digest: 'a' }, 'b', 1_700_000_000)).to.equal(1_700_000_000);
  });
  it('rises by one where the time is not later', () => {
    expect(nextSerial({ serial: 1_700_000_000, digest: 'a' }, 'b', 1_700_000_000)).to.equal(1_700_000_001);
    expect(nextSerial({ serial: 2_026_010_101, digest: 'a' }, 'b', 1_700_000_000)).to.equal(2_026_010_102);
  });
  it('goes past 2³² − 1 to 0 (RFC 1982)', () => {
    expect(nextSerial({ serial: 2 ** 32 - 1, digest: 'a' }, 'b', 4_000_000_000)).to.equal(0);
  });

  it('never goes back', () => {
    fc.assert(
      fc.property(uint32, uint32, (serial, now) => {
        expect(isLaterSerial(nextSerial({ serial, digest: 'a' }, 'b', now), serial)).to.equal(true);
      }),
    );
  });

  describe('the digest', () => {
    const base = 'a: {type: A, values: [192.0.2.1, 192.0.2.2]}\nb: {type: GSLB, service: web}\n';
    const digest = (text: string): string => digestZone(loadGood(text));

    it('is the same for the same records in another order and form', () => {
      const other =
        '# comment\nb:\n  type: GSLB\n  service: web\nA:\n  type: A\n  value: [192.0.2.2, 192.0.2.1]\n';
      expect(digest(other)).to.equal(digest(base));
    });

    const changes: readonly [string, string][] = [
      ['a value', base.replace('192.0.2.2', '192.0.2.3')],
      ['a ttl', base.replace('type: A,', 'type: A, ttl: 60,')],
      ['a name', base.replace('b:', 'c:')],
      ['a service', base.replace('web', 'mail')],
      ['a record more', `${base}c: {type: ALIAS, value: x.}\n`],
      [
        'an SOA with other numbers',
        `${base}'': {type: SOA, value: {mname: example.com., serial: auto, minimum: 60}}\n`,
      ],
      [
        'a URLFWD',
        `${base}c: {type: URLFWD, value: {path: /, target: "https://a.example/", code: 301, masking: 0, query: 0}}\n`,
      ],
    ];
    for (const [name, text] of changes)
      it(`changes with ${name}`, () => expect(digest(text)).to.not.equal(digest(base)));

    it('does not count an automatic serial, but one that is given', () => {
      const soa = (serial: string): string =>
        digest(`'': {type: SOA, value: {mname: ns1, serial: ${serial}}}\n`);
      const zone = loadGood("'': {type: SOA, value: {mname: ns1, serial: 5}}\n");
      expect(soa('1')).to.not.equal(soa('2'));
      expect(digestZone({ ...zone, serialAuto: true })).to.equal(soa('auto'));
    });

    it('changes with what steers, not with where it is written', () => {
      const dynamic = (weight: number): string =>
        `x: {type: A, value: 192.0.2.9, dynamic: {pools: {a: {values: [{value: 192.0.2.1, weight: ${weight}}, {value: 192.0.2.2}]}}, rules: [{pool: a}]}}\n`;
      expect(digest(dynamic(1))).to.not.equal(digest(dynamic(2)));
      expect(digest(`# moved\n\n${dynamic(1)}`)).to.equal(digest(dynamic(1)));
    });
  });
});
