import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TlsPair } from '../../src/server/tls-gate.js';
import { makeCertificate } from '../support/certificate.js';
import { Daemon } from '../support/daemon.js';
import { answerData, dig } from '../support/dig.js';
import { freePort } from '../support/example.js';
import { DATAGRAM, proxyHeader } from '../support/proxy-header.js';
import {
  CHECKOUT,
  type Files,
  type Listening,
  makeFolder,
  removeFolder,
  type Steerdns,
  startSteerdns,
  writeFiles,
} from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { buildQuery } from '../wire/build-query.js';

const BLUE = '192.0.2.1';
const RED = '192.0.2.2';

const FILES: Files = {
  'zones/example.com.yaml': "'': {type: NS, value: ns.example.org.}\nwww: {type: GSLB, service: web}\n",
  'services/web.yaml': `members: {blue: {addresses: [${BLUE}]}, red: {addresses: [${RED}]}}
pools: {blue: {members: [blue]}, red: {members: [red]}}
rules: [{subnets: [127.0.0.5/32, 203.0.113.0/24, '2001:db8:5::/48'], pool: blue}, {pool: red}]
`,
};

/** A code block of docs/transports.md: the first after a heading. */
function snippet(heading: string): string {
  const page = readFileSync(join(CHECKOUT, 'docs/transports.md'), 'utf8');
  const [, text] = /```\w+\n([\s\S]*?)```/.exec(page.slice(page.indexOf(`# ${heading}\n`))) ?? [];
  if (text === undefined) throw new Error(`no snippet after ${heading}`);
  return text;
}

