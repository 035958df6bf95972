import { spawnSync } from 'node:child_process';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../bench/compare/ask.js';
import { compilePrograms, type LoadOptions, type LoadReport, runLoad } from '../../bench/compare/load.js';
import { startProcess } from '../../bench/compare/processes.js';
import { type QuerySpec, writeQueryFile } from '../../bench/compare/query-file.js';
import { floorOf } from '../../bench/peers/floor.js';
import { CHECKOUT } from '../support/steerdns.js';
import { until } from '../support/until.js';

const QUERY: QuerySpec = { name: 'www.example.com', rcode: 0, addresses: ['192.0.2.1'] };
/** Header and question of {@link QUERY}. */
const QUESTION_END = 12 + 17 + 4;
const RECORD = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];

/** Makes the response to a query, or several, or none. */
type Respond = (query: Buffer) => readonly Buffer[];

describe('the load generator', () => {
  let folder: string;
  let programs: ReturnType<typeof compilePrograms>;

  before(function () {
    if (spawnSync('cc', ['--version']).status !== 0) {
      if (process.env.CI === 'true') throw new Error('cc is missing; type: apt-get install gcc');
      console.log('      cc is missing; type: apt-get install gcc');
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'steerdns-bench-'));
    programs = compilePrograms(CHECKOUT, folder);
  });

  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  it('counts every answer of a server that answers all', async () => {
    const { report } = await loadOn((query) => [answer(query)]);
    expect(report.answered).to.equal(report.sent).and.to.be.above(0);
    expect(report).to.include({ lost: 0, late: 0, bad: 0 });
    expect(report.latencyUs.p50).to.be.above(0).and.at.most(report.latencyUs.max);
  });

  it('counts as lost what is not answered in time, and as late what comes after', async () => {
    const queries: Buffer[] = [];
    const { report } = await loadOn(
      (query) => {
        queries.push(query);
        // The first ones are answered when the generator has given them up.
        return queries.length === 9 ? queries.slice(0, 4).map(answer) : [];
      },
      { options: { timeoutMs: 10, seconds: 0.2 } },
    );
    expect(report).to.include({ answered: 0, bad: 0, lost: report.sent });
    expect(report.late).to.equal(4);
  });

  it('takes no answer twice', async () => {
    const { report } = await loadOn((query) => [answer(query), answer(query)]);
    expect(report.answered).to.equal(report.sent);
    // The last second ones come when nobody listens any more.
    expect(report.late).to.be.within(report.sent - 4, report.sent);
  });

  for (const [what, fault, change] of [
    ['an RCODE that is not expected', 'another RCODE', (message) => message.writeUInt8(2, 3)],
    ['another question', 'another question', (message) => message.writeUInt8(0x58, 14)],
    ['a query sent back', 'not a response to a query', (message) => message.writeUInt8(0, 2)],
    ['TC', 'truncated', (message) => message.writeUInt8(0x86, 2)],
    ['no answer', 'no answer', (message) => message.writeUInt16BE(0, 6)],
    ['no OPT', 'no OPT', (message) => message.writeUInt16BE(0, 10)],
    [
      'a record of another type',
      'a record of another type',
      (message) => message.writeUInt16BE(5, QUESTION_END + 2),
    ],
    ['RDATA of another length', 'another RDLENGTH', (message) => message.writeUInt16BE(3, QUESTION_END + 10)],
    ['RDATA past its end', 'RDATA cut short', (message) => message.writeUInt16BE(400, QUESTION_END + 10)],
  ] as const satisfies readonly (readonly [string, string, (message: Buffer) => unknown])[]) {
    it(`finds a response wrong that has ${what}`, async () => {
      const { report } = await loadOn((query) => {
        const message = answer(query);
        change(message);
        return [message];
      });
      expect(report).to.include({ answered: 0, lost: 0, bad: report.sent, firstBad: fault });
    });
  }

  it('wants SOA and no answer where the name does not exist', async () => {
    const missing: QuerySpec = { name: 'nx.example.com', rcode: 3, addresses: [] };
    const { report } = await loadOn((query) => [answer(query)], { queries: [missing] });
    expect(report.bad).to.equal(report.sent);
  });

  it('sends each query in turn', async () => {
    const names = ['a.example.com', 'bb.example.com', 'ccc.example.com'];
    const seen: string[] = [];
    await loadOn(
      (query) => {
        seen.push(query.toString('latin1', 13, 13 + (query[12] as number)));
        return [answer(query)];
      },
      { queries: names.map((name) => ({ ...QUERY, name })), options: { sockets: 1, window: 1 } },
    );
    expect(seen.slice(0, 6)).to.deep.equal(['a', 'bb', 'ccc', 'a', 'bb', 'ccc']);
  });

  it('keeps to the window', async () => {
    const { report } = await loadOn(() => [], {
      options: { sockets: 4, window: 8, seconds: 0.01, timeoutMs: 50 },
    });
    expect(report.sent).to.equal(8);
  });

  it('keeps to a rate', async () => {
    const { report } = await loadOn((query) => [answer(query)], { options: { rate: 200, seconds: 0.2 } });
    expect(report.sent).to.be.above(0).and.at.most(40);
  });

  it('sends from each of the addresses that it is given', async () => {
    const sources = ['127.16.0.1', '127.17.0.1'];
    const { peers } = await loadOn((query) => [answer(query)], { options: { sources, sockets: 4 } });
    expect([...peers].sort()).to.deep.equal(sources);
  });

  it('loads the floor of sockets without a loss or a fault', async () => {
    const port = await freePort();
    const setup = { folder: join(folder, 'running'), port, workers: 1 };
    const floor = startProcess(setup.folder, floorOf(programs.floor).launch(setup), '0-1');
    try {
      const queries = queryFile([QUERY]);
      const options = { port, queries, seconds: 0.05, window: 16, sockets: 4, cpu: 0 };
      const report = await until(
        () => runLoad(programs.load, options),
        ({ answered }) => answered > 0,
      );
      expect(report).to.include({ bad: 0, lost: 0 });
      expect(floor.cpu().totalUs).to.be.above(0);
    } finally {
      await floor.stop();
    }
  });

  for (const [what, args, code, message] of [
    ['no target', ['--queries', 'x'], 2, /--to ADDRESS:PORT/],
    [
      'a port that is none',
      ['--to', '127.0.0.1:http', '--queries', 'x'],
      2,
      /http must be a number from 1 to 65535/,
    ],
    [
      'a window of 0',
      ['--to', '127.0.0.1:53', '--queries', 'x', '--window', '0'],
      2,
      /0 must be a number from 1/,
    ],
    [
      'a file that is not there',
      ['--to', '127.0.0.1:53', '--queries', '/nowhere'],
      1,
      /\/nowhere: No such file/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      const result = spawnSync(programs.load, args, { encoding: 'utf8' });
      expect(result.stderr).to.match(message);
      expect(result.status).to.equal(code);
    });
  }

  for (const [what, octets, message] of [
    ['is empty', [], /is empty/],
    ['ends within a query', [40, 0, 0, 0, 1, 0, 4, 0, 1, 2], /cut short/],
    ['holds no question', [12, 0, 0, 0, 1, 0, 4, 0, ...new Array<number>(12).fill(0)], /what is no query/],
  ] as const) {
    it(`refuses a query file that ${what}`, () => {
      const path = join(folder, 'wrong.queries');
      writeFileSync(path, Uint8Array.from(octets));
      const result = spawnSync(programs.load, ['--to', '127.0.0.1:53', '--queries', path], {
        encoding: 'utf8',
      });
      expect(result.stderr).to.match(message);
      expect(result.status).to.equal(1);
    });
  }

  /** Runs the generator on a server of this process. */
  async function loadOn(
    respond: Respond,
    {
      queries = [QUERY],
      options = {},
    }: { queries?: readonly QuerySpec[]; options?: Partial<LoadOptions> } = {},
  ): Promise<{ report: LoadReport; peers: ReadonlySet<string> }> {
    const peers = new Set<string>();
    const socket = await listen((query, from) => {
      peers.add(from.address);
      for (const message of respond(query)) socket.send(message, from.port, from.address);
    });
    try {
      const report = await runLoad(programs.load, {
        port: socket.address().port,
        queries: queryFile(queries),
        seconds: 0.1,
        window: 4,
        sockets: 2,
        cpu: 0,
        timeoutMs: 5000,
        ...options,
      });
      return { report, peers };
    } finally {
      socket.close();
    }
  }

  function queryFile(queries: readonly QuerySpec[]): string {
    const path = join(folder, 'test.queries');
    writeQueryFile(path, queries);
    return path;
  }
});

function listen(receive: (query: Buffer, from: RemoteInfo) => void): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4', receive);
    socket.bind(0, '127.0.0.1', () => resolve(socket));
  });
}

/** One A record before the query's own OPT. */
function answer(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const message = Buffer.concat([query.subarray(0, end), Buffer.from(RECORD), query.subarray(end)]);
  message.writeUInt16BE(0x8400, 2);
  message.writeUInt16BE(1, 6);
  return message;
}
