import { expect } from 'chai';
import fc from 'fast-check';
import { Want } from '../../src/steer/decide.js';
import { networkClient, Stage, stageOf, tally, weightsArbitrary } from './support.js';

for (const scheduler of ['sh', 'mh'] as const) {
  describe(scheduler, () => {
    const CLIENTS = 4000;
    const clients = Array.from({ length: CLIENTS }, (_, i) => networkClient(i));
    const assign = (stage: Stage): string[] => clients.map((client) => stage.pick(client));

    it('sends a client to the same member again, also after a restart', () => {
      const stage = stageOf(scheduler, [5, 3, 2]);
      expect(assign(stage)).to.deep.equal(assign(stage));
      expect(assign(stageOf(scheduler, [5, 3, 2]))).to.deep.equal(assign(stage));
    });

    it('shares clients out in proportion to weights', () => {
      const weights = [50, 30, 15, 5];
      const counts = tally(assign(stageOf(scheduler, weights)));
      weights.forEach((weight, i) => {
        const expected = (CLIENTS * weight) / 100;
        // Five standard deviations of a binomial distribution.
        const slack = 5 * Math.sqrt(expected * (1 - weight / 100));
        expect(counts[`m${i}`]).to.be.within(expected - slack, expected + slack);
      });
    });

    it('moves only the clients of members that are gone, however many go', () => {
      fc.assert(
        fc.property(weightsArbitrary, fc.shuffledSubarray([0, 1, 2, 3, 4, 5]), (weights, order) => {
          const stage = stageOf(scheduler, weights);
          let assigned = assign(stage);
          const gone = order.filter((i) => i < weights.length).slice(0, weights.length - 1);
          const dead = new Set<string>();
          for (const i of gone) {
            stage.down(`m${i}`);
            dead.add(`m${i}`);
            const next = assign(stage);
            next.forEach((member, c) => {
              expect(dead.has(member)).to.equal(false);
              if (!dead.has(assigned[c] ?? '')) expect(member).to.equal(assigned[c]);
            });
            assigned = next;
          }
        }),
        { numRuns: 10 },
      );
    });

    it('moves few clients of the others when a member is taken out of the file, at most 3 %', () => {
      for (const size of [2, 5, 10]) {
        const names = Array.from({ length: size }, (_, i) => `m${i}`);
        const before = assign(
          stageOf(
            scheduler,
            names.map(() => 1),
          ),
        );
        const members = Object.fromEntries(
          names
            .slice(1)
            .reverse()
            .map((name) => [name, 1]),
        );
        const after = assign(new Stage({ pools: { main: { scheduler, members } } }));
        const moved = before.filter((member, c) => member !== 'm0' && member !== after[c]);
        expect(moved.length / CLIENTS).to.be.at.most(0.03);
        const share = before.filter((member) => member === 'm0').length / CLIENTS;
        expect(share).to.be.closeTo(1 / size, 0.05);
      }
    });

    it('sends a dual-stack member the same clients by A and by AAAA', () => {
      const stage = new Stage({
        members: { v4only: { addresses: ['192.0.2.77'] } },
        pools: { main: { scheduler, members: { v4only: 1, m1: 1, m2: 1 } } },
      });
      for (const client of clients.slice(0, 300)) {
        const [a, aaaa] = [stage.pick(client, Want.A), stage.pick(client, Want.AAAA)];
        if (a !== 'v4only') expect(aaaa).to.equal(a);
        else expect(aaaa).to.be.oneOf(['m1', 'm2']);
      }
    });

    it('serves members of weight 0 when no other is left', () => {
      const stage = stageOf(scheduler, [1, 0, 0]);
      expect(tally(assign(stage))).to.deep.equal({ m0: CLIENTS });
      stage.down('m0');
      expect(tally(assign(stage))).to.have.all.keys('m1', 'm2');
    });

    it('names different members behind the first when an answer holds more', () => {
      const stage = stageOf(scheduler, [1, 2, 3, 4], 3);
      for (const client of clients.slice(0, 100)) {
        const { members } = stage.decide(client);
        expect(new Set(members).size).to.equal(3);
        expect(stage.decide(client).members).to.deep.equal(members);
      }
    });
  });
}
