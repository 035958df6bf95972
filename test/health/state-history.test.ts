import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { StateHistory } from '../../src/health/state-history.js';
import { KeptLog } from './fixtures.js';
import { ManualClock } from './manual-clock.js';

describe('health/state-history', () => {
  let folder: string;
  let history: StateHistory;
  let clock: ManualClock;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'steerdns-history-'));
    clock = new ManualClock(1000);
    history = await StateHistory.open(folder, new KeptLog(), clock);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const add = (member: string, to: string): void => {
    history.add({ member, what: 'health', from: 'up', to, reason: 'refused' });
    clock.advance(10);
  };
  const shown = (from: StateHistory, ask = {}): string[] =>
    from.list({ limit: 100, ...ask }).map(({ at, member, to }) => `${at} ${member} ${to}`);

  it('lists the latest first, by pattern, before a time, and so many', () => {
    for (const [member, to] of [
      ['web/fra1', 'down'],
      ['web/ams1', 'down'],
      ['web/fra1', 'up'],
    ] as const)
      add(member, to);
    expect(shown(history)).to.deep.equal(['1020 web/fra1 up', '1010 web/ams1 down', '1000 web/fra1 down']);
    expect(shown(history, { pattern: 'web/f*' })).to.deep.equal(['1020 web/fra1 up', '1000 web/fra1 down']);
    expect(shown(history, { before: 1020, limit: 1 })).to.deep.equal(['1010 web/ams1 down']);
  });

  it('keeps the last 64 of each member, so that one that flaps hides no other', () => {
    add('web/ams1', 'down');
    for (let i = 0; i < 200; i++) add('web/fra1', `s${i}`);
    const list = shown(history, { limit: 1000 });
    expect(list).to.have.length(65);
    expect(list[0]).to.match(/ s199$/);
    expect(list.at(-1)).to.equal('1000 web/ams1 down');
  });

  it('outlives a restart, but for a line that was cut short', async () => {
    add('web/fra1', 'down');
    await history.close();
    appendFileSync(history.path, '{"at": 12, "mem');
    const again = await StateHistory.open(folder, new KeptLog(), clock);
    expect(shown(again)).to.deep.equal(['1000 web/fra1 down']);
  });

  it('goes on in a new line after one that was cut short', async () => {
    appendFileSync(history.path, '{"at": 12, "mem');
    history = await StateHistory.open(folder, new KeptLog(), clock);
    add('web/fra1', 'down');
    await history.close();
    expect(shown(await StateHistory.open(folder, new KeptLog(), clock))).to.deep.equal([
      '1000 web/fra1 down',
    ]);
  });

  it('has a file that does not grow for ever', async () => {
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 1000; i++) add('web/fra1', `s${i}`);
      await history.close();
    }
    expect(readFileSync(history.path, 'utf8').split('\n').length).to.be.lessThan(6000);
  });

  it('says once that it can not be written', async () => {
    const log = new KeptLog();
    rmSync(folder, { recursive: true });
    const inFile = await StateHistory.open('/dev/null', log, clock);
    inFile.add({ member: 'web/fra1', what: 'health', from: 'up', to: 'down', reason: '' });
    await inFile.close();
    inFile.add({ member: 'web/fra1', what: 'health', from: 'down', to: 'up', reason: '' });
    await inFile.close();
    expect(log.messages.filter((line) => line.includes("can't keep the history"))).to.have.length(1);
    expect(inFile.list({ limit: 9 })).to.have.length(2);
    folder = mkdtempSync(join(tmpdir(), 'steerdns-history-'));
  });
});
