import { expect } from 'chai';
import fc from 'fast-check';
import { Exchange } from '../../src/answer/exchange.js';
import { Verdict } from '../../src/answer/limiter.js';
import { parseAddress, parsePrefix } from '../../src/config/address.js';
import { nestPrefixes } from '../../src/geo/prefix-builder.js';
import { Rrl, type RrlSetup } from '../../src/server/rrl.js';
import { makeRrlTable } from '../../src/server/rrl-table.js';
import { Counter, makeCounters } from '../../src/state/counters.js';

const START_MS = 1_800_000_000_000;

const counters = makeCounters();
const table = makeRrlTable();
const FIRST_BUCKET = 4096;

function makeRrl(setup: Partial<RrlSetup> = {}, allowed: readonly string[] = []): Rrl {
  const prefixes = allowed.map((text) => {
    const reading = parsePrefix(text);
    if (!reading.ok) throw new Error(`no prefix ${text}`);
    return reading.prefix;
  });
  const allow = nestPrefixes(prefixes, () => 1);
  const rrl = new Rrl({ table, rate: 50, burst: 125, slip: 1, dryRun: false, allow, ...setup }, counters);
  rrl.nowMs = START_MS;
  return rrl;
}

const exchange = new Exchange();

function judge(rrl: Rrl, from: string | Uint8Array): Verdict {
  const octets = typeof from === 'string' ? parseAddress(from) : from;
  if (octets === undefined) throw new Error(`no address ${from.toString()}`);
  exchange.family = octets.length === 4 ? 4 : 6;
  exchange.address.set(octets);
  return rrl.judge(exchange);
}

/** How many of so many queries are answered in full. */
function answered(rrl: Rrl, from: (i: number) => string | Uint8Array, queries: number): number {
  let count = 0;
  for (let i = 0; i < queries; i++) if (judge(rrl, from(i)) === Verdict.ANSWER) count += 1;
  return count;
}

/** A random-looking but fixed address of a prefix of whole octets: `10.0` → 10.0.x.y. */
function within(prefix: readonly number[], i: number, length: number): Uint8Array {
  const rest = Array.from({ length: length - prefix.length }, (_, at) => {
    return ((i + 1) * 2_654_435_761 * (at + 1) + (i >> 3) * 40_503) >>> (at + 7);
  });
  return Uint8Array.from([...prefix, ...rest]);
}

