import { expect } from 'chai';
import fc from 'fast-check';
import { Health, Override } from '../../src/state/member-states.js';
import { SCHEDULERS } from '../../src/steer/spec.js';
import { Stage, type Written } from './support.js';

const chain: Written = {
  pools: {
    near: { members: { a: 2, b: 1 }, scheduler: 'all', fallback: 'far' },
    far: { members: { c: 1, d: 0 }, scheduler: 'all', fallback: 'last' },
    last: { members: { e: 1 }, scheduler: 'all' },
  },
};

describe('decide: pools', () => {
  const cases: readonly {
    name: string;
    down?: readonly string[];
    drained?: readonly string[];
    pool: string;
    members: readonly string[];
  }[] = [
    { name: 'asks the pool of the rule', pool: 'near', members: ['a', 'b'] },
    { name: 'stays with a pool of which one member is live', down: ['a'], pool: 'near', members: ['b'] },
    { name: 'falls back when all members are down', down: ['a', 'b'], pool: 'far', members: ['c'] },
    {
      name: 'falls back when all are drained or down',
      down: ['a'],
      drained: ['b'],
      pool: 'far',
      members: ['c'],
    },
    {
      name: 'lets a member of weight 0 serve before it falls back',
      down: ['a', 'b', 'c'],
      pool: 'far',
      members: ['d'],
    },
    { name: 'goes on along the fallbacks', down: ['a', 'b', 'c', 'd'], pool: 'last', members: ['e'] },
    {
      name: 'answers the own pool as if up when every pool is down',
      down: ['a', 'b', 'c', 'd', 'e'],
      pool: 'near',
      members: ['a', 'b'],
    },
    {
      name: 'leaves drained members out of the last resort',
      down: ['b', 'c', 'd', 'e'],
      drained: ['a'],
      pool: 'near',
      members: ['b'],
    },
    {
      name: 'takes the last resort from a fallback when the own pool is drained',
      down: ['c', 'd', 'e'],
      drained: ['a', 'b'],
      pool: 'far',
      members: ['c'],
    },
    {
      name: 'answers drained members when everything is drained',
      drained: ['a', 'b', 'c', 'd', 'e'],
      pool: 'near',
      members: ['a', 'b'],
    },
  ];
  for (const { name, down = [], drained = [], pool, members } of cases) {
    it(name, () => {
      const stage = new Stage(chain);
      stage.down(...down);
      stage.drain(...drained);
      const outcome = stage.decide();
      expect(outcome.pool).to.equal(pool);
      expect(outcome.members).to.have.members([...members]);
    });
  }

  it('never falls back while a member of the pool is live, whatever the scheduler', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEDULERS), fc.nat(7), (scheduler, mask) => {
        const stage = new Stage({
          pools: {
            main: { members: { a: 3, b: 1, c: 0 }, scheduler, fallback: 'other' },
            other: { members: { d: 1 } },
          },
        });
        const down = ['a', 'b', 'c'].filter((_, i) => ((mask >>> i) & 1) === 1);
        stage.down(...down);
        for (const { members, pool } of [stage.decide(), stage.decide(), stage.decide()]) {
          expect(pool).to.equal(down.length === 3 ? 'other' : 'main');
          expect(members).not.to.include.oneOf([...down, 'none']);
          if (down.length < 3 && !(down.includes('a') && down.includes('b')))
            expect(members).not.to.include('c');
        }
      }),
    );
  });

  it('counts a member of unknown health as up', () => {
    const stage = new Stage({ pools: { main: { members: { a: 1, b: 1 }, scheduler: 'all' } } });
    stage.health('a', Health.UNKNOWN);
    expect(stage.decide().members).to.have.members(['a', 'b']);
  });

  it('survives a circle of fallbacks', () => {
    const stage = new Stage({
      pools: { x: { members: { a: 1 }, fallback: 'y' }, y: { members: { b: 1 }, fallback: 'x' } },
    });
    stage.down('a', 'b');
    expect(stage.decide()).to.include({ pool: 'x', lastResort: true });
  });

  it('decides the same for the same inputs', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEDULERS), fc.nat(31), fc.nat(0xffffff), (scheduler, mask, host) => {
        const written: Written = {
          pools: { main: { members: { a: 5, b: 3, c: 3, d: 0, e: 1 }, scheduler } },
          answers: { count: 2 },
        };
        const outcomes = [new Stage(written), new Stage(written)].map((stage) => {
          stage.down(...['a', 'b', 'c', 'd', 'e'].filter((_, i) => ((mask >>> i) & 1) === 1));
          const from = `11.${host >>> 16}.${(host >>> 8) & 255}.${host & 255}`;
          return [stage.decide(from), stage.decide(from), stage.decide(from)];
        });
        expect(outcomes[0]).to.deep.equal(outcomes[1]);
      }),
    );
  });
});

