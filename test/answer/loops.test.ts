import { expect } from 'chai';
import fc from 'fast-check';
import { ServerCookies } from '../../src/answer/cookies.js';
import { Transport } from '../../src/answer/exchange.js';
import { buildQuery, clientSubnet } from '../wire/build-query.js';
import { hex } from '../wire/hex.js';
import { Scenario } from './scenario.js';

const scenario = new Scenario({
  zones: { 'example.com.': "'': {type: NS, value: ns1.example.net.}\nwww: {type: A, value: 192.0.2.1}\n" },
});
scenario.protect({ cookies: new ServerCookies(Uint32Array.of(1, 2, 3, 4)) });

const transports = [Transport.UDP, Transport.TCP];

/** Asks, and then asks by the response, as another server would that takes it for a query. */
function bounce(octets: Uint8Array, transport: Transport): Uint8Array | undefined {
  const response = scenario.exchange(octets, transport);
  return response === undefined ? undefined : scenario.exchange(response, transport);
}

/** A forged source address may make two servers, or a server and itself, answer each other. */
describe('two servers never talk to each other for ever', () => {
  for (let opcode = 0; opcode < 16; opcode++) {
    it(`by opcode ${opcode}: its response has the same opcode and no response`, () => {
      const flags = opcode << 11;
      const query = buildQuery({ name: 'www.example.com.', type: 1, flags, opt: {} });
      for (const transport of transports) {
        const response = scenario.exchange(query, transport);
        expect((response?.[2] ?? 0) & 0xf8).to.equal(0x80 | (opcode << 3));
        expect(bounce(query, transport)).to.equal(undefined);
      }
    });

    it(`by a response of opcode ${opcode}, with any RCODE`, () => {
      for (let rcode = 0; rcode < 16; rcode++) {
        const flags = 0x8000 | (opcode << 11) | rcode;
        const response = buildQuery({ name: 'www.example.com.', type: 1, flags });
        for (const transport of transports) {
          expect(scenario.exchange(response, transport)).to.equal(undefined);
        }
      }
    });
  }

  it('by what is broken: FORMERR has no response', () => {
    for (const query of [hex`1234 0000 0000 0000 0000 0000`, hex`1234 0000 0001 0000 0000 0000 c0`]) {
      expect(scenario.exchange(query)?.[3]).to.equal(1);
      expect(bounce(query, Transport.UDP)).to.equal(undefined);
    }
  });

  it('by any octets, mutated queries among them', () => {
    const whole = buildQuery({
      name: 'www.example.com.',
      type: 1,
      opt: {
        options: [
          { code: 8, data: clientSubnet(1, 24, [192, 0, 2]) },
          { code: 10, data: new Uint8Array(8) },
        ],
      },
    });
    const mutated = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 })
      .map((changes) => {
        const octets = whole.slice();
        for (const [at, value] of changes) octets[at] = value;
        return octets;
      });
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 100 }), mutated),
        fc.constantFrom(...transports),
        (octets, by) => {
          expect(bounce(octets, by)).to.equal(undefined);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
