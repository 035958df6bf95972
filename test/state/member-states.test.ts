import { expect } from 'chai';
import {
  Health,
  MemberStates,
  Override,
  SLOT_WORDS,
  STEADY,
  Standing,
} from '../../src/state/member-states.js';

describe('state/member-states', () => {
  it('starts unknown, which counts as up, and steady', () => {
    const states = new MemberStates(4);
    const slot = states.slotOf('web/fra1');
    expect([states.health(slot), states.override(slot), states.standing(slot)]).to.deep.equal([
      Health.UNKNOWN,
      Override.NONE,
      Standing.UP,
    ]);
    expect(states.words[slot * SLOT_WORDS + 3]).to.equal(STEADY);
  });

  it('gives a key the same slot for good', () => {
    const states = new MemberStates(4);
    expect([states.slotOf('a/b'), states.slotOf('a/c'), states.slotOf('a/b')]).to.deep.equal([0, 1, 0]);
    expect([states.find('a/c'), states.find('a/x'), states.size, states.keyOf(1)]).to.deep.equal([
      1,
      -1,
      2,
      'a/c',
    ]);
    expect(() => states.keyOf(2)).to.throw(RangeError, 'no member has slot 2: there are 2');
  });

  it('says so when it is full', () => {
    const states = new MemberStates(1);
    states.slotOf('a/b');
    expect(() => states.slotOf('a/c')).to.throw(RangeError, 'no room for member a/c: 1 members are the most');
  });

  const rows: [keyof typeof Override, string][] = [
    ['NONE', 'UP UP DOWN'],
    ['DRAIN', 'DRAINING DRAINING DRAINING'],
    ['UP', 'UP UP UP'],
    ['DOWN', 'DOWN DOWN DOWN'],
  ];
  for (const [override, standings] of rows) {
    it(`stands ${standings} with health unknown, up, down and override ${override}`, () => {
      const states = new MemberStates(1);
      const slot = states.slotOf('a/b');
      states.setOverride(slot, Override[override]);
      const names = Object.keys(Standing);
      const seen = [Health.UNKNOWN, Health.UP, Health.DOWN].map((health) => {
        states.setHealth(slot, health, 1000);
        return names[states.standing(slot)];
      });
      expect(seen.join(' ')).to.equal(standings);
    });
  }

  it('cuts what is longer than a word holds to STEADY', () => {
    const states = new MemberStates(1);
    states.setHealth(states.slotOf('a/b'), Health.UP, 1e12);
    expect(states.words[3]).to.equal(STEADY);
  });
});
