import { expect } from 'chai';
import fc from 'fast-check';
import { ProxyParse, ProxySource, parseProxyV2 } from '../../src/server/proxy-header.js';
import { DATAGRAM, proxyHeader, STREAM } from '../support/proxy-header.js';
import { hex } from '../wire/hex.js';

const SIGNATURE = '0d0a0d0a 000d0a51 5549540a';
const V4 = 'c0000207 c6336401 dc04 0035';
const V6 = '20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 0035';

/** Numbers as they are written: one the octets of a header, or a name of ProxyParse. */
const ROWS: readonly {
  readonly name: string;
  readonly octets: string;
  readonly result: number;
  readonly client?: string;
}[] = [
  {
    name: 'reads IPv4 that came by a stream',
    octets: `${SIGNATURE} 21 11 000c ${V4}`,
    result: 28,
    client: '4 c0000207',
  },
  {
    name: 'reads IPv4 that came by a datagram',
    octets: `${SIGNATURE} 21 12 000c ${V4}`,
    result: 28,
    client: '4 c0000207',
  },
  {
    name: 'reads IPv6 that came by a stream',
    octets: `${SIGNATURE} 21 21 0024 ${V6}`,
    result: 52,
    client: '6 20010db8000000000000000000000007',
  },
  {
    name: 'reads IPv6 that came by a datagram',
    octets: `${SIGNATURE} 21 22 0024 ${V6}`,
    result: 52,
    client: '6 20010db8000000000000000000000007',
  },
  {
    name: 'takes a mapped address as IPv4',
    octets: `${SIGNATURE} 21 22 0024 00000000000000000000ffffc0000207 ${V6.slice(33)}`,
    result: 52,
    client: '4 c0000207',
  },
  {
    name: 'skips TLVs',
    octets: `${SIGNATURE} 21 12 0010 ${V4} 04 0001 00`,
    result: 32,
    client: '4 c0000207',
  },
  {
    name: 'skips what should be TLVs and is none',
    octets: `${SIGNATURE} 21 12 0010 ${V4} ff ffff ff`,
    result: 32,
    client: '4 c0000207',
  },
  { name: 'reads LOCAL', octets: `${SIGNATURE} 20 00 0000`, result: 16, client: '0' },
  { name: 'reads LOCAL with addresses', octets: `${SIGNATURE} 20 11 000c ${V4}`, result: 28, client: '0' },
  { name: 'takes UNSPEC as LOCAL', octets: `${SIGNATURE} 21 00 0003 010203`, result: 19, client: '0' },
  {
    name: 'takes IPv4 of an unspecified transport as LOCAL',
    octets: `${SIGNATURE} 21 10 000c ${V4}`,
    result: 28,
    client: '0',
  },
  {
    name: 'takes a UNIX socket as LOCAL',
    octets: `${SIGNATURE} 21 31 0002 0000`,
    result: 18,
    client: '0',
  },
  {
    name: 'refuses a family that there is not',
    octets: `${SIGNATURE} 21 41 000c ${V4}`,
    result: ProxyParse.BAD,
  },
  {
    name: 'refuses a transport that there is not',
    octets: `${SIGNATURE} 21 13 000c ${V4}`,
    result: ProxyParse.BAD,
  },
  { name: 'refuses version 1', octets: `${SIGNATURE} 11 11 000c ${V4}`, result: ProxyParse.BAD },
  { name: 'refuses another command', octets: `${SIGNATURE} 22 11 000c ${V4}`, result: ProxyParse.BAD },
  {
    name: 'refuses too short an IPv4 block',
    octets: `${SIGNATURE} 21 11 000b ${V4.slice(0, -2)}`,
    result: ProxyParse.BAD,
  },
  {
    name: 'refuses too short an IPv6 block',
    octets: `${SIGNATURE} 21 21 000c ${V4}`,
    result: ProxyParse.BAD,
  },
  { name: 'refuses more than 4,096 octets', octets: `${SIGNATURE} 21 11 0ff1`, result: ProxyParse.BAD },
  { name: 'waits for 4,096 octets', octets: `${SIGNATURE} 21 11 0ff0`, result: ProxyParse.MORE },
  { name: 'waits for the first octet', octets: '', result: ProxyParse.MORE },
  { name: 'waits for the signature', octets: '0d0a0d0a00', result: ProxyParse.MORE },
  { name: 'waits for the length', octets: `${SIGNATURE} 21 11 00`, result: ProxyParse.MORE },
  { name: 'waits for the addresses', octets: `${SIGNATURE} 21 11 000c c0000207`, result: ProxyParse.MORE },
  { name: 'takes the text of version 1 as none', octets: '50524f5859 20', result: ProxyParse.NONE },
  { name: 'takes a wrong octet of the signature as none', octets: '0d0a0d0a01', result: ProxyParse.NONE },
  { name: 'takes a query as none', octets: '1234 0100 0001 0000 0000 0000', result: ProxyParse.NONE },
];

