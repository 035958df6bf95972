import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { expect } from 'chai';
import {
  CHECKOUT,
  type Files,
  makeFolder,
  removeFolder,
  runSteerdns,
  startSteerdns,
} from '../support/steerdns.js';

const ZONE = "'': {type: NS, value: ns.example.net.}\nwww: {type: A, value: 192.0.2.1}\n";
const LISTEN = "listen: {dns: ['127.0.0.1:0'], http: ['127.0.0.1:0'], admin: '127.0.0.1:0'}\n";
const CONFIG = `${LISTEN}zones: zones\n`;
const GOOD: Files = { 'steerdns.yaml': CONFIG, 'zones/example.com.yaml': ZONE };

describe('serve', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`leaves with 0 on ${signal}`, () =>
      inFolder(GOOD, async (folder) => {
        const steerdns = await startSteerdns(folder);
        expect(await steerdns.stop(signal)).to.deep.equal({ code: 0, signal: null });
      }));
  }

  it('shows every error of every file and leaves with 1', () =>
    inFolder(
      {
        'steerdns.yaml': `${CONFIG}workerz: 2\n`,
        'zones/example.com.yaml': `${ZONE}a: {type: A, value: 192.0.2.256}\nb: {type: AA, value: 192.0.2.1}\n`,
        'services/web.yaml': 'members:\n  fra1: {addresses: [192.0.2.1], weight: -3}\n',
      },
      async (folder) => {
        const { code, stderr } = await runSteerdns(['serve'], folder);
        expect(code).to.equal(1);
        expect(stderr).to.match(/steerdns\.yaml:3:1: .*workerz[\s\S]*workers/);
        expect(stderr).to.match(/zones\/example\.com\.yaml:3:\d+: .*192\.0\.2\.256/);
        expect(stderr).to.match(/zones\/example\.com\.yaml:4:\d+: .*AA/);
        expect(stderr).to.match(/services\/web\.yaml:2:\d+: .*weight.*-3/);
      },
    ));

  it('names a configuration that is not there', () =>
    inFolder({}, async (folder) => {
      const { code, stderr } = await runSteerdns(['serve', '--config', 'other.yaml'], folder);
      expect(code).to.equal(1);
      expect(stderr).to.include('other.yaml');
    }));

  it('names a folder of zones that is not there', () =>
    inFolder({ 'steerdns.yaml': `${LISTEN}zones: zoness\n` }, async (folder) => {
      const { code, stderr } = await runSteerdns(['serve'], folder);
      expect(code).to.equal(1);
      expect(stderr).to.include('zoness');
    }));

  it('refuses a database that is none, by name', () =>
    inFolder(
      {
        ...GOOD,
        'steerdns.yaml': `${CONFIG}geo: {databases: [broken.mmdb]}\n`,
        'broken.mmdb': 'no database',
      },
      async (folder) => {
        const { code, stderr } = await runSteerdns(['serve'], folder);
        expect(code).to.equal(1);
        expect(stderr).to.include('broken.mmdb');
      },
    ));

  it('names a UDP port that is taken', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    try {
      await expectTaken(socket.address().port, "listen: {dns: ['127.0.0.1:PORT'], http: []}\nzones: zones\n");
    } finally {
      socket.close();
    }
  });

  for (const [what, config] of [
    ['TCP', "listen: {dns: ['127.0.0.1:PORT'], http: []}\nzones: zones\n"],
    ['HTTP', "listen: {dns: ['127.0.0.1:0'], http: ['127.0.0.1:PORT']}\nzones: zones\n"],
    ['admin', "listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:PORT'}\nzones: zones\n"],
  ] as const) {
    it(`names a ${what} port that is taken`, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const bound = server.address();
        await expectTaken(typeof bound === 'object' && bound !== null ? bound.port : 0, config);
      } finally {
        server.close();
      }
    });
  }
});

