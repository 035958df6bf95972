import { connect } from 'node:tls';
import { expect } from 'chai';
import { DnsThreads } from '../../src/server/dns-threads.js';
import { loadAddon } from '../../src/server/native-udp.js';
import type { Endpoint } from '../../src/server/thread-messages.js';
import { Scenario, type ScenarioFiles } from '../answer/scenario.js';
import { makeCertificate } from '../support/certificate.js';
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

describe('DnsThreads with DNS over TLS', () => {
  it('a thread that died serves it again where it was, with the certificate of now and the proxies of now', async function () {
    needTool(this, 'openssl');
    const [first, second] = await Promise.all(
      ['ns1.example.com', 'ns2.example.com'].map((name) => makeCertificate(name)),
    );
    const scenario = new Scenario(files(7));
    const { catalog, services } = scenario.built;
    const threads = await DnsThreads.start({
      listen: [{ address: '127.0.0.1', port: 0 }],
      dot: [{ address: '127.0.0.1', port: 0 }],
      transport: { proxies: [], tls: first },
      tcp: LIMITS,
      identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
      states: scenario.states,
      udpThreads: 1,
      addon: loadAddon().addon,
      log: new LogBook(),
    });
    try {
      const [at] = threads.dot;
      await threads.publish(catalog, services);
      expect(await nameServed(at)).to.equal('ns1.example.com');
      threads.setTransport({
        proxies: [{ family: 4, octets: Uint8Array.of(127, 0, 0, 2), bits: 32 }],
        tls: second,
      });
      void threads.publish({ ...catalog, turnWords: -1 }, services);
      void threads.publish(catalog, services);
      await until(
        async () => [await nameServed(at), threads.counters().restarts],
        ([name, restarts]) => name === 'ns2.example.com' && Number(restarts) >= 2,
      );
      expect(threads.dot).to.deep.equal([at]);
      // Without a header the proxy gets nothing.
      expect(await nameServed(at, '127.0.0.2')).to.equal('');
    } finally {
      await threads.close();
    }
  });
});

/** The name in the certificate; empty: the handshake failed. */
function nameServed(at: Endpoint | undefined, localAddress = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    const to = { host: at?.address ?? '', port: at?.port ?? 0, localAddress };
    const socket = connect({ ...to, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', () => resolve(''));
  });
}
