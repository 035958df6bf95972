import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { makeFolder, removeFolder, runSteerdns, writeFiles } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { Fleet, type FleetInstance } from './fleet.js';
import { RedisServer } from './redis-server.js';
import { TcpProxy } from './tcp-proxy.js';

/** All that a user needs; docs/cluster.md says so. */
const COMMANDS = ['eval', 'evalsha', 'get', 'set', 'strlen', 'type', 'exists', 'pexpire', 'pttl', 'del'];

describe('sharing through', function () {
  // Leases of seconds lapse in these tests, and a busy machine has little time for so many processes.
  this.timeout(120_000);

  const closers: (() => Promise<void>)[] = [];
  let fleet: Fleet;
  const keep = (server: RedisServer): RedisServer => {
    closers.push(() => server.remove());
    return server;
  };

  beforeEach(async function () {
    needTool(this, 'dig');
    needTool(this, 'redis-server');
    fleet = new Fleet();
    closers.push(() => fleet.stop());
    await fleet.start();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** Two instances, which see each other. */
  async function start(redis: string): Promise<[FleetInstance, FleetInstance]> {
    const [a, b] = (await Promise.all(
      ['a', 'b'].map((name) => fleet.add({ name, redis, cluster: 'lease: 2s' })),
    )) as [FleetInstance, FleetInstance];
    await Promise.all([a.sees('a', 'b'), b.sees('a', 'b')]);
    return [a, b];
  }

  async function sharesOverrides(a: FleetInstance, b: FleetInstance): Promise<void> {
    await a.say('web/second', 'drain');
    await b.overrides('web/second drain');
    await b.takeBack('web/second');
    await a.overrides();
    await a.counts('web/first', { a: 'up', b: 'up' });
  }

  it('a replica that is made the primary: what the old one refuses is said to the new one', async () => {
    const old = keep(await RedisServer.start());
    const next = keep(await RedisServer.start('--replicaof', `127.0.0.1 ${old.port}`));
    const proxy = await TcpProxy.start(old.port);
    closers.push(() => proxy.stop());
    const [a, b] = await start(`{url: 'redis://127.0.0.1:${proxy.port}'}`);
    await a.say('web/first', 'drain');
    await b.overrides('web/first drain');
    await until(
      () => next.command('EXISTS', '{steerdns:test}:overrides'),
      (count) => count === 1,
    );
    await next.command('REPLICAOF', 'NO', 'ONE');
    await old.command('REPLICAOF', '127.0.0.1', next.port);
    const { cluster } = await a.shows((status) => status.cluster?.state === 'degraded');
    expect(cluster?.problem).to.match(/READONLY/);
    expect(await a.ask()).to.deep.equal(['192.0.2.2']);
    // A name or address that moves with the primary.
    proxy.target = next.port;
    await Promise.all([a.sees('a', 'b'), b.sees('a', 'b')]);
    await b.takeBack('web/first');
    await a.overrides();
    await sharesOverrides(a, b);
  });

  it('sentinels: the primary is killed, and they go on with the one that takes its place', async function () {
    needTool(this, 'redis-sentinel');
    this.timeout(120_000);
    const primary = keep(await RedisServer.start('--repl-diskless-sync-delay', '0'));
    const replica = keep(await RedisServer.start('--replicaof', `127.0.0.1 ${primary.port}`));
    const sentinel = keep(
      await RedisServer.startSentinel(
        (port) => `
port ${port}
sentinel monitor main 127.0.0.1 ${primary.port} 1
sentinel down-after-milliseconds main 1000
sentinel failover-timeout main 5000
requirepass watch
`,
      ),
    );
    const [a, b] = await start(
      `{sentinels: ['127.0.0.1:1', '127.0.0.1:${sentinel.port}'], master: main, sentinel_password: watch}`,
    );
    await a.say('web/first', 'drain');
    await b.overrides('web/first drain');
    await until(
      async () => String(await replica.command('INFO', 'replication')),
      (text) => /master_link_status:up/.test(text),
    );
    await until(
      async () =>
        sentinel.withClient(async (client) => {
          await client.auth('watch');
          return String(await client.call('SENTINEL', 'replicas', 'main'));
        }),
      (text) => text.includes(`${replica.port}`),
      40_000,
    );
    await primary.stop();
    await a.shows(({ cluster }) => cluster?.state === 'degraded');
    expect(await a.ask()).to.deep.equal(['192.0.2.2']);
    await until(
      // The sentinel ends the connections of a replica that it promotes.
      async () => String(await replica.command('ROLE').catch(() => '')),
      (role) => role.startsWith('master'),
      60_000,
    );
    await Promise.all([a.sees('a', 'b'), b.sees('a', 'b')]);
    await b.overrides('web/first drain');
    await b.takeBack('web/first');
    await a.overrides();
    await sharesOverrides(a, b);
  });

  it('a Redis Cluster', async () => {
    const node = keep(
      await RedisServer.start(
        '--cluster-enabled',
        'yes',
        '--cluster-config-file',
        'nodes.conf',
        '--cluster-announce-ip',
        '127.0.0.1',
      ),
    );
    await node.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16383);
    await until(
      async () => String(await node.command('CLUSTER', 'INFO')),
      (text) => text.includes('cluster_state:ok'),
    );
    const [a, b] = await start(`{nodes: ['127.0.0.1:${node.port}']}`);
    expect((await a.cluster()).redis).to.equal(`cluster 127.0.0.1:${node.port}`);
    await sharesOverrides(a, b);
    await node.stop();
    await a.shows(({ cluster }) => cluster?.probing === 'alone');
    expect(await a.ask()).to.deep.equal(['192.0.2.1']);
  });

  describe('TLS, with a user that may do nothing else', () => {
    let folder: string;
    let redis: RedisServer;
    before(async function () {
      needTool(this, 'openssl');
      folder = await makeFolder();
      const openssl = (...args: string[]): void => {
        execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
      };
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
      openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca');
      for (const name of ['redis', 'client']) {
        openssl(
          'req',
          ...key.slice(0, 5),
          '-keyout',
          `${name}.key`,
          '-out',
          `${name}.csr`,
          '-subj',
          `/CN=${name}.example`,
        );
        openssl(
          'x509',
          '-req',
          '-in',
          `${name}.csr`,
          '-CA',
          'ca.pem',
          '-CAkey',
          'ca.key',
          '-CAcreateserial',
          '-days',
          '2',
          '-out',
          `${name}.pem`,
        );
      }
      await writeFiles(folder, { password: 'a secret of many words\n', wrong: 'another-secret' });
    });
    after(async () => {
      if (folder !== undefined) await removeFolder(folder);
    });
    beforeEach(async () => {
      redis = keep(
        await RedisServer.startTls(
          '--tls-cert-file',
          `${folder}/redis.pem`,
          '--tls-key-file',
          `${folder}/redis.key`,
          '--tls-ca-cert-file',
          `${folder}/ca.pem`,
          '--user',
          'default',
          'off',
          '--user',
          'steerdns',
          'on',
          '>a secret of many words',
          '~{steerdns:test}:*',
          '-@all',
          ...COMMANDS.map((command) => `+${command}`),
        ),
      );
    });

    const config = (changes: Readonly<Record<string, string>> = {}): string => {
      const keys = {
        url: `'rediss://127.0.0.1:${redis.port}'`,
        username: 'steerdns',
        password_file: `${folder}/password`,
        tls: `{ca: ${folder}/ca.pem, cert: ${folder}/client.pem, key: ${folder}/client.key, servername: redis.example}`,
        ...changes,
      };
      return `{${Object.entries(keys)
        .filter(([, value]) => value !== '')
        .map(([key, value]) => `${key}: ${value}`)
        .join(', ')}}`;
    };

    it('works with the password from a file', async () => {
      const [a, b] = await start(config());
      await sharesOverrides(a, b);
    });

    it('works with the password from the environment', async () => {
      process.env.STEERDNS_TEST_PASSWORD = 'a secret of many words';
      try {
        const a = await fleet.add({
          name: 'a',
          redis: config({ password_file: '', password_env: 'STEERDNS_TEST_PASSWORD' }),
        });
        await a.sees('a');
      } finally {
        delete process.env.STEERDNS_TEST_PASSWORD;
      }
    });

    for (const [name, changes, problem] of [
      ['a wrong password', { password_file: '', password: 'another-secret' }, /WRONGPASS/],
      ['a password in the URL that is wrong', { password_file: '', username: '', url: '' }, /WRONGPASS/],
      [
        'another name in the certificate',
        {
          tls: `{ca: FOLDER/ca.pem, cert: FOLDER/client.pem, key: FOLDER/client.key, servername: other.example}`,
        },
        /redis\.example|altnames/,
      ],
      ['a certificate of nobody known', { tls: '{servername: redis.example}' }, /certificate/],
      [
        'no certificate of its own',
        { tls: '{ca: FOLDER/ca.pem, servername: redis.example}' },
        /certificate|closed|ECONNRESET/i,
      ],
    ] as const) {
      it(`says what is wrong, without a secret: ${name}`, async () => {
        const right = Object.fromEntries(
          Object.entries(changes as Record<string, string>).map(([key, value]) => [
            key,
            key === 'url'
              ? `'rediss://steerdns:another-secret@127.0.0.1:${redis.port}'`
              : value.replaceAll('FOLDER', folder),
          ]),
        );
        const a = await fleet.add({ name: 'a', redis: config(right) });
        const status = await a.shows(({ cluster }) => problem.test(cluster?.problem ?? ''));
        expect(status.cluster?.state).to.equal('degraded');
        expect(await a.ask()).to.deep.equal(['192.0.2.1']);
        const shown = `${JSON.stringify(status)}${a.steerdns.log}${a.steerdns.stdout}${(await a.steerdns.command('status')).stdout}`;
        expect(shown).to.not.include('secret');
        const check = await runSteerdns(['check', '--config', 'steerdns.yaml'], a.steerdns.folder);
        expect(check.stdout + check.stderr).to.not.include('another-secret');
      });
    }
  });
});