describe('decide: what operators and pools say of a member', () => {
  const rows: readonly {
    status: 'obey' | 'up' | 'down';
    health: Health;
    override: Override;
    live: boolean;
  }[] = [
    { status: 'obey', health: Health.UP, override: Override.NONE, live: true },
    { status: 'obey', health: Health.DOWN, override: Override.NONE, live: false },
    { status: 'obey', health: Health.DOWN, override: Override.UP, live: true },
    { status: 'obey', health: Health.UP, override: Override.DOWN, live: false },
    { status: 'obey', health: Health.UP, override: Override.DRAIN, live: false },
    { status: 'up', health: Health.DOWN, override: Override.NONE, live: true },
    { status: 'up', health: Health.UP, override: Override.DRAIN, live: false },
    { status: 'up', health: Health.UP, override: Override.DOWN, live: false },
    { status: 'up', health: Health.DOWN, override: Override.UP, live: true },
    { status: 'down', health: Health.UP, override: Override.NONE, live: false },
    { status: 'down', health: Health.DOWN, override: Override.UP, live: true },
    { status: 'down', health: Health.UP, override: Override.DRAIN, live: false },
  ];
  for (const { status, health, override, live } of rows) {
    const words = `status ${status}, health ${health}, override ${override}`;
    it(`${live ? 'chooses' : 'leaves out'} a member of ${words}`, () => {
      const stage = new Stage({
        pools: {
          main: { members: { it: { weight: 1, status } }, fallback: 'other' },
          other: { members: { o: 1 } },
        },
      });
      stage.health('it', health);
      stage.override('it', override);
      expect(stage.pick()).to.equal(live ? 'it' : 'o');
    });
  }
});

describe('decide: when_all_down', () => {
  const dead = (whenAllDown: NonNullable<Written['answers']>['whenAllDown'] & {}): Stage => {
    const stage = new Stage({
      pools: { main: { members: { a: 1, b: 1 }, scheduler: 'all' }, sorry: { members: { s: 1 } } },
      answers: { whenAllDown },
    });
    stage.down('a', 'b', 's');
    return stage;
  };

  it('all: answers every member of the pool', () => {
    expect(dead('all').decide().members).to.have.members(['a', 'b']);
    expect(dead('all').decide().lastResort).to.equal(true);
  });

  it('none: answers nothing', () => {
    expect(dead('none').decide()).to.deep.include({
      choice: 'NONE',
      members: [],
      pool: 'main',
      lastResort: true,
    });
  });

  it('a pool: answers that pool unchecked', () => {
    expect(dead({ pool: 'sorry' }).decide()).to.deep.include({
      members: ['s'],
      pool: 'sorry',
      lastResort: true,
    });
  });

  it('is not asked while a member is live', () => {
    const stage = dead('none');
    stage.up('b');
    expect(stage.decide()).to.deep.include({ members: ['b'], lastResort: false });
  });

  it('all: prefers a draining member over one that an operator set down', () => {
    const stage = dead('all');
    stage.drain('a');
    stage.override('b', Override.DOWN);
    expect(stage.decide().members).to.deep.equal(['a']);
    stage.override('a', Override.DOWN);
    expect(stage.decide().members).to.have.members(['a', 'b']);
  });
});
