import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { askMany } from '../support/ask-many.js';
import { dig } from '../support/dig.js';
import { scrape } from '../support/metrics.js';
import {
  CHECKOUT,
  makeFolder,
  removeFolder,
  runSteerdns,
  type Steerdns,
  startSteerdns,
} from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const ZONE = `
'': {type: NS, value: ns.example.org.}
www: {type: GSLB, service: web}
'*': {type: A, value: 192.0.2.1}
`;
const SERVICE = `
members: {one: {addresses: [192.0.2.1]}, two: {addresses: [192.0.2.2]}}
pools: {main: {members: [one, two], scheduler: fo}}
`;

function filesWith(queryLog: string): Record<string, string> {
  return {
    'steerdns.yaml': `
listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}
zones: zones
geo: {databases: []}
query_log: ${queryLog}
`,
    'zones/example.com.yaml': ZONE,
    'services/web.yaml': SERVICE,
  };
}

type Line = Readonly<Record<string, unknown>>;

/** By time: those of several threads come as they are gathered. */
function linesOf(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .sort((a, b) => String(a.time).localeCompare(String(b.time)));
}

describe('query log', () => {
  let folder: string;
  let steerdns: Steerdns;

  async function start(queryLog: string): Promise<void> {
    folder = await makeFolder(filesWith(queryLog));
    steerdns = await startSteerdns(folder);
  }

  before(function () {
    needTool(this, 'dig');
  });

  afterEach(async () => {
    await steerdns?.stop();
    await removeFolder(folder);
  });

  it('tells of each query once, with who asked for what and what came of it', async () => {
    await start('{file: queries.jsonl, sample: 1}');
    await dig(steerdns.dns, 'WWW.example.com A +subnet=198.51.100.0/24');
    await dig(steerdns.dns, 'nothing.else.example AAAA +tcp');
    await dig(steerdns.dns, 'id.server TXT CH');
    const file = join(folder, 'queries.jsonl');
    const lines = await until(
      async () => linesOf(file),
      ({ length }) => length >= 3,
    );
    expect(lines).to.have.length(3);
    const { time, size, duration_us, ...rest } = lines[0] as Line;
    expect(new Date(String(time)).toISOString()).to.equal(time);
    expect(size).to.be.a('number');
    expect(duration_us).to.be.a('number');
    expect(rest).to.deep.equal({
      client: '127.0.0.1',
      ecs: '198.51.100.0/24',
      ecs_scope: 0,
      qname: 'www.example.com.',
      qtype: 'A',
      transport: 'udp',
      rcode: 'NOERROR',
      flags: 'qr aa rd',
      zone: 'example.com.',
      service: 'web',
      pool: 'main',
      members: ['one'],
    });
    expect(lines[1]).to.include({ qname: 'nothing.else.example.', transport: 'tcp', rcode: 'REFUSED' });
    expect(lines[1]).to.not.have.any.keys('zone', 'service', 'ecs');
    expect(lines[2]).to.include({ qname: 'id.server.', qtype: 'TXT', qclass: 'CH' });
  });

  it('shortens addresses as it is told', async () => {
    await start('{file: queries.jsonl, sample: 1, ipv4_prefix: 20, ipv6_prefix: 40}');
    await dig(steerdns.dns, 'a.example.com A +subnet=198.51.111.0/24');
    await dig(steerdns.dns, 'a.example.com A +subnet=2001:db8:ffff::/48');
    await dig(steerdns.dns, 'a.example.com A +subnet=0.0.0.0/0');
    const lines = await until(
      async () => linesOf(join(folder, 'queries.jsonl')),
      ({ length }) => length >= 3,
    );
    expect(lines.map(({ client }) => client)).to.deep.equal(Array(3).fill('127.0.0.0/20'));
    expect(lines.map(({ ecs }) => ecs)).to.deep.equal(['198.51.96.0/20', '2001:db8:ff00::/40', '0.0.0.0/0']);
  });

  it('loses and repeats nothing while its file is rotated under load, told or not', async () => {
    await start('{file: queries.jsonl, sample: 1}');
    const names = Array.from({ length: 3000 }, (_, i) => `q${i}.example.com`);
    const file = join(folder, 'queries.jsonl');
    const asking = Promise.all(
      [0, 1, 2].map((part) => askMany(steerdns.dns, names.slice(part * 1000, (part + 1) * 1000))),
    );
    await until(
      async () => linesOf(file).length,
      (lines) => lines > 0,
    );
    await rename(file, `${file}.1`);
    steerdns.signal('SIGUSR1');
    await until(
      () => readdir(folder),
      (there) => there.includes('queries.jsonl'),
    );
    await rename(file, `${file}.2`);
    await asking;
    await until(
      () => readdir(folder),
      (there) => there.includes('queries.jsonl'),
    );
    await steerdns.stop();
    const logged = [file, `${file}.1`, `${file}.2`].flatMap(linesOf).map(({ qname }) => qname);
    expect(logged.sort()).to.deep.equal(names.map((name) => `${name}.`).sort());
  });

  it('is written whole before the program ends', async () => {
    await start('{file: queries.jsonl, sample: 1}');
    await askMany(
      steerdns.dns,
      Array.from({ length: 500 }, (_, i) => `q${i}.example.com`),
    );
    await steerdns.stop();
    expect(linesOf(join(folder, 'queries.jsonl'))).to.have.length(500);
  });

  it('waits for nobody: with a reader that does not read, queries are answered and those not logged are counted', async () => {
    folder = await makeFolder(filesWith('{file: fifo, sample: 1, buffer: 16}'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Open at both ends, so that it has a reader.
    const idle = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      steerdns = await startSteerdns(folder);
      const names = Array.from({ length: 4000 }, (_, i) => `q${i}.example.com`);
      await askMany(steerdns.dns, names);
      const metric = 'steerdns_query_log_records_total';
      const found = await scrape(steerdns);
      expect(found.sum(metric, { what: 'dropped' })).to.be.greaterThan(0);
      expect(found.sum(metric)).to.equal(names.length);
      expect(found.sum('steerdns_queries_total')).to.equal(names.length);
      expect(await steerdns.stop()).to.deep.equal({ code: 0, signal: null });
    } finally {
      closeSync(idle);
    }
  });

  it('says that nobody reads a FIFO, and goes on when somebody does', async () => {
    folder = await makeFolder(filesWith('{file: fifo, sample: 1}'));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    steerdns = await startSteerdns(folder);
    await steerdns.waitForLog(/the query log is not written: nobody reads the FIFO/);
    await dig(steerdns.dns, 'a.example.com A');
    const reader = spawn('head', ['-n', '1', fifo]);
    const [text] = await new Promise<[string]>((resolve) => {
      reader.stdout.setEncoding('utf8').once('data', (line: string) => resolve([line]));
    });
    expect(JSON.parse(text)).to.include({ qname: 'a.example.com.' });
    await steerdns.waitForLog(/the query log is written again/);
    // head has left by now or does soon.
    await until(
      async () => {
        await dig(steerdns.dns, 'b.example.com A');
        return steerdns.log;
      },
      (log) => /its reader is gone|nobody reads the FIFO[\s\S]*nobody reads the FIFO/.test(log),
    );
    expect((await dig(steerdns.dns, 'b.example.com A')).status).to.equal('NOERROR');
  });

  it('goes to standard output, which stays JSON, and survives that nobody reads it any more', async () => {
    folder = await makeFolder(filesWith('{file: stdout, sample: 1}'));
    const program = join(CHECKOUT, 'build/src/main.js');
    const child = spawn(process.execPath, [program, 'serve'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    try {
      await until(
        async () => err,
        (text) => text.includes('ready: '),
      );
      const port = Number(/dns 127\.0\.0\.1:(\d+)/.exec(err)?.[1]);
      const at = { address: '127.0.0.1', port };
      await dig(at, 'a.example.com A');
      await until(
        async () => out,
        (text) => text.endsWith('\n'),
      );
      expect(JSON.parse(out)).to.include({ qname: 'a.example.com.' });
      child.stdout.destroy();
      await until(
        async () => {
          await dig(at, 'b.example.com A');
          return err;
        },
        (text) => text.includes('its reader is gone'),
      );
      expect((await dig(at, 'c.example.com A')).status).to.equal('NOERROR');
    } finally {
      const exit = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
      child.kill('SIGTERM');
      expect(await exit).to.equal(0);
    }
  });

  it('names a file that can not be written, and does not start', async () => {
    folder = await makeFolder(filesWith('{file: nowhere/queries.jsonl}'));
    const { code, stderr } = await runSteerdns(['serve'], folder);
    expect(code).to.equal(1);
    expect(stderr).to.include('nowhere/queries.jsonl');
  });
});
