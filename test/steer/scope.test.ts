import { expect } from 'chai';
import fc from 'fast-check';
import { formatAddress, parseAddress } from '../../src/config/address.js';
import type { Client } from '../../src/geo/client.js';
import { SCHEDULERS, type SchedulerName } from '../../src/steer/spec.js';
import { client, clientAt, network, prefix } from '../geo/support.js';
import { Stage, type Written } from './support.js';

const networks = [
  network('10.0.0.0/9', { place: 'EU-DE', coordinates: [50.1, 8.7] }),
  network('10.1.2.0/26', { place: 'EU-FR', coordinates: [48.8, 2.3] }),
  network('10.128.0.0/10', { place: 'NA-US', coordinates: [40.7, -74] }),
  network('2001:db8::/33', { place: 'EU-DE', coordinates: [50.1, 8.7] }),
  network('2001:db8:8000::/60', { place: 'NA-US', coordinates: [40.7, -74] }),
];

function steered(scheduler: SchedulerName, ruled: boolean): Written {
  const members = { a: 3, b: 2, c: 1 };
  return {
    members: { a: { place: 'EU-DE' }, b: { place: 'NA-US' }, c: { place: 'AS-JP' } },
    pools: { main: { scheduler, members }, us: { scheduler, members: { b: 1, c: 1 } } },
    ...(ruled
      ? {
          rules: [
            { pool: 'us', matches: [{ subnets: [prefix('10.1.2.128/25')] }, { geos: ['NA'] }] },
            { pool: 'main', matches: [{}] },
          ],
        }
      : {}),
  };
}

/** What a decision makes of a client, turns aside: each time from the same turns. */
function afresh(stage: Stage, asking: Client): { members: readonly string[]; scopeBits: number } {
  stage.circumstances.turns.fill(0);
  const { members, scopeBits } = stage.decide(asking);
  return { members, scopeBits };
}

/** Addresses around the borders that the rules, networks and embedded forms make, and ECS prefixes of them. */
const asking = fc
  .tuple(
    fc.constantFrom(
      '10.1.2.0',
      '10.1.2.128',
      '10.127.255.0',
      '10.128.0.0',
      '203.0.113.0',
      '2001:db8::',
      '2001:db8:8000::',
      '2001:db8:8000:f::',
      '2002:a01:202::',
      '2001:0:1:2:3:4:f5fe:fdff',
      '64:ff9b::a01:280',
      '::ffff:10.1.2.1',
      '64:ff9b::1:0:0',
      '::1',
      '::',
    ),
    fc.nat(127),
    fc.nat(128),
  )
  .map(([text, turned, bits]) => {
    const octets = parseAddress(text) ?? new Uint8Array(4);
    const bit = turned % (octets.length * 8);
    octets[bit >>> 3] = (octets[bit >>> 3] ?? 0) ^ (0x80 >>> (bit & 7));
    return clientAt(octets, Math.min(bits, octets.length * 8));
  });

describe('scope', () => {
  for (const scheduler of SCHEDULERS) {
    for (const ruled of [false, true]) {
      const title = `${scheduler} ${ruled ? 'behind rules' : 'for everyone'}`;
      it(`is a prefix on which the decision is the same: ${title}`, () => {
        const stage = new Stage(steered(scheduler, ruled), networks);
        fc.assert(
          fc.property(asking, fc.uint8Array({ minLength: 16, maxLength: 16 }), (one, noise) => {
            const { members, scopeBits } = afresh(stage, one);
            const size = one.family === 4 ? 4 : 16;
            expect(scopeBits).to.be.within(0, size * 8);
            const other = clientAt(mask(one.octets.slice(0, size), noise, scopeBits));
            const its = afresh(stage, other);
            expect(its.scopeBits, formatAddress(other.octets.slice(0, size))).to.equal(scopeBits);
            expect(its.members).to.deep.equal(members);
          }),
          { numRuns: 300 },
        );
      });
    }
  }

  const rows: readonly {
    name: string;
    scheduler: SchedulerName;
    ruled: boolean;
    from: string;
    bits: number;
  }[] = [
    {
      name: 'is 0 when one rule holds for everyone',
      scheduler: 'wrr',
      ruled: false,
      from: '10.1.2.3',
      bits: 0,
    },
    {
      name: 'is 0 for embedded addresses then, too',
      scheduler: 'wrr',
      ruled: false,
      from: '2002:a01:203::',
      bits: 0,
    },
    { name: 'is as long as a rule needs', scheduler: 'wrr', ruled: true, from: '10.1.2.130', bits: 25 },
    {
      name: 'is merged over places of one outcome',
      scheduler: 'wrr',
      ruled: true,
      from: '10.1.2.3',
      bits: 25,
    },
    { name: 'is /24 for a hash', scheduler: 'sh', ruled: false, from: '10.200.1.1', bits: 24 },
    { name: 'is /56 for a hash of IPv6', scheduler: 'mh', ruled: false, from: '2001:db8::1', bits: 56 },
    {
      name: 'counts from the embedded address',
      scheduler: 'sh',
      ruled: false,
      from: '2002:a01:203::',
      bits: 40,
    },
    { name: 'spares the v4-mapped in ::/56', scheduler: 'sh', ruled: false, from: '::1', bits: 96 },
    {
      name: 'spares the NAT64 in 64:ff9b::/56',
      scheduler: 'sh',
      ruled: false,
      from: '64:ff9b::1:0:0',
      bits: 96,
    },
    { name: 'is the longer of rule and hash', scheduler: 'sh', ruled: true, from: '10.1.2.130', bits: 25 },
    { name: 'is longer than a short SOURCE', scheduler: 'sh', ruled: false, from: '10.1.0.0/16', bits: 24 },
    { name: 'is the place for nearest', scheduler: 'nearest', ruled: false, from: '10.1.2.3', bits: 26 },
  ];
  for (const { name, scheduler, ruled, from, bits } of rows) {
    it(name, () => {
      expect(new Stage(steered(scheduler, ruled), networks).decide(client(from)).scopeBits).to.equal(bits);
    });
  }
});

/** The first `bits` of an address, and noise behind them. */
function mask(octets: Uint8Array, noise: Uint8Array, bits: number): Uint8Array {
  return octets.map((octet, i) => {
    const kept = Math.min(Math.max(bits - 8 * i, 0), 8);
    const keep = (0xff00 >>> kept) & 0xff;
    return (octet & keep) | ((noise[i] ?? 0) & ~keep);
  });
}
