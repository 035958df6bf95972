import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { OverrideStore } from '../../src/health/override-store.js';
import { StateFile } from '../../src/health/state-file.js';
import { Health, MemberStates, Override, Standing } from '../../src/state/member-states.js';
import { KeptLog, memberOf, serviceOf } from './fixtures.js';
import { ManualClock } from './manual-clock.js';

const SERVICES = [
  serviceOf('web', [memberOf('fra1', []), memberOf('ams1', [])]),
  serviceOf('mail', [memberOf('fra1', [])]),
];

describe('health/override-store', () => {
  let folder: string;
  let states: MemberStates;
  let store: OverrideStore;
  let clock: ManualClock;
  const changes: string[] = [];
  const expired: string[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'steerdns-override-'));
    store = await openStore();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function openStore(): Promise<OverrideStore> {
    states = new MemberStates(64);
    const file = await StateFile.open(folder, new KeptLog());
    clock = new ManualClock(5);
    changes.length = 0;
    expired.length = 0;
    const opened = new OverrideStore({
      states,
      file,
      clock,
      onChange: ({ member, what, from, to, reason }) =>
        void changes.push(`${member} ${what} ${from} ${to} ${reason}`),
      onExpired: (words) => void expired.push(...words.map(({ pattern }) => pattern)),
    });
    opened.update(SERVICES);
    return opened;
  }

  /** `web/fra1 web/ams1 mail/fra1`: n none, d drain, U up, D down. */
  const now = (): string =>
    ['web/fra1', 'web/ams1', 'mail/fra1'].map((key) => 'ndUD'[states.override(states.find(key))]).join('');

  const rows: { name: string; says: [string, string?][]; holds: string; kept: string[] }[] = [
    { name: 'drains one member', says: [['web/fra1', 'drain']], holds: 'dnn', kept: ['web/fra1 drain'] },
    {
      name: 'drains a member of every service',
      says: [['*/fra1', 'drain']],
      holds: 'dnd',
      kept: ['*/fra1 drain'],
    },
    { name: 'drains a whole service', says: [['web/*', 'drain']], holds: 'ddn', kept: ['web/* drain'] },
    {
      name: 'matches one character by ?',
      says: [['web/?ra?', 'down']],
      holds: 'Dnn',
      kept: ['web/?ra? down'],
    },
    {
      name: 'lets the later word win',
      says: [
        ['*/*', 'drain'],
        ['web/fra1', 'up'],
      ],
      holds: 'Udd',
      kept: ['*/* drain', 'web/fra1 up'],
    },
    {
      name: 'keeps no word that a later one covers',
      says: [
        ['web/fra1', 'up'],
        ['web/ams1', 'down'],
        ['web/*', 'drain'],
      ],
      holds: 'ddn',
      kept: ['web/* drain'],
    },
    { name: 'takes a word back', says: [['web/*', 'drain'], ['web/*']], holds: 'nnn', kept: [] },
    {
      name: 'takes back every word that a pattern covers',
      says: [['web/fra1', 'drain'], ['mail/fra1', 'down'], ['*/fra1']],
      holds: 'nnn',
      kept: [],
    },
    {
      name: 'excepts a member from a wider word when that is taken back for it alone',
      says: [['web/*', 'drain'], ['web/fra1']],
      holds: 'ndn',
      kept: ['web/* drain', 'web/fra1 none'],
    },
    {
      name: 'excepts what two patterns have in common',
      says: [['web/*', 'drain'], ['*/fra1']],
      holds: 'ndn',
      kept: ['web/* drain', '*/fra1 none'],
    },
    {
      name: 'forgets exceptions from nothing',
      says: [['web/*', 'drain'], ['web/fra1'], ['web/*']],
      holds: 'nnn',
      kept: [],
    },
    { name: 'takes back what was never said', says: [['web/fra1']], holds: 'nnn', kept: [] },
    {
      name: 'adds no exception for a pattern that nothing said so far touches',
      says: [['web/*', 'drain'], ['mail/*']],
      holds: 'ddn',
      kept: ['web/* drain'],
    },
  ];
  for (const { name, says, holds, kept } of rows) {
    it(`${name}, over a restart too`, async () => {
      for (const [pattern, override] of says) {
        await (override === undefined
          ? store.clear(pattern)
          : store.set(pattern, { override: override as 'drain' | 'up' | 'down' }));
      }
      const list = () => store.list().map(({ pattern, override }) => `${pattern} ${override}`);
      expect([now(), list()]).to.deep.equal([holds, kept]);
      store = await openStore();
      expect([now(), list()]).to.deep.equal([holds, kept]);
    });
  }

  const weights = (): object => Object.fromEntries(store.weights());

  it('keeps weights beside states, over a restart too', async () => {
    await store.set('web/*', { override: 'weight', weight: 10 });
    await store.set('web/fra1', { override: 'drain', reason: 'kernel' });
    await store.set('web/ams1', { override: 'weight', weight: 0 });
    expect([now(), weights()]).to.deep.equal(['dnn', { 'web/fra1': 10, 'web/ams1': 0 }]);
    store = await openStore();
    expect([now(), weights()]).to.deep.equal(['dnn', { 'web/fra1': 10, 'web/ams1': 0 }]);
    expect(changes, 'what a start finds is no change').to.deep.equal([]);
  });

  it('takes back a state and a weight each for itself, a weight from a wider word too', async () => {
    await store.set('web/*', { override: 'weight', weight: 10 });
    await store.set('web/fra1', { override: 'down' });
    await store.clear('web/fra1', ['weight']);
    expect([now(), weights()]).to.deep.equal(['Dnn', { 'web/ams1': 10 }]);
    await store.clear('web/fra1', ['state']);
    expect(now()).to.equal('nnn');
    await store.clear('web/*');
    expect([weights(), store.list()]).to.deep.equal([{}, []]);
  });

  it('tells of each member of which something else holds', async () => {
    await store.set('web/*', { override: 'drain', reason: 'move' });
    await store.set('web/fra1', { override: 'weight', weight: 7 });
    await store.clear('web/fra1');
    expect(changes).to.deep.equal([
      'web/fra1 override none drain move',
      'web/ams1 override none drain move',
      'web/fra1 weight own 7 ',
      'web/fra1 override drain none ',
      'web/fra1 weight 7 own ',
    ]);
  });

  it('ends what has an end, and what was said of a wider pattern holds again', async () => {
    await store.set('web/*', { override: 'drain' });
    await store.set('web/fra1', { override: 'up', until: 5 + 60_000 });
    expect(now()).to.equal('Udn');
    clock.advance(59_999);
    expect([now(), expired]).to.deep.equal(['Udn', []]);
    clock.advance(1);
    expect([now(), expired]).to.deep.equal(['ddn', ['web/fra1']]);
    expect(store.list().map(({ pattern }) => pattern)).to.deep.equal(['web/*']);
  });

  it('ends at the start what ended while nothing ran', async () => {
    // A restart sets the clock to 5.
    await store.set('web/fra1', { override: 'drain', until: 4 });
    store = await openStore();
    expect([now(), store.list()]).to.deep.equal(['nnn', []]);
  });

  it('names the members that are meant, none when none is there yet', async () => {
    expect(await store.set('*/fra1', { override: 'drain' })).to.deep.equal({
      members: ['web/fra1', 'mail/fra1'],
    });
    expect(await store.set('web/new', { override: 'drain' })).to.deep.equal({ members: [] });
    expect(await store.clear('web/fra1')).to.deep.equal({ members: ['web/fra1'] });
  });

  it('holds for members that come by a reload', async () => {
    await store.set('web/n*', { override: 'drain' });
    store.update([serviceOf('web', [memberOf('fra1', []), memberOf('new', [])])]);
    expect(states.standing(states.find('web/new'))).to.equal(Standing.DRAINING);
  });

  it('wins over health and leaves that alone', async () => {
    const slot = states.find('web/fra1');
    states.setHealth(slot, Health.DOWN, 1000);
    await store.set('web/fra1', { override: 'up' });
    expect([states.standing(slot), states.health(slot)]).to.deep.equal([Standing.UP, Health.DOWN]);
    await store.clear('web/fra1');
    expect([states.standing(slot), states.override(slot)]).to.deep.equal([Standing.DOWN, Override.NONE]);
  });

  it('holds though it can not be stored, and says so', async () => {
    mkdirSync(join(folder, 'members.json.tmp'));
    const outcome = await store.set('web/fra1', { override: 'drain' });
    expect(outcome.members).to.deep.equal(['web/fra1']);
    expect(outcome.unstored).to.be.a('string').and.not.equal('');
    expect(now()).to.equal('dnn');
  });

  const wrong = [
    { pattern: 'fra1', says: 'expected SERVICE/MEMBER, got "fra1": did you mean "*/fra1" or "fra1/*"?' },
    { pattern: 'web/', says: 'expected SERVICE/MEMBER, got "web/": did you mean "*/web" or "web/*"?' },
    { pattern: '/fra1', says: 'expected SERVICE/MEMBER, got "/fra1": did you mean "*/fra1" or "fra1/*"?' },
    { pattern: '*', says: 'expected SERVICE/MEMBER, got "*": "*/*" is every member' },
    { pattern: '', says: 'expected SERVICE/MEMBER, got "": "*/*" is every member' },
  ];
  for (const { pattern, says } of wrong) {
    it(`refuses the pattern ${JSON.stringify(pattern)}`, async () => {
      for (const act of [() => store.set(pattern, { override: 'drain' }), () => store.clear(pattern)]) {
        const error = await act().catch((caught: Error) => caught);
        expect(error).to.be.instanceOf(Error).and.include({ code: 'ERR_MEMBER_PATTERN', message: says });
      }
      expect(store.list()).to.deep.equal([]);
    });
  }
});
