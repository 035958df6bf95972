import { expect } from 'chai';
import fc from 'fast-check';
import { Thresholds } from '../../src/health/thresholds.js';
import { Health } from '../../src/state/member-states.js';

describe('health/thresholds', () => {
  // Results: P passed, F failed. Health after each: ? unknown, U up, D down.
  const rows = [
    { name: 'the first success decides at once', rise: 5, fall: 3, results: 'P', health: 'U' },
    { name: 'the first failure decides at once', rise: 2, fall: 3, results: 'F', health: 'D' },
    { name: 'goes down with the last of fall failures', rise: 2, fall: 3, results: 'PFFF', health: 'UUUD' },
    { name: 'goes down at once with fall 1', rise: 1, fall: 1, results: 'PFP', health: 'UDU' },
    {
      name: 'comes up with the last of rise successes in a row',
      rise: 3,
      fall: 3,
      results: 'FPPP',
      health: 'DDDU',
    },
    { name: 'a failure on the way up starts anew', rise: 2, fall: 3, results: 'FPFPP', health: 'DDDDU' },
    {
      name: 'a single success takes no failure back, so that a member that fails every second probe goes down',
      rise: 2,
      fall: 3,
      results: 'PFPFPF',
      health: 'UUUUUD',
    },
    {
      name: 'rise successes in a row take all failures back',
      rise: 2,
      fall: 3,
      results: 'PFFPPFFF',
      health: 'UUUUUUUD',
    },
    {
      name: 'successes count anew after coming up',
      rise: 2,
      fall: 2,
      results: 'FPPFPFP',
      health: 'DDUUUDD',
    },
  ];
  for (const { name, rise, fall, results, health } of rows) {
    it(name, () => {
      const thresholds = new Thresholds(rise, fall);
      const seen = [...results].map((result) => {
        thresholds.count(result === 'P');
        return '?UD'[thresholds.health];
      });
      expect(seen.join('')).to.equal(health);
    });
  }

  it('takes a remembered state by the thresholds, not by the first result', () => {
    const up = new Thresholds(2, 3, Health.UP);
    up.count(false);
    expect(up.health).to.equal(Health.UP);
    const down = new Thresholds(2, 3, Health.DOWN);
    down.count(true);
    expect(down.health).to.equal(Health.DOWN);
    down.count(true);
    expect(down.health).to.equal(Health.UP);
  });

  it('never changes sooner than resultsToChange says, and does so when all go the other way', () => {
    const input = [
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.boolean()),
    ] as const;
    fc.assert(
      fc.property(...input, (rise, fall, results) => {
        const thresholds = new Thresholds(rise, fall);
        for (const result of results) {
          const before = thresholds.health;
          const left = thresholds.resultsToChange();
          thresholds.count(result);
          if (before !== Health.UNKNOWN && thresholds.health !== before) expect(left).to.equal(1);
        }
        const { health } = thresholds;
        for (let left = thresholds.resultsToChange(); left > 0; left--) {
          expect(thresholds.health).to.equal(health);
          thresholds.count(health === Health.DOWN);
        }
        if (health !== Health.UNKNOWN) expect(thresholds.health).to.not.equal(health);
      }),
    );
  });
});
