import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type HealthChange,
  HealthMonitor,
  type HealthMonitorOptions,
} from '../../src/health/health-monitor.js';
import { StateFile } from '../../src/health/state-file.js';
import { Health, MemberStates, STEADY, Standing } from '../../src/state/member-states.js';
import {
  checkOf,
  closedPort,
  httpMember,
  KeptLog,
  type Listening,
  memberOf,
  serviceOf,
  tcpMember,
} from './fixtures.js';
import { ManualClock } from './manual-clock.js';

/** Longer than any probe of loopback takes; reached only when a test fails. */
const LIMIT_MS = 20_000;

/** Probes follow each other as fast as they can. */
const FAST = { intervalMs: 1, rise: 2, fall: 3 };

describe('health/health-monitor', () => {
  let ends: (() => Promise<void>)[] = [];
  const keep = <T extends Listening>(member: T): T => {
    ends.push(() => member.close());
    return member;
  };

  afterEach(async () => {
    for (const end of ends.reverse()) await end();
    ends = [];
  });

  /** A monitor whose changes can be waited for. */
  function watch(more: Partial<HealthMonitorOptions> = {}) {
    const states = new MemberStates(64);
    const changes: HealthChange[] = [];
    let wake = (): void => {};
    const log = new KeptLog();
    const monitor = new HealthMonitor({
      states,
      log,
      onChange: (change) => {
        expect(states.health(states.find(change.member))).to.equal(
          change.to === 'up' ? Health.UP : Health.DOWN,
        );
        changes.push(change);
        wake();
      },
      ...more,
    });
    ends.push(() => monitor.stop());
    const changed = async (count: number): Promise<HealthChange[]> => {
      while (changes.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return changes;
    };
    const standing = (member: string) => states.standing(states.slotOf(member));
    return { monitor, states, log, changes, changed, standing };
  }

  it('takes a member down when it fails and up when it is well again, with the cause', async () => {
    let status = 200;
    const { port } = keep(await httpMember((_, response) => response.writeHead(status).end()));
    const { monitor, changed, standing } = watch();
    monitor.update([serviceOf('web', [memberOf('fra1', [checkOf({ port, ...FAST })])])]);
    expect(await changed(1)).to.deep.equal([
      {
        member: 'web/fra1',
        from: 'unknown',
        to: 'up',
        reason: `http 127.0.0.1:${port} GET /healthz: status 200`,
      },
    ]);
    status = 503;
    const down = (await changed(2))[1];
    expect(down).to.include({ from: 'up', to: 'down' });
    expect(down?.reason).to.equal(`http 127.0.0.1:${port} GET /healthz: status 503, expected 200`);
    expect(standing('web/fra1')).to.equal(Standing.DOWN);
    status = 200;
    expect((await changed(3))[2]).to.include({ from: 'down', to: 'up' });
    expect(standing('web/fra1')).to.equal(Standing.UP);
  });

  it('waits for the first round, whose results decide at once', async () => {
    const up = keep(await tcpMember(() => {}));
    const refused = await closedPort();
    const { monitor, standing, states } = watch();
    monitor.update([
      serviceOf('web', [
        memberOf('up', [checkOf({ type: 'tcp', port: up.port })]),
        memberOf('down', [checkOf({ type: 'tcp', port: refused })]),
        memberOf('free', []),
      ]),
    ]);
    expect(states.health(states.find('web/up'))).to.equal(Health.UNKNOWN);
    expect(await monitor.firstRound(LIMIT_MS)).to.equal(0);
    expect([standing('web/up'), standing('web/down')]).to.deep.equal([Standing.UP, Standing.DOWN]);
    expect(states.health(states.find('web/free'))).to.equal(Health.UP);
    expect(await monitor.firstRound(LIMIT_MS)).to.equal(0);
  });

  it('waits no longer than the limit; who has not answered counts as up', async () => {
    const clock = new ManualClock();
    let asked = (): void => {};
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const { port } = keep(await httpMember(() => asked()));
    const { monitor, standing } = watch({ clock });
    monitor.update([serviceOf('web', [memberOf('hangs', [checkOf({ port, timeoutMs: 60_000 })])])]);
    const round = monitor.firstRound(10_000);
    await arrived;
    clock.advance(10_000);
    expect(await round).to.equal(1);
    expect(standing('web/hangs')).to.equal(Standing.UP);
  });

  it('holds the time-out over the whole probe: a member that drips its body is down', async () => {
    const clock = new ManualClock();
    let dripped = (): void => {};
    const dripping = new Promise<void>((resolve) => (dripped = resolve));
    const { port } = keep(
      await httpMember((_, response) => {
        response.writeHead(200, { 'Content-Length': 10 });
        response.write('o', () => dripped());
      }),
    );
    const { monitor, changed } = watch({ clock });
    monitor.update([serviceOf('web', [memberOf('drips', [checkOf({ port, timeoutMs: 4000 })])])]);
    await dripping;
    clock.advance(4000);
    const [change] = await changed(1);
    expect(change?.reason).to.equal(`http 127.0.0.1:${port} GET /healthz: no answer within 4000 ms`);
  });

  it('spreads the second probes over an interval and lets later ones vary a little', async () => {
    const { port } = keep(await tcpMember(() => {}));
    for (const [random, second, later] of [
      [0, 5000, 9500],
      [0.5, 10_000, 10_000],
      [1, 15_000, 10_500],
    ] as const) {
      const clock = new ManualClock();
      const { monitor, states } = watch({ clock, random: () => random });
      monitor.update([
        serviceOf('web', [memberOf('a', [checkOf({ type: 'tcp', port, intervalMs: 10_000 })])]),
      ]);
      await monitor.firstRound(LIMIT_MS);
      expect(clock.delays).to.deep.equal([second]);
      for (let i = 0; i < 2; i++) {
        const result = nextResult(states);
        clock.advance(clock.delays[0] ?? 0);
        await result;
        expect(clock.delays).to.deep.equal([later]);
      }
    }
  });

  it('probes once what several services ask alike, and tells each of them', async () => {
    let connections = 0;
    const { port } = keep(await tcpMember(() => connections++));
    const clock = new ManualClock();
    const { monitor, changed } = watch({ clock });
    const check = checkOf({ type: 'tcp', port });
    monitor.update([
      serviceOf('web', [memberOf('fra1', [check]), memberOf('twice', [check, check])]),
      serviceOf('mail', [memberOf('mx', [check])]),
    ]);
    const changes = await changed(3);
    expect(changes.map(({ member }) => member)).to.deep.equal(['web/fra1', 'web/twice', 'mail/mx']);
    expect(connections).to.equal(1);
  });

  it('probes every address of a member when the check has no target: one that fails takes it down', async () => {
    const { port } = keep(await httpMember((_, response) => response.end(), '127.0.0.1'));
    const { monitor } = watch();
    const { target: _, ...check } = checkOf({ port });
    const addresses = [Uint8Array.of(127, 0, 0, 1), Uint8Array.of(127, 0, 0, 2)];
    monitor.update([
      serviceOf('web', [
        memberOf('one', [check], { addresses: addresses.slice(0, 1) }),
        memberOf('both', [check], { addresses }),
      ]),
    ]);
    await monitor.firstRound(LIMIT_MS);
    const [one, both] = monitor.report();
    expect(one).to.include({ member: 'web/one', health: 'up' });
    expect(both).to.include({
      health: 'down',
      reason: `http 127.0.0.2:${port} GET /healthz: connection refused (ECONNREFUSED)`,
    });
    expect(both?.checks.map(({ check, health }) => `${check}: ${health}`)).to.deep.equal([
      `http 127.0.0.1:${port} GET /healthz: up`,
      `http 127.0.0.2:${port} GET /healthz: down`,
    ]);
  });

  it('probes a host member by its name', async () => {
    const { port } = keep(await httpMember((_, response) => response.end()));
    const { monitor } = watch();
    const { target: _, ...check } = checkOf({ port });
    const host = Uint8Array.from([9, ...Buffer.from('localhost'), 0]);
    monitor.update([serviceOf('web', [memberOf('cdn', [check], { addresses: [], host })])]);
    await monitor.firstRound(LIMIT_MS);
    expect(monitor.report()[0]?.checks[0]).to.include({
      check: `http localhost:${port} GET /healthz`,
      health: 'up',
    });
  });

  it('tells how long a state holds at the least: interval times results still needed', async () => {
    let healthy = true;
    const { port } = keep(await httpMember((_, response) => response.writeHead(healthy ? 200 : 500).end()));
    const clock = new ManualClock();
    const { monitor, states } = watch({ clock, random: () => 0.5 });
    const check = checkOf({ port, intervalMs: 10_000, rise: 2, fall: 3 });
    const asked: (number | undefined)[] = [];
    const next = async (): Promise<number | undefined> => {
      const result = nextResult(states);
      clock.advance(10_000);
      await result;
      return states.words[3];
    };
    monitor.update([serviceOf('web', [memberOf('fra1', [check])])]);
    await monitor.firstRound(LIMIT_MS);
    asked.push(states.words[3]);
    healthy = false;
    asked.push(await next(), await next(), await next());
    healthy = true;
    asked.push(await next(), await next());
    expect(asked).to.deep.equal([30_000, 20_000, 10_000, 20_000, 10_000, 30_000]);
    expect(monitor.report()[0]?.nextChangeMs).to.equal(30_000);
  });

  it('keeps no more probes in flight than the limit', async () => {
    let open = 0;
    let most = 0;
    const members: Listening[] = [];
    for (let i = 0; i < 10; i++) {
      const member = await httpMember((_, response) => {
        most = Math.max(most, ++open);
        setImmediate(() => {
          open--;
          response.end();
        });
      });
      members.push(keep(member));
    }
    const { monitor } = watch({ maxInFlight: 3 });
    monitor.update([
      serviceOf(
        'web',
        members.map(({ port }, i) => memberOf(`m${i}`, [checkOf({ port, intervalMs: 60_000 })])),
      ),
    ]);
    expect(await monitor.firstRound(LIMIT_MS)).to.equal(0);
    expect(most).to.be.within(1, 3);
    expect(monitor.report().every(({ health }) => health === 'up')).to.equal(true);
  });

  describe('over a reload', () => {
    it('goes on with members that stay, drops those that are gone and starts new ones', async () => {
      const asked: string[] = [];
      const { port } = keep(
        await httpMember((request, response) => {
          asked.push(request.url ?? '');
          response.end();
        }),
      );
      const clock = new ManualClock();
      const { monitor, changes } = watch({ clock });
      const check = (path: string) => checkOf({ port, path });
      monitor.update([
        serviceOf('web', [memberOf('stays', [check('/stays')]), memberOf('goes', [check('/goes')])]),
      ]);
      await monitor.firstRound(LIMIT_MS);
      monitor.update([
        serviceOf('web', [memberOf('stays', [check('/stays')]), memberOf('new', [check('/new')])]),
      ]);
      await monitor.firstRound(LIMIT_MS);
      expect(asked).to.deep.equal(['/stays', '/goes', '/new']);
      expect(changes.map(({ member }) => member)).to.deep.equal(['web/stays', 'web/goes', 'web/new']);
      expect(monitor.report().map(({ member }) => member)).to.deep.equal(['web/stays', 'web/new']);
      expect(clock.delays).to.have.length(2);
    });

    it('keeps a member down whose check is new until that has spoken', async () => {
      const { port } = keep(await httpMember((_, response) => response.end()));
      const { monitor, standing, changes } = watch();
      monitor.update([serviceOf('web', [memberOf('a', [checkOf({ port: await closedPort() })])])]);
      await monitor.firstRound(LIMIT_MS);
      monitor.update([serviceOf('web', [memberOf('a', [checkOf({ port })])])]);
      expect(standing('web/a')).to.equal(Standing.DOWN);
      await monitor.firstRound(LIMIT_MS);
      expect(standing('web/a')).to.equal(Standing.UP);
      expect(changes.map(({ from, to }) => `${from} ${to}`)).to.deep.equal(['unknown down', 'down up']);
    });

    it('brings a member up whose checks are switched off', async () => {
      const { monitor, states, changes } = watch();
      monitor.update([serviceOf('web', [memberOf('a', [checkOf({ port: await closedPort() })])])]);
      await monitor.firstRound(LIMIT_MS);
      monitor.update([serviceOf('web', [memberOf('a', [])])]);
      expect(changes[1]).to.deep.equal({ member: 'web/a', from: 'down', to: 'up', reason: 'no checks' });
      expect(states.words[3]).to.equal(STEADY);
      expect(monitor.report()[0]).to.not.have.property('nextChangeMs');
    });

    it('takes no result of a probe that is gone', async () => {
      let answer = (): void => {};
      let asked = (): void => {};
      const arrived = new Promise<void>((resolve) => (asked = resolve));
      const { port } = keep(
        await httpMember((_, response) => {
          answer = () => response.writeHead(500).end();
          asked();
        }),
      );
      const { monitor, changes, standing } = watch();
      monitor.update([serviceOf('web', [memberOf('a', [checkOf({ port })])])]);
      await arrived;
      monitor.update([serviceOf('web', [memberOf('b', [])])]);
      answer();
      expect(await monitor.firstRound(LIMIT_MS)).to.equal(0);
      await monitor.stop();
      expect(changes).to.deep.equal([]);
      expect(standing('web/a')).to.equal(Standing.UP);
    });
  });

  describe('over a restart', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'steerdns-health-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it('starts with the health that was, since when it was, and goes on by the thresholds', async () => {
      const port = await closedPort();
      const services = [serviceOf('web', [memberOf('a', [checkOf({ port })])])];
      const firstFile = await StateFile.open(folder, new KeptLog(), new ManualClock(1000));
      const first = watch({ file: firstFile, clock: new ManualClock(1000) });
      first.monitor.update(services);
      await first.monitor.firstRound(LIMIT_MS);
      await first.monitor.stop();
      await firstFile.close();

      keep(await httpMemberOn(port));
      const clock = new ManualClock(9000);
      const secondFile = await StateFile.open(folder, new KeptLog(), clock);
      const second = watch({ file: secondFile, clock, random: () => 0.5 });
      second.monitor.update(services);
      expect(second.standing('web/a')).to.equal(Standing.DOWN);
      expect(second.monitor.report()[0]).to.include({
        health: 'down',
        since: 1000,
        reason: 'as before the restart',
      });
      await second.monitor.firstRound(LIMIT_MS);
      expect(second.standing('web/a')).to.equal(Standing.DOWN);
      clock.advance(10_000);
      expect((await second.changed(1))[0]).to.include({ from: 'down', to: 'up' });
      await second.monitor.stop();
      await secondFile.close();
    });

    async function httpMemberOn(port: number): Promise<Listening> {
      const { createServer } = await import('node:http');
      const server = createServer((_, response) => response.end());
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      return {
        port,
        close: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      };
    }
  });

  it('stops in the middle of a probe', async () => {
    let asked = (): void => {};
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const { port } = keep(await httpMember(() => asked()));
    const clock = new ManualClock();
    const { monitor, changes } = watch({ clock });
    monitor.update([serviceOf('web', [memberOf('a', [checkOf({ port })])])]);
    const round = monitor.firstRound(LIMIT_MS);
    await arrived;
    await monitor.stop();
    await round;
    expect(changes).to.deep.equal([]);
    expect(clock.delays).to.deep.equal([]);
  });
});

/** Ends when the next result of a probe has reached the states. */
function nextResult(states: MemberStates): Promise<void> {
  return new Promise((resolve) => {
    states.setHealth = (...args) => {
      MemberStates.prototype.setHealth.apply(states, args);
      resolve();
    };
  });
}
