import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { type Addon, openSockets, type UdpSockets } from '../../src/server/native-udp.js';
import { makeCounters } from '../../src/state/counters.js';
import { needAddon, UdpClient } from './native-support.js';
import type { ThreadData } from './native-thread.js';
import { message } from './support.js';

/** Longer than a test may take: what ends such a wait is a query. */
const LONG_MS = 30_000;

describe('UdpBatch in threads', () => {
  let addon: Addon;
  let sockets: UdpSockets;
  const workers: Worker[] = [];
  const clients: UdpClient[] = [];
  const stop = new Int32Array(new SharedArrayBuffer(4));

  before(function () {
    addon = needAddon(this);
  });

  beforeEach(() => {
    stop[0] = 0;
  });

  afterEach(async () => {
    Atomics.store(stop, 0, 1);
    sockets.close();
    await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  /** Starts a thread on each socket, or on the one that is named. */
  async function start(count: number, timeoutMs: number, only?: number): Promise<void> {
    if (only === undefined) sockets = openSockets(addon, '127.0.0.1', 0, count);
    const counters = makeCounters();
    const descriptors = only === undefined ? sockets.descriptors : [only];
    for (const descriptor of descriptors) {
      const workerData: ThreadData = { descriptors: [descriptor], counters, stop, timeoutMs };
      const worker = new Worker(new URL('./native-thread.js', import.meta.url), { workerData });
      workers.push(worker);
      await once(worker, 'message');
    }
  }

  /** Asks from `count` ports, so that the kernel spreads the queries over the sockets. */
  async function askFrom(count: number): Promise<void> {
    for (let id = 0; id < count; id++) {
      const client = new UdpClient();
      clients.push(client);
      await client.send(message(id), sockets.port);
    }
    await Promise.all(clients.map((client) => client.responses(1)));
  }

  it('answer one port together', async () => {
    await start(2, 20);
    await askFrom(64);
    const ended = Promise.all(workers.map((worker) => once(worker, 'message')));
    Atomics.store(stop, 0, 1);
    for (const [turns] of await ended) expect(turns).to.be.greaterThan(0);
  });

  it('answer 1,000 queries of one client', async () => {
    await start(1, 20);
    const client = new UdpClient();
    clients.push(client);
    const ids = Array.from({ length: 1000 }, (_, id) => id);
    for (let from = 0; from < ids.length; from += 50) {
      await Promise.all(ids.slice(from, from + 50).map((id) => client.send(message(id), sockets.port)));
      await client.responses(from + 50);
    }
    expect(client.ids).to.deep.equal(ids);
  });

  it('wait in the kernel until a query comes', async () => {
    await start(1, LONG_MS);
    await askFrom(1);
    Atomics.store(stop, 0, 1);
    const ended = once(workers[0] as Worker, 'message');
    // The next query ends the wait, and its response is sent before the thread ends.
    await askFrom(1);
    expect(await ended).to.deep.equal([2]);
  });

  it('go on while the descriptors that they were given are closed', async () => {
    await start(1, 20);
    sockets.close();
    await askFrom(3);
  });

  it('let go of the port when they are terminated while they wait', async () => {
    await start(1, 20);
    sockets.close();
    expect(() => openSockets(addon, '127.0.0.1', sockets.port, 1)).to.throw(/EADDRINUSE/);
    await workers[0]?.terminate();
    sockets = openSockets(addon, '127.0.0.1', sockets.port, 1);
  });

  it('find the queries that came while no thread was there', async () => {
    await start(1, 20);
    await workers[0]?.terminate();
    const client = new UdpClient();
    clients.push(client);
    await client.send(message(7), sockets.port);
    await start(1, 20, sockets.descriptors[0]);
    expect((await client.responses(1)).length).to.equal(1);
  });
});
