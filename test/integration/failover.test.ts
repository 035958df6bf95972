import { expect } from 'chai';
import { answerData, dig } from '../support/dig.js';
import { TestMember } from '../support/member.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const FIRST = ['192.0.2.1'];
const SECOND = ['192.0.2.2'];

describe('failover', () => {
  const first = new TestMember();
  const second = new TestMember();
  let folder: string;
  let steerdns: Steerdns;
  const ask = async (name = 'www.example.com'): Promise<string[]> =>
    answerData(await dig(steerdns.dns, name));
  const becomes = (wanted: readonly string[], name?: string): Promise<string[]> =>
    until(
      () => ask(name),
      (seen) => seen.join() === wanted.join(),
    );

  before(async function () {
    needTool(this, 'dig');
    await Promise.all([first.start(), second.start()]);
    folder = await makeFolder({
      'steerdns.yaml': "listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}\nzones: zones\n",
      'zones/example.com.yaml': `
'': {type: NS, value: ns.example.net.}
www: {type: GSLB, service: pair}
strict: {type: GSLB, service: strict}
`,
      'services/pair.yaml': pair(first.port, second.port, 'all'),
      'services/strict.yaml': pair(first.port, second.port, 'none'),
    });
    steerdns = await startSteerdns(folder);
  });
  after(async () => {
    await steerdns?.stop();
    await Promise.all([first.stop(), second.stop()]);
    if (folder !== undefined) await removeFolder(folder);
  });

  it('answers the first member from the first answer on', async () => {
    expect(await ask()).to.deep.equal(FIRST);
  });

  it('answers the second once the first is stopped, and the first again once it is back', async () => {
    await first.stop();
    await becomes(SECOND);
    await first.start();
    await becomes(FIRST);
  });

  it('answers every member or none when all are stopped, as the service says', async () => {
    await Promise.all([first.stop(), second.stop()]);
    await becomes([], 'strict.example.com');
    expect(await ask()).to.have.length.greaterThan(0);
    await Promise.all([first.start(), second.start()]);
    await becomes(FIRST, 'strict.example.com');
    await becomes(FIRST);
  });

  it('leaves out a drained member until it is undrained', async () => {
    expect((await steerdns.command('drain', 'pair/first')).code).to.equal(0);
    expect(await ask()).to.deep.equal(SECOND);
    expect(await ask('strict.example.com')).to.deep.equal(FIRST);
    expect((await steerdns.command('undrain', 'pair/first')).code).to.equal(0);
    expect(await ask()).to.deep.equal(FIRST);
  });

  it('drains by a pattern', async () => {
    expect((await steerdns.command('drain', '*/first')).code).to.equal(0);
    expect(await ask()).to.deep.equal(SECOND);
    expect(await ask('strict.example.com')).to.deep.equal(SECOND);
    expect((await steerdns.command('undrain', '*/first')).code).to.equal(0);
    expect(await ask()).to.deep.equal(FIRST);
  });

  it('says so when no member has the name to drain', async () => {
    const { code, stderr } = await steerdns.command('drain', 'pair/frist');
    expect(code).to.equal(1);
    expect(stderr).to.include('pair/frist');
  });

  it('shows each member and its state', async () => {
    await steerdns.command('drain', 'pair/second');
    const text = await steerdns.command('status');
    expect(text.code).to.equal(0);
    expect(text.stdout)
      .to.match(/pair\/first.*up/)
      .and.to.match(/pair\/second.*drain/);
    const json = await steerdns.command('status', '--json');
    expect(() => JSON.parse(json.stdout)).to.not.throw();
    await steerdns.command('undrain', 'pair/second');
  });

  it('keeps what an operator said through a restart', async () => {
    expect((await steerdns.command('drain', 'pair/first')).code).to.equal(0);
    expect(await steerdns.stop()).to.deep.equal({ code: 0, signal: null });
    steerdns = await startSteerdns(folder);
    expect(await ask()).to.deep.equal(SECOND);
    expect((await steerdns.command('undrain', 'pair/first')).code).to.equal(0);
    expect(await ask()).to.deep.equal(FIRST);
  });

  it('knows a stopped member before the first answer after a restart', async () => {
    await steerdns.stop();
    await first.stop();
    steerdns = await startSteerdns(folder);
    await becomes(SECOND);
    await first.start();
    await becomes(FIRST);
  });
});

/** A service of two members that are probed at loopback. */
function pair(firstPort: number, secondPort: number, whenAllDown: string): string {
  return `
check: {type: http, path: /, interval: 200ms, timeout: 150ms, rise: 1, fall: 1}
members:
  first: {addresses: [192.0.2.1], weight: 2, check: {target: 127.0.0.1, port: ${firstPort}}}
  second: {addresses: [192.0.2.2], weight: 1, check: {target: 127.0.0.1, port: ${secondPort}}}
pools:
  pair: {members: [first, second], scheduler: fo}
answers: {ttl: 1, when_all_down: ${whenAllDown}}
`;
}