for (const udp of ['addon', 'dgram']) {
  describe(`PROXY protocol by the program, UDP by ${udp}`, () => {
    let folder: string;
    let steerdns: Steerdns;
    let pair: TlsPair;
    const daemons: Daemon[] = [];

    before(async function () {
      for (const tool of ['dig', 'openssl', 'dnsdist', 'haproxy'] as const) needTool(this, tool);
      pair = await makeCertificate('ns1.example.com');
      folder = await makeFolder({
        ...FILES,
        'cert.pem': pair.certificate,
        'key.pem': pair.key,
        'steerdns.yaml': config("[127.0.0.1, '::1', 127.0.0.2]"),
      });
      steerdns = await startSteerdns(folder, ['--udp', udp]);
    });

    afterEach(async () => {
      for (const daemon of daemons.splice(0)) await daemon.stop();
    });

    after(async () => {
      await steerdns?.stop();
      if (folder !== undefined) await removeFolder(folder);
    });

    function config(proxies: string): string {
      return `listen: {dns: ['127.0.0.1:0'], dot: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}
tls: {certificate: cert.pem, key: key.pem}
dns: {proxies: ${proxies}}
zones: zones
workers: 2
`;
    }

    async function counters(): Promise<Readonly<Record<string, number>>> {
      const { stdout } = await steerdns.command('status', '--json');
      return (JSON.parse(stdout) as { counters: Record<string, number> }).counters;
    }

    /** Asks as a client of this address; by which the answer is steered. */
    async function ask(at: Listening, from: string, args = ''): Promise<string> {
      return answerData(await dig(at, `www.example.com -b ${from} ${args}`)).join();
    }

    /** Until the proxy has seen that steerdns answers. */
    function ready(at: Listening, args = ''): Promise<unknown> {
      return until(
        () => ask(at, '127.0.0.9', args).catch(() => ''),
        (answer) => answer !== '',
      );
    }

    it('dnsdist, as docs/transports.md sets it up, has answers steered by its clients, over UDP and TCP', async function () {
      this.timeout(60_000);
      const at = { address: '127.0.0.1', port: await freePort('127.0.0.1') };
      const text = snippet('Behind dnsdist')
        .replaceAll('192.0.2.10:53', `127.0.0.1:${at.port}`)
        .replaceAll('192.0.2.1:53', `127.0.0.1:${steerdns.dns.port}`);
      await writeFiles(folder, { 'dnsdist.conf': text });
      daemons.push(new Daemon('dnsdist', ['--supervised', '--disable-syslog', '-C', 'dnsdist.conf'], folder));
      await ready(at);
      for (const args of ['', '+tcp', '+nocookie']) {
        expect(await ask(at, '127.0.0.5', args), args).to.equal(BLUE);
        expect(await ask(at, '127.0.0.6', args), args).to.equal(RED);
      }
      expect((await counters()).proxied).to.be.at.least(6);
    });

    it('HAProxy, as docs/transports.md sets it up, has answers steered by its clients, over TCP and TLS', async function () {
      this.timeout(60_000);
      const tcp = { address: '127.0.0.1', port: await freePort('127.0.0.1') };
      const dot = { address: '127.0.0.1', port: await freePort('127.0.0.1') };
      const text = snippet('Behind HAProxy')
        .replaceAll('192.0.2.11:853', `127.0.0.1:${dot.port}`)
        .replaceAll('192.0.2.11:53', `127.0.0.1:${tcp.port}`)
        .replaceAll('192.0.2.1:853', `127.0.0.1:${steerdns.dot.port}`)
        .replaceAll('192.0.2.1:53', `127.0.0.1:${steerdns.dns.port}`);
      await writeFiles(folder, { 'haproxy.cfg': text });
      daemons.push(new Daemon('haproxy', ['-db', '-f', 'haproxy.cfg'], folder));
      await ready(tcp, '+tcp');
      await ready(dot, '+tls');
      for (const [at, args] of [
        [tcp, '+tcp'],
        [dot, '+tls'],
        [dot, `+tls-ca=${join(folder, 'cert.pem')} +tls-hostname=ns1.example.com`],
      ] as const) {
        expect(await ask(at, '127.0.0.5', args), args).to.equal(BLUE);
        expect(await ask(at, '127.0.0.6', args), args).to.equal(RED);
      }
    });

    it('a header of a peer that is not listed changes no answer', async () => {
      const header = proxyHeader('203.0.113.9', DATAGRAM);
      const query = Buffer.from(buildQuery({ name: 'www.example.com.', type: 1 }));
      const response = await askUdp(steerdns.dns, '127.0.0.3', Buffer.concat([header, query]));
      // The header's octets are a message with opcode 1: NOTIMP, and nothing of the query behind it.
      expect(response.length).to.equal(12);
      expect((response[3] ?? 0) & 0xf).to.equal(4);
      expect(await ask(steerdns.dns, '127.0.0.3')).to.equal(RED);
      expect(await ask(steerdns.dns, '127.0.0.5')).to.equal(BLUE);
      const before = (await counters()).proxied;
      const socket = connect({ port: steerdns.dns.port, host: '127.0.0.1', localAddress: '127.0.0.3' });
      await once(socket, 'connect');
      socket.end(Buffer.concat([header, Buffer.of(0, query.length), query]));
      socket.resume();
      await once(socket, 'close');
      expect(socket.bytesRead).to.equal(0);
      expect((await counters()).proxied).to.equal(before);
    });

    it('a listed proxy without a header gets nothing, which is counted', async () => {
      const before = (await counters()).badProxyHeader ?? 0;
      const error = await dig(steerdns.dns, 'www.example.com -b 127.0.0.2 +time=1').catch(String);
      expect(error).to.include('no response');
      const refused = await dig(steerdns.dns, 'www.example.com -b 127.0.0.2 +tcp +time=1').catch(String);
      expect(refused).to.include('no response');
      expect((await counters()).badProxyHeader).to.be.at.least(before + 2);
    });

    it('a change of the list holds after reload', async () => {
      const query = Buffer.from(buildQuery({ name: 'www.example.com.', type: 1 }));
      const proxied = Buffer.concat([proxyHeader('2001:db8:5::9', DATAGRAM), query]);
      await writeFiles(folder, { 'steerdns.yaml': config('[127.0.0.7]') });
      const { code, stdout, stderr } = await steerdns.command('reload');
      expect(code, stderr).to.equal(0);
      expect(stdout).to.include('dns.proxies: 127.0.0.7/32').and.not.to.include('restart');
      expect([...(await askUdp(steerdns.dns, '127.0.0.7', proxied)).subarray(-4)].join('.')).to.equal(BLUE);
      expect(await ask(steerdns.dns, '127.0.0.2')).to.equal(RED);
    });
  });
}

async function askUdp(at: Listening, from: string, octets: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve) => socket.bind(0, from, resolve));
    socket.send(octets, at.port, at.address);
    const [response] = (await once(socket, 'message')) as [Buffer];
    return response;
  } finally {
    socket.close();
  }
}
