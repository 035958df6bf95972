import { expect } from 'chai';
import { Client } from '../../src/geo/client.js';
import { client } from './support.js';

const EMBEDDINGS = [
  { name: 'v4-mapped', address: '::ffff:192.0.2.1', ipv4: '192.0.2.1', at: 96 },
  { name: '6to4 (RFC 3056)', address: '2002:c000:201:7::1', ipv4: '192.0.2.1', at: 16 },
  {
    name: 'Teredo (RFC 4380), inverted',
    address: '2001::4136:e378:8000:63bf:3fff:fdfe',
    ipv4: '192.0.2.1',
    at: 96,
  },
  { name: 'NAT64 well-known (RFC 6052)', address: '64:ff9b::c000:201', ipv4: '192.0.2.1', at: 96 },
  {
    name: 'an ECS prefix that ends in a 6to4 address',
    address: '2002:c000:200::/40',
    ipv4: '192.0.2.0',
    at: 16,
  },
  { name: 'an ECS prefix that ends before a 6to4 address', address: '2002::/16', ipv4: '0.0.0.0', at: 16 },
  {
    name: 'an ECS prefix that ends before a Teredo address',
    address: '2001::/32',
    ipv4: '255.255.255.255',
    at: 96,
  },
];

const PLAIN = [
  { name: 'an address of 2001::/16 that is not Teredo', address: '2001:1::1' },
  { name: 'an address of 2000::/12 that is not 6to4', address: '2003:c000:201::1' },
  { name: 'the unspecified address', address: '::' },
  { name: 'the loopback address', address: '::1' },
  { name: 'a v4-compatible address', address: '::192.0.2.1' },
  { name: 'an ECS prefix that holds all v4-mapped addresses and more', address: '::/64' },
  { name: 'NAT64 of a local prefix (RFC 8215)', address: '64:ff9b:1::c000:201' },
  { name: 'an address one bit from v4-mapped', address: '::fffe:192.0.2.1' },
];

describe('Client', () => {
  for (const { name, address, ipv4, at } of EMBEDDINGS) {
    it(`asks tables for ${name} by its IPv4 address`, () => {
      const asking = client(address);
      expect(asking.family).to.equal(6);
      expect(asking.tableFamily).to.equal(4);
      expect(asking.word0).to.equal(client(ipv4).word0);
      expect(asking.embeddedAt).to.equal(at);
      expect(asking.givenBits(24)).to.equal(at + 24);
    });
  }

  for (const { name, address } of PLAIN) {
    it(`asks tables for ${name} as IPv6`, () => {
      const asking = client(address);
      expect(asking.tableFamily).to.equal(6);
      expect(asking.givenBits(24)).to.equal(24);
    });
  }

  it('reads octets from where it is told, and takes bits past the source prefix as 0', () => {
    const octets = Uint8Array.of(99, 99, 192, 0, 0xff, 0xff, 99);
    const asking = new Client();
    asking.set(4, octets, 2, 20, true);
    expect([...asking.octets.subarray(0, 4)]).to.deep.equal([192, 0, 0xf0, 0]);
    expect(asking).to.include({ sourceBits: 20, ecs: true, word0: 0xc000f000, family: 4 });
  });

  it('reads no octet past those of the known bits, so that an ECS option cut short will do', () => {
    const asking = new Client();
    asking.set(6, Uint8Array.of(0x20, 0x01, 0x0d, 0xb8), 0, 32, true);
    expect([...asking.octets]).to.deep.equal([0x20, 0x01, 0x0d, 0xb8, ...new Array(12).fill(0)]);
  });

  it('knows nothing of an address with SOURCE PREFIX-LENGTH 0', () => {
    const asking = new Client();
    asking.set(4, new Uint8Array(0), 0, 0, true);
    expect(asking).to.include({ word0: 0, sourceBits: 0 });
  });

  it('takes a prefix longer than its address as the whole address', () => {
    const asking = new Client();
    asking.set(4, Uint8Array.of(192, 0, 2, 255), 0, 35, true);
    expect(asking).to.include({ word0: 0xc00002ff, sourceBits: 32 });
  });

  it('keeps nothing of the client before', () => {
    const asking = client('2002:c000:201::1');
    asking.set(6, Uint8Array.of(0x20, 0x01, 0x0d, 0xb8), 0, 32, false);
    expect(asking).to.include({ tableFamily: 6, embeddedAt: 0, word0: 0x20010db8, word1: 0, word3: 0 });
  });
});
