import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { expect } from 'chai';
import { ListenError } from '../../src/server/listen-error.js';
import { type Addon, type BatchHandle, openSockets, type UdpSockets } from '../../src/server/native-udp.js';
import { UdpBatch } from '../../src/server/udp-batch.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import { needAddon, startBatched, UdpClient } from './native-support.js';
import { echo, LogBook, message } from './support.js';
import { itAnswersUdp } from './udp-suite.js';

const MEMORY = new Uint8Array(new SharedArrayBuffer(1 << 20));

/** What a bug of ours could ask of the addon, which must not touch memory that it was not given. */
const WRONG_CALLS: Readonly<Record<string, (addon: Addon, one: Int32Array) => unknown>> = {
  'no socket': (addon) => addon.attach(new Int32Array(0), MEMORY, 8, 512, 512),
  'more sockets than there can be': (addon, one) =>
    addon.attach(new Int32Array(65).fill(one[0] ?? 0), MEMORY, 8, 512, 512),
  'a descriptor that is not open': (addon) => addon.attach(Int32Array.of(987654), MEMORY, 8, 512, 512),
  'descriptors of another kind': (addon) => {
    const octets: unknown = MEMORY;
    return addon.attach(octets as Int32Array, MEMORY, 8, 512, 512);
  },
  'memory that is too small': (addon, one) => addon.attach(one, MEMORY.subarray(0, 8000), 8, 512, 512),
  'memory that is not aligned': (addon, one) => addon.attach(one, MEMORY.subarray(1), 8, 512, 512),
  'no slots': (addon, one) => addon.attach(one, MEMORY, 0, 512, 512),
  'more slots than there can be': (addon, one) => addon.attach(one, MEMORY, 257, 512, 512),
  'slots larger than a message': (addon, one) => addon.attach(one, MEMORY, 1, 65536, 512),
  'slots of a negative size': (addon, one) => addon.attach(one, MEMORY, 8, 512, -1),
  'a batch that is none': (addon) => addon.exchange({} as BatchHandle, 0),
  'a batch that is detached': (addon, one) => {
    const handle = addon.attach(one, MEMORY, 8, 512, 512);
    addon.detach(handle);
    addon.exchange(handle, 0);
  },
};

describe('UDP by the addon', () => {
  let addon: Addon;

  before(function () {
    addon = needAddon(this);
  });

  itAnswersUdp((options) => startBatched(addon)(options));
});

