import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import packet from 'dns-packet';
import { answerData, dig } from '../support/dig.js';
import {
  makeFolder,
  removeFolder,
  runSteerdns,
  type Steerdns,
  startSteerdns,
  writeFiles,
} from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const ADDRESS = '192.0.2.2';

/** Replacements that the load runs through. */
const REPLACEMENTS = 3;

describe('serve --replace', function () {
  // Several starts of the program, one after the other.
  this.timeout(180_000);
  let folder: string;
  /** The one that answers now. */
  let steerdns: Steerdns;
  let load: Load | undefined;

  beforeEach(async function () {
    needTool(this, 'dig');
    folder = await makeFolder({
      'steerdns.yaml':
        "listen: {dns: ['127.0.0.1:0'], http: ['127.0.0.1:0'], admin: '127.0.0.1:0'}\nworkers: 2\nzones: zones\n",
      'zones/example.com.yaml': zone(ADDRESS),
    });
    steerdns = await startSteerdns(folder);
  });
  afterEach(async () => {
    await load?.stop();
    load = undefined;
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  /** Starts another process in the place of the one that answers, which must leave with 0. */
  async function replace(): Promise<void> {
    const old = steerdns;
    steerdns = await startSteerdns(folder, ['--replace']);
    expect(await old.exit, old.log).to.deep.equal({ code: 0, signal: null });
  }

  it('finds nothing in its way where a process was killed, and can be replaced again', async () => {
    await steerdns.stop('SIGKILL');
    steerdns = await startSteerdns(folder);
    await replace();
    expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.deep.equal([ADDRESS]);
  });

  it('takes over without a query lost or answered wrongly, over UDP and TCP', async () => {
    const { port } = steerdns.dns;
    load = new Load(port);
    await load.answers(500);
    for (let i = 0; i < REPLACEMENTS; i++) {
      const before = load.answered;
      await replace();
      expect(steerdns.dns.port).to.equal(port);
      await load.answers(before + 500);
    }
    await load.stop();
    expect(load.wrong).to.deep.equal([]);
    expect(load.lost).to.deep.equal([]);
    expect(load.tcpAnswered).to.be.greaterThan(REPLACEMENTS);
  });

  it('serves what the files say by then, on the same ports of every kind', async () => {
    const { http, admin } = steerdns;
    await writeFiles(folder, { 'zones/example.com.yaml': zone('192.0.2.3') });
    await replace();
    expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.deep.equal(['192.0.2.3']);
    expect([steerdns.http, steerdns.admin]).to.deep.equal([http, admin]);
    const status = await steerdns.command('status', '--json');
    expect(JSON.parse(status.stdout).pid).to.equal(steerdns.pid);
  });

  it('answers a query over TCP whose second half comes after another process took over', async () => {
    const { port } = steerdns.dns;
    const query = packet.streamEncode({ id: 7, questions: [{ type: 'A', name: 'www.example.com' }] });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(query.subarray(0, 9));
    // The old process has read the half before it leaves: it answers another connection that came later.
    await dig(steerdns.dns, 'www.example.com +tcp');
    const old = steerdns;
    steerdns = await startSteerdns(folder, ['--replace']);
    socket.write(query.subarray(9));
    const [response] = (await once(socket, 'data')) as [Buffer];
    expect(
      packet.streamDecode(response).answers?.map((answer) => 'data' in answer && answer.data),
    ).to.deep.equal([ADDRESS]);
    socket.destroy();
    expect((await old.exit).code).to.equal(0);
  });

  it('goes on with the one that runs when the new one can not load its files, and tells which', async () => {
    await writeFiles(folder, { 'zones/example.com.yaml': zone('192.0.2.999') });
    const { code, stderr } = await runSteerdns(['serve', '--replace'], folder);
    expect(code).to.equal(1);
    expect(stderr).to.match(/zones\/example\.com\.yaml:\d+:\d+: /);
    await goesOn();
  });

  it('goes on with the one that runs when the new one finds a port taken', async () => {
    const config = await readFile(join(folder, 'steerdns.yaml'), 'utf8');
    const taken = createSocket('udp4');
    taken.bind(0, '127.0.0.1');
    await once(taken, 'listening');
    await writeFiles(folder, {
      'steerdns.yaml': config.replace(
        "['127.0.0.1:0'], http",
        `['127.0.0.1:0', '127.0.0.1:${taken.address().port}'], http`,
      ),
    });
    const { code, stderr } = await runSteerdns(['serve', '--replace'], folder);
    taken.close();
    expect(code).to.equal(1);
    expect(stderr).to.include('the port is taken');
    await writeFiles(folder, { 'steerdns.yaml': config });
    await steerdns.waitForLog(/this one goes on/);
    await goesOn();
  });

  it('keeps an operator’s words', async () => {
    await writeFiles(folder, { 'services/web.yaml': 'members: {fra1: {addresses: [192.0.2.10]}}\n' });
    expect((await steerdns.command('reload')).code).to.equal(0);
    expect((await steerdns.command('drain', 'web/fra1')).code).to.equal(0);
    await replace();
    const { stdout } = await steerdns.command('status', '--json');
    expect(JSON.parse(stdout).overrides).to.have.length(1);
  });

  it('starts as usual when none runs', async () => {
    await steerdns.stop();
    steerdns = await startSteerdns(folder, ['--replace']);
    expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.deep.equal([ADDRESS]);
  });

  it('is named by a second instance that is started with the same state folder', async () => {
    const { code, stderr } = await runSteerdns(['serve'], folder);
    expect(code).to.equal(1);
    expect(stderr).to.match(
      new RegExp(`another instance \\(process ${steerdns.pid}\\) runs with the state folder .*--replace`),
    );
  });

  it('refuses what is no message of another process, and goes on', async () => {
    const socket = connect(join(folder, 'var/run/control.sock'));
    socket.write(
      '{"kind": "take", "receiver": "../../x", "pid": 1, "handover": 1}\nnonsense\n{"kind": "ready"}\n',
    );
    let said = '';
    socket.on('data', (text) => {
      said += String(text);
    });
    await until(
      async () => said.split('\n').length,
      (lines) => lines > 2,
    );
    socket.destroy();
    expect(said).to.not.include('sockets');
    await goesOn();
  });

  it('by SIGUSR2 is the program’s own doing', async () => {
    const { port } = steerdns.dns;
    load = new Load(port);
    steerdns.signal('SIGUSR2');
    // The new process has the standard output of the old one.
    await until(
      async () => steerdns.stdout.match(/^ready: /gm)?.length,
      (ready) => ready === 2,
      60_000,
    );
    const successor = Number(await readFile(join(folder, 'var/run/lock'), 'utf8'));
    try {
      expect(successor).to.not.equal(steerdns.pid);
      await until(
        async () => steerdns.hasEnded,
        (ended) => ended,
      );
      await load.answers(load.answered + 100);
      await load.stop();
      expect([load.lost, load.wrong]).to.deep.equal([[], []]);
    } finally {
      process.kill(successor, 'SIGTERM');
      // It has the standard output of the one that is awaited here, which ends with it.
      await steerdns.exit;
    }
  });

  /** It answers, and its operators' commands work. */
  async function goesOn(): Promise<void> {
    await writeFiles(folder, { 'zones/example.com.yaml': zone('192.0.2.4') });
    await until(
      () => steerdns.command('reload'),
      ({ code }) => code === 0,
    );
    expect(answerData(await dig(steerdns.dns, 'www.example.com'))).to.deep.equal(['192.0.2.4']);
  }
});

function zone(address: string): string {
  return `'':\n  - {type: NS, values: [ns1.example.com.]}\nns1: {type: A, value: 192.0.2.1}\nwww: {type: A, value: ${address}}\n`;
}

/** Far longer than an answer takes on a busy machine: past it a query counts as lost. */
const LOST_MS = 20_000;

/** Asks all the time: 8 sockets of UDP with 4 queries each in flight, and 2 that ask over TCP, a connection a query. */
class Load {
  answered = 0;
  tcpAnswered = 0;
  /** What was not answered. */
  readonly lost: string[] = [];
  readonly wrong: string[] = [];
  readonly #port: number;
  readonly #lanes: Promise<void>[] = [];
  readonly #sockets: UdpSocket[] = [];
  #stopped = false;

  constructor(port: number) {
    this.#port = port;
    for (let i = 0; i < 8; i++) this.#lanes.push(...this.#askByUdp());
    for (let i = 0; i < 2; i++) this.#lanes.push(this.#askByTcp());
  }

  async answers(count: number): Promise<void> {
    await until(
      async () => this.answered + this.lost.length,
      (answered) => answered >= count,
      60_000,
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lanes.splice(0));
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  #askByUdp(): Promise<void>[] {
    const socket = createSocket('udp4');
    this.#sockets.push(socket);
    const waiting = new Map<number, (response: Buffer) => void>();
    socket.on('message', (response) => waiting.get(response.readUInt16BE(0))?.(response));
    let last = 0;
    const ask = async (): Promise<void> => {
      while (!this.#stopped) {
        last = (last + 1) & 0xffff;
        const id = last;
        const response = await new Promise<Buffer | undefined>((resolve) => {
          const late = setTimeout(() => resolve(undefined), LOST_MS);
          waiting.set(id, (found) => {
            clearTimeout(late);
            resolve(found);
          });
          socket.send(query(id), this.#port, '127.0.0.1');
        });
        waiting.delete(id);
        this.#judge(response && packet.decode(response), id, 'UDP');
      }
    };
    return Array.from({ length: 4 }, ask);
  }

  async #askByTcp(): Promise<void> {
    for (let id = 1; !this.#stopped; id++) {
      const response = await new Promise<packet.Packet | undefined>((resolve) => {
        const socket = connect(this.#port, '127.0.0.1');
        let got = Buffer.alloc(0);
        socket.on('connect', () => {
          const message = query(id);
          socket.write(Buffer.concat([Buffer.from([0, message.length]), message]));
        });
        socket.on('data', (chunk) => {
          got = Buffer.concat([got, chunk]);
          if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
            resolve(packet.streamDecode(got));
            socket.destroy();
          }
        });
        socket.on('error', () => resolve(undefined));
        socket.on('close', () => resolve(undefined));
        socket.setTimeout(LOST_MS, () => socket.destroy());
      });
      if (response !== undefined) this.tcpAnswered += 1;
      this.#judge(response, id, 'TCP');
    }
  }

  #judge(response: packet.Packet | undefined, id: number, transport: string): void {
    if (response === undefined) {
      this.lost.push(`${transport} ${id}`);
      return;
    }
    this.answered += 1;
    const [answer] = response.answers ?? [];
    const right = response.id === id && answer?.type === 'A' && answer.data === ADDRESS;
    if (!right) this.wrong.push(JSON.stringify(response));
  }
}

function query(id: number): Buffer {
  return packet.encode({ type: 'query', id, questions: [{ type: 'A', name: 'www.example.com' }] });
}