describe('response rate limiting', () => {
  beforeEach(() => {
    counters.fill(0);
    table.fill(0, FIRST_BUCKET);
  });

  describe('one address', () => {
    for (const from of ['192.0.2.1', '2001:db8::1']) {
      it(`of ${from} has the burst, then nothing at the same moment`, () => {
        expect(answered(makeRrl(), () => from, 1000)).to.equal(125);
        expect(counters[Counter.rrlSlipped]).to.equal(875);
      });
    }

    it('has about the rate when it asks all the time, and the burst again when it was quiet', () => {
      const rrl = makeRrl();
      answered(rrl, () => '192.0.2.1', 1000);
      let count = 0;
      for (let ms = 10; ms <= 20_000; ms += 10) {
        rrl.nowMs = START_MS + ms;
        count += answered(rrl, () => '192.0.2.1', 10);
      }
      expect(count).to.be.within(950, 1050);
      rrl.nowMs = START_MS + 120_000;
      expect(answered(rrl, () => '192.0.2.1', 1000)).to.be.within(124, 125);
    });

    it('that asks less than the rate is never limited', () => {
      const rrl = makeRrl();
      let count = 0;
      for (let ms = 0; ms < 60_000; ms += 25) {
        rrl.nowMs = START_MS + ms;
        count += answered(rrl, () => '192.0.2.1', 1);
      }
      expect(count).to.equal(2400);
    });

    it('has burst and rate as configured', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 10 }), (rate, times) => {
          table.fill(0, FIRST_BUCKET);
          const burst = Math.ceil((rate * times) / 2);
          const rrl = makeRrl({ rate, burst });
          expect(answered(rrl, () => '192.0.2.1', burst + 50)).to.equal(burst);
          let count = 0;
          for (let ms = 50; ms <= 10_000; ms += 50) {
            rrl.nowMs = START_MS + ms;
            // As much as is there: up to the whole burst at once.
            while (judge(rrl, '192.0.2.1') === Verdict.ANSWER) count += 1;
          }
          // A whole response more or less at every look may be much where they are few.
          expect(count).to.be.within(
            rate * 10 * 0.85 - 1,
            rate * 10 * 1.02 + Math.min(200, (10 * rate) / burst),
          );
        }),
        { numRuns: 30 },
      );
    });

    it('does not limit others', () => {
      const rrl = makeRrl();
      answered(rrl, () => '192.0.2.1', 1000);
      expect(judge(rrl, '192.0.2.2')).to.equal(Verdict.ANSWER);
      expect(judge(rrl, '2001:db8::1')).to.equal(Verdict.ANSWER);
      // As IPv6, the octets of 192.0.2.1.
      expect(judge(rrl, 'c000:201::')).to.equal(Verdict.ANSWER);
    });
  });

  describe('prefixes have so many bursts', () => {
    const ROWS = [
      { prefix: '/24', octets: [192, 0, 2], length: 4, times: 32 },
      { prefix: '/32', octets: [32, 1, 13, 184], length: 16, times: 64 },
      { prefix: '/48', octets: [32, 1, 13, 184, 0, 1], length: 16, times: 4 },
      { prefix: '/56', octets: [32, 1, 13, 184, 0, 1, 0], length: 16, times: 3 },
      { prefix: '/64', octets: [32, 1, 13, 184, 0, 1, 0, 1], length: 16, times: 2 },
    ];
    for (const { prefix, octets, length, times } of ROWS) {
      it(`${prefix} of IPv${length === 4 ? 4 : 6}: ${times}`, () => {
        const queries = 3 * times * 125;
        expect(answered(makeRrl(), (i) => within(octets, i, length), queries)).to.equal(times * 125);
      });
    }

    it('/20 of IPv4: 256', () => {
      const from = (i: number) => Uint8Array.of(10, 7, 0xa0 | (i & 15), i >> 4);
      expect(answered(makeRrl(), from, 100_000)).to.be.within(256 * 125 - 1, 256 * 125 * 1.011);
    });

    it('/18 of IPv4: 768', () => {
      const from = (i: number) => Uint8Array.of(10, 7, 0x40 | (i & 63), i >> 6);
      // The first 16 of each /24 do not count.
      expect(answered(makeRrl(), from, 200_000)).to.be.within(768 * 125 - 1, 768 * 125 * 1.011);
      expect(judge(makeRrl(), '10.7.128.1')).to.equal(Verdict.ANSWER);
    });

    it('keep the rate of the widest prefix with the largest burst', () => {
      const rrl = makeRrl({ rate: 100_000, burst: 100_000 });
      // Few addresses would each have their own limit first.
      const from = (i: number) => Uint8Array.of(10, 7, i & 63, (i * 7) >> 6);
      expect(answered(rrl, from, 1_000_000)).to.equal(1_000_000);
    });
  });

  it('limits a flood from everywhere to none of those who ask', () => {
    const rrl = makeRrl();
    const flood = (i: number): Uint8Array => within([], i, 4);
    expect(answered(rrl, flood, 100_000)).to.equal(100_000);
    expect(judge(rrl, '192.0.2.1')).to.equal(Verdict.ANSWER);
  });

  it('keeps limiting a client through a flood of others that fills the table', () => {
    const rrl = makeRrl();
    answered(rrl, () => '192.0.2.1', 1000);
    answered(rrl, (i) => within([], i, 16), 300_000);
    expect(judge(rrl, '192.0.2.1')).to.equal(Verdict.SLIP);
  });

  describe('slip', () => {
    const ROWS = [
      { slip: 1, verdicts: [1, 1, 1, 1, 1, 1] },
      { slip: 2, verdicts: [2, 1, 2, 1, 2, 1] },
      { slip: 3, verdicts: [2, 2, 1, 2, 2, 1] },
      { slip: 0, verdicts: [2, 2, 2, 2, 2, 2] },
    ];
    for (const { slip, verdicts } of ROWS) {
      it(`${slip} gives ${verdicts.map((verdict) => (verdict === Verdict.SLIP ? 'short' : 'none')).join(', ')}`, () => {
        const rrl = makeRrl({ slip });
        answered(rrl, () => '192.0.2.1', 125);
        expect(verdicts.map(() => judge(rrl, '192.0.2.1'))).to.deep.equal(verdicts);
        const short = verdicts.filter((verdict) => verdict === Verdict.SLIP).length;
        expect(counters[Counter.rrlSlipped]).to.equal(short);
        expect(counters[Counter.rrlDropped]).to.equal(verdicts.length - short);
      });
    }
  });

  it('a dry run answers all, and counts what it would not', () => {
    expect(answered(makeRrl({ dryRun: true }), () => '192.0.2.1', 1000)).to.equal(1000);
    expect(counters[Counter.rrlDryRun]).to.equal(875);
    expect(counters[Counter.rrlSlipped]).to.equal(0);
  });

  describe('the allow list', () => {
    const rrl = (): Rrl => makeRrl({}, ['192.0.2.0/28', '2001:db8:5::/48']);
    const ROWS = [
      { from: '192.0.2.1', answered: 1000 },
      { from: '192.0.2.15', answered: 1000 },
      { from: '192.0.2.16', answered: 125 },
      { from: '2001:db8:5:1::1', answered: 1000 },
      { from: '2001:db8:6::1', answered: 125 },
    ];
    for (const row of ROWS) {
      it(`${row.answered === 1000 ? 'lets' : 'does not let'} ${row.from} pass`, () => {
        expect(answered(rrl(), () => row.from, 1000)).to.equal(row.answered);
      });
    }

    it('does not have its clients use up the limits of their neighbours', () => {
      const one = rrl();
      answered(one, () => '192.0.2.1', 100_000);
      // Of what the /24 had before its addresses were told apart, an eighth of a burst may have been this one's.
      expect(answered(one, () => '192.0.2.16', 1000)).to.be.within(108, 125);
    });
  });

  describe('threads', () => {
    it('share what a client asked', () => {
      const [one, other] = [makeRrl(), makeRrl()];
      let count = 0;
      for (let i = 0; i < 500; i++) {
        count += answered(one, () => '192.0.2.1', 1) + answered(other, () => '192.0.2.1', 1);
      }
      expect(count).to.equal(125);
    });

    it('that look at the clock at different moments let a load decay once', () => {
      const [one, other] = [makeRrl(), makeRrl()];
      answered(one, () => '192.0.2.1', 1000);
      let count = 0;
      for (let ms = 0; ms < 10_000; ms += 50) {
        one.nowMs = START_MS + ms + 50;
        count += answered(one, () => '192.0.2.1', 10);
        other.nowMs = START_MS + ms;
        count += answered(other, () => '192.0.2.1', 10);
      }
      expect(count).to.be.within(475, 525);
    });
  });

  describe('clocks', () => {
    it('set back do not free a client, and it is free again in the usual time', () => {
      const rrl = makeRrl();
      answered(rrl, () => '192.0.2.1', 1000);
      rrl.nowMs = START_MS - 3_600_000;
      expect(judge(rrl, '192.0.2.1')).to.equal(Verdict.SLIP);
      rrl.nowMs = START_MS - 3_600_000 + 60_000;
      expect(answered(rrl, () => '192.0.2.1', 1000)).to.be.within(124, 125);
    });

    it('set ahead free it', () => {
      const rrl = makeRrl();
      answered(rrl, () => '192.0.2.1', 1000);
      rrl.nowMs = START_MS + 30 * 24 * 3_600_000;
      expect(answered(rrl, () => '192.0.2.1', 1000)).to.equal(125);
    });
  });

  it('takes any address at any time without harm', () => {
    const rrl = makeRrl({ burst: 1, rate: 1 });
    const address = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(address, fc.double({ min: 0, max: 2 ** 45, noNaN: true }), (from, nowMs) => {
        rrl.nowMs = nowMs;
        expect(judge(rrl, from)).to.be.within(0, 2);
      }),
    );
    expect(table.subarray(FIRST_BUCKET).every((word) => Number.isInteger(word))).to.equal(true);
  });
});
