import { expect } from 'chai';
import fc from 'fast-check';
import { holdersOf } from '../../src/cluster/rendezvous.js';

const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { minLength: 1, maxLength: 12 });
const probe = fc.stringMatching(/^[0-9a-f]{12}$/);
const all = (): boolean => true;

describe('cluster/rendezvous', () => {
  it('chooses as many as are wanted, the same whatever the order', () => {
    fc.assert(
      fc.property(names, probe, fc.integer({ min: 1, max: 5 }), (instances, of, count) => {
        const holders = holdersOf(of, instances, count, all);
        expect(new Set(holders).size).to.equal(Math.min(count, instances.length));
        expect(holdersOf(of, [...instances].reverse(), count, all).sort()).to.deep.equal(holders.sort());
      }),
    );
  });

  it('leaves the others where they are when one goes', () => {
    fc.assert(
      fc.property(names, probe, fc.integer({ min: 1, max: 5 }), fc.nat(), (instances, of, count, at) => {
        const gone = instances[at % instances.length] as string;
        const before = holdersOf(of, instances, count, all);
        const after = holdersOf(
          of,
          instances.filter((name) => name !== gone),
          count,
          all,
        );
        for (const holder of before) if (holder !== gone) expect(after).to.include(holder);
      }),
    );
  });

  it("takes another in for each that can't make the probe, which goes on trying", () => {
    const instances = ['a', 'b', 'c', 'd'];
    const [one, two] = holdersOf('0123456789ab', instances, 2, all) as [string, string];
    const holders = holdersOf('0123456789ab', instances, 2, (name) => name !== one);
    expect(holders).to.have.length(3).and.to.include.members([one, two]);
    expect(holdersOf('0123456789ab', instances, 2, () => false)).to.have.members(instances);
  });

  it('spreads 10,000 probes over 5 instances within a tenth', () => {
    const instances = ['ams1', 'fra1', 'fra2', 'nyc1', 'sin1'];
    const counts = new Map(instances.map((name) => [name, 0]));
    for (let i = 0; i < 10_000; i++) {
      for (const name of holdersOf(i.toString(16).padStart(12, '0'), instances, 2, all))
        counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(count).to.be.within(3600, 4400);
  });
});
