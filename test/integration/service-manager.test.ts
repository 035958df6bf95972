import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { answerData, dig } from '../support/dig.js';
import {
  makeFolder,
  removeFolder,
  runSteerdns,
  type Steerdns,
  startProgram,
  startSteerdns,
  writeFiles,
} from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const PROGRAM = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const CONFIG = "listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}\nworkers: 1\nzones: zones\n";

describe('under a service manager', function () {
  this.timeout(120_000);
  let folder: string;
  let steerdns: Steerdns | undefined;

  beforeEach(async function () {
    needTool(this, 'dig');
    folder = await makeFolder({ 'steerdns.yaml': CONFIG, 'zones/example.com.yaml': zone('192.0.2.2') });
  });
  afterEach(async () => {
    await steerdns?.stop();
    steerdns = undefined;
    await removeFolder(folder);
  });

  for (const abstract of [false, true]) {
    it(`tells how it goes by ${abstract ? 'an abstract socket' : 'a socket of the file system'}`, async function () {
      needTool(this, 'socat');
      const path = join(folder, 'notify');
      const manager = new Manager(abstract ? ['ABSTRACT-RECV:', path] : ['UNIX-RECV:', path]);
      await until(
        () => manager.isThere(),
        (there) => there,
      );
      steerdns = await startSteerdns(folder, [], {
        NOTIFY_SOCKET: abstract ? `@${path}` : path,
        WATCHDOG_USEC: '200000',
      });
      await manager.hears(/^READY=1$/m);
      await manager.hears(new RegExp(`^MAINPID=${steerdns.pid}$`, 'm'));
      await manager.hears(/^STATUS=1 zones, 0 services$/m);
      await manager.hears(/^WATCHDOG=1$/m);
      steerdns.signal('SIGHUP');
      await manager.hears(/^RELOADING=1\nMONOTONIC_USEC=\d+$/m);
      await steerdns.stop();
      await manager.hears(/^STOPPING=1$/m);
      await manager.stop();
    });
  }

  it('takes the sockets that it is given, for UDP and TCP', async function () {
    needTool(this, 'systemd-socket-activate');
    const port = await freePort();
    await writeFiles(folder, { 'steerdns.yaml': CONFIG.replace('127.0.0.1:0', `127.0.0.1:${port}`) });
    const serve = [process.execPath, PROGRAM, 'serve', '--config', join(folder, 'steerdns.yaml')];
    // It starts the program at the first connection; the query waits in it.
    const waiting = startProgram(
      'systemd-socket-activate',
      ['--listen', `127.0.0.1:${port}`, '--fdname', 'dns', ...serve],
      folder,
    );
    await until(
      () => canConnect(port),
      (can) => can,
    );
    steerdns = await waiting;
    expect(steerdns.dns.port).to.equal(port);
    expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.deep.equal(['192.0.2.2']);
    expect(answerData(await dig(steerdns.dns, 'www.example.com +tcp'))).to.deep.equal(['192.0.2.2']);
  });

  it('takes a UDP socket that it is given, with the query that it was started for', async function () {
    needTool(this, 'systemd-socket-activate');
    const port = await freePort();
    await writeFiles(folder, { 'steerdns.yaml': CONFIG.replace('127.0.0.1:0', `127.0.0.1:${port}`) });
    const serve = [process.execPath, PROGRAM, 'serve', '--config', join(folder, 'steerdns.yaml')];
    const waiting = startProgram(
      'systemd-socket-activate',
      ['--datagram', '--listen', `127.0.0.1:${port}`, ...serve],
      folder,
    );
    // The first to reach the socket starts the program; each is asked once, and waits.
    const at = { address: '127.0.0.1', port };
    const asked = until(
      () => dig(at, 'www.example.com +time=20').catch(() => undefined),
      (response) => response !== undefined,
      60_000,
    );
    steerdns = await waiting;
    const response = await asked;
    expect(response && answerData(response)).to.deep.equal(['192.0.2.2']);
  });

  it('refuses a socket that its configuration does not have', async function () {
    needTool(this, 'systemd-socket-activate');
    const port = await freePort();
    const serve = [process.execPath, PROGRAM, 'serve', '--config', join(folder, 'steerdns.yaml')];
    const child = spawn('systemd-socket-activate', ['--listen', `127.0.0.1:${port}`, ...serve]);
    let said = '';
    child.stderr.on('data', (text) => {
      said += String(text);
    });
    const exit = once(child, 'close');
    await until(
      () => canConnect(port),
      (can) => can,
    );
    expect((await exit)[0]).to.equal(1);
    expect(said).to.include(`a socket of TCP 127.0.0.1:${port}, which is not under listen:`);
  });

  it('reloads by itself when files change, and tells where one is wrong', async () => {
    await writeFiles(folder, { 'steerdns.yaml': `${CONFIG}watch: true\n` });
    const started = await startSteerdns(folder);
    steerdns = started;
    await writeFiles(folder, { 'zones/example.com.yaml': zone('192.0.2.3') });
    await until(
      async () => answerData(await dig(started.dns, 'www.example.com')),
      (seen) => seen.join() === '192.0.2.3',
    );
    await writeFiles(folder, { 'zones/example.com.yaml': zone('192.0.2.3').slice(0, -12) });
    await started.waitForLog(/zones\/example\.com\.yaml.*reload refused/);
    expect(answerData(await dig(started.dns, 'www.example.com'))).to.deep.equal(['192.0.2.3']);
    await writeFiles(folder, {
      'zones/example.net.yaml': zone('192.0.2.4'),
      'zones/example.com.yaml': zone('192.0.2.5'),
    });
    await until(
      async () => answerData(await dig(started.dns, 'www.example.com')),
      (seen) => seen.join() === '192.0.2.5',
    );
  });

  describe('with user:', () => {
    before(function () {
      if (process.getuid?.() === 0) return;
      if (process.env.CI === 'true') throw new Error('these tests take root');
      this.skip();
    });

    beforeEach(async () => {
      await chmod(folder, 0o755);
      await writeFiles(folder, { 'steerdns.yaml': `${CONFIG}user: nobody\n`, 'var/empty': '' });
    });

    it('every thread runs as that user, with sockets that only root may bind', async () => {
      const port = await freePrivilegedPort();
      await writeFiles(folder, {
        'steerdns.yaml': `${CONFIG.replace('127.0.0.1:0', `127.0.0.1:${port}`)}user: nobody\n`,
      });
      await chown(join(folder, 'var'), 65534, 65534);
      steerdns = await startSteerdns(folder);
      expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.deep.equal(['192.0.2.2']);
      const { readdir } = await import('node:fs/promises');
      const tasks = await readdir(`/proc/${steerdns.pid}/task`);
      expect(tasks.length).to.be.greaterThan(3);
      for (const task of tasks) {
        const status = await readFile(`/proc/${steerdns.pid}/task/${task}/status`, 'utf8');
        expect(status).to.match(/^Uid:\t65534\t65534\t65534\t65534$/m);
        expect(status).to.match(/^CapEff:\t0+$/m);
        expect(status).to.match(/^Groups:\t65534 $/m);
      }
    });

    it('refuses a state folder that the user can not write', async () => {
      const { code, stderr } = await runSteerdns(['serve'], folder);
      expect(code).to.equal(1);
      expect(stderr).to.match(/can't keep states in folder .*EACCES.*must belong to the user/);
    });

    const wrong: readonly (readonly [string, RegExp])[] = [
      ['user: nosuchuser', /there is no user nosuchuser/],
      ['user: nobody\ngroup: nosuchgroup', /there is no group nosuchgroup/],
      ['user: root', /user: root drops nothing/],
      ['group: nogroup', /steerdns\.yaml:\d+:\d+: .*user/],
    ];
    for (const [keys, says] of wrong) {
      it(`refuses ${keys.replace('\n', ', ')}`, async () => {
        await writeFiles(folder, { 'steerdns.yaml': `${CONFIG}${keys}\n` });
        const { code, stderr } = await runSteerdns(['serve'], folder);
        expect(stderr).to.match(says);
        expect(code).to.equal(1);
      });
    }
  });
});

/** Takes what a service is to tell its manager. */
class Manager {
  readonly #child: ChildProcess;
  readonly #path: string;
  readonly #kind: string;
  #heard = '';

  constructor([kind, path]: readonly [string, string]) {
    this.#kind = kind;
    this.#path = path;
    this.#child = spawn('socat', ['-u', `${kind}${path}`, 'STDOUT'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout?.on('data', (text) => {
      // A message has no line end at its end.
      this.#heard += `${String(text)}\n`;
    });
  }

  async isThere(): Promise<boolean> {
    const sockets = await readFile('/proc/net/unix', 'utf8');
    return sockets.includes(this.#kind.startsWith('ABSTRACT') ? `@${this.#path}` : this.#path);
  }

  async hears(pattern: RegExp): Promise<void> {
    await until(
      async () => this.#heard,
      (heard) => pattern.test(heard),
    );
  }

  async stop(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill();
    await closed;
  }
}

function zone(address: string): string {
  return `'':\n  - {type: NS, values: [ns1.example.com.]}\nns1: {type: A, value: 192.0.2.1}\nwww: {type: A, value: ${address}}\n`;
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

/** A free port below 1024. */
async function freePrivilegedPort(): Promise<number> {
  const { createServer } = await import('node:net');
  for (let port = 700; port < 1000; port++) {
    const server = createServer().listen(port, '127.0.0.1');
    const free = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]).catch(() => false);
    server.close();
    if (free) return port;
  }
  throw new Error('no port below 1024 is free');
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await Promise.race([
    once(socket, 'connect').then(() => true),
    new Promise<boolean>((resolve) => socket.once('error', () => resolve(false))),
  ]).catch(() => false);
  socket.destroy();
  return connected;
}
