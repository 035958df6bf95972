import { join } from 'node:path';
import { expect } from 'chai';
import { Limiter } from '../../src/background/limiter.js';
import { rdataFromText } from '../../src/rr/rdata.js';
import type { Fetched, Primary } from '../../src/transfer/fetch-zone.js';
import { MessageError } from '../../src/transfer/message.js';
import { type RrList, RrListWriter } from '../../src/transfer/rr-list.js';
import { SecondaryStore } from '../../src/transfer/secondary-store.js';
import { SecondaryZone } from '../../src/transfer/secondary-zone.js';
import { parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';
import { ManualClock } from '../health/manual-clock.js';
import { makeFolder, removeFolder } from '../support/steerdns.js';

const APEX = parseName('example.com.');
const ALL = ['192.0.2.1', '192.0.2.2'];
/** Seconds of the SOA's timers. */
const TIMERS = { refresh: 600, retry: 60, expire: 3600 };
const PRIMARIES: readonly Primary[] = [
  { address: '192.0.2.1', port: 53, key: undefined },
  { address: '192.0.2.2', port: 53, key: undefined },
];

function zone(serial: number): RrList {
  const { refresh, retry, expire } = TIMERS;
  const soa = `ns.example.com. h.example.com. ${serial} ${refresh} ${retry} ${expire} 300`;
  const out = new RrListWriter();
  out.add(APEX, RrType.SOA, 60, rdataFromText(RrType.SOA, soa));
  return out.shared();
}

type Reply = Fetched | Error;

/** A secondary whose primaries are asked of a script, in time that the test turns. */
class Bench {
  readonly clock = new ManualClock();
  readonly asked: string[] = [];
  readonly warnings: string[] = [];
  changes = 0;
  zone: SecondaryZone;

  constructor(
    readonly folder: string,
    /** What each primary says. */
    public say: (address: string) => Reply,
  ) {
    this.zone = this.#make();
  }

  #make(): SecondaryZone {
    return new SecondaryZone(
      {
        name: 'example.com.',
        apex: APEX,
        store: new SecondaryStore(join(this.folder, 'secondaries')),
        log: { debug: () => {}, info: () => {}, warn: (_fields, message) => this.warnings.push(message) },
        clock: this.clock,
        limiter: new Limiter(1),
        random: () => 0,
        fetch: async (_apex, { address }) => {
          this.asked.push(address);
          const said = this.say(address);
          if (said instanceof Error) throw said;
          return said;
        },
        onChange: () => {
          this.changes += 1;
        },
      },
      PRIMARIES,
    );
  }

  /** Waits until nothing is asked. */
  async quiet(): Promise<void> {
    await this.zone.settled();
  }

  async open(): Promise<void> {
    await this.zone.open();
    await this.quiet();
  }

  async reopen(): Promise<void> {
    await this.zone.stop();
    this.zone = this.#make();
    await this.open();
  }

  async pass(seconds: number): Promise<void> {
    this.clock.advance(seconds * 1000);
    await this.quiet();
  }

  get serial(): number | undefined {
    const { list, serial } = this.zone.state();
    return list === undefined ? undefined : serial;
  }
}

const NEW = (serial: number): Fetched => ({ kind: 'zone', list: zone(serial), incremental: false });
const GONE = new Error('connection refused');