describe('check', () => {
  it('finds nothing wrong with the example', async () => {
    const { code, stdout, stderr } = await runSteerdns(['check'], CHECKOUT);
    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.match(/^ok: 1 zone .*, 0 warnings$/m);
  });

  it('shows what is wrong, with the line, and exits with 1', () =>
    inFolder(
      { ...GOOD, 'zones/example.com.yaml': `${ZONE}bad: {type: A, valeu: 192.0.2.1}\n` },
      async (folder) => {
        const { code, stdout, stderr } = await runSteerdns(['check'], folder);
        expect(code).to.equal(1);
        expect(stdout + stderr).to.match(/zones\/example\.com\.yaml:3:\d+: .*valeu/);
        expect(stdout + stderr).to.include('bad: {type: A, valeu: 192.0.2.1}');
      },
    ));
});

describe('the command line', () => {
  const wrong: readonly (readonly [args: string, says: RegExp])[] = [
    ['', /usage/i],
    ['srve', /srve[\s\S]*serve/],
    ['serve --confg x', /--confg[\s\S]*--config/],
    ['serve --config', /--config/],
    ['serve extra', /extra/],
    ['check extra', /extra/],
    ['explain', /NAME|name/],
    ['explain www.example.com A', /--from/],
    ['explain www.example.com NOTYPE --from 192.0.2.1', /NOTYPE/],
    ['explain www.example.com A --from 192.0.2.300', /192\.0\.2\.300/],
    ['explain www.example.com A --from 192.0.2.1 --ecs 192.0.2.0/33', /192\.0\.2\.0\/33/],
    ['drain', /drain/],
    ['undrain a b', /b/],
    ['reload now', /now/],
    ['status --jsn', /--jsn[\s\S]*--json/],
    ['--nope', /--nope/],
  ];
  for (const [args, says] of wrong) {
    it(`is told what is wrong with "steerdns ${args}", and exits with 2`, async () => {
      const { code, stderr } = await runSteerdns(args.split(' ').filter((arg) => arg !== ''));
      expect(stderr).to.match(says);
      expect(code).to.equal(2);
    });
  }

  for (const command of ['serve', 'check', 'explain', 'status', 'drain', 'undrain', 'reload']) {
    it(`has --help with an example for ${command}`, async () => {
      const { code, stdout } = await runSteerdns([command, '--help']);
      expect(code).to.equal(0);
      expect(stdout).to.include(`steerdns ${command}`);
      expect(stdout).to.match(/example/i);
    });
  }

  it('tells its version and commands', async () => {
    const version = await runSteerdns(['--version']);
    expect(version.code).to.equal(0);
    expect(version.stdout).to.match(/\d+\.\d+\.\d+/);
    const help = await runSteerdns(['--help']);
    expect(help.code).to.equal(0);
    for (const command of ['serve', 'check', 'explain', 'status', 'drain', 'undrain', 'reload']) {
      expect(help.stdout).to.match(new RegExp(`^ +${command}\\b`, 'm'));
    }
  });

  it('says that no instance is running, with its address', () =>
    inFolder(
      { ...GOOD, 'steerdns.yaml': "listen: {admin: '127.0.0.1:1'}\nzones: zones\n" },
      async (folder) => {
        const { code, stderr } = await runSteerdns(['status'], folder);
        expect(code).to.equal(1);
        expect(stderr).to.include('127.0.0.1:1');
      },
    ));
});

async function inFolder(files: Files, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await makeFolder(files);
  try {
    await test(folder);
  } finally {
    await removeFolder(folder);
  }
}

/** Starts with a configuration whose PORT is `port`: it must say which address can't be had, and leave with 1. */
async function expectTaken(port: number, config: string): Promise<void> {
  await inFolder({ ...GOOD, 'steerdns.yaml': config.replace('PORT', `${port}`) }, async (folder) => {
    const { code, stderr } = await runSteerdns(['serve'], folder);
    expect(stderr).to.include(`127.0.0.1:${port}`);
    expect(code).to.equal(1);
  });
}
