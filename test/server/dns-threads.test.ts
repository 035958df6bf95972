import { expect } from 'chai';
import { DnsThreads } from '../../src/server/dns-threads.js';
import { loadAddon } from '../../src/server/native-udp.js';
import { Scenario, type ScenarioFiles } from '../answer/scenario.js';
import { answerData, dig } from '../support/dig.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { LIMITS, LogBook } from './support.js';

const SERVICE =
  'members: {a: {addresses: [192.0.2.1]}, b: {addresses: [192.0.2.2]}}\npools: {p: {members: [a, b], scheduler: fo}}\n';

function files(ttl: number): ScenarioFiles {
  return {
    zones: {
      'example.com.': `'': {type: NS, value: ns.example.net.}\nwww: {type: GSLB, service: web, ttl: ${ttl}}\n`,
    },
    services: { web: SERVICE },
  };
}

for (const addon of [undefined, loadAddon().addon]) {
  describe(`DnsThreads, UDP by ${addon === undefined ? 'node:dgram' : 'the addon'}`, () => {
    let threads: DnsThreads;
    let log: LogBook;
    const scenario = new Scenario(files(7));

    before(function () {
      needTool(this, 'dig');
    });

    beforeEach(async () => {
      log = new LogBook();
      threads = await DnsThreads.start({
        listen: [{ address: '127.0.0.1', port: 0 }],
        tcp: LIMITS,
        identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
        states: scenario.states,
        udpThreads: 2,
        addon,
        log,
      });
    });

    afterEach(() => threads.close());

    async function ask(args = ''): Promise<{ data: string[]; ttl: number | undefined }> {
      const response = await dig(
        threads.addresses[0] ?? { address: '', port: 0 },
        `www.example.com A ${args}`,
      );
      return { data: answerData(response), ttl: response.answer[0]?.ttl };
    }

    /** Nothing answers before the first catalog, and while a thread is away. */
    function askCalmly(args = ''): Promise<{ data: string[]; ttl: number | undefined }> {
      return ask(`${args} +time=1`).catch(() => ({ data: [], ttl: undefined }));
    }

    function answers(data: string, args = ''): Promise<unknown> {
      return until(
        () => askCalmly(args),
        (found) => found.data.includes(data),
      );
    }

    it('answers over UDP and TCP from the catalog that is published', async () => {
      const { catalog, services } = scenario.built;
      await threads.publish(catalog, services);
      expect((await ask()).data).to.deep.equal(['192.0.2.1']);
      expect(await ask('+tcp')).to.deep.equal({ data: ['192.0.2.1'], ttl: 7 });
      expect(threads.counters().total.reduce((sum, count) => sum + count)).to.be.greaterThan(1);
    });

    it('answers by the states that the main thread writes, at once', async () => {
      const { catalog, services } = scenario.built;
      void threads.publish(catalog, services);
      await answers('192.0.2.1');
      scenario.states.setOverride(scenario.states.slotOf('web/a'), 1);
      expect((await ask()).data).to.deep.equal(['192.0.2.2']);
      scenario.states.setOverride(scenario.states.slotOf('web/a'), 0);
      expect((await ask()).data).to.deep.equal(['192.0.2.1']);
    });

    it('answers from the last of several catalogs', async () => {
      for (const ttl of [11, 12, 13]) {
        const { catalog, services } = new Scenario(files(ttl)).built;
        void threads.publish(catalog, services);
      }
      await until(
        () => askCalmly(),
        ({ ttl }) => ttl === 13,
      );
    });

    it('starts a thread that died again, which answers from the catalog of now', async () => {
      const { catalog, services } = scenario.built;
      void threads.publish({ ...catalog, turnWords: -1 }, services);
      void threads.publish(catalog, services);
      await answers('192.0.2.1');
      expect(threads.counters().restarts).to.be.greaterThan(0);
      expect(log.lines.join('\n')).to.contain('was started again');
    });

    it('names the address that is taken', async () => {
      const taken = threads.addresses;
      const { states } = scenario;
      const identity = { version: new Uint8Array(0), id: new Uint8Array(0) };
      const second = DnsThreads.start({
        listen: taken,
        tcp: LIMITS,
        identity,
        states,
        udpThreads: 2,
        addon,
        log,
      });
      expect(String(await second.catch((error: unknown) => error))).to.contain(`127.0.0.1:${taken[0]?.port}`);
    });
  });
}
