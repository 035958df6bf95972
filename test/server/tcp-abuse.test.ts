import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { until } from '../support/until.js';
import { buildQuery } from '../wire/build-query.js';
import { either, framed, TcpClient } from './support.js';

/** Held open at once; the limit on connections is the same. */
const CONNECTIONS = 10_000;
/** Of one address; so the connections need more than one. */
const PER_CLIENT = 500;
const OPENED_AT_ONCE = 200;

const UDP_QUERIES = 4000;
/** Queries on their way at a time: far less than a receive buffer holds. */
const UDP_WINDOW = 32;

/** The test holds one end of each connection, the program the other: each process needs this many descriptors. */
const DESCRIPTORS = CONNECTIONS + 500;

const ZONE = `
'': {type: NS, value: ns.example.net.}
www: {type: A, value: 192.0.2.1}
big: {type: TXT, values: [${Array.from({ length: 200 }, (_, i) => `${i}-${'x'.repeat(200)}`).join(', ')}]}
`;

/** What the running program does with clients over TCP that want to keep others out. */
describe('abuse of TCP (RFC 7766 §6.2.3, §10)', () => {
  let folder: string;
  let steerdns: Steerdns;
  const clients: TcpClient[] = [];

  before(async function () {
    if (!raiseDescriptors()) needDescriptors(this);
    folder = await makeFolder({
      'steerdns.yaml': `listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}\nzones: zones\ntcp: {idle: 10m, max_connections: ${CONNECTIONS}, max_per_client: ${PER_CLIENT}}\n`,
      'zones/example.com.yaml': ZONE,
    });
    steerdns = await startSteerdns(folder);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.resetAndDestroy();
  });
  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  async function open(from: string): Promise<TcpClient> {
    const client = await TcpClient.open(steerdns.dns, from);
    clients.push(client);
    return client;
  }

  async function counters(): Promise<Record<string, number>> {
    const { stdout } = await steerdns.command('status', '--json');
    return (JSON.parse(stdout) as { counters: Record<string, number> }).counters;
  }

  /** Asks over TCP as a client that was not there before. */
  async function expectServed(from: string): Promise<void> {
    const client = await open(from);
    client.socket.write(framed(query(7)));
    expect(await client.responses(1)).to.deep.equal([7]);
  }

  // First: what the others leave would hide the memory that it measures.
  it(`${CONNECTIONS} connections that ask nothing take nothing from UDP, make room for new clients, and take little memory`, async () => {
    const before = residentOctets(steerdns.pid);
    for (let at = 0; at < CONNECTIONS; at += OPENED_AT_ONCE) {
      await Promise.all(
        Array.from({ length: OPENED_AT_ONCE }, (_, i) =>
          open(`127.0.1.${1 + Math.floor((at + i) / PER_CLIENT)}`),
        ),
      );
    }
    await until(counters, ({ tcpAccepted = 0 }) => tcpAccepted >= CONNECTIONS);
    const each = (residentOctets(steerdns.pid) - before) / CONNECTIONS;
    console.log(`      ${(each / 1024).toFixed(1)} KiB of resident memory a connection`);
    expect(each).to.be.below(32 * 1024);

    expect(await askOverUdp(steerdns)).to.equal(UDP_QUERIES);
    for (let i = 1; i <= 20; i++) await expectServed(`127.0.2.${i}`);
    const { tcpEvicted, tcpRefused, tcpAccepted } = await counters();
    expect(tcpAccepted).to.equal(CONNECTIONS + 20);
    expect(tcpEvicted).to.equal(20);
    expect(tcpRefused).to.equal(0);
    // One more of an address that has as many as it may.
    expect(await (await open('127.0.1.20')).closed).to.equal('reset');
    expect((await counters()).tcpRefused).to.equal(1);
  }).timeout(120_000);

  it('a client that takes no responses keeps nobody waiting, and its responses are bounded', async () => {
    const before = residentOctets(steerdns.pid);
    const asked = (await counters()).tcp ?? 0;
    const greedy = await Promise.all(Array.from({ length: 20 }, (_, i) => open(`127.0.3.${1 + i}`)));
    const burst = framed(...Array.from({ length: 500 }, (_, id) => query(id, 'big.example.com.', 16)));
    for (const { socket } of greedy) {
      socket.pause();
      socket.write(burst);
    }
    // Each has more to take than it may have waiting: some 40 KB a response, 20 MB a client.
    await until(counters, ({ tcp = 0 }) => tcp >= asked + 20 * 7);
    for (let i = 1; i <= 5; i++) await expectServed(`127.0.4.${i}`);
    expect(await askOverUdp(steerdns)).to.equal(UDP_QUERIES);
    expect((await counters()).tcp).to.be.below(asked + 20 * 500);
    // 20 × 500 responses of 40 KB would be 400 MB.
    expect(residentOctets(steerdns.pid) - before).to.be.below(150 << 20);
  });

  it('half frames, frames octet by octet, resets in the middle and half-closed connections keep nobody waiting', async () => {
    const whole = framed(query(1), query(2));
    const slow: TcpClient[] = [];
    for (let at = 0; at < whole.length; at++) {
      const half = await open(`127.0.5.${1 + (at % 200)}`);
      half.socket.write(whole.subarray(0, at));
      const reset = await open(`127.0.6.${1 + (at % 200)}`);
      reset.socket.write(whole.subarray(0, at), () => reset.socket.resetAndDestroy());
      const halfClosed = await open(`127.0.7.${1 + (at % 200)}`);
      halfClosed.socket.end(whole.subarray(0, at));
      await halfClosed.closed;
      expect(halfClosed.ids).to.deep.equal(at < whole.length / 2 ? [] : [1]);
      slow.push(half);
    }
    await expectServed('127.0.8.1');
    expect(await askOverUdp(steerdns)).to.equal(UDP_QUERIES);
    // An octet each, in turn, until the last of them is whole.
    for (const [at, client] of slow.entries()) {
      for (let next = at; next < whole.length; next++) {
        client.socket.write(whole.subarray(next, next + 1));
        if (next % 8 === 0) await new Promise(setImmediate);
      }
    }
    for (const client of slow) expect(await client.responses(2)).to.deep.equal([1, 2]);
    expect((await counters()).internalErrors).to.equal(0);
  });

  it('a length of 65,535 octets that never come takes no more than has come', async () => {
    const before = residentOctets(steerdns.pid);
    const lying = await Promise.all(Array.from({ length: 400 }, () => open('127.0.9.1')));
    await Promise.all(
      lying.map(
        ({ socket }) => new Promise((resolve) => socket.write(Buffer.from('ffff00', 'hex'), resolve)),
      ),
    );
    await expectServed('127.0.9.2');
    expect(residentOctets(steerdns.pid) - before).to.be.below(400 * 32 * 1024);
    const [first] = lying;
    // Ten seconds from a message's first octet to its last.
    if (first !== undefined && !first.socket.closed) await either(first.socket, 'end', 'close');
    expect((await until(counters, ({ tcpTimeouts = 0 }) => tcpTimeouts >= 400)).tcpTimeouts).to.be.at.least(
      400,
    );
  }).timeout(60_000);
});

