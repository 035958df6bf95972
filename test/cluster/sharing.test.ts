import { expect } from 'chai';
import { scrape } from '../support/metrics.js';
import { needTool } from '../support/tools.js';
import { Fleet, type FleetInstance, memberOf, serviceText } from './fleet.js';
import { RedisServer } from './redis-server.js';
import { TcpProxy } from './tcp-proxy.js';

const FIRST = '192.0.2.1';
const SECOND = '192.0.2.2';

describe('instances that share through Redis', function () {
  // Leases of seconds lapse in these tests, and a busy machine has little time for so many processes.
  this.timeout(120_000);

  const fleet = new Fleet();
  let redis: RedisServer;
  let proxies: TcpProxy[] = [];
  let a: FleetInstance;
  let b: FleetInstance;
  let c: FleetInstance;
  const all = (): FleetInstance[] => [a, b, c];
  const everywhere = (work: (instance: FleetInstance) => Promise<unknown>): Promise<unknown> =>
    Promise.all(all().map(work));

  before(async function () {
    needTool(this, 'dig');
    needTool(this, 'redis-server');
    redis = await RedisServer.start();
    await fleet.start();
    proxies = await Promise.all([1, 2, 3].map(() => TcpProxy.start(redis.port)));
    const [, , third] = proxies;
    const start = (name: string, port: number): Promise<FleetInstance> =>
      fleet.add({ name, redis: `{url: 'redis://127.0.0.1:${port}'}`, cluster: 'lease: 2s' });
    [a, b, c] = (await Promise.all([
      start('a', (proxies[0] as TcpProxy).port),
      start('b', (proxies[1] as TcpProxy).port),
      start('c', (third as TcpProxy).port),
    ])) as [FleetInstance, FleetInstance, FleetInstance];
  });
  after(async () => {
    await fleet.stop();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await redis?.remove();
  });
  beforeEach(() => everywhere((instance) => instance.sees('a', 'b', 'c')));

  describe('votes', () => {
    it('of every instance are seen by every other', async () => {
      await everywhere((instance) => instance.counts('web/first', { a: 'up', b: 'up', c: 'up' }));
      await everywhere((instance) => instance.answers(FIRST));
      const metrics = await scrape(a.steerdns);
      expect(metrics.sum('steerdns_cluster_state', { state: 'connected' })).to.equal(1);
      expect(metrics.sum('steerdns_cluster_instances')).to.equal(3);
      expect(metrics.sum('steerdns_cluster_exchanges_total')).to.be.greaterThan(0);
    });

    it('of one instance with a bad way take nobody down, not even on that one', async () => {
      fleet.first.failsFor.add(a.pid);
      await everywhere(async (instance) => {
        const { standing } = await instance.counts('web/first', { a: 'down', b: 'up', c: 'up' });
        expect(standing).to.equal('up');
      });
      await everywhere((instance) => instance.answers(FIRST));
    });

    it('of two of three take a member down everywhere, the third one included, and up again', async () => {
      fleet.first.failsFor.add(b.pid);
      await everywhere((instance) => instance.answers(SECOND));
      await c.counts('web/first', { a: 'down', b: 'down', c: 'up' });
      expect(c.steerdns.log)
        .to.match(/member web\/first is down/)
        .and.to.match(/down by a, b; up by c/);
      fleet.first.failsFor.clear();
      await everywhere((instance) => instance.answers(FIRST));
    });
  });

  describe('what operators say', () => {
    it('at one instance holds on all, and so does what takes it back at another', async () => {
      await a.say('web/first', 'drain');
      expect(await a.ask()).to.deep.equal([SECOND]);
      await everywhere((instance) => instance.answers(SECOND));
      await c.takeBack('web/first');
      await everywhere((instance) => instance.answers(FIRST));
      await everywhere((instance) => instance.overrides());
    });

    it('of weights holds in the answers of all, over a flush of Redis too, and so does taking it back', async () => {
      // Of the two members the one of the higher weight is answered; they have the same.
      await a.say('web/second', { weight: 9, reason: 'warm' });
      expect(await a.ask()).to.deep.equal([SECOND]);
      await everywhere((instance) => instance.answers(SECOND));
      const { overrides, members } = await c.status();
      expect(overrides[0]).to.include({
        pattern: 'web/second',
        override: 'weight',
        weight: 9,
        reason: 'warm',
      });
      expect(memberOf(members, 'web/second').weight).to.equal(9);
      await redis.command('FLUSHALL');
      await everywhere((instance) => instance.sees('a', 'b', 'c'));
      await everywhere((instance) => instance.answers(SECOND));
      await b.takeBack('web/second');
      await everywhere((instance) => instance.answers(FIRST));
      await redis.command('FLUSHALL');
      await everywhere((instance) => instance.sees('a', 'b', 'c'));
      await everywhere((instance) => instance.overrides());
      expect(await a.ask()).to.deep.equal([FIRST]);
    });

    it('of a weight and of a state meet: each is taken back for itself', async () => {
      await a.say('web/first', { weight: 0 });
      await b.say('web/first', 'up');
      await everywhere((instance) => instance.shows(({ overrides }) => overrides.length === 2));
      await everywhere((instance) => instance.answers(SECOND));
      await c.takeBack('web/*');
      await everywhere((instance) => instance.overrides());
      await everywhere((instance) => instance.answers(FIRST));
    });

    it('with an end is over on all, and what is wider holds again', async () => {
      const end = new Date(Date.now() + 8000).toISOString();
      await a.say('web/*', { weight: 5 });
      await a.say('web/first', { override: 'drain', until: end, reason: 'kernel' });
      await everywhere((instance) =>
        instance.shows(({ overrides }) =>
          overrides.some(({ until: ends, reason }) => ends === end && reason === 'kernel'),
        ),
      );
      await everywhere((instance) => instance.answers(FIRST));
      await everywhere((instance) => instance.overrides('web/* weight'));
      await b.takeBack('web/*');
      await everywhere((instance) => instance.overrides());
    });

    it('at two instances at once ends the same everywhere', async () => {
      await Promise.all([a.say('web/first', 'drain'), b.say('web/first', 'up')]);
      await c.shows(({ overrides }) => overrides.length === 1);
      // Something that is said after both is known to all when both are.
      await c.say('web/second', 'up');
      await everywhere((instance) =>
        instance.shows(({ overrides }) => overrides.some(({ pattern }) => pattern === 'web/second')),
      );
      const said = await Promise.all(all().map(async (instance) => (await instance.status()).overrides));
      expect(said[1]).to.deep.equal(said[0]);
      expect(said[2]).to.deep.equal(said[0]);
      await a.takeBack('web/*');
      await everywhere((instance) => instance.overrides());
    });
  });

  describe('without Redis', () => {
    it('answers go on, its own probes decide on each instance, and status says since when and why', async () => {
      await redis.stop();
      const { cluster } = await a.shows((status) => status.cluster?.probing === 'alone');
      expect(cluster?.state).to.equal('degraded');
      expect(cluster?.problem).to.match(/^Redis at 127\.0\.0\.1:\d+: /);
      expect(Date.parse(cluster?.since ?? '')).to.be.lessThan(Date.now());
      const metrics = await scrape(a.steerdns);
      expect(metrics.sum('steerdns_cluster_state', { state: 'degraded' })).to.equal(1);
      expect(metrics.sum('steerdns_cluster_probing_alone')).to.equal(1);
      expect(metrics.sum('steerdns_cluster_failures_total')).to.be.greaterThan(0);
      fleet.first.failsFor.add(a.pid);
      await a.answers(SECOND);
      expect(await b.ask()).to.deep.equal([FIRST]);
      expect(await c.ask()).to.deep.equal([FIRST]);
    });

    it('what operators say meanwhile meets when it is back, the last word of each member', async () => {
      await redis.stop();
      await everywhere((instance) => instance.shows((status) => status.cluster?.state === 'degraded'));
      await a.say('web/first', 'drain');
      await b.say('web/second', 'drain');
      await b.say('web/first', 'up');
      await b.takeBack('web/second');
      await c.overrides();
      await redis.start();
      await everywhere((instance) => instance.overrides('web/first up'));
      await a.takeBack('web/first');
      await everywhere((instance) => instance.overrides());
    });

    afterEach(async function () {
      fleet.first.failsFor.clear();
      if (this.currentTest?.title.startsWith('answers go on') === true) await redis.start();
      await everywhere((instance) => instance.sees('a', 'b', 'c'));
    });
  });

  it('a Redis that hangs is one that is not there, and nobody waits for it', async () => {
    redis.signal('SIGSTOP');
    await a.shows((status) => status.cluster?.probing === 'alone');
    expect((await a.cluster()).problem).to.match(/no answer within \d+ ms/);
    expect(await a.ask()).to.deep.equal([FIRST]);
    await a.say('web/first', 'drain');
    expect(await a.ask()).to.deep.equal([SECOND]);
    redis.signal('SIGCONT');
    await everywhere((instance) => instance.answers(SECOND));
    await b.takeBack('web/first');
    await everywhere((instance) => instance.answers(FIRST));
  });

  it('a Redis that is flushed gets everything again', async () => {
    await a.say('web/first', 'drain');
    await everywhere((instance) => instance.overrides('web/first drain'));
    await redis.command('FLUSHALL');
    await everywhere((instance) => instance.sees('a', 'b', 'c'));
    await everywhere((instance) => instance.counts('web/first', { a: 'up', b: 'up', c: 'up' }));
    await everywhere((instance) => instance.overrides('web/first drain'));
    // Only what is in Redis reaches an instance that comes later.
    const d = await fleet.add({ name: 'd', redis: `{url: '${redis.url}'}` });
    await d.overrides('web/first drain');
    await d.steerdns.stop();
    await everywhere((instance) => instance.sees('a', 'b', 'c'));
    await b.takeBack('web/first');
    await everywhere((instance) => instance.answers(FIRST));
  });

  for (const [how, cut] of [
    ['is cut off', (proxy: TcpProxy) => proxy.cut()],
    ["can't hear Redis any more", (proxy: TcpProxy) => proxy.hang()],
  ] as const) {
    it(`an instance that ${how} goes on alone, the others without it, and they meet again`, async () => {
      const proxy = proxies[2] as TcpProxy;
      cut(proxy);
      await a.sees('a', 'b');
      await c.shows(({ cluster }) => cluster?.probing === 'alone');
      await a.counts('web/first', { a: 'up', b: 'up' });
      await a.say('web/first', 'drain');
      await b.answers(SECOND);
      expect(await c.ask()).to.deep.equal([FIRST]);
      proxy.mend();
      await c.answers(SECOND);
      await everywhere((instance) => instance.sees('a', 'b', 'c'));
      await c.takeBack('web/first');
      await everywhere((instance) => instance.answers(FIRST));
    });
  }

  it('shows whose configuration is another', async () => {
    const { first, second } = fleet;
    await b.rewrite({ 'services/web.yaml': serviceText(first.port, second.port, 7) });
    const differs = async (instance: FleetInstance, wanted: string): Promise<void> => {
      await instance.shows(
        ({ cluster }) =>
          cluster?.instances.map((other) => `${other.name}:${other.differs.join('+')}`).join(' ') === wanted,
      );
    };
    await differs(a, 'a: b:services+zones c:');
    await differs(b, 'a:services+zones b: c:services+zones');
    expect((await b.steerdns.command('status')).stdout).to.match(/^c +\S+ +.* differs in services, zones$/m);
    // What they probe is the same all the same, and so are their votes.
    await a.counts('web/first', { a: 'up', b: 'up', c: 'up' });
    await b.rewrite({ 'services/web.yaml': serviceText(first.port, second.port) });
    await differs(a, 'a: b: c:');
  });

  describe('an instance of a name that another has', () => {
    it('says so, has no vote, and takes its place when it is gone', async () => {
      const twin = await fleet.add({ name: 'a', redis: `{url: '${redis.url}'}`, cluster: 'lease: 1s' });
      const { cluster, members } = await twin.shows((status) => status.cluster?.state === 'clash');
      expect(cluster?.problem).to.match(/^another process is in cluster test as a, started 20/);
      expect(memberOf(members, 'web/first').standing).to.equal('up');
      await everywhere((instance) => instance.sees('a', 'b', 'c'));
      await twin.say('web/first', 'drain');
      await everywhere((instance) => instance.answers(SECOND));
      await twin.takeBack('web/first');
      await everywhere((instance) => instance.answers(FIRST));
      await a.steerdns.stop('SIGKILL');
      await twin.sees('a', 'b', 'c');
      await twin.steerdns.stop();
      a = await fleet.again(a);
    });
  });
});
