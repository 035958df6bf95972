import { expect } from 'chai';
import { parseAddress, parsePrefix } from '../../src/config/address.js';
import { ProxyPeers } from '../../src/server/proxy-peers.js';

describe('ProxyPeers', () => {
  const peers = peersOf('192.0.2.0/25', '198.51.100.7', '2001:db8:1::/48', '2001:db8::1', '10.128.0.0/9');

  for (const [address, included] of [
    ['192.0.2.0', true],
    ['192.0.2.127', true],
    ['192.0.2.128', false],
    ['198.51.100.7', true],
    ['198.51.100.6', false],
    ['10.128.0.1', true],
    ['10.127.255.255', false],
    ['2001:db8:1:ffff::1', true],
    ['2001:db8:2::1', false],
    ['2001:db8::1', true],
    ['2001:db8::2', false],
    // Places are found by the IPv4 address in these; whom to believe is not.
    ['2002:c000:0201::1', false],
    ['64:ff9b::c000:201', false],
  ] as const) {
    it(`${included ? 'has' : 'has not'} ${address}`, () => expect(has(peers, address)).to.equal(included));
  }

  it('has nobody at first, and others after they were replaced', () => {
    const changing = new ProxyPeers();
    expect([changing.any, has(changing, '192.0.2.1')]).to.deep.equal([false, false]);
    changing.replace(prefixes('0.0.0.0/0'));
    expect([changing.any, has(changing, '192.0.2.1'), has(changing, '::1')]).to.deep.equal([
      true,
      true,
      false,
    ]);
  });
});

/** The address is not at the start of the octets. */
function has(peers: ProxyPeers, address: string): boolean {
  const octets = parseAddress(address) ?? new Uint8Array(4);
  return peers.includes(octets.length === 4 ? 4 : 6, Uint8Array.from([9, 9, 9, ...octets]), 3);
}

function peersOf(...texts: readonly string[]): ProxyPeers {
  return new ProxyPeers(prefixes(...texts));
}

function prefixes(...texts: readonly string[]) {
  return texts.map((text) => {
    const reading = parsePrefix(text);
    if (!reading.ok) throw new Error(text);
    return reading.prefix;
  });
}