/** Whether this process, and what it starts, may open {@link DESCRIPTORS}: as many as it has been allowed, or root allows it. */
function raiseDescriptors(): boolean {
  const [, hard = ''] = /^Max open files +\S+ +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  // Node.js raises its own soft limit to this one.
  if (hard === 'unlimited' || Number(hard) >= DESCRIPTORS) return true;
  const limits = `--nofile=${DESCRIPTORS}:${DESCRIPTORS}`;
  return spawnSync('prlimit', ['--pid', `${process.pid}`, limits]).status === 0;
}

function needDescriptors(context: { skip(): never }): void {
  const how = `${DESCRIPTORS} descriptors are needed; type: ulimit -Hn ${DESCRIPTORS}`;
  if (process.env.CI === 'true') throw new Error(how);
  console.log(`      ${how}`);
  context.skip();
}

function query(id: number, name = 'www.example.com.', type = 1): Buffer {
  return Buffer.from(buildQuery({ id, name, type }));
}

/** Asks so many times with a few on their way at a time. @returns how many were answered before none came for seconds */
async function askOverUdp({ dns }: Steerdns): Promise<number> {
  const socket: Socket = createSocket('udp4');
  let answered = 0;
  let sent = 0;
  const send = (): void => {
    if (sent === UDP_QUERIES) return;
    sent += 1;
    socket.send(query(sent & 0xffff), dns.port, dns.address);
  };
  await new Promise<void>((resolve) => {
    const lost = setTimeout(resolve, LOST_MS);
    socket.on('message', () => {
      answered += 1;
      lost.refresh();
      send();
      if (answered < UDP_QUERIES) return;
      clearTimeout(lost);
      resolve();
    });
    socket.bind(0, '127.0.0.1', () => {
      for (let i = 0; i < UDP_WINDOW; i++) send();
    });
  });
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  return answered;
}

/** Without a response for so long, what is missing is lost. */
const LOST_MS = 10_000;

function residentOctets(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}
