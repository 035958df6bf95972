import { expect } from 'chai';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { Fleet, type FleetInstance, memberOf } from './fleet.js';
import { RedisServer } from './redis-server.js';

describe('probes that instances share', function () {
  // Leases of seconds lapse in these tests, and a busy machine has little time for so many processes.
  this.timeout(120_000);

  const fleet = new Fleet();
  let redis: RedisServer;
  let instances: FleetInstance[] = [];
  const alive = (): FleetInstance[] => instances.filter(({ name }) => name !== 'gone');

  before(async function () {
    needTool(this, 'dig');
    needTool(this, 'redis-server');
    redis = await RedisServer.start();
    await fleet.start();
    fleet.first.counts = true;
    instances = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        fleet.add({ name, redis: `{url: '${redis.url}'}`, cluster: 'probes: 1, quorum: any' }),
      ),
    );
    await Promise.all(instances.map((instance) => instance.sees('a', 'b', 'c')));
  });
  after(async () => {
    await fleet.stop();
    await redis?.remove();
  });

  /** The one instance that probes the first member, once nobody else does. */
  async function holder(): Promise<FleetInstance> {
    const seen = await until(
      async () => {
        fleet.first.forget();
        await until(
          async () => {
            await new Promise((resolve) => setTimeout(resolve, 100));
            return [...fleet.first.probes.values()];
          },
          (counts) => counts.some((count) => count >= 3),
        );
        return [...fleet.first.probes.keys()];
      },
      (pids) => pids.length === 1,
      40_000,
    );
    return alive().find(({ pid }) => pid === seen[0]) as FleetInstance;
  }

  it('are made by as many instances as the configuration says, and all others go by what those found', async () => {
    const [one] = [await holder()];
    for (const instance of alive()) {
      const { standing, result } = await instance.counts('web/first', { [one.name]: 'up' });
      expect(standing).to.equal('up');
      if (instance !== one) expect(result).to.match(/probed by other instances$/);
    }
    fleet.first.failsFor.add(one.pid);
    await Promise.all(alive().map((instance) => instance.answers('192.0.2.2')));
    fleet.first.failsFor.clear();
    await Promise.all(alive().map((instance) => instance.answers('192.0.2.1')));
  });

  it('are taken over when their instance is killed, within one interval and a half', async () => {
    const one = await holder();
    const { leaseMs } = await one.cluster();
    // The lease is the interval of the checks. It runs from the last exchange, and an exchange of the others, at most a quarter
    // of a second later, finds it gone.
    expect(leaseMs).to.equal(1000);
    expect(leaseMs + 250).to.be.below(1.5 * 1000);
    await one.steerdns.stop('SIGKILL');
    instances = instances.map((instance) =>
      instance === one ? ({ ...one, name: 'gone' } as FleetInstance) : instance,
    );
    const next = await holder();
    expect(next).to.not.equal(one);
    for (const instance of alive()) await instance.counts('web/first', { [next.name]: 'up' });
  });

  it('are given back at once by an instance that leaves, and members keep their health', async () => {
    const one = await holder();
    await one.steerdns.stop();
    expect(
      await redis.command(
        'EXISTS',
        `{steerdns:test}:instance:${one.name}`,
        `{steerdns:test}:votes:${one.name}`,
      ),
    ).to.equal(0);
    const [last] = alive().filter((instance) => instance !== one) as [FleetInstance];
    await last.counts('web/first', {});
    await last.sees(last.name);
    const { members } = await last.status();
    expect(memberOf(members, 'web/first').standing).to.equal('up');
    expect(last.steerdns.log).to.not.match(/member web\/first is down.*probed by/);
  });
});

describe('an instance whose Redis is not there', function () {
  // Leases of seconds lapse in these tests, and a busy machine has little time for so many processes.
  this.timeout(120_000);

  const fleet = new Fleet();
  let redis: RedisServer;

  before(async function () {
    needTool(this, 'dig');
    needTool(this, 'redis-server');
    redis = await RedisServer.start();
    await fleet.start();
  });
  after(async () => {
    await fleet.stop();
    await redis?.remove();
  });

  it('starts and answers by its own probes, and joins when Redis comes', async () => {
    await redis.stop();
    const alone = await fleet.add({ name: 'a', redis: `{url: '${redis.url}'}` });
    expect(await alone.ask()).to.deep.equal(['192.0.2.1']);
    const { cluster } = await alone.status();
    expect(cluster).to.include({ state: 'degraded', probing: 'alone' });
    expect(cluster?.problem).to.match(/ECONNREFUSED/);
    await redis.start();
    await alone.sees('a');
  });
});
