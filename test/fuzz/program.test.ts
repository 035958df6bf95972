import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { TcpClient } from '../server/support.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { until } from '../support/until.js';
import { buildQuery } from '../wire/build-query.js';
import { FuzzedServer, SERVICES, ZONES } from './fuzzed-server.js';
import { structured } from './message-arbitrary.js';
import { mutated, recordCorpus } from './mutations.js';
import { walkMessage } from './walk-message.js';

const MESSAGES = 2000;
/** Messages between two that are known to be answered: what a receive buffer holds of the largest by far. */
const BATCH = 25;

const CONFIG = `
listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}
zones: zones
services: services
rrl: {rate: 5, burst: 20, slip: 2, allow: 127.0.0.250}
`;

describe('hostile messages to the running program', () => {
  const seed = randomInt(2 ** 31);
  let folder: string;
  let steerdns: Steerdns;
  let messages: Uint8Array[];

  before(async () => {
    folder = await makeFolder({
      'steerdns.yaml': CONFIG,
      ...Object.fromEntries(Object.entries(ZONES).map(([apex, text]) => [`zones/${apex}yaml`, text])),
      ...Object.fromEntries(Object.entries(SERVICES).map(([name, text]) => [`services/${name}.yaml`, text])),
    });
    steerdns = await startSteerdns(folder);
    const server = await FuzzedServer.start(seed);
    messages = fc.sample(fc.oneof(structured, mutated(recordCorpus(server))), { seed, numRuns: MESSAGES });
    server.close();
  });
  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  async function counters(): Promise<Record<string, number>> {
    const { stdout } = await steerdns.command('status', '--json');
    return (JSON.parse(stdout) as { counters: Record<string, number> }).counters;
  }

  it(`over UDP, seed ${seed}: each is answered soundly or dropped, and each is counted`, async () => {
    const before = await counters();
    const [hostile, sound] = await Promise.all([bound('127.0.0.1'), bound('127.0.0.250')]);
    const ids = new Set(messages.map((octets) => ((octets[0] ?? 0) << 8) | (octets[1] ?? 0)));
    const responses: Buffer[] = [];
    hostile.on('message', (octets) => responses.push(octets));
    const { port, address } = steerdns.dns;
    for (let at = 0; at < messages.length; at += BATCH) {
      for (const octets of messages.slice(at, at + BATCH)) hostile.send(octets, port, address);
      const answered = once(sound, 'message') as Promise<[Buffer]>;
      sound.send(buildQuery({ name: 'www.example.net.', type: 1 }), port, address);
      expect((await answered)[0].readUInt16BE(6)).to.equal(1);
    }
    const sent = MESSAGES + MESSAGES / BATCH;
    // Another thread may still be at its last ones.
    const after = await until(counters, ({ queries = 0, oversized = 0 }) => {
      return queries + oversized - (before.queries ?? 0) - (before.oversized ?? 0) >= sent;
    });
    expect((after.queries ?? 0) + (after.oversized ?? 0)).to.equal(
      (before.queries ?? 0) + (before.oversized ?? 0) + sent,
    );
    expect(after.internalErrors).to.equal(0);
    expect(after.sendErrors).to.equal(0);
    const silent = ['short', 'notQuery', 'rrlDropped', 'oversized'].reduce(
      (sum, name) => sum + (after[name] ?? 0) - (before[name] ?? 0),
      0,
    );
    await until(
      async () => responses.length + silent,
      (accounted) => accounted === MESSAGES,
    );
    for (const response of responses) {
      expect(response.length).to.be.at.most(1232);
      expect(walkMessage(response).flags & 0x8000).to.equal(0x8000);
      expect(ids.has(response.readUInt16BE(0))).to.equal(true);
    }
    hostile.close();
    sound.close();
  });

  it(`over TCP, seed ${seed}: each is answered soundly or not, or its connection ends, and the next one is served`, async () => {
    for (let at = 0; at < messages.length; at += BATCH) {
      const batch = messages
        .slice(at, at + BATCH)
        .map((octets, i) => (i % 7 === 6 ? octets : framed(octets)));
      const client = await TcpClient.open(steerdns.dns);
      client.socket.end(Buffer.concat(batch));
      await client.closed;
      expect(client.torn).to.equal(false);
    }
    const client = await TcpClient.open(steerdns.dns);
    client.socket.end(framed(buildQuery({ id: 77, name: 'www.example.net.', type: 1 })));
    expect(await client.responses(1)).to.deep.equal([77]);
    await client.closed;
    expect((await counters()).internalErrors).to.equal(0);
    expect(steerdns.log).to.not.match(/"level":(50|60)/);
  });
});

async function bound(address: string): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

function framed(octets: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(octets.length >>> 8, octets.length & 0xff), octets]);
}
