import { expect } from 'chai';
import fc from 'fast-check';
import { decide, type Quorum, type Vote } from '../../src/cluster/quorum.js';

/** `u3 d1`: up for three more results, down for one. */
function votes(text: string): Vote[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ health: word[0] === 'u' ? 'up' : 'down', resultsToChange: Number(word.slice(1)) }));
}

describe('cluster/quorum', () => {
  const rows: { name: string; quorum: Quorum; votes: string; verdict: string | undefined }[] = [
    { name: 'nobody knows anything', quorum: 'majority', votes: '', verdict: undefined },
    { name: 'one vote decides alone', quorum: 'majority', votes: 'd2', verdict: 'd2' },
    { name: 'one of three is wrong', quorum: 'majority', votes: 'u3 d1 u3', verdict: 'u3' },
    {
      name: 'two of three are down: one that changes is enough',
      quorum: 'majority',
      votes: 'd2 d1 u3',
      verdict: 'd1',
    },
    { name: 'a tie is up', quorum: 'majority', votes: 'u3 d1', verdict: 'u3' },
    { name: 'both of two are up: both have to change', quorum: 'majority', votes: 'u3 u1', verdict: 'u3' },
    {
      name: 'three of three are up: two have to change',
      quorum: 'majority',
      votes: 'u3 u1 u2',
      verdict: 'u2',
    },
    { name: 'any: one is enough', quorum: 'any', votes: 'd1 d1 u1', verdict: 'u1' },
    { name: 'any: all have to be down', quorum: 'any', votes: 'd4 d2 d3', verdict: 'd2' },
    { name: 'any: all have to change', quorum: 'any', votes: 'u4 u2 d3', verdict: 'u4' },
    { name: 'two: two of four', quorum: 2, votes: 'd1 u2 u3 d1', verdict: 'u2' },
    { name: 'two: one of four', quorum: 2, votes: 'd1 d2 u3 d3', verdict: 'd1' },
    { name: 'three, but only two vote: both are wanted', quorum: 3, votes: 'u1 d2', verdict: 'd2' },
    { name: 'three, but only two vote: both are up', quorum: 3, votes: 'u1 u2', verdict: 'u1' },
  ];
  for (const { name, quorum, votes: text, verdict } of rows) {
    it(name, () => {
      const [wanted] = verdict === undefined ? [undefined] : votes(verdict);
      expect(decide(quorum, votes(text))).to.deep.equal(wanted);
    });
  }

  const anyVote = fc.record({
    health: fc.constantFrom('up' as const, 'down' as const),
    resultsToChange: fc.integer({ min: 0, max: 9 }),
  });
  const anyQuorum = fc.oneof(
    fc.constantFrom('any' as const, 'majority' as const),
    fc.integer({ min: 1, max: 9 }),
  );

  it('is the same in whatever order votes come', () => {
    fc.assert(
      fc.property(anyQuorum, fc.array(anyVote, { maxLength: 9 }), (quorum, list) => {
        expect(decide(quorum, [...list].reverse())).to.deep.equal(decide(quorum, list));
      }),
    );
  });

  it('never goes down by a vote more for up, nor up by one more for down', () => {
    fc.assert(
      fc.property(
        anyQuorum,
        fc.array(anyVote, { minLength: 1, maxLength: 9 }),
        fc.nat(),
        (quorum, list, at) => {
          const i = at % list.length;
          const turned = (health: 'up' | 'down') => list.with(i, { health, resultsToChange: 1 });
          if (decide(quorum, list)?.health === 'up')
            expect(decide(quorum, turned('up'))?.health).to.equal('up');
          else expect(decide(quorum, turned('down'))?.health).to.equal('down');
        },
      ),
    );
  });

  it('by a majority of three or more one vote never changes what all others agree on', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('up' as const, 'down' as const),
        fc.integer({ min: 2, max: 9 }),
        anyVote,
        (health, count, odd) => {
          const others = Array.from({ length: count }, () => ({ health, resultsToChange: 1 }));
          expect(decide('majority', [...others, odd])?.health).to.equal(health);
        },
      ),
    );
  });

  it('holds for as many results as it says: no vote that needs more has changed by then', () => {
    fc.assert(
      fc.property(anyQuorum, fc.array(anyVote, { minLength: 1, maxLength: 9 }), (quorum, list) => {
        const verdict = decide(quorum, list) as Vote;
        const later = list.map(({ health, resultsToChange }) => ({
          health:
            resultsToChange < verdict.resultsToChange
              ? health === 'up'
                ? ('down' as const)
                : ('up' as const)
              : health,
          resultsToChange: 1,
        }));
        // Those that turn the other way can only help what holds.
        const worst = list.map((vote, i) => (vote.health === verdict.health ? (later[i] as Vote) : vote));
        expect(decide(quorum, worst)?.health).to.equal(verdict.health);
      }),
    );
  });
});
