import { expect } from 'chai';
import { Exchange } from '../../src/answer/exchange.js';
import { Counter } from '../../src/state/counters.js';
import { makeRequest } from '../../src/transfer/client-message.js';
import { parseName } from '../../src/wire/name.js';
import { RrType } from '../../src/wire/protocol.js';
import { FUZZ_NOW, FuzzedServer, KEYS, soaOf } from '../fuzz/fuzzed-server.js';

const QUERIES = 60;
const SOA = { number: 2, record: soaOf(6)[1] } as const;

describe('ThreadAnswerer', () => {
  let server: FuzzedServer;
  beforeEach(async () => {
    server = await FuzzedServer.start(1);
  });
  afterEach(() => server.close());

  /** How many of a burst from one address are answered in full. */
  function burst(query: Uint8Array): number {
    const exchange = new Exchange();
    exchange.address.set([192, 0, 2, 1]);
    exchange.query = query;
    exchange.queryLength = query.length;
    let whole = 0;
    for (let i = 0; i < QUERIES; i++) {
      if (server.answer(exchange) > 0 && ((exchange.response[2] as number) & 0x02) === 0) whole += 1;
    }
    return whole;
  }

  const name = parseName('www.example.com.');
  for (const { what, type, key } of [
    { what: 'a query', type: RrType.A, key: undefined },
    { what: 'a signed query', type: RrType.A, key: KEYS[0] },
    { what: 'IXFR over UDP', type: RrType.IXFR, key: undefined },
  ]) {
    it(`judges ${what} once, by the rate limit, and counts it once`, () => {
      const section = type === RrType.IXFR ? { section: SOA } : {};
      const query = makeRequest({ flags: 0, name, type, key, now: FUZZ_NOW, ...section }).octets;
      const limit = burst(
        makeRequest({ flags: 0, name, type: RrType.A, key: undefined, now: FUZZ_NOW }).octets,
      );
      expect(limit).to.be.within(15, 30);
      server.elapsedMs = 1e6;
      server.counters.fill(0);
      expect(burst(query)).to.equal(limit);
      expect(server.counters[Counter.queries]).to.equal(QUERIES);
    });
  }
});
