import { createSocket, type Socket } from 'node:dgram';
import { on, once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DigAt } from '../support/dig.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { freePort, Peer } from '../transfer/peers.js';
import { buildQuery } from '../wire/build-query.js';
import { hex } from '../wire/hex.js';

const CONFIG = `listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}\nzones: zones\n`;
const YAML = "'': {type: NS, value: ns1.example.com.}\nns1: {type: A, value: 127.0.0.1}\n";
const MASTER = '$TTL 60\n@ SOA ns1 h 1 60 60 600 60\n@ NS ns1\nns1 A 127.0.0.1\n';

const ASK = { name: 'ns1.example.com.', type: 1 };

/** ID of the queries that tell when a server has nothing more to say. */
const SENTINEL = 0xbeef;

/** What someone may send with a forged address, to set two servers on each other. */
function messages(): { what: string; octets: Uint8Array }[] {
  const all = Array.from({ length: 16 }, (_, opcode) => [
    { what: `opcode ${opcode}`, octets: buildQuery({ ...ASK, flags: opcode << 11, opt: {} }) },
    {
      what: `a response of opcode ${opcode}`,
      octets: buildQuery({ ...ASK, flags: 0x8000 | (opcode << 11) }),
    },
    {
      what: `opcode ${opcode} and no more than a header`,
      octets: Buffer.from([0x12, 0x34, opcode << 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    },
    {
      what: `opcode ${opcode} and a question cut short`,
      octets: Buffer.from([0x12, 0x34, opcode << 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 119]),
    },
  ]).flat();
  const rcodes = Array.from({ length: 16 }, (_, rcode) => ({
    what: `RCODE ${rcode}`,
    octets: buildQuery({ ...ASK, flags: rcode }),
  }));
  const options = [{ code: 10, data: new Uint8Array(8) }];
  return [
    ...all,
    ...rcodes,
    { what: 'EDNS version 1', octets: buildQuery({ ...ASK, opt: { version: 1 } }) },
    { what: 'a cookie', octets: buildQuery({ ...ASK, opt: { options } }) },
    {
      what: 'a cookie of a wrong length',
      octets: buildQuery({ ...ASK, opt: { options: [{ code: 10, data: new Uint8Array(9) }] } }),
    },
    { what: 'AXFR', octets: buildQuery({ name: 'example.com.', type: 252 }) },
    {
      what: 'a key that nobody knows',
      octets: Buffer.concat([
        hex`1234 0000 0001 0000 0000 0001`,
        buildQuery(ASK).subarray(12),
        hex`016b 00 00fa 00ff 00000000 001b 09 686d61632d6d6435 00 00 0000 0000 012c 0000 1234 0000 0000`,
      ]),
    },
    { what: 'a header cut short', octets: hex`1234 0000 00` },
  ];
}

/** RFC 1035 §4.1.1 has QR so that a response is not taken for a query; what is not understood must not break that. */
describe('two servers that get the responses of each other', () => {
  const folders: string[] = [];
  let one: Steerdns;
  let other: Steerdns;
  let relay: Socket;
  let received: AsyncIterator<unknown>;

  before(async () => {
    [one, other] = await Promise.all([startOne(), startOne()]);
    relay = createSocket('udp4').bind(0, '127.0.0.1');
    received = on(relay, 'message');
    await once(relay, 'listening');
  });
  after(async () => {
    relay?.close();
    await Promise.all([one?.stop(), other?.stop()]);
    await Promise.all(folders.map(removeFolder));
  });

  async function startOne(): Promise<Steerdns> {
    const folder = await makeFolder({ 'steerdns.yaml': CONFIG, 'zones/example.com.yaml': YAML });
    folders.push(folder);
    return startSteerdns(folder);
  }

  /** Sends a message to the first, its response to the second, and so on. @returns how many responses there were */
  async function reflect(octets: Uint8Array, first: DigAt, second: DigAt): Promise<number> {
    let message = await responseOf(octets, first);
    let hops = 0;
    for (; message !== undefined && hops < 10; hops++)
      message = await responseOf(message, hops % 2 === 0 ? second : first);
    return hops;
  }

  /** The response to a message, if there is one: queries behind it are answered later than it. */
  async function responseOf(message: Uint8Array, { address, port }: DigAt): Promise<Uint8Array | undefined> {
    let response: Uint8Array | undefined;
    relay.send(message, port, address);
    // Twice: BIND answers what is no QUERY in another task.
    for (let left = 2; left > 0; left--) {
      relay.send(buildQuery({ ...ASK, id: SENTINEL }), port, address);
      for (;;) {
        const { value } = await received.next();
        const [octets] = value as [Buffer];
        if (octets.readUInt16BE(0) === SENTINEL) break;
        response = octets;
      }
    }
    return response;
  }

  for (const { what, octets } of messages()) {
    it(`are silent after one response to ${what}`, async () => {
      expect(await reflect(octets, one.dns, other.dns)).to.be.at.most(1);
    });
  }

  describe('one of them BIND', function () {
    this.timeout(60_000);
    let bind: Peer;

    before(async function () {
      needTool(this, 'named');
      const folder = await makeFolder();
      folders.push(folder);
      const port = await freePort();
      await mkdir(join(folder, 'bind'));
      bind = new Peer('named', {
        folder: join(folder, 'bind'),
        port,
        otherPort: one.dns.port,
        zone: { name: 'example.com', text: MASTER },
        signed: false,
        notify: false,
      });
      await bind.start();
      await until(
        async () => bind.output,
        (output) => /all zones loaded/.test(output) && /\brunning\b/.test(output),
      );
    });
    after(() => bind?.stop());

    for (const { what, octets } of messages()) {
      it(`are silent after one response to ${what}`, async () => {
        expect(await reflect(octets, one.dns, bind.at), 'steerdns first').to.be.at.most(1);
        expect(await reflect(octets, bind.at, one.dns), 'BIND first').to.be.at.most(1);
      });
    }
  });
});
