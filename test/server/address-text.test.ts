import { expect } from 'chai';
import fc from 'fast-check';
import { readAddressText } from '../../src/server/address-text.js';

function read(text: string): string {
  const octets = new Uint8Array(16).fill(0xee);
  const family = readAddressText(text, octets);
  return family === 0 ? 'none' : Buffer.from(octets.subarray(0, family === 4 ? 4 : 16)).toString('hex');
}

const ADDRESSES = [
  { text: '192.0.2.1', octets: 'c0000201' },
  { text: '0.0.0.0', octets: '00000000' },
  { text: '255.255.255.255', octets: 'ffffffff' },
  { text: '::', octets: '00000000000000000000000000000000' },
  { text: '::1', octets: '00000000000000000000000000000001' },
  { text: '1::', octets: '00010000000000000000000000000000' },
  { text: '2001:db8::a:b', octets: '20010db80000000000000000000a000b' },
  { text: '2001:DB8:1:2:3:4:5:6', octets: '20010db8000100020003000400050006' },
  { text: '1:2:3:4:5:6:7::', octets: '00010002000300040005000600070000' },
  { text: '::2:3:4:5:6:7:8', octets: '00000002000300040005000600070008' },
  { text: 'fe80::1%eth0', octets: 'fe800000000000000000000000000001' },
  { text: 'fe80::fc:ff:fe00:1%2', octets: 'fe8000000000000000fc00fffe000001' },
  { text: '::ffff:192.0.2.1', octets: 'c0000201' },
  { text: '::ffff:c000:201', octets: 'c0000201' },
  { text: '64:ff9b::192.0.2.1', octets: '0064ff9b0000000000000000c0000201' },
  { text: '::fffe:192.0.2.1', octets: '00000000000000000000fffec0000201' },
  { text: '', octets: 'none' },
  { text: '1.2.3', octets: 'none' },
  { text: '1.2.3.4.5', octets: 'none' },
  { text: '1.2.3.256', octets: 'none' },
  { text: '1.2..4', octets: 'none' },
  { text: '1.2.3.4 ', octets: 'none' },
  { text: 'localhost', octets: 'none' },
  { text: ':', octets: 'none' },
  { text: ':1', octets: 'none' },
  { text: '1:', octets: 'none' },
  { text: ':::', octets: 'none' },
  { text: '1::2::3', octets: 'none' },
  { text: '1:2:3:4:5:6:7', octets: 'none' },
  { text: '1:2:3:4:5:6:7:8:9', octets: 'none' },
  { text: '1:2:3:4:5:6:7:8::', octets: 'none' },
  { text: '12345::', octets: 'none' },
  { text: 'g::', octets: 'none' },
  { text: '1:2:3:4:5:6:7:1.2.3.4', octets: 'none' },
  { text: '::1.2.3', octets: 'none' },
];

describe('address text', () => {
  for (const { text, octets } of ADDRESSES) {
    it(`reads ${JSON.stringify(text)} as ${octets}`, () => expect(read(text)).to.equal(octets));
  }

  it('reads every IPv6 address in full and in shortest form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(16), (octets, zeros) => {
        octets.fill(0, 2, Math.min(16, 2 + zeros));
        octets[0] = 0x20;
        const groups: string[] = [];
        for (let i = 0; i < 16; i += 2)
          groups.push((((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0)).toString(16));
        const full = groups.join(':');
        const shortest = new URL(`http://[${full}]/`).hostname.slice(1, -1);
        const expected = Buffer.from(octets).toString('hex');
        expect(read(full)).to.equal(expected);
        expect(read(shortest)).to.equal(expected);
      }),
    );
  });

  it('reads every IPv4 address', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (octets) => {
        expect(read(octets.join('.'))).to.equal(Buffer.from(octets).toString('hex'));
      }),
    );
  });

  it('takes any text without harm', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.%') })),
        (text) => {
          expect(readAddressText(text, new Uint8Array(16))).to.be.oneOf([0, 4, 6]);
        },
      ),
    );
  });
});
