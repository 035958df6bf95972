import { expect } from 'chai';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { ServerCookies } from '../../src/answer/cookies.js';
import { Transport } from '../../src/answer/exchange.js';
import { Verdict } from '../../src/answer/limiter.js';
import { Counter } from '../../src/state/counters.js';
import { readSipKey } from '../../src/wire/siphash.js';
import { buildQuery } from '../wire/build-query.js';
import { hex } from '../wire/hex.js';
import { formatResponse } from './format-response.js';
import { Scenario } from './scenario.js';

const ZONE = `
'':
  - {type: SOA, ttl: 60, value: {mname: ns1, rname: hostmaster, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 60}}
  - {type: NS, ttl: 60, value: ns1.example.com.}
  - {type: A, ttl: 60, value: 192.0.2.1}
`;

const OLD_SECRET = hex`dd3bdf9344b678b185a6f5cb60fca715`;
const NEW_SECRET = hex`445536bcd2513298075a5d379663c962`;
const SECRET = hex`e5e973e5a6b2a43f48e7dc849e37bfcf`;
/** Of RFC 9018 appendix A.1: to 198.51.100.100, at this second. */
const COOKIE = hex`2464c4abcf10c957 01000000 5cf79f11 1f8130c3eee29480`;
const MADE = 1559731985;

const ANSWER = ['NOERROR aa', 'example.com. 60 A 192.0.2.1'];

