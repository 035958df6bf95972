import { expect } from 'chai';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { Fleet, type FleetInstance } from './fleet.js';
import { RedisServer } from './redis-server.js';

const TAG = '{steerdns:test}:';
const INCARNATION = 'e'.repeat(32);

describe('what is in Redis and was written by nobody of the cluster', function () {
  // Leases of seconds lapse in these tests, and a busy machine has little time for so many processes.
  this.timeout(120_000);

  const fleet = new Fleet();
  let redis: RedisServer;
  let a: FleetInstance;
  let b: FleetInstance;

  before(async function () {
    needTool(this, 'dig');
    needTool(this, 'redis-server');
    redis = await RedisServer.start();
    await fleet.start();
    [a, b] = (await Promise.all(
      ['a', 'b'].map((name) =>
        fleet.add({ name, redis: `{url: '${redis.url}'}`, cluster: 'quorum: any, lease: 3s, probes: 3' }),
      ),
    )) as [FleetInstance, FleetInstance];
  });
  after(async () => {
    await fleet.stop();
    await redis?.remove();
  });
  beforeEach(async () => {
    await Promise.all([a.sees('a', 'b'), b.sees('a', 'b')]);
  });

  /** Of both: whoever comes first mends it, and the other one may see nothing. */
  const refused = async (): Promise<number> => {
    const both = await Promise.all([a.cluster(), b.cluster()]);
    return both.reduce((sum, { counters }) => sum + Number(counters.refused), 0);
  };

  const big = 'x'.repeat(5 * 1024 * 1024);
  const rows: { name: string; write: (server: RedisServer) => Promise<unknown> }[] = [
    { name: 'a lease that is no lease', write: (r) => lease(r, 'evil', 'what?') },
    {
      name: 'a lease whose JSON is not one',
      write: (r) => lease(r, 'evil', `${INCARNATION}\n{"votes":"many"}`),
    },
    { name: 'a lease of no name', write: (r) => lease(r, '../../etc', leaseText()) },
    { name: 'a lease of 5 MiB', write: (r) => lease(r, 'evil', big) },
    {
      name: 'a lease that is a hash',
      write: async (r) => {
        await r.command('HSET', `${TAG}instance:evil`, 'a', 'b');
        await r.command('APPEND', `${TAG}instances`, '\nevil');
      },
    },
    { name: 'votes that are a list', write: (r) => replace(r, 'votes:b', 'RPUSH', 'x') },
    { name: 'an index of 5 MiB', write: (r) => r.command('SET', `${TAG}instances`, big) },
    { name: 'an index that is a set', write: (r) => replace(r, 'instances', 'SADD', 'x') },
    {
      name: 'overrides that are none',
      write: (r) => r.command('SET', `${TAG}overrides`, 'drain everything'),
    },
    {
      name: 'overrides of another form',
      write: (r) => r.command('SET', `${TAG}overrides`, `${'0'.repeat(16)}\n{"web/first":"drain"}`),
    },
    {
      name: 'overrides in other octets than UTF-8',
      write: (r) => r.command('SET', `${TAG}overrides`, Buffer.from([0xff, 0xfe, 0, 1]).toString('latin1')),
    },
    { name: 'overrides of 5 MiB', write: (r) => r.command('SET', `${TAG}overrides`, big) },
    { name: 'overrides that are a stream', write: (r) => replace(r, 'overrides', 'XADD', '*', 'a', 'b') },
    {
      name: 'overrides with words that are none among one that is',
      write: (r) =>
        r.command(
          'SET',
          `${TAG}overrides`,
          `${'1'.repeat(16)}\n${JSON.stringify([
            ['state web/first', 'not a version', '{"override":"down","since":1}'],
            ['state web/first', 'ffffffffffffffff-evil', '{"override":"down","since":1}'],
            ['state web/first', '0000000000010000-evil', '{"override":"explode","since":1}'],
            ['state first', '0000000000010000-evil', '{"override":"down","since":1}'],
            ['state web/\u0007first', '0000000000010000-evil', '{"override":"down","since":1}'],
            ['web/first', '0000000000010000-evil', '{"override":"down","since":1}'],
            ['weight web/first', '0000000000010000-evil', '{"override":"weight","weight":65536,"since":1}'],
            ['weight web/first', '0000000000020000-evil', '{"override":"down","since":1}'],
            [
              'weight web/first',
              '0000000000030000-evil',
              '{"override":"weight","weight":1,"since":1,"until":1e99}',
            ],
            [
              'state web/first',
              '0000000000030000-evil',
              '{"override":"down","since":1,"reason":"\\u001b[2J"}',
            ],
            [1, 2, 3],
            'x',
            ['state web/second', '0000000000010000-old', '{"override":"up","since":1}'],
          ])}`,
        ),
    },
  ];
  for (const { name, write } of rows) {
    it(`is counted and changes nothing: ${name}`, async () => {
      await a.say('web/second', 'drain');
      await b.overrides('web/second drain');
      const before = await refused();
      await write(redis);
      await until(refused, (count) => count > before, 5000);
      await a.answers('192.0.2.1');
      // And goes on working.
      await b.say('web/first', 'drain');
      await a.overrides('web/second drain', 'web/first drain');
      await b.takeBack('web/*');
      await a.overrides();
      await a.sees('a', 'b');
      await redis.command('DEL', `${TAG}instance:evil`, `${TAG}instance:../../etc`);
      await a.counts('web/first', { a: 'up', b: 'up' });
      await b.counts('web/first', { a: 'up', b: 'up' });
    });
  }

  for (const [name, text] of [
    ['none', 'down, all of them'],
    ['too long', big],
  ] as const) {
    it(`is counted by an instance that comes new, and mended soon: votes that are ${name}`, async () => {
      let c: FleetInstance | undefined;
      const start = fleet.add({ name: 'c', redis: `{url: '${redis.url}'}`, cluster: 'lease: 3s' });
      start.then((started) => (c = started)).catch(() => {});
      // Its owner mends it every few seconds.
      await until(
        async () => {
          if ((await redis.command('GETRANGE', `${TAG}votes:b`, 0, 3)) !== text.slice(0, 4))
            await redis.command('SET', `${TAG}votes:b`, text);
          await new Promise((resolve) => setTimeout(resolve, 20));
          return c === undefined ? 0 : Number((await c.cluster()).counters.refused);
        },
        (count) => count > 0,
        30_000,
      );
      c = await start;
      await c.counts('web/first', { a: 'up', b: 'up', c: 'up' });
      await c.steerdns.stop();
    });
  }

  it('has one vote of a probe, however many it writes', async () => {
    const votes = String(await redis.command('GET', `${TAG}votes:a`));
    const probes = [...votes.matchAll(/^([0-9a-f]{12})[ud]\d*$/gm)].map(([, probe]) => probe);
    expect(probes).to.have.length(2);
    const flood = Array.from({ length: 20_000 }, (_, i) => `${probes[i % 2]}d1`).join('\n');
    const more = Array.from({ length: 20_000 }, (_, i) => `${i.toString(16).padStart(12, '0')}d1`).join('\n');
    await redis.command('SET', `${TAG}votes:evil`, `${INCARNATION}\n${flood}\n${more}`);
    await lease(redis, 'evil', leaseText());
    const { standing } = await a.counts('web/first', { a: 'up', b: 'up', evil: 'down' });
    expect(standing).to.equal('up');
    await a.answers('192.0.2.1');
    // Votes without a lease count for nothing.
    await redis.command('DEL', `${TAG}instance:evil`);
    await a.counts('web/first', { a: 'up', b: 'up' });
  });

  it('has no vote at all where the instances that count are named', async () => {
    const c = await fleet.add({
      name: 'c',
      redis: `{url: '${redis.url}'}`,
      cluster: 'instances: [a,c], lease: 3s',
    });
    await c.counts('web/first', { a: 'up', c: 'up' });
    await c.sees('a', 'c');
    expect(Number((await c.cluster()).counters.refused)).to.be.greaterThan(0);
    await c.steerdns.stop();
  });
});

function leaseText(): string {
  const said = { startedAt: 1, version: '9', probes: 'ab', parts: {}, votes: 1 };
  return `${INCARNATION}\n${JSON.stringify(said)}`;
}

/** Writes a lease, and its name where instances look for it. */
async function lease(redis: RedisServer, name: string, text: string): Promise<void> {
  await redis.command('SET', `${TAG}instance:${name}`, text, 'PX', 60_000);
  await redis.command('APPEND', `${TAG}instances`, `\n${name}`);
}

async function replace(redis: RedisServer, key: string, command: string, ...args: string[]): Promise<void> {
  await redis.withClient((client) =>
    client
      .multi([
        ['del', TAG + key],
        [command.toLowerCase(), TAG + key, ...args],
      ])
      .exec(),
  );
}
