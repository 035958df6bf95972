import { expect } from 'chai';
import {
  isTrusted,
  makeTrustedProxies,
  parsePeer,
  requestClient,
} from '../../src/redirect/client-address.js';
import type { PeerAddress } from '../../src/server/proxy-header.js';

const trusted = makeTrustedProxies(['10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.1']);

describe('requestClient', () => {
  const cases: readonly { name: string; peer?: string; field: string | undefined; client: string }[] = [
    { name: 'takes the peer without the field', field: undefined, client: '10.0.0.1' },
    { name: 'takes the one address', field: '203.0.113.7', client: '203.0.113.7' },
    {
      name: 'ignores the field of an untrusted peer',
      peer: '198.51.100.1',
      field: '203.0.113.7',
      client: '198.51.100.1',
    },
    {
      name: 'takes the rightmost untrusted address',
      field: '6.6.6.6, 203.0.113.7, 10.1.2.3',
      client: '203.0.113.7',
    },
    { name: 'does not read what stands left of it', field: 'rubbish, 203.0.113.7', client: '203.0.113.7' },
    { name: 'takes the leftmost when all are trusted', field: '10.9.9.9, 10.1.2.3', client: '10.9.9.9' },
    { name: 'takes IPv6', field: '2001:db8::7', client: '2001:db8::7' },
    { name: 'takes IPv6 in brackets', field: '[2001:db8::7]', client: '2001:db8::7' },
    { name: 'takes IPv6 with a port', field: '[2001:db8::7]:4711', client: '2001:db8::7' },
    { name: 'takes IPv4 with a port', field: '203.0.113.7:4711', client: '203.0.113.7' },
    { name: 'takes a mapped address as IPv4', field: '::ffff:203.0.113.7', client: '203.0.113.7' },
    { name: 'knows a trusted proxy of IPv6', field: '203.0.113.7, 2001:db8:ffff::1', client: '203.0.113.7' },
    {
      name: 'knows a single trusted address',
      peer: '192.0.2.1',
      field: '203.0.113.7',
      client: '203.0.113.7',
    },
    {
      name: 'knows a trusted proxy that is mapped',
      peer: '::ffff:10.0.0.1',
      field: '203.0.113.7',
      client: '203.0.113.7',
    },
    { name: 'falls back to the peer on a word', field: '203.0.113.7, unknown', client: '10.0.0.1' },
    { name: 'falls back to the peer on an empty field', field: '', client: '10.0.0.1' },
    { name: 'falls back to the peer on an empty entry', field: '203.0.113.7,', client: '10.0.0.1' },
    { name: 'falls back to the peer on a bad octet', field: '203.0.113.256', client: '10.0.0.1' },
    { name: 'falls back to the peer on a leading zero', field: '203.0.113.010', client: '10.0.0.1' },
    { name: 'falls back to the peer on a scope id', field: 'fe80::1%eth0', client: '10.0.0.1' },
    { name: 'falls back to the peer on three octets', field: '203.0.113', client: '10.0.0.1' },
    { name: 'falls back to the peer on two words', field: '203.0.113.7 198.51.100.7', client: '10.0.0.1' },
  ];
  for (const { name, peer = '10.0.0.1', field, client } of cases) {
    it(name, () => {
      expect(requestClient(address(peer), field, trusted)).to.deep.equal(address(client));
    });
  }
});

describe('makeTrustedProxies', () => {
  it('trusts nobody when there are none', () => {
    expect(isTrusted(makeTrustedProxies([]), address('127.0.0.1'))).to.equal(false);
  });

  it('throws on a prefix that is none', () => {
    expect(() => makeTrustedProxies(['nonsense/8'])).to.throw();
  });
});

function address(text: string): PeerAddress {
  const peer = parsePeer(text);
  if (peer === undefined) throw new Error(`${text} is no address`);
  return peer;
}