describe('DNS cookies (RFC 7873, RFC 9018)', () => {
  let scenario: Scenario;

  beforeEach(() => {
    scenario = new Scenario({ zones: { 'example.com.': ZONE } });
    protect([SECRET]);
  });

  function protect(secrets: readonly Uint8Array[], verdict?: Verdict): void {
    scenario.protect({
      cookies: new ServerCookies(Uint32Array.from(secrets.flatMap((secret) => [...readSipKey(secret)]))),
      limiter: verdict === undefined ? undefined : { judge: () => verdict },
    });
  }

  /** Asks for example.com A with this COOKIE; gives the response's lines, COOKIE as the last. */
  function ask(
    cookie: Uint8Array,
    how: { from?: string; at?: number; transport?: Transport } = {},
  ): string[] {
    scenario.now = how.at ?? MADE;
    const query = buildQuery({
      name: 'example.com.',
      type: 1,
      opt: { options: [{ code: 10, data: cookie }] },
    });
    return lines(scenario.exchange(query, how.transport, how.from ?? '198.51.100.100'));
  }

  function lines(response: Uint8Array | undefined): string[] {
    return response === undefined ? ['no response'] : formatResponse(decode(Buffer.from(response)));
  }

  /** The line of a COOKIE option. */
  function line(cookie: Uint8Array): string {
    return `option 10 ${Buffer.from(cookie).toString('hex')}`;
  }

  describe('the vectors of RFC 9018 appendix A', () => {
    it('A.1: learning a new server cookie', () => {
      expect(ask(COOKIE.subarray(0, 8))).to.deep.equal([...ANSWER, line(COOKIE)]);
    });

    it('A.2: the same client learning a renewed server cookie', () => {
      expect(ask(COOKIE, { at: 1559734385 })).to.deep.equal([
        ...ANSWER,
        line(hex`2464c4abcf10c957 01000000 5cf7a871 d4a564a1442aca77`),
      ]);
      expect(scenario.counters[Counter.cookiesValid]).to.equal(1);
    });

    it('A.3: another client learning a renewed server cookie, its reserved octets not zero', () => {
      const cookie = hex`fc93fc62807ddb86 01abcdef 5cf78f71 a314227b6679ebf5`;
      expect(ask(cookie, { at: 1559734700, from: '203.0.113.203' })).to.deep.equal([
        ...ANSWER,
        line(hex`fc93fc62807ddb86 01000000 5cf7a9ac f73a7810aca2381e`),
      ]);
      // It was made 6,715 seconds ago; reserved octets are hashed as they are (§4.2).
      expect(scenario.counters[Counter.cookiesValid]).to.equal(0);
      ask(cookie, { at: 0x5cf78f71 + 3600, from: '203.0.113.203' });
      expect(scenario.counters[Counter.cookiesValid]).to.equal(1);
    });

    it('A.4: an IPv6 query whose secret was rolled over', () => {
      protect([NEW_SECRET, OLD_SECRET]);
      const from = '2001:db8:220:1:59de:d0f4:8769:82b8';
      expect(
        ask(hex`22681ab97d52c298 01000000 5cf7c579 26556bd0934c72f8`, { at: 1559741961, from }),
      ).to.deep.equal([...ANSWER, line(hex`22681ab97d52c298 01000000 5cf7c609 a6bb79d16625507a`)]);
      expect(scenario.counters[Counter.cookiesValid]).to.equal(1);
    });
  });

  describe('what holds', () => {
    const ROWS = [
      { it: '§4.3: a cookie of this second, given back as it is', at: MADE, valid: true, same: true },
      {
        it: '§4.3: one of less than half an hour, given back as it is',
        at: MADE + 1799,
        valid: true,
        same: true,
      },
      { it: '§4.3: one of half an hour, renewed', at: MADE + 1800, valid: true, same: false },
      { it: '§4.3: one of an hour, renewed', at: MADE + 3600, valid: true, same: false },
      { it: '§4.3: not one of more than an hour', at: MADE + 3601, valid: false, same: false },
      { it: '§4.3: one of five minutes ahead', at: MADE - 300, valid: true, same: true },
      { it: '§4.3: not one of more than five minutes ahead', at: MADE - 301, valid: false, same: false },
      { it: 'RFC 1982: not one of 2^31 seconds ago', at: MADE + 2 ** 31, valid: false, same: false },
    ];
    for (const row of ROWS) {
      it(row.it, () => {
        const answer = ask(COOKIE, { at: row.at });
        expect(answer.slice(0, 2)).to.deep.equal(ANSWER);
        expect(answer[2] === line(COOKIE)).to.equal(row.same);
        expect(scenario.counters[Counter.cookiesValid]).to.equal(row.valid ? 1 : 0);
      });
    }

    it('RFC 1982: a cookie made before the seconds come round in 2106', () => {
      const [, , made = ''] = ask(COOKIE.subarray(0, 8), { at: 2 ** 32 - 10 });
      ask(hex`${made.replace('option 10 ', '')}`, { at: 2 ** 32 + 10 });
      expect(scenario.counters[Counter.cookiesValid]).to.equal(1);
    });

    it('not a cookie with any bit changed, of the client cookie, timestamp or hash', () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 24 * 8 - 1 }), (bit) => {
          scenario.counters.fill(0);
          const cookie = COOKIE.slice();
          cookie[bit >> 3] = (cookie[bit >> 3] as number) ^ (1 << (bit & 7));
          expect(ask(cookie).slice(0, 2)).to.deep.equal(ANSWER);
          expect(scenario.counters[Counter.cookiesValid]).to.equal(0);
        }),
      );
    });

    it('not at another address', () => {
      ask(COOKIE, { from: '198.51.100.101' });
      ask(COOKIE, { from: '2001:db8::1' });
      expect(scenario.counters[Counter.cookiesValid]).to.equal(0);
    });

    it('not with another secret, and with it once it verifies', () => {
      protect([OLD_SECRET, NEW_SECRET]);
      ask(COOKIE);
      expect(scenario.counters[Counter.cookiesValid]).to.equal(0);
      protect([OLD_SECRET, NEW_SECRET, SECRET]);
      expect(ask(COOKIE)[2]).to.not.equal(line(COOKIE));
      expect(scenario.counters[Counter.cookiesValid]).to.equal(1);
    });

    it("not another implementation's of 8 or 32 octets, which are answered with ours", () => {
      for (const octets of [16, 17, 23, 25, 40]) {
        const cookie = new Uint8Array(octets).fill(1);
        cookie.set(COOKIE.subarray(0, 8));
        expect(ask(cookie), `${octets}`).to.deep.equal([...ANSWER, line(COOKIE)]);
      }
      expect(scenario.counters[Counter.cookiesValid]).to.equal(0);
    });
  });

  describe('responses', () => {
    it('have a cookie over TCP too', () => {
      expect(ask(COOKIE.subarray(0, 8), { transport: Transport.TCP })[2]).to.equal(line(COOKIE));
    });

    it('have none without one in the query', () => {
      expect(scenario.ask('example.com. A')).to.deep.equal(ANSWER);
      expect(scenario.counters[Counter.cookies]).to.equal(0);
    });

    it('have none while cookies are off, not even to a query for one alone, which is FORMERR', () => {
      scenario.protect({});
      expect(ask(COOKIE)).to.deep.equal(ANSWER);
      expect(alone(COOKIE)).to.deep.equal(['FORMERR']);
    });

    it('§5.2.2: to a malformed cookie are FORMERR without one', () => {
      expect(ask(COOKIE.subarray(0, 9))).to.deep.equal(['FORMERR']);
    });

    it('with an error have it as well: NOTIMP, REFUSED', () => {
      const opt = { options: [{ code: 10, data: COOKIE.subarray(0, 8) }] };
      for (const [spec, head] of [
        [{ name: 'example.com.', type: 6, flags: 0x2800, opt }, 'NOTIMP'],
        [{ name: 'elsewhere.test.', type: 1, opt }, 'REFUSED'],
      ] as const) {
        scenario.now = MADE;
        const response = scenario.exchange(buildQuery(spec), Transport.UDP, '198.51.100.100');
        expect(lines(response)).to.deep.equal([head, line(COOKIE)]);
      }
    });

    it('leave room for it within the payload', () => {
      const records = Array.from({ length: 60 }, (_, i) => `192.0.2.${i + 1}`).join(', ');
      scenario.reload({
        zones: { 'example.com.': `${ZONE}\nmany: {type: A, ttl: 60, values: [${records}]}` },
      });
      const whole = scenario.exchange(buildQuery({ name: 'many.example.com.', type: 1, opt: {} }));
      for (const less of [0, 1]) {
        const udpPayload = (whole?.length ?? 0) + 28 - less;
        const opt = { udpPayload, options: [{ code: 10, data: COOKIE }] };
        const response = scenario.exchange(buildQuery({ name: 'many.example.com.', type: 1, opt }));
        expect(response?.length ?? 0).to.be.at.most(udpPayload);
        expect(lines(response)[0]).to.equal(less === 0 ? 'NOERROR aa' : 'NOERROR aa tc');
      }
    });
  });

  /** Asks for a cookie alone. */
  function alone(cookie: Uint8Array): string[] {
    scenario.now = MADE;
    const length = Buffer.of(0, cookie.length).toString('hex');
    const option = `000a ${length} ${Buffer.from(cookie).toString('hex')}`;
    const octets = Buffer.of(0, cookie.length + 4).toString('hex');
    const query = hex`1234 0000 0000 0000 0000 0001 00 0029 04d0 00000000 ${octets} ${option}`;
    return lines(scenario.exchange(query, Transport.UDP, '198.51.100.100'));
  }

  describe('§5.4: a query for a cookie alone', () => {
    it('is NOERROR with a client cookie', () => {
      expect(alone(COOKIE.subarray(0, 8))).to.deep.equal(['NOERROR', line(COOKIE)]);
    });

    it('is NOERROR with a server cookie that holds', () => {
      expect(alone(COOKIE)).to.deep.equal(['NOERROR', line(COOKIE)]);
    });

    it('is BADCOOKIE with one that does not', () => {
      expect(alone(hex`2464c4abcf10c957 01000000 5cf79f11 0000000000000000`)).to.deep.equal([
        'BADCOOKIE',
        line(COOKIE),
      ]);
      expect(scenario.counters[Counter.badCookie]).to.equal(1);
    });
  });

  describe('over a rate limit', () => {
    it('a cookie that holds passes', () => {
      protect([SECRET], Verdict.DROP);
      expect(ask(COOKIE)).to.deep.equal([...ANSWER, line(COOKIE)]);
    });

    it('§5.2.3: a client cookie alone is BADCOOKIE, with the cookie that passes', () => {
      protect([SECRET], Verdict.SLIP);
      const limited = ask(COOKIE.subarray(0, 8));
      expect(limited).to.deep.equal(['BADCOOKIE', line(COOKIE)]);
      expect(ask(COOKIE)).to.deep.equal([...ANSWER, line(COOKIE)]);
    });

    it('§5.2.4: so is a server cookie that does not hold', () => {
      protect([SECRET], Verdict.SLIP);
      expect(ask(COOKIE, { from: '192.0.2.9' })[0]).to.equal('BADCOOKIE');
    });

    it('one that is dropped is dropped, cookie or not', () => {
      protect([SECRET], Verdict.DROP);
      expect(ask(COOKIE.subarray(0, 8))).to.deep.equal(['no response']);
    });

    it('nothing is limited over TCP', () => {
      protect([SECRET], Verdict.DROP);
      expect(ask(COOKIE.subarray(0, 8), { transport: Transport.TCP })).to.deep.equal([
        ...ANSWER,
        line(COOKIE),
      ]);
    });

    it('a query without cookie is truncated: question and OPT alone', () => {
      protect([SECRET], Verdict.SLIP);
      expect(scenario.ask('example.com. A')).to.deep.equal(['NOERROR tc']);
      expect(scenario.ask('example.com. A +noedns')).to.deep.equal(['NOERROR tc']);
      expect(scenario.ask('nobody.example.com. A ecs=192.0.2.0/24')).to.deep.equal([
        'NOERROR tc',
        'ecs 192.0.2.0/24/0',
      ]);
    });

    it('an error is sent as it is: it has no more than a truncated answer', () => {
      protect([SECRET], Verdict.SLIP);
      expect(lines(scenario.exchange(hex`1234 0000 0000 0000 0000 0000`))).to.deep.equal(['FORMERR']);
    });
  });
});
