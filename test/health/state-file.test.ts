import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { StateFile } from '../../src/health/state-file.js';
import { KeptLog } from './fixtures.js';
import { ManualClock } from './manual-clock.js';

const WEEK_MS = 7 * 24 * 3600 * 1000;

describe('health/state-file', () => {
  let folder: string;
  let path: string;
  let clock: ManualClock;
  let log: KeptLog;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'steerdns-state-'));
    path = join(folder, 'members.json');
    clock = new ManualClock(1_000_000);
    log = new KeptLog();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = () => StateFile.open(folder, log, clock);

  it('starts empty, and makes the folder, when there is none', async () => {
    const file = await StateFile.open(join(folder, 'a', 'b'), log, clock);
    expect([file.probes.size, file.members.size, file.overrides.length]).to.deep.equal([0, 0, 0]);
    await file.close();
    expect(existsSync(join(folder, 'a', 'b', 'members.json'))).to.equal(true);
    expect(log.messages).to.deep.equal([]);
  });

  it('gives back what was saved, names of any kind too', async () => {
    const first = await open();
    for (const key of ['web/fra1', '__proto__/constructor', 'www.example.com./A/192.0.2.1', 'a"b/c\n']) {
      first.members.set(key, { health: 'down', since: 5 });
      first.probes.set(`tcp ${key}`, { health: 'up', since: 6 });
    }
    first.overrides = [{ pattern: 'web/*', override: 'drain', since: 7, version: '0000000000070000-a' }];
    await first.save();
    const second = await open();
    expect([...second.members]).to.deep.equal([...first.members]);
    expect([...second.probes]).to.deep.equal([...first.probes]);
    expect(second.overrides).to.deep.equal(first.overrides);
    expect(readdirSync(folder)).to.deep.equal(['members.json']);
  });

  it('gathers changes for a second before it writes', async () => {
    const file = await open();
    file.touch();
    clock.advance(500);
    file.touch();
    expect(clock.delays).to.deep.equal([500]);
    file.members.set('web/fra1', { health: 'up', since: 1 });
    clock.advance(500);
    await file.close();
    expect((await open()).members.has('web/fra1')).to.equal(true);
    expect(clock.delays).to.deep.equal([]);
  });

  it('forgets what was out of the configuration for a week, but not for having been switched off', async () => {
    const first = await open();
    first.members.set('web/stays', { health: 'up', since: 1 });
    first.members.set('web/gone', { health: 'up', since: 1 });
    first.keep([], ['web/stays', 'web/gone']);
    clock.advance(1000);
    first.keep([], ['web/stays']);
    clock.advance(WEEK_MS - 1000);
    await first.save();
    expect([...(await open()).members.keys()]).to.deep.equal(['web/stays', 'web/gone']);
    clock.advance(1);
    await first.save();
    clock.advance(10 * WEEK_MS);
    expect([...(await open()).members.keys()]).to.deep.equal(['web/stays']);
  });

  const broken = [
    { name: 'nothing', text: '', says: /JSON/ },
    { name: 'a half', text: '{"version":1,"savedAt":1,"over', says: /JSON/ },
    { name: 'octets of a crash', text: '\0\0\0\0', says: /JSON/ },
    { name: 'another thing', text: '[]', says: /^.*the whole: / },
    {
      name: 'a later version',
      text: '{"version":2,"savedAt":1,"overrides":[],"members":{},"probes":{}}',
      says: /version: /,
    },
    {
      name: 'a health that there is not',
      text: '{"version":1,"savedAt":1,"overrides":[],"members":{"a/b":{"health":"ill","since":1,"seen":1}},"probes":{}}',
      says: /members\.a\/b\.health: /,
    },
  ];
  for (const { name, text, says } of broken) {
    it(`moves a file aside that holds ${name}, says so, and starts empty`, async () => {
      writeFileSync(path, text);
      const file = await open();
      expect(file.members.size).to.equal(0);
      expect(log.messages).to.have.length(1);
      expect(log.messages[0]).to.match(/^the remembered states can't be read and were moved aside: /);
      expect(log.messages[0]).to.match(says);
      expect(readFileSync(`${path}.broken-1000000`, 'utf8')).to.equal(text);
      await file.save();
      expect((await open()).members.size).to.equal(0);
    });
  }

  it('names the folder when it can not be used', async () => {
    writeFileSync(join(folder, 'file'), '');
    const error = await StateFile.open(join(folder, 'file'), log, clock).catch((caught: Error) => caught);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message).to.match(/^can't keep states in folder .*file: /);
  });

  it('leaves the old file as it was when the new one can not be written, and says so once', async () => {
    const file = await open();
    file.members.set('web/old', { health: 'up', since: 1 });
    await file.save();
    // A folder in the temporary file's place, which is refused for root as well.
    mkdirSync(`${path}.tmp`);
    file.members.set('web/new', { health: 'up', since: 1 });
    const error = await file.save().catch((caught: Error) => caught);
    expect(error).to.be.instanceOf(Error);
    await file.close();
    await file.close();
    expect(log.messages).to.have.length(1);
    expect(log.messages[0]).to.match(/^can't save states: /);
    rmSync(`${path}.tmp`, { recursive: true, force: true });
    expect([...(await open()).members.keys()]).to.deep.equal(['web/old']);
    await file.close();
    expect([...(await open()).members.keys()]).to.deep.equal(['web/old', 'web/new']);
  });

  it('writes one after the other when asked for at once; the last content stays', async () => {
    const file = await open();
    const saves = Array.from({ length: 20 }, (_, i) => {
      file.members.set(`web/m${i}`, { health: 'up', since: i });
      return file.save();
    });
    await Promise.all(saves);
    expect((await open()).members.size).to.equal(20);
  });
});
