import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';
import { AliasResolver } from '../../src/alias/resolver.js';
import { AliasAnswer, AliasStatus, AliasTable } from '../../src/state/alias-table.js';
import { parseName } from '../../src/wire/name.js';
import { ManualClock } from '../health/manual-clock.js';

/** Longer than any resolution over loopback takes; reached only when a test fails. */
const LIMIT_MS = 20_000;

type Zone = Record<string, Answer[] | 'NXDOMAIN' | 'SERVFAIL' | 'SILENCE'>;

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

/** A small recursive resolver: answers `NAME TYPE` by a table, NODATA where there is no row. */
class SmallResolver {
  zone: Zone = {};
  readonly asked: string[] = [];
  readonly #socket: Socket = createSocket('udp4');

  async start(): Promise<{ address: string; port: number }> {
    this.#socket.on('message', (message, peer) => {
      const query = decode(message);
      const [question] = query.questions ?? [];
      const key = `${question?.name} ${question?.type}`;
      this.asked.push(key);
      const row = this.zone[key] ?? [];
      if (row === 'SILENCE') return;
      const response: Packet & { rcode?: number } = {
        type: 'response',
        id: query.id ?? 0,
        flags: AUTHORITATIVE_ANSWER | (typeof row === 'string' ? RCODES[row] : 0),
        questions: query.questions ?? [],
        answers: typeof row === 'string' ? [] : row,
      };
      this.#socket.send(encode(response), peer.port, peer.address);
    });
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return { address: '127.0.0.1', port: (this.#socket.address() as AddressInfo).port };
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}

const a = (name: string, data: string, ttl = 300): Answer => ({ type: 'A', name, data, ttl });
const aaaa = (name: string, data: string, ttl = 300): Answer => ({ type: 'AAAA', name, data, ttl });

describe('alias/resolver', () => {
  let upstream: SmallResolver;
  let servers: { address: string; port: number }[];
  let table: AliasTable;
  let clock: ManualClock;
  let resolver: AliasResolver;
  let warnings: string[];
  beforeEach(async () => {
    upstream = new SmallResolver();
    servers = [await upstream.start()];
    table = new AliasTable(16);
    clock = new ManualClock();
    warnings = [];
    const log = { info: () => {}, warn: (_: object, message: string) => void warnings.push(message) };
    resolver = new AliasResolver({ table, log, servers, clock, random: () => 0.5 });
  });
  afterEach(async () => {
    await resolver.stop();
    await upstream.stop();
  });

  /** What an answering thread sees: `192.0.2.1 ttl 300`, or the status. */
  function seen(target: string, family: 4 | 6): string {
    const answer = new AliasAnswer();
    const status = table.read(
      table.slotOf(parseName(target)),
      family,
      Math.floor(clock.now() / 1000),
      answer,
    );
    if (status !== AliasStatus.ADDRESSES) return Object.keys(AliasStatus)[status] ?? '';
    const size = family === 4 ? 4 : 16;
    const addresses = Array.from({ length: answer.count }, (_, i) => {
      const octets = [...answer.octets.subarray(i * size, (i + 1) * size)];
      return family === 4 ? octets.join('.') : Buffer.from(octets).toString('hex');
    });
    return `${addresses.join(' ')} ttl ${answer.ttl}`;
  }

  /** Lets time pass and ends when each task whose time came has published its result. */
  async function pass(ms: number, results: number): Promise<void> {
    let left = results;
    const published = new Promise<void>((resolve) => {
      table.write = (...args) => {
        AliasTable.prototype.write.apply(table, args);
        left -= 1;
        if (left === 0) resolve();
      };
    });
    clock.advance(ms);
    await published;
    // The task sets its next timer right after it has published.
    await new Promise(setImmediate);
  }

  it('resolves A and AAAA in the background', async () => {
    upstream.zone = {
      'www.example.net A': [a('www.example.net', '192.0.2.1'), a('www.example.net', '192.0.2.2', 200)],
      'www.example.net AAAA': [aaaa('www.example.net', '2001:db8::1', 100)],
    };
    resolver.update([parseName('WWW.example.net.')]);
    expect(seen('www.example.net.', 4)).to.equal('UNKNOWN');
    expect(await resolver.firstRound(LIMIT_MS)).to.equal(0);
    expect(seen('www.example.net.', 4)).to.match(
      /^(192\.0\.2\.1 192\.0\.2\.2|192\.0\.2\.2 192\.0\.2\.1) ttl 200$/,
    );
    expect(seen('www.example.net.', 6)).to.equal('20010db8000000000000000000000001 ttl 100');
    expect(resolver.report().map(({ target, type, status }) => `${target} ${type} ${status}`)).to.deep.equal([
      'www.example.net. A addresses',
      'www.example.net. AAAA addresses',
    ]);
    expect(upstream.asked.sort()).to.deep.equal(['www.example.net A', 'www.example.net AAAA']);
  });

  it('follows what a CNAME leads to', async () => {
    upstream.zone = {
      'www.example.net A': [
        { type: 'CNAME', name: 'www.example.net', data: 'cdn.example.org', ttl: 40 },
        a('cdn.example.org', '192.0.2.9', 300),
      ],
    };
    resolver.update([parseName('www.example.net.')]);
    await resolver.firstRound(LIMIT_MS);
    expect(seen('www.example.net.', 4)).to.equal('192.0.2.9 ttl 40');
  });

  it('has NODATA for a target without such addresses and for one that does not exist, and asks again after a minute', async () => {
    upstream.zone = { 'gone.example A': 'NXDOMAIN', 'gone.example AAAA': 'NXDOMAIN' };
    resolver.update([parseName('gone.example.'), parseName('bare.example.')]);
    await resolver.firstRound(LIMIT_MS);
    expect([seen('gone.example.', 4), seen('bare.example.', 6)]).to.deep.equal(['NODATA', 'NODATA']);
    expect(warnings).to.deep.equal([]);
    expect(clock.delays).to.deep.equal([60_000, 60_000, 60_000, 60_000]);
    upstream.zone = { 'gone.example A': [a('gone.example', '192.0.2.5', 300)] };
    await pass(60_000, 4);
    expect(seen('gone.example.', 4)).to.equal('192.0.2.5 ttl 300');
  });

  it('asks again before the addresses expire', async () => {
    upstream.zone = {
      'x.example A': [a('x.example', '192.0.2.1', 100)],
      'x.example AAAA': [aaaa('x.example', '2001:db8::1', 100)],
    };
    resolver.update([parseName('x.example.')]);
    await resolver.firstRound(LIMIT_MS);
    expect(clock.delays).to.deep.equal([80_000, 80_000]);
    upstream.zone['x.example A'] = [a('x.example', '192.0.2.2', 100)];
    await pass(80_000, 2);
    expect(seen('x.example.', 4)).to.equal('192.0.2.2 ttl 100');
  });

  it('bounds the TTL of the target: 5 seconds at the least, a day at the most', async () => {
    upstream.zone = {
      'x.example A': [a('x.example', '192.0.2.1', 0)],
      'x.example AAAA': [aaaa('x.example', '2001:db8::1', 1e8)],
    };
    resolver.update([parseName('x.example.')]);
    await resolver.firstRound(LIMIT_MS);
    expect(seen('x.example.', 4)).to.equal('192.0.2.1 ttl 5');
    expect(seen('x.example.', 6)).to.match(/ ttl 86400$/);
    expect(clock.delays).to.deep.equal([4000, 69_120_000]);
  });

  it('answers what it knew for a day while nobody can say, then fails; and recovers', async () => {
    upstream.zone = { 'x.example A': [a('x.example', '192.0.2.1', 100)], 'x.example AAAA': 'SERVFAIL' };
    resolver.update([parseName('x.example.')]);
    await resolver.firstRound(LIMIT_MS);
    expect(seen('x.example.', 6)).to.equal('FAILED');
    await resolver.stop();
    resolver = new AliasResolver({
      table,
      log: { info: () => {}, warn: (_: object, message: string) => void warnings.push(message) },
      servers,
      clock,
      random: () => 0.5,
    });
    upstream.zone['x.example AAAA'] = [aaaa('x.example', '2001:db8::1', 86_400)];
    resolver.update([parseName('x.example.')]);
    await resolver.firstRound(LIMIT_MS);
    warnings.length = 0;
    upstream.zone = { 'x.example A': 'SERVFAIL', 'x.example AAAA': 'SERVFAIL' };
    await failA(80_000);
    expect(seen('x.example.', 4)).to.equal('192.0.2.1 ttl 20');
    await failA(30_000);
    expect(seen('x.example.', 4)).to.equal('192.0.2.1 ttl 30');
    expect(warnings).to.deep.equal([
      "can't resolve ALIAS target x.example.: ESERVFAIL; what is known is answered for up to a day",
    ]);
    expect(resolver.report()[0]).to.include({ status: 'addresses', failure: 'ESERVFAIL' });
    await pass(86_400_000, 1);
    expect(seen('x.example.', 4)).to.equal('FAILED');
    upstream.zone['x.example A'] = [a('x.example', '192.0.2.7', 100)];
    await pass(90_000, 1);
    expect(seen('x.example.', 4)).to.equal('192.0.2.7 ttl 100');
    expect(resolver.report()[0]).to.not.have.property('failure');
  });

  /** Lets time pass in which A alone is asked for, which fails and publishes nothing. */
  async function failA(ms: number): Promise<void> {
    const before = clock.delays.length;
    clock.advance(ms);
    while (clock.delays.length < before) await new Promise(setImmediate);
  }

  it('asks again later and later while it fails', async () => {
    upstream.zone = {
      'x.example A': 'SERVFAIL',
      'x.example AAAA': [aaaa('x.example', '2001:db8::1', 86_400)],
    };
    resolver.update([parseName('x.example.')]);
    await resolver.firstRound(LIMIT_MS);
    const delays: (number | undefined)[] = [];
    for (let i = 0; i < 8; i++) {
      delays.push(clock.delays[0]);
      await pass(clock.delays[0] ?? 0, 1);
    }
    expect(delays).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('waits no longer for the first round than the limit, and stops while a query is on its way', async () => {
    upstream.zone = { 'x.example A': 'SILENCE', 'x.example AAAA': 'SILENCE' };
    resolver.update([parseName('x.example.')]);
    const round = resolver.firstRound(5000);
    clock.advance(5000);
    expect(await round).to.equal(2);
    await resolver.stop();
    expect(seen('x.example.', 4)).to.equal('UNKNOWN');
    expect(clock.delays).to.deep.equal([]);
  });

  it('goes on with targets that stay, asks no more for those that are gone', async () => {
    resolver.update([parseName('stays.example.'), parseName('goes.example.')]);
    await resolver.firstRound(LIMIT_MS);
    resolver.update([parseName('stays.example.'), parseName('new.example.'), parseName('NEW.example.')]);
    await resolver.firstRound(LIMIT_MS);
    expect(upstream.asked.filter((question) => question.startsWith('stays'))).to.have.length(2);
    expect(upstream.asked.filter((question) => question.startsWith('new'))).to.have.length(2);
    expect(clock.delays).to.have.length(4);
    expect(resolver.report().map(({ target }) => target)).to.deep.equal([
      'stays.example.',
      'stays.example.',
      'new.example.',
      'new.example.',
    ]);
  });

  it('fails a target that no resolver can be asked for, without harm', async () => {
    resolver.update([parseName('a\\032b.example.')]);
    expect(await resolver.firstRound(LIMIT_MS)).to.equal(0);
    expect(seen('a\\032b.example.', 4)).to.equal('FAILED');
    expect(resolver.report()[0]?.failure).to.equal('EBADNAME');
  });
});
