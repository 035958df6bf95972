import { expect } from 'chai';
import { fetchZone, type Primary } from '../../src/transfer/fetch-zone.js';
import { Message, readName } from '../../src/transfer/message.js';
import { type RrList, rrsOf } from '../../src/transfer/rr-list.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { put16, u16 } from '../../src/wire/octets.js';
import { RrType } from '../../src/wire/protocol.js';
import { APEX, type Change, FakePrimary, isTransfer, zoneList } from './fake-primary.js';

const KEY: TsigKey = {
  name: parseName('key.example.'),
  algorithm: 'hmac-sha512',
  secret: Buffer.from('0123456789abcdef0123456789abcdef'),
  macOctets: 64,
};

/** @param serial of the zone, which has several messages of records */
function zone(serial: number): RrList {
  return zoneList(serial, { records: 2000 });
}

describe('fetching a zone', () => {
  let primary: FakePrimary;

  afterEach(() => primary.close());

  async function fetchFrom(change: Change, key?: TsigKey, have?: RrList): ReturnType<typeof fetchZone> {
    primary = new FakePrimary(zone(5), key === undefined ? [] : [KEY], change);
    const at: Primary = { address: '127.0.0.1', port: await primary.listen(), key };
    return fetchZone(APEX, at, have, new AbortController().signal);
  }

  const honest: Change = (messages) => messages;

  for (const key of [undefined, KEY]) {
    it(`takes one of several messages, ${key === undefined ? 'unsigned' : 'signed'}`, async () => {
      const fetched = await fetchFrom(honest, key);
      if (fetched.kind !== 'zone') throw new Error(fetched.kind);
      expect([...rrsOf(fetched.list)].length).to.equal(2001);
      expect(Buffer.compare(fetched.list, zone(5))).to.equal(0);
    });
  }

  it('does not transfer what it has', async () => {
    expect(await fetchFrom(honest, KEY, zone(5))).to.deep.equal({ kind: 'current' });
    expect(primary.asked).to.deep.equal([RrType.SOA]);
  });

  it('tells of a primary that is older', async () => {
    expect(await fetchFrom(honest, KEY, zone(6))).to.deep.equal({ kind: 'older', serial: 5 });
  });

  it('asks for the whole zone where the changes are not right', async () => {
    const change: Change = (messages, type) => {
      if (type !== RrType.IXFR) return messages;
      const [first] = messages;
      if (first !== undefined) put16(first, 2, 0x8404);
      return first === undefined ? [] : [first];
    };
    const fetched = await fetchFrom(change, undefined, zone(4));
    expect(fetched.kind).to.equal('zone');
    expect(primary.asked).to.deep.equal([RrType.SOA, RrType.IXFR, RrType.AXFR]);
  });

  const rows: readonly { what: string; key?: TsigKey; change: Change; says: RegExp }[] = [
    {
      what: 'a connection that ends in the middle',
      change: (messages, type) => (isTransfer(type) ? undefined : messages),
      says: /closed/,
    },
    {
      what: 'a response with another ID',
      change: (messages) => messages.map((message) => changed(message, 0, 1)),
      says: /another ID/,
    },
    {
      what: 'a response that is none',
      change: (messages) => messages.map((message) => changed(message, 2, 0x80)),
      says: /no response/,
    },
    {
      what: 'a refusal',
      change: (messages, type) => (isTransfer(type) ? messages.map(refused) : messages),
      says: /says REFUSED/,
    },
    {
      what: 'a server that is not authoritative',
      change: (messages) => messages.map((message) => changed(message, 2, 4)),
      says: /not authoritative/,
    },
    {
      what: 'a server that has no SOA',
      change: (messages) => messages.map((message) => emptied(message)),
      says: /has no SOA/,
    },
    {
      what: 'a first message without a signature',
      key: KEY,
      change: (messages, type) => (isTransfer(type) ? messages.map(unsigned) : messages),
      says: /is not signed/,
    },
    {
      what: 'a last message without a signature',
      key: KEY,
      change: (messages, type) =>
        isTransfer(type) ? messages.map((message, i) => (i === 0 ? message : unsigned(message))) : messages,
      says: /is not signed to its end/,
    },
    {
      what: 'a message that was changed on the way',
      key: KEY,
      change: (messages, type) =>
        isTransfer(type)
          ? messages.map((message, i) => (i === 1 ? changed(message, 100, 1) : message))
          : messages,
      says: /signature that is wrong|MESSAGE|compression|cut short|past its last/,
    },
    {
      what: 'a message that is left out',
      key: KEY,
      change: (messages, type) => (isTransfer(type) ? messages.filter((_, i) => i !== 1) : messages),
      says: /signature that is wrong/,
    },
    {
      what: 'an unknown key',
      key: { ...KEY, name: parseName('who.example.') },
      change: honest,
      says: /BADKEY: the peer does not know the key/,
    },
    {
      what: 'another secret',
      key: { ...KEY, secret: Buffer.from('x') },
      change: honest,
      says: /BADSIG: the secret is another one/,
    },
  ];
  for (const { what, key, change, says } of rows) {
    it(`refuses ${what}`, async () => {
      const error = await fetchFrom(change, key).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      expect(error?.message).to.match(says);
    });
  }

  it('stops when it is told to', async () => {
    primary = new FakePrimary(zone(5), [], () => []);
    const abort = new AbortController();
    const fetching = fetchZone(
      APEX,
      { address: '127.0.0.1', port: await primary.listen(), key: undefined },
      undefined,
      abort.signal,
    );
    abort.abort();
    const error = await fetching.catch((reason: unknown) => reason as Error);
    expect(error).to.be.an('error');
  });
});

function changed(message: Uint8Array, at: number, by: number): Uint8Array {
  const copy = message.slice();
  copy[at] = (copy[at] as number) ^ by;
  return copy;
}

function refused(message: Uint8Array): Uint8Array {
  const copy = message.slice(0, readName(message, 12).end + 4);
  put16(copy, 2, 0x8005);
  copy.fill(0, 6, 12);
  return copy;
}

function emptied(message: Uint8Array): Uint8Array {
  const copy = message.slice(0, readName(message, 12).end + 4);
  copy.fill(0, 6, 12);
  return copy;
}

/** Without its TSIG, its last record. */
function unsigned(message: Uint8Array): Uint8Array {
  const records = [...new Message(message).records()];
  const last = records.at(-1);
  if (last?.type !== RrType.TSIG) return message;
  const copy = message.slice(0, last.at);
  put16(copy, 10, u16(copy, 10) - 1);
  return copy;
}
