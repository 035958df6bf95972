import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { rdataFromText } from '../../src/rr/rdata.js';
import { Message } from '../../src/transfer/message.js';
import { Notifier, type NotifyTarget, type NotifyZone } from '../../src/transfer/notifier.js';
import { RrListWriter } from '../../src/transfer/rr-list.js';
import { findTsig } from '../../src/transfer/tsig.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { put16, u16 } from '../../src/wire/octets.js';
import { RrType } from '../../src/wire/protocol.js';
import { until } from '../support/until.js';

const APEX = parseName('example.com.');
const KEY: TsigKey = {
  name: parseName('k.'),
  algorithm: 'hmac-sha256',
  secret: Buffer.from('secret'),
  macOctets: 32,
};

/** A secondary that takes notice of what comes. */
class FakeSecondary {
  readonly received: Message[] = [];
  readonly #socket: Socket;

  /** @param reply the RCODE of the response to the n-th message; undefined: none */
  constructor(readonly reply: (n: number) => number | undefined) {
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (octets: Buffer, from: RemoteInfo) => {
      this.received.push(new Message(new Uint8Array(octets)));
      const rcode = this.reply(this.received.length);
      if (rcode === undefined) return;
      const response = octets.subarray(0, new Message(octets).questionEnd());
      put16(response, 2, (u16(response, 2) & 0x7fff) | 0x8000 | rcode);
      response.fill(0, 6, 12);
      this.#socket.send(response, from.port, from.address);
    });
  }

  async listen(): Promise<NotifyTarget> {
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return { address: '127.0.0.1', port: this.#socket.address().port, key: undefined };
  }

  close(): void {
    this.#socket.close();
  }
}

function zone(serial: number, target: NotifyTarget): NotifyZone {
  const out = new RrListWriter();
  out.add(
    APEX,
    RrType.SOA,
    60,
    rdataFromText(RrType.SOA, `ns.example.com. h.example.com. ${serial} 1 1 1 1`),
  );
  return { name: 'example.com.', apex: APEX, serial, soa: out.shared(), targets: [target] };
}

describe('NOTIFY to secondaries', () => {
  let secondary: FakeSecondary;
  let notifier: Notifier;
  let said: string[];

  beforeEach(() => {
    said = [];
    const say = (_fields: object, message: string): void => {
      said.push(message);
    };
    notifier = new Notifier({ debug: say, info: say, warn: say });
  });

  afterEach(() => {
    notifier.stop();
    secondary.close();
  });

  it('RFC 1996 §3.7: has opcode, AA, the question for SOA and the SOA', async () => {
    secondary = new FakeSecondary(() => 0);
    notifier.update([zone(5, await secondary.listen())]);
    await until(
      async () => said,
      (lines) => lines.length > 0,
    );
    expect(said).to.deep.equal(['NOTIFY taken']);
    const [message] = secondary.received;
    expect(message?.opcode).to.equal(4);
    expect(message?.isAuthoritative).to.equal(true);
    expect(message?.question()?.type).to.equal(RrType.SOA);
    expect([...(message?.records() ?? [])].map(({ section, type }) => [section, type])).to.deep.equal([
      [1, RrType.SOA],
    ]);
  });

  it('is sent once for a serial', async () => {
    secondary = new FakeSecondary(() => 0);
    const target = await secondary.listen();
    for (const serial of [5, 5, 6, 6]) {
      notifier.update([zone(serial, target)]);
      await until(
        async () => said.length,
        (lines) => lines === (serial === 5 ? 1 : 2),
      );
    }
    expect(secondary.received.length).to.equal(2);
  });

  it('RFC 1996 §3.6: is sent again when it was lost', async () => {
    secondary = new FakeSecondary((n) => (n === 1 ? undefined : 0));
    notifier.update([zone(5, await secondary.listen())]);
    await until(
      async () => said,
      (lines) => lines.length > 0,
    );
    expect(said).to.deep.equal(['NOTIFY taken']);
    expect(secondary.received.length).to.equal(2);
  });

  it('is signed where there is a key, and an unsigned response does not end it', async () => {
    secondary = new FakeSecondary((n) => (n === 1 ? 0 : 9));
    notifier.update([zone(5, { ...(await secondary.listen()), key: KEY })]);
    await until(
      async () => said,
      (lines) => lines.length > 0,
    );
    expect(said).to.deep.equal(['NOTIFY of example.com. answered NOTAUTH by 127.0.0.1']);
    expect(secondary.received.map((message) => findTsig(message)?.mac.length)).to.deep.equal([32, 32]);
  });

  it('of an earlier serial ends with the next one', async () => {
    secondary = new FakeSecondary((n) => (n === 1 ? undefined : 0));
    const target = await secondary.listen();
    notifier.update([zone(5, target)]);
    await until(
      async () => secondary.received.length,
      (count) => count === 1,
    );
    notifier.update([zone(6, target)]);
    await until(
      async () => said,
      (lines) => lines.length > 0,
    );
    expect(secondary.received.length).to.equal(2);
    expect(said).to.deep.equal(['NOTIFY taken']);
  });
});