describe('parseProxyV2', () => {
  for (const { name, octets, result, client } of ROWS) {
    it(name, () => {
      const source = new ProxySource();
      const read = Buffer.from(octets.replaceAll(' ', ''), 'hex');
      expect(parseProxyV2(read, read.length, source)).to.equal(result);
      if (client !== undefined) expect(text(source)).to.equal(client);
    });
  }

  it('reads no octet past the length', () => {
    const octets = hex`0d0a0d0a 000d0a51 5549540a 2111 000c c0000207 c6336401 dc04 0035`;
    for (let length = 0; length < octets.length; length++) {
      expect(parseProxyV2(octets, length, new ProxySource()), `${length}`).to.equal(ProxyParse.MORE);
    }
  });

  it('forgets the client of the header before', () => {
    const source = new ProxySource();
    const first = proxyHeader('192.0.2.7');
    parseProxyV2(first, first.length, source);
    const second = proxyHeader(undefined);
    parseProxyV2(second, second.length, source);
    expect(source.family).to.equal(0);
  });

  it('reads what any proxy writes, and leaves what follows', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((text) => !/[.%]|ffff:/.test(text)),
    );
    const tlvs = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(address, fc.constantFrom(STREAM, DATAGRAM), tlvs, tlvs, (from, transport, extra, rest) => {
        const header = proxyHeader(from, transport, Buffer.from(extra));
        const source = new ProxySource();
        const octets = Buffer.concat([header, rest]);
        expect(parseProxyV2(octets, octets.length, source)).to.equal(header.length);
        const size = source.family === 4 ? 4 : 16;
        const sent = header.subarray(16, 16 + (header[13] === 0x11 || header[13] === 0x12 ? 4 : 16));
        expect(Buffer.from(source.address.subarray(0, size)).equals(sent)).to.equal(true);
      }),
    );
  });

  it('never takes more octets than there are, whatever was done to a header', () => {
    const header = fc.constantFrom(
      proxyHeader('192.0.2.7', DATAGRAM, Buffer.alloc(9)),
      proxyHeader('2001:db8::7'),
      proxyHeader(undefined),
    );
    const change = fc.tuple(fc.nat(80), fc.nat(255));
    fc.assert(
      fc.property(header, fc.array(change, { maxLength: 4 }), fc.nat(90), (whole, changes, cut) => {
        const octets = Buffer.from(whole);
        for (const [at, value] of changes) octets[at % octets.length] = value;
        const length = Math.min(cut, octets.length);
        const result = parseProxyV2(octets, length, new ProxySource());
        expect(result).to.be.within(ProxyParse.BAD, length);
      }),
      { numRuns: 2000 },
    );
  });
});

function text({ family, address }: ProxySource): string {
  if (family === 0) return '0';
  return `${family} ${Buffer.from(address.subarray(0, family === 4 ? 4 : 16)).toString('hex')}`;
}