describe('UdpBatch', () => {
  let addon: Addon;
  let batch: UdpBatch | undefined;
  const counters = makeCounters();
  const opened: UdpSockets[] = [];
  const clients: UdpClient[] = [];

  before(function () {
    addon = needAddon(this);
  });

  afterEach(async () => {
    batch?.close();
    batch = undefined;
    for (const sockets of opened.splice(0)) sockets.close();
    await Promise.all(clients.splice(0).map((client) => client.close()));
    counters.fill(0);
  });

  function open(address: string, port = 0, count = 1): UdpSockets {
    const sockets = openSockets(addon, address, port, count);
    opened.push(sockets);
    return sockets;
  }

  function attach(descriptors: readonly number[], slots = 64): UdpBatch {
    batch = new UdpBatch({ addon, descriptors, answer: echo, counters, log: new LogBook(), slots });
    return batch;
  }

  function connect(family: 4 | 6 = 4): UdpClient {
    const client = new UdpClient(family);
    clients.push(client);
    return client;
  }

  it('answers a wildcard address from the address that was asked', async () => {
    const { port, descriptors } = open('0.0.0.0');
    const asked = attach(descriptors);
    for (const address of ['127.0.0.5', '127.0.0.1', '127.9.9.9']) {
      const client = connect();
      await client.send(message(1), port, address);
      asked.turn(0);
      asked.turn(0);
      const [response] = await client.responses(1);
      expect(response).to.include({ address, port });
    }
  });

  it('answers an IPv6 wildcard address from the address that was asked', async () => {
    const { port, descriptors } = open('::');
    const asked = attach(descriptors);
    const client = connect(6);
    await client.send(message(1), port, '::1');
    asked.turn(0);
    asked.turn(0);
    expect((await client.responses(1))[0]).to.include({ address: '::1', port });
    expect(counters[Counter.sendErrors]).to.equal(0);
  });

  it('answers several sockets, each query from the one that it came to', async () => {
    const sockets = [open('127.0.0.1'), open('127.0.0.2'), open('::1')];
    const both = attach(sockets.flatMap(({ descriptors }) => descriptors));
    const asked = sockets.map(({ address, port }) => ({
      address,
      port,
      client: connect(address === '::1' ? 6 : 4),
    }));
    for (const { address, port, client } of asked) {
      for (const id of [1, 2, 3]) await client.send(message(id), port, address);
    }
    expect(both.turn(0)).to.equal(9);
    both.turn(0);
    for (const { address, port, client } of asked) {
      for (const response of await client.responses(3)) expect(response).to.include({ address, port });
      expect(client.ids).to.deep.equal([1, 2, 3]);
    }
  });

  it('lets a busy socket keep no other one waiting', async () => {
    const busy = open('127.0.0.1');
    const quiet = open('127.0.0.2');
    const both = attach([...busy.descriptors, ...quiet.descriptors], 4);
    const [many, one] = [connect(), connect()];
    for (let id = 1; id <= 12; id++) await many.send(message(id), busy.port);
    await one.send(message(99), quiet.port, '127.0.0.2');
    // The first turn fills all slots from one socket, the second begins with the other, the third sends.
    for (let turns = 0; turns < 3; turns++) both.turn(0);
    expect((await one.responses(1)).length).to.equal(1);
  });

  it('answers 1,000 queries that come at once, in turns of 64', async () => {
    const { port, descriptors } = open('127.0.0.1');
    const asked = attach(descriptors);
    const ids = Array.from({ length: 1000 }, (_, id) => id);
    const client = connect();
    // A receive buffer takes a few hundred where the system's limit is small.
    for (let from = 0; from < ids.length; from += 100) {
      await Promise.all(ids.slice(from, from + 100).map((id) => client.send(message(id), port)));
      expect(asked.turn(0)).to.equal(64);
      expect(asked.turn(0)).to.equal(36);
      expect(asked.turn(0)).to.equal(0);
      await client.responses(from + 100);
    }
    expect(client.ids).to.deep.equal(ids);
  });

  it('counts what the kernel drops while nobody reads', async () => {
    const descriptor = addon.open('127.0.0.1', '0', 1, 1, 0);
    opened.push({ address: '', port: 0, descriptors: [], close: () => closeSync(descriptor) });
    const asked = attach([descriptor]);
    const client = connect();
    for (let id = 0; id < 100; id++) await client.send(message(id), addon.port(descriptor));
    let received = 0;
    for (let some = asked.turn(0); some > 0; some = asked.turn(0)) received += some;
    expect(received).to.be.within(1, 99);
    expect(counters[Counter.kernelDrops]).to.equal(100 - received);
  });

  it('drops and counts a query that no slot has room for', async () => {
    const { port, descriptors } = open('127.0.0.1');
    const asked = attach(descriptors);
    const client = connect();
    await client.send(message(1, 3000), port);
    await client.send(message(2), port);
    expect(asked.turn(0)).to.equal(2);
    asked.turn(0);
    await client.responses(1);
    expect(client.ids).to.deep.equal([2]);
    expect(counters[Counter.oversized]).to.equal(1);
  });

  it('returns 0 when no query comes in time', () => {
    expect(attach(open('127.0.0.1').descriptors).turn(5)).to.equal(0);
    batch?.close();
    expect(attach([...open('127.0.0.1').descriptors, ...open('::1').descriptors]).turn(5)).to.equal(0);
  });

  it('answers what has come before it closes', async () => {
    const { port, descriptors } = open('127.0.0.1');
    const asked = attach(descriptors);
    const client = connect();
    for (let id = 0; id < 70; id++) await client.send(message(id), port);
    asked.close();
    batch = undefined;
    expect((await client.responses(70)).length).to.equal(70);
  });

  it('goes on when the descriptors that it was given are closed', async () => {
    const { port, descriptors } = open('127.0.0.1');
    const asked = attach(descriptors);
    opened.pop()?.close();
    const client = connect();
    await client.send(message(5), port);
    expect(asked.turn(0)).to.equal(1);
    asked.turn(0);
    expect((await client.responses(1)).length).to.equal(1);
  });

  for (const [name, call] of Object.entries(WRONG_CALLS)) {
    it(`refuses ${name}`, () => {
      const one = Int32Array.from(open('127.0.0.1').descriptors);
      expect(() => call(addon, one)).to.throw(TypeError);
    });
  }
});

describe('openSockets', () => {
  let addon: Addon;

  before(function () {
    addon = needAddon(this);
  });

  function failureOf(address: string, port: number, count = 1): string {
    try {
      openSockets(addon, address, port, count).close();
    } catch (error) {
      if (error instanceof ListenError) return error.message;
      throw error;
    }
    return 'it listens';
  }

  it('opens several sockets on one port, which no one else can take', () => {
    const sockets = openSockets(addon, '127.0.0.1', 0, 3);
    expect(new Set(sockets.descriptors).size).to.equal(3);
    for (const descriptor of sockets.descriptors) expect(addon.port(descriptor)).to.equal(sockets.port);
    expect(failureOf('127.0.0.1', sockets.port)).to.equal(
      `can't listen on UDP 127.0.0.1:${sockets.port}: the port is taken (EADDRINUSE)`,
    );
    sockets.close();
    expect(failureOf('127.0.0.1', sockets.port)).to.equal('it listens');
  });

  it('names a port that a socket of node:dgram has', async () => {
    const holder = createSocket('udp4');
    holder.bind(0, '127.0.0.1');
    await once(holder, 'listening');
    expect(failureOf('127.0.0.1', holder.address().port)).to.match(/the port is taken/);
    holder.close();
  });

  for (const [address, says] of [
    ['203.0.113.77', /no interface of this machine has the address \(EADDRNOTAVAIL\)/],
    ['fe80::1', /a link-local one needs its scope id, fe80::1%eth0 \(EINVAL\)/],
    ['fe80::1%nowhere0', /\(EINVAL\)/],
    ['localhost', /\(EINVAL\)/],
    ['1'.repeat(500), /\(EINVAL\)/],
  ] as const) {
    it(`refuses ${address.slice(0, 20)}`, () => {
      expect(failureOf(address, 5300)).to.match(says);
    });
  }

  it('serves one port on an IPv4 and an IPv6 wildcard address', () => {
    const first = openSockets(addon, '0.0.0.0', 0, 2);
    const second = openSockets(addon, '::', first.port, 2);
    first.close();
    second.close();
  });
});
