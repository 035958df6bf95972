import { expect } from 'chai';
import { Message } from '../../src/transfer/message.js';
import { put16 } from '../../src/wire/octets.js';
import { RrType } from '../../src/wire/protocol.js';
import { answerData, dig } from '../support/dig.js';
import { makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';
import { type Change, FakePrimary, isTransfer, zoneList } from './fake-primary.js';

/** Longer than the test: the zone does not expire in it. */
const LONG_S = 86_400;

const lies: readonly { what: string; change: Change; says: string }[] = [
  {
    what: 'sends an older serial than it has told',
    change: (messages, type) => (isTransfer(type) ? messages.map((each) => withSerial(each, 5)) : messages),
    says: 'it sent serial 5, not later than 7 here',
  },
  {
    what: 'ends with another SOA than it began with',
    change: (messages, type) =>
      isTransfer(type) ? messages.map((each, i) => (i === 0 ? withSerial(each, 9, 1) : each)) : messages,
    says: 'another SOA',
  },
  {
    what: 'closes the connection in the middle',
    change: (messages, type) => (isTransfer(type) ? undefined : messages),
    says: 'closed',
  },
  {
    what: 'never ends, and leaves the zone on the way',
    change: (messages, type) => (isTransfer(type) ? endless(messages[0] as Uint8Array) : messages),
    says: 'out of zone',
  },
];

describe('a live primary that lies', function () {
  this.timeout(60_000);
  let folder: string;
  let steerdns: Steerdns;
  let primary: FakePrimary;

  before(async function () {
    needTool(this, 'dig');
    primary = new FakePrimary(zoneList(7, { expire: LONG_S }), [], honest);
    const port = await primary.listen();
    folder = await makeFolder({
      'steerdns.yaml': `listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}
zones: zones
geo: {databases: []}
secondaries: {example.com: {from: [{address: 127.0.0.1, port: ${port}}]}}
`,
      'zones/.keep': '',
    });
    steerdns = await startSteerdns(folder);
  });

  after(async () => {
    primary?.close();
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  const address = async (): Promise<string> => {
    const response = await dig(steerdns.dns, 'h0.example.com A');
    return response.answer.length === 0 ? response.status : answerData(response).join(' ');
  };
  const status = async (): Promise<string> => (await steerdns.command('status')).stdout;

  it('is told of by status as long as it is honest', async () => {
    await until(address, (found) => found === '192.0.2.0');
    expect(await status()).to.match(/^secondary +state.*\nexample\.com\. +served.* 7 +.*ago +in (1 d|23 h)/m);
  });

  for (const { what, change, says } of lies) {
    it(`${what}: the zone is refused whole, the old one is served, and status says why`, async () => {
      const since = steerdns.log.length;
      primary.change = change;
      primary.serve(zoneList(8, { records: 3000, expire: LONG_S }));
      await steerdns.waitForLog(new RegExp(`could not be transferred: 127.0.0.1: .*${says}`), since);
      const told = /^example\.com\. +served.* 7 .*for \d+ .*: (127\.0\.0\.1: .*)/m.exec(await status());
      expect(told?.[1]).to.include(says);
      expect(await address()).to.equal('192.0.2.0');
      expect((await dig(steerdns.dns, 'h2999.example.com A')).status).to.equal('NXDOMAIN');
    });
  }

  it('is taken again once it is honest', async () => {
    primary.change = honest;
    await until(
      async () => (await dig(steerdns.dns, 'h2999.example.com A')).status,
      (found) => found === 'NOERROR',
    );
    expect(await status()).to.match(/^example\.com\. +served.* 8 /m);
  });

  it('RFC 1035 §3.3.13: its zone is SERVFAIL once EXPIRE has gone by, and status says since when', async () => {
    primary.serve(zoneList(9, { expire: 3 }));
    await steerdns.waitForLog(/serial 9 came/);
    primary.change = () => undefined;
    await until(address, (found) => found === 'SERVFAIL');
    expect(await status()).to.match(/^example\.com\. +expired.* 9 .*ago.*ago .*closed/m);
    primary.change = honest;
    await until(address, (found) => found === '192.0.2.0');
  });
});

function honest(messages: Uint8Array[]): Uint8Array[] {
  return messages;
}

/** The message with another serial in its SOA records. @param most how many are changed */
function withSerial(message: Uint8Array, serial: number, most = 2): Uint8Array {
  const copy = message.slice();
  let left = most;
  for (const { type, end } of new Message(message).records()) {
    if (type !== RrType.SOA || left === 0) continue;
    left -= 1;
    put16(copy, end - 20, serial >>> 16);
    put16(copy, end - 18, serial & 0xffff);
  }
  return copy;
}

/** The first message as it is, then one address for ever; after a while of another zone. */
function* endless(first: Uint8Array): Generator<Uint8Array> {
  yield first;
  const [soa] = new Message(first).records();
  // Header and question; `a` in the zone of the question (RFC 1035 §4.1.4), A, IN, TTL 60, four octets.
  const start = first.slice(0, soa?.at);
  put16(start, 6, 1);
  const rr = (owner: readonly number[]): Uint8Array =>
    Uint8Array.of(...start, 1, 0x61, ...owner, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1);
  const inZone = rr([0xc0, 12]);
  for (let i = 0; i < 1000; i++) yield inZone;
  for (;;) yield rr([0]);
}