describe('a secondary zone', () => {
  let folder: string;
  let bench: Bench;

  beforeEach(async () => {
    folder = await makeFolder();
  });

  afterEach(async () => {
    await bench.zone.stop();
    await removeFolder(folder);
  });

  function start(say: (address: string) => Reply): Promise<void> {
    bench = new Bench(folder, say);
    return bench.open();
  }

  it('asks its primaries in turn until one has it', async () => {
    await start((address) => (address === '192.0.2.1' ? GONE : NEW(1)));
    expect(bench.asked).to.deep.equal(['192.0.2.1', '192.0.2.2']);
    expect(bench.serial).to.equal(1);
    expect(bench.changes).to.equal(1);
  });

  it('asks on where a primary has nothing newer: it may lag behind the others', async () => {
    await start((address) => (address === '192.0.2.1' ? NEW(1) : GONE));
    bench.say = (address) => (address === '192.0.2.1' ? { kind: 'current' } : NEW(2));
    await bench.pass(TIMERS.refresh);
    expect(bench.serial).to.equal(2);
    expect(bench.zone.state().problem).to.equal(undefined);
  });

  it('is confirmed by one primary while another is dead, older or lies, and tells of that once', async () => {
    for (const [say, says] of [
      [GONE, 'connection refused'],
      [new MessageError('ends with another SOA than it begins with'), 'the response ends with another SOA'],
      [{ kind: 'older', serial: 3 }, 'its serial is 3, older than 7 here'],
      [NEW(6), 'it sent serial 6, not later than 7 here'],
    ] as const) {
      await start(() => NEW(7));
      bench.say = (address) => (address === '192.0.2.1' ? say : { kind: 'current' });
      for (let i = 0; i < 20; i++) await bench.pass(TIMERS.refresh);
      expect(bench.serial, says).to.equal(7);
      const { problem, problemSince } = bench.zone.state();
      expect(problem).to.include(`192.0.2.1: ${says}`);
      expect(problemSince, says).to.equal(bench.clock.now() - 19 * TIMERS.refresh * 1000);
      expect(bench.warnings.length).to.equal(1);
      expect(bench.warnings[0]).to.include('not every primary of zone example.com. has it');
      bench.say = () => ({ kind: 'current' });
      await bench.pass(TIMERS.refresh);
      expect(bench.zone.state()).to.include({ problem: undefined, problemSince: 0 });
      await bench.zone.stop();
      await removeFolder(folder);
      folder = await makeFolder();
    }
  });

  it('takes the zone of the next primary where the first one lies about it', async () => {
    await start(() => NEW(7));
    bench.say = (address) => (address === '192.0.2.1' ? new MessageError('has no records') : NEW(8));
    await bench.pass(TIMERS.refresh);
    expect(bench.serial).to.equal(8);
    expect(bench.zone.state().problem).to.equal('192.0.2.1: the response has no records');
  });

  it('says when it expires, and since when no primary has it', async () => {
    await start(() => NEW(1));
    const confirmedAt = bench.clock.now();
    bench.say = () => GONE;
    await bench.pass(TIMERS.refresh);
    const failedAt = bench.clock.now();
    for (let i = 0; i < 3; i++) await bench.pass(TIMERS.retry);
    expect(bench.zone.state()).to.include({
      confirmedAt,
      expiresAt: confirmedAt + TIMERS.expire * 1000,
      problemSince: failedAt,
      refreshing: false,
    });
    bench.zone.refresh();
    expect(bench.zone.state().refreshing).to.equal(true);
    await bench.quiet();
  });

  it('RFC 1034 §4.3.5: asks again after REFRESH, and after RETRY where that failed', async () => {
    await start(() => NEW(1));
    bench.say = () => GONE;
    expect(bench.clock.delays).to.include(TIMERS.refresh * 1000);
    await bench.pass(TIMERS.refresh);
    expect(bench.clock.delays).to.include(TIMERS.retry * 1000);
    bench.say = () => ({ kind: 'current' });
    await bench.pass(TIMERS.retry);
    expect(bench.clock.delays).to.include(TIMERS.refresh * 1000);
    expect(bench.zone.state().problem).to.equal(undefined);
  });

  it('asks for what it never had after two seconds, then twice as long each time, two minutes at most', async () => {
    await start(() => GONE);
    const delays: (number | undefined)[] = [];
    for (let i = 0; i < 9; i++) {
      const [delay = 0] = bench.clock.delays;
      delays.push(delay / 1000);
      await bench.pass(delay / 1000);
    }
    expect(delays).to.deep.equal([2, 4, 8, 16, 32, 64, 120, 120, 120]);
    expect(bench.warnings.length).to.equal(1);
  });

  it('RFC 1035 §3.3.13: expires EXPIRE after a primary was last heard, and comes back with the next word of one', async () => {
    await start(() => NEW(1));
    bench.say = () => GONE;
    await bench.pass(TIMERS.expire - 1);
    expect(bench.serial).to.equal(1);
    await bench.pass(1);
    expect(bench.serial).to.equal(undefined);
    expect(bench.changes).to.equal(2);
    bench.say = () => ({ kind: 'current' });
    await bench.pass(TIMERS.retry);
    expect(bench.serial).to.equal(1);
    expect(bench.changes).to.equal(3);
  });

  it('is not kept alive by a primary with an older serial', async () => {
    await start(() => NEW(7));
    bench.say = () => ({ kind: 'older', serial: 6 });
    await bench.pass(TIMERS.refresh);
    expect(bench.zone.state().problem).to.match(/its serial is 6, older than 7 here/);
    expect(bench.serial).to.equal(7);
    await bench.pass(TIMERS.expire);
    expect(bench.serial).to.equal(undefined);
  });

  it('refuses a zone of another serial than it was promised', async () => {
    await start(() => NEW(7));
    bench.say = () => NEW(5);
    await bench.pass(TIMERS.refresh);
    expect(bench.serial).to.equal(7);
    expect(bench.zone.state().problem).to.match(/it sent serial 5, not later than 7 here/);
  });

  it('outlives a restart, with the time that is left until it expires', async () => {
    await start(() => NEW(3));
    bench.say = () => GONE;
    await bench.pass(TIMERS.expire - 10);
    await bench.reopen();
    expect(bench.serial).to.equal(3);
    await bench.pass(11);
    expect(bench.serial).to.equal(undefined);
    await bench.reopen();
    expect(bench.serial).to.equal(undefined);
  });

  it('RFC 1996 §4.3: asks at once when it is notified, and once more when that came while it asked', async () => {
    await start(() => NEW(1));
    bench.asked.length = 0;
    bench.say = () => ({ kind: 'current' });
    for (let i = 0; i < 5; i++) bench.zone.refresh();
    await bench.quiet();
    expect(bench.asked).to.deep.equal([...ALL, ...ALL]);
  });

  it('uses other primaries from the next attempt on', async () => {
    await start(() => NEW(1));
    bench.zone.use([{ address: '192.0.2.9', port: 53, key: undefined }]);
    bench.asked.length = 0;
    await bench.pass(TIMERS.refresh);
    expect(bench.asked).to.deep.equal(['192.0.2.9']);
  });
});
