import { expect } from 'chai';
import fc from 'fast-check';
import { Want } from '../../src/steer/decide.js';
import { Stage, stageOf, tally, weightsArbitrary } from './support.js';

function sum(weights: readonly number[]): number {
  return weights.reduce((total, weight) => total + weight, 0);
}

/** Members and their weights as a tally. */
function shares(
  weights: readonly number[],
  live: (index: number) => boolean = () => true,
): Record<string, number> {
  return Object.fromEntries(
    weights.flatMap((weight, i) => (live(i) && weight > 0 ? [[`m${i}`, weight]] : [])),
  );
}

describe('wrr', () => {
  it('is exact over every Σw decisions in a row, wherever they begin', () => {
    fc.assert(
      fc.property(weightsArbitrary, fc.nat(200), (weights, start) => {
        const stage = stageOf('wrr', weights);
        stage.picks(start);
        expect(tally(stage.picks(sum(weights)))).to.deep.equal(shares(weights));
      }),
    );
  });

  it('is exact again as soon as members leave and when they come back', () => {
    fc.assert(
      fc.property(weightsArbitrary, fc.nat(40), fc.nat(40), fc.nat(), (weights, before, between, which) => {
        const stage = stageOf('wrr', weights);
        const gone = which % weights.length;
        stage.picks(before);
        stage.down(`m${gone}`);
        stage.picks(between);
        const rest = shares(weights, (i) => i !== gone);
        expect(tally(stage.picks(sum(Object.values(rest))))).to.deep.equal(rest);
        stage.up(`m${gone}`);
        expect(tally(stage.picks(sum(weights)))).to.deep.equal(shares(weights));
      }),
    );
  });

  it('spreads a heavy member out instead of choosing it many times in a row', () => {
    expect(stageOf('wrr', [5, 1, 1]).picks(7)).to.deep.equal(['m0', 'm0', 'm1', 'm0', 'm2', 'm0', 'm0']);
  });

  it('keeps the turns of A and AAAA apart, so that clients that ask for both see every member', () => {
    const stage = stageOf('wrr', [1, 1]);
    const asked = Array.from({ length: 4 }, () => [
      stage.pick(undefined, Want.A),
      stage.pick(undefined, Want.AAAA),
    ]);
    expect(tally(asked.map(([a]) => a ?? ''))).to.deep.equal({ m0: 2, m1: 2 });
    expect(tally(asked.map(([, aaaa]) => aaaa ?? ''))).to.deep.equal({ m0: 2, m1: 2 });
  });

  it('shares alike among members of weight 0 when nobody else is left', () => {
    const stage = stageOf('wrr', [3, 0, 0]);
    stage.down('m0');
    expect(tally(stage.picks(10))).to.deep.equal({ m1: 5, m2: 5 });
  });

  it('holds the largest weights', () => {
    const stage = stageOf('wrr', [65535, 65535, 65535]);
    expect(tally(stage.picks(300))).to.deep.equal({ m0: 100, m1: 100, m2: 100 });
  });

  it('names the next in turn behind the first when an answer holds more', () => {
    const stage = stageOf('wrr', [4, 2, 1], 2);
    const answers = Array.from({ length: 7 }, () => stage.decide().members);
    expect(tally(answers.map(([first]) => first ?? ''))).to.deep.equal({ m0: 4, m1: 2, m2: 1 });
    for (const members of answers) expect(new Set(members).size).to.equal(2);
  });
});

describe('rr', () => {
  it('chooses every live member equally often, whatever the weights', () => {
    fc.assert(
      fc.property(weightsArbitrary, fc.nat(50), fc.nat(), (weights, start, which) => {
        const stage = stageOf('rr', weights);
        const gone = which % weights.length;
        stage.picks(start);
        stage.down(`m${gone}`);
        const live = weights.map((_, i) => `m${i}`).filter((name) => name !== `m${gone}`);
        const counts = tally(stage.picks(live.length * 3));
        expect(counts).to.deep.equal(Object.fromEntries(live.map((name) => [name, 3])));
      }),
    );
  });

  it('turns the whole order when an answer holds several', () => {
    const stage = stageOf('rr', [1, 1, 1], 2);
    const answers = Array.from({ length: 3 }, () => stage.decide().members);
    expect(answers).to.deep.equal([
      ['m0', 'm1'],
      ['m1', 'm2'],
      ['m2', 'm0'],
    ]);
  });
});

describe('fo', () => {
  it('chooses the heaviest live member, the first written of equal ones', () => {
    const weighted = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(weighted, fc.nat(62), (weights, mask) => {
        const stage = stageOf('fo', weights);
        const live = weights.map((_, i) => i).filter((i) => ((mask >>> i) & 1) === 0);
        fc.pre(live.length > 0);
        weights.forEach((_, i) => {
          if (!live.includes(i)) stage.down(`m${i}`);
        });
        const heaviest = Math.max(...live.map((i) => weights[i] ?? 0));
        expect(stage.pick()).to.equal(`m${live.find((i) => weights[i] === heaviest)}`);
      }),
    );
  });

  it('answers one member only, since clients would go to the standby as well', () => {
    const stage = new Stage({
      members: { main: { addresses: ['192.0.2.1', '192.0.2.2'] } },
      pools: { pair: { scheduler: 'fo', members: { standby: 1, main: 2 } } },
      answers: { count: 4 },
    });
    expect(stage.decide().addresses).to.have.members(['192.0.2.1', '192.0.2.2']);
    stage.down('main');
    expect(stage.decide().members).to.deep.equal(['standby']);
  });

  it('names the standby behind the chosen one to who asks for URLs', () => {
    const stage = new Stage({
      members: { a: { url: 'https://a.example/' }, b: { url: 'https://b.example/' } },
      pools: { pair: { scheduler: 'fo', members: { a: 1, b: 2 } } },
    });
    expect(stage.decide(undefined, Want.URL)).to.include({ choice: 'URL' });
    expect(stage.decide(undefined, Want.URL).members).to.deep.equal(['b', 'a']);
  });
});

describe('all', () => {
  it('answers every live member, each first in turn', () => {
    const stage = stageOf('all', [1, 7, 3, 2]);
    stage.down('m2');
    const answers = Array.from({ length: 3 }, () => stage.decide().members);
    for (const members of answers) expect(members).to.have.members(['m0', 'm1', 'm3']);
    expect(tally(answers.map(([first]) => first ?? ''))).to.deep.equal({ m0: 1, m1: 1, m3: 1 });
  });

  it('answers every address of them, and at most 64', () => {
    const names = Array.from({ length: 100 }, (_, i) => [`m${i}`, 1]);
    const stage = new Stage({ pools: { main: { scheduler: 'all', members: Object.fromEntries(names) } } });
    expect(stage.decide().members).to.have.length(64);
    const pair = new Stage({
      members: { a: { addresses: ['192.0.2.1', '192.0.2.2'] }, b: { addresses: ['192.0.2.3'] } },
      pools: { main: { scheduler: 'all', members: { a: 1, b: 1 } } },
    });
    expect(pair.decide().addresses).to.have.members(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  });

  it('keeps to answers.count, each member as often as the others', () => {
    const stage = stageOf('all', [1, 1, 1], 2);
    const members = Array.from({ length: 3 }, () => stage.decide().members).flat();
    expect(tally(members)).to.deep.equal({ m0: 2, m1: 2, m2: 2 });
  });
});
