import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { answerData, dig } from '../support/dig.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns, writeFiles } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { buildQuery } from '../wire/build-query.js';

/** One response a second: what a test asks in its few seconds is nearly all over the burst. */
const RRL = 'rate: 1, burst: 20';
const BURST = 20;
const QUERIES = 200;

const TC = 0x02;

/** What the program of `rrl:` and `cookies:` keys answers to a burst of one client. */
describe('limits of the running program', () => {
  let folder: string;
  let steerdns: Steerdns;

  const config = (keys: string): string =>
    `listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}\nzones: zones\nworkers: 2\n${keys}\n`;

  before(async function () {
    needTool(this, 'dig');
    folder = await makeFolder({
      'steerdns.yaml': config(`rrl: {${RRL}, allow: 127.0.0.128/25}`),
      'zones/example.com.yaml': "'': {type: NS, value: ns.example.net.}\nwww: {type: A, value: 192.0.2.1}\n",
    });
    steerdns = await startSteerdns(folder);
  });
  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  /** Sends a burst from an address; gives how many of the responses were whole. Each query must have a response. */
  async function burst(from: string): Promise<number> {
    const socket = createSocket('udp4');
    socket.bind(0, from);
    await once(socket, 'listening');
    const responses = collect(socket, QUERIES);
    const { port, address } = steerdns.dns;
    for (let id = 0; id < QUERIES; id++) {
      socket.send(buildQuery({ id, name: 'www.example.com.', type: 1, opt: {} }), port, address);
    }
    const all = await responses;
    socket.close();
    expect(new Set(all.map((octets) => octets.readUInt16BE(0))).size).to.equal(QUERIES);
    const whole = all.filter((octets) => ((octets[2] ?? 0) & TC) === 0);
    for (const octets of whole) expect(octets.readUInt16BE(6)).to.equal(1);
    return whole.length;
  }

  async function counters(): Promise<Record<string, number>> {
    const { stdout } = await steerdns.command('status', '--json');
    return (JSON.parse(stdout) as { counters: Record<string, number> }).counters;
  }

  async function reload(keys: string): Promise<void> {
    const files = { 'steerdns.yaml': config(keys) };
    await writeFiles(folder, files);
    const { code, stderr } = await steerdns.command('reload');
    expect(code, stderr).to.equal(0);
  }

  it('answers a burst, truncates what is over it, and counts that', async () => {
    expect(await burst('127.0.0.2')).to.be.within(BURST, QUERIES / 2);
    expect((await counters()).rrlSlipped).to.be.at.least(QUERIES / 2);
    const { stdout } = await steerdns.command('status');
    expect(stdout).to.match(/rrlSlipped \d+/);
  });

  it('does not limit another address, nor who is allowed', async () => {
    expect(answerData(await dig(steerdns.dns, 'www.example.com -b 127.0.0.3'))).to.deep.equal(['192.0.2.1']);
    expect(await burst('127.0.0.200')).to.equal(QUERIES);
  });

  it('sends whom it limits to TCP, where it is answered', async () => {
    await burst('127.0.0.4');
    const response = await dig(steerdns.dns, 'www.example.com +nocookie -b 127.0.0.4');
    expect(response.transport).to.equal('TCP');
    expect(answerData(response)).to.deep.equal(['192.0.2.1']);
  });

  it('RFC 7873 §5.2.3: gives whom it limits a cookie by BADCOOKIE, which is then answered over UDP', async () => {
    await burst('127.0.0.5');
    const limited = await dig(steerdns.dns, 'www.example.com +cookie +nobadcookie -b 127.0.0.5');
    expect(limited.status).to.equal('BADCOOKIE');
    const response = await dig(steerdns.dns, 'www.example.com +cookie +badcookie -b 127.0.0.5');
    expect(response.transport).to.equal('UDP');
    expect(response.opt?.join()).to.match(/COOKIE: [0-9a-f]{48} \(good\)/);
    expect(answerData(response)).to.deep.equal(['192.0.2.1']);
    const { badCookie, cookiesValid } = await counters();
    expect(badCookie).to.be.at.least(2);
    expect(cookiesValid).to.be.at.least(1);
  });

  it('renews a cookie of another server with the same secret after a reload', async () => {
    await reload(`rrl: {${RRL}}\ncookies: {secrets: [e5e973e5a6b2a43f48e7dc849e37bfcf]}`);
    const first = await dig(steerdns.dns, 'www.example.com +cookie=2464c4abcf10c957');
    const [, cookie] = /COOKIE: (2464c4abcf10c957[0-9a-f]{32}) \(good\)/.exec(first.text) ?? [];
    const before = (await counters()).cookiesValid ?? 0;
    const second = await dig(steerdns.dns, `www.example.com +cookie=${cookie}`);
    expect(second.text).to.include(`COOKIE: ${cookie}`);
    expect((await counters()).cookiesValid).to.equal(before + 1);
  });

  it('only counts in a dry run, from a reload on', async () => {
    await reload(`rrl: {${RRL}, dry_run: true}`);
    expect(await burst('127.0.0.6')).to.equal(QUERIES);
    expect((await counters()).rrlDryRun).to.be.at.least(QUERIES / 2);
  });

  it('limits nothing once rrl is none, and ignores cookies once they are', async () => {
    await reload('rrl: none\ncookies: none');
    expect(await burst('127.0.0.2')).to.equal(QUERIES);
    const { opt } = await dig(steerdns.dns, 'www.example.com +cookie');
    expect(opt?.join()).to.not.include('COOKIE');
  });
});

/** So many messages. */
function collect(socket: Socket, count: number): Promise<Buffer[]> {
  return new Promise((resolve) => {
    const all: Buffer[] = [];
    socket.on('message', (octets) => {
      all.push(octets);
      if (all.length === count) resolve(all);
    });
  });
}
