import { expect } from 'chai';
import { Answerer } from '../../src/answer/answerer.js';
import { Exchange, LEFT, Transport } from '../../src/answer/exchange.js';
import { makeCounters } from '../../src/state/counters.js';
import { makeRequest } from '../../src/transfer/client-message.js';
import type { TsigKey } from '../../src/transfer/tsig-key.js';
import { parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';
import { NOW, Scenario } from '../answer/scenario.js';

const KEY: TsigKey = {
  name: parseName('k.'),
  algorithm: 'hmac-sha256',
  secret: Buffer.from('secret'),
  macOctets: 32,
};
const NOTIFY = 0x2000;
const UPDATE = 0x2800;

const { built, states } = new Scenario({
  zones: { 'example.com.': "'': {type: NS, value: ns1.example.com.}\nns1: {type: A, value: 192.0.2.1}\n" },
});

function answer(leaves: boolean, type: number, flags: number, key?: TsigKey): number {
  const { catalog } = built;
  const answerer = new Answerer({
    catalog,
    circumstances: { states, turns: new Int32Array(catalog.turnWords), random: () => 0 },
    counters: makeCounters(),
    identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
    now: () => NOW,
    leaves,
  });
  const exchange = new Exchange();
  exchange.transport = Transport.TCP;
  exchange.query = makeRequest({ flags, name: parseName('ns1.example.com.'), type, key, now: NOW }).octets;
  exchange.queryLength = exchange.query.length;
  const length = answerer.answer(exchange);
  return length === LEFT ? LEFT : (exchange.response[3] as number) & 0xf;
}

describe('what the answering of queries leaves to transfers', () => {
  for (const { what, type, flags, key, alone, leaves } of [
    { what: 'AXFR', type: RrType.AXFR, flags: 0, alone: 5, leaves: LEFT },
    { what: 'IXFR', type: RrType.IXFR, flags: 0, alone: 5, leaves: LEFT },
    { what: 'NOTIFY', type: RrType.SOA, flags: NOTIFY, alone: 4, leaves: LEFT },
    { what: 'a signed query', type: RrType.A, flags: 0, key: KEY, alone: 0, leaves: LEFT },
    { what: 'no query', type: RrType.A, flags: 0, alone: 0, leaves: 0 },
    { what: 'no opcode that is not known', type: RrType.SOA, flags: UPDATE, key: KEY, alone: 4, leaves: 4 },
  ]) {
    it(`is ${what}`, () => {
      expect(answer(true, type, flags, key)).to.equal(leaves);
      expect(answer(false, type, flags, key)).to.equal(alone);
    });
  }
});
