import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { Counter } from '../../src/state/counters.js';
import { fuzzRound } from './fuzz-round.js';

/** A short run; `npm run fuzz` has the long one. */
const MESSAGES = 3000;

describe('hostile messages', () => {
  for (const seed of [1, randomInt(2 ** 31)]) {
    it(`are answered as the RFCs say, or counted and dropped (npm run fuzz -- --seed ${seed} --messages ${MESSAGES})`, async () => {
      const { failure, counters } = await fuzzRound(seed, MESSAGES);
      expect(failure).to.equal(undefined);
      // What was sent reaches every end that there is.
      for (const counter of [
        Counter.short,
        Counter.notQuery,
        Counter.formErr,
        Counter.notImp,
        Counter.badVers,
        Counter.refused,
        Counter.nxDomain,
        Counter.noData,
        Counter.referrals,
        Counter.truncated,
        Counter.steered,
        Counter.ecs,
        Counter.rrlSlipped,
        Counter.rrlDropped,
        Counter.cookiesValid,
      ]) {
        expect(counters[counter], `counter ${counter}`).to.be.greaterThan(0);
      }
    });
  }
});
