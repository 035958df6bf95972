import { expect } from 'chai';
import fc from 'fast-check';
import { rdataFromText, rdataToText, readRdataText } from '../../src/rr/rdata.js';
import { RdataError } from '../../src/rr/rdata-error.js';
import { parseRrType, rrTypes } from '../../src/rr/rr-types.js';
import { NameError, parseName } from '../../src/wire/name.js';

/** Type, text, RDATA as BIND 9.18 has it on the wire (its `raw` format); WALLET, MD and MF by their definitions. */
const ROWS: readonly (readonly [string, string, string])[] = [
  ['AFSDB', '1 afsdb.example.net.', '0001056166736462076578616d706c65036e657400'],
  ['AMTRELAY', '10 1 3 amt.example.net.', '0a8303616d74076578616d706c65036e657400'],
  ['AMTRELAY', '10 0 0 .', '0a00'],
  ['AMTRELAY', '10 0 1 192.0.2.1', '0a01c0000201'],
  [
    'APL',
    '1:192.168.32.0/21 !1:192.168.38.0/28 2:2001:db8::/32',
    '00011503c0a82000011c83c0a8260002200420010db8',
  ],
  ['APL', '1:0.0.0.0/0', '00010000'],
  [
    'AVC',
    '"app-name:WOLFGANG|app-class:OAM"',
    '1f6170702d6e616d653a574f4c4647414e477c6170702d636c6173733a4f414d',
  ],
  [
    'CDNSKEY',
    '257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==',
    '0101030d99db2cc14cabdc33d6d77da63a2f15f71112584f234e8d1dc428e39e8a4a97e1aa271a555dc90701e17e2a4c4b6f120b7c32d44f4ac02bd894cf2d4be7778a19',
  ],
  [
    'CDS',
    '60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118',
    'ec4505012bb183af5f22588179a53b0a98631fad1a292118',
  ],
  [
    'CERT',
    '1 65535 8 MxFcby9k/yvedMfQgKzhH5er0Mu/vILz45IkskceFGiWCn/GxHhai6VAuHAoNUz4YoU1tVfSCSqQYn6//11U6Nld80jEeC8=',
    '0001ffff0833115c6f2f64ff2bde74c7d080ace11f97abd0cbbfbc82f3e39224b2471e1468960a7fc6c4785a8ba540b87028354cf8628535b557d2092a90627ebfff5d54e8d95df348c4782f',
  ],
  ['CSYNC', '66 3 A NS AAAA', '000000420003000460000008'],
  [
    'DHCID',
    'AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=',
    '000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40',
  ],
  [
    'DLV',
    '60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118',
    'ec4505012bb183af5f22588179a53b0a98631fad1a292118',
  ],
  [
    'DNSKEY',
    '256 3 8 AwEAAcNEU67LJI5GEgF9QLNqLO1SMq1EdoQ6E9f85ha0k0ewQGCblyW2836GiVsm6k8Kr5ECIoMJ6fZWf3CQSQ9ycWfTyOHfmI3eQ/1Covhb2y4bAmL/07PhrL7ozWBW3wBfM335Ft9xjtXHPy7ztCbV9qZ4TVDTW/Iyg0PiwgoXVesz',
    '0100030803010001c34453aecb248e4612017d40b36a2ced5232ad4476843a13d7fce616b49347b040609b9725b6f37e86895b26ea4f0aaf9102228309e9f6567f7090490f727167d3c8e1df988dde43fd42a2f85bdb2e1b0262ffd3b3e1acbee8cd6056df005f337df916df718ed5c73f2ef3b426d5f6a6784d50d35bf2328343e2c20a1755eb33',
  ],
  ['EID', '1234ab', '1234ab'],
  ['EUI48', '00-00-5e-00-53-2a', '00005e00532a'],
  ['EUI64', '00-00-5e-ef-10-00-00-2a', '00005eef1000002a'],
  ['GPOS', '"-22.6882" "116.8652" "250.0"', '082d32322e36383832083131362e38363532053235302e30'],
  [
    'HIP',
    '2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+bSRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D rvs.example.com.',
    '10020084200100107b1a74df365639cc39f1d57803010001b771ca136e4aeb5ce44333c53b3d2c13c22243851fc708bcce29f7e2eb5787b5f56ccad34f8223acc10904ddb56b2ec4a6d6232f3b50ea094f0914b3b941bbe529af582c36bbadefdaf2adaf9b4911906f5b2522603c615272b880ec8fb930cc6ee39c444daa75b1678f005a4b2499d1da5433f805c7a5ad3237acc5dd5c5e4303727673076578616d706c6503636f6d00',
  ],
  [
    'IPSECKEY',
    '10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '0a0002010351537986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801',
  ],
  [
    'IPSECKEY',
    '10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '0a0102c0000226010351537986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801',
  ],
  [
    'IPSECKEY',
    '10 2 2 2001:db8::8 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '0a020220010db8000000000000000000000008010351537986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801',
  ],
  [
    'IPSECKEY',
    '10 3 2 gateway.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '0a03020767617465776179076578616d706c6503636f6d00010351537986ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801',
  ],
  ['ISDN', '"150862028003217"', '0f313530383632303238303033323137'],
  ['ISDN', '"150862028003217" "004"', '0f31353038363230323830303332313703303034'],
  ['KEY', '256 3 8 AwEAAcNE', '0100030803010001c344'],
  ['KX', '10 kx.example.net.', '000a026b78076578616d706c65036e657400'],
  ['L32', '10 10.1.2.0', '000a0a010200'],
  ['L64', '10 2001:0db8:1140:1000', '000a20010db811401000'],
  ['LP', '10 l64-subnet.example.com.', '000a0a6c36342d7375626e6574076578616d706c6503636f6d00'],
  ['MB', 'mailbox.example.net.', '076d61696c626f78076578616d706c65036e657400'],
  ['MG', 'mailgroup.example.net.', '096d61696c67726f7570076578616d706c65036e657400'],
  [
    'MINFO',
    'admin.example.net. errors.example.net.',
    '0561646d696e076578616d706c65036e657400066572726f7273076578616d706c65036e657400',
  ],
  ['MR', 'renamed.example.net.', '0772656e616d6564076578616d706c65036e657400'],
  ['NID', '10 0014:4fff:ff20:ee64', '000a00144fffff20ee64'],
  ['NIMLOC', '1234ab', '1234ab'],
  ['NINFO', '"status" "text"', '067374617475730474657874'],
  ['NSAP', '0x47000580005a0000000001e133ffffff00016100', '47000580005a0000000001e133ffffff00016100'],
  ['NSAP-PTR', 'foo.', '03666f6f00'],
  ['PX', '65535 foo. bar.', 'ffff03666f6f000362617200'],
  ['RESINFO', '"qname"', '05716e616d65'],
  ['RKEY', '0 3 8 AwEAAcNE', '0000030803010001c344'],
  [
    'RP',
    'mbox.example.net. txt.example.net.',
    '046d626f78076578616d706c65036e65740003747874076578616d706c65036e657400',
  ],
  ['RT', '10 relay.example.net.', '000a0572656c6179076578616d706c65036e657400'],
  [
    'SMIMEA',
    '3 1 1 d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971',
    '030101d2abde240d7cd3ee6b4b28c54df034b97983a1d16e8a410e4561cb106618e971',
  ],
  [
    'TA',
    '60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118',
    'ec4505012bb183af5f22588179a53b0a98631fad1a292118',
  ],
  [
    'TALINK',
    'h0.example.net. h2.example.net.',
    '026830076578616d706c65036e657400026832076578616d706c65036e657400',
  ],
  ['WKS', '192.0.2.1 6 25 53 80', 'c0000201060000004000000400000080'],
  ['X25', '"311061700956"', '0c333131303631373030393536'],
  [
    'ZONEMD',
    '2018031500 1 1 febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee7eb1a7b641a47ba7fed2dd5b97ae499fafa4f22c6bd647de',
    '7848b78c0101febe3d4ce2ec2ffa4ba99d46cd69d6d29711e55217057bee7eb1a7b641a47ba7fed2dd5b97ae499fafa4f22c6bd647de',
  ],
  [
    'RRSIG',
    'SOA 13 2 3600 20300101000000 20240101000000 2642 signed.example. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6o',
    '00060d0200000e1070dbd880659200800a52067369676e6564076578616d706c6500a090755ba58d1affa576f4375831b4310920e481218d18a9f164eb3d81afd3b875d3c75428631e0cf2a28d50875f70c329d7dbfafea8',
  ],
  [
    'NSEC',
    'a.signed.example. NS SOA RRSIG NSEC DNSKEY TYPE65280',
    '0161067369676e6564076578616d706c6500000722000000000380ff0180',
  ],
  [
    'DNSKEY',
    '257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==',
    '0101030d99db2cc14cabdc33d6d77da63a2f15f71112584f234e8d1dc428e39e8a4a97e1aa271a555dc90701e17e2a4c4b6f120b7c32d44f4ac02bd894cf2d4be7778a19',
  ],
  ['NSEC3PARAM', '1 0 0 -', '0100000000'],
  [
    'CDS',
    '60485 13 2 d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
    'ec450d02d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a',
  ],
  [
    'RRSIG',
    'A 13 3 3600 20300101000000 20240101000000 2642 signed.example. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6o',
    '00010d0300000e1070dbd880659200800a52067369676e6564076578616d706c6500a090755ba58d1affa576f4375831b4310920e481218d18a9f164eb3d81afd3b875d3c75428631e0cf2a28d50875f70c329d7dbfafea8',
  ],
  [
    'NSEC3',
    '1 1 12 aabbccdd 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA MX RRSIG DNSKEY NSEC3PARAM',
    '0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b000722010000000290',
  ],
  [
    'RRSIG',
    'NSEC3 7 3 3600 20300101000000 20240101000000 2642 signed.example. oJB1W6WNGv+ldvQ3',
    '0032070300000e1070dbd880659200800a52067369676e6564076578616d706c6500a090755ba58d1affa576f437',
  ],
  ['MD', 'a.example.', '0161076578616d706c6500'],
  ['MF', 'a.example.', '0161076578616d706c6500'],
  ['WALLET', '"BTC" "x"', '034254430178'],
  [
    'SIG',
    'SOA 13 2 3600 20300101000000 20240101000000 2642 signed.example. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6o',
    '00060d0200000e1070dbd880659200800a52067369676e6564076578616d706c6500a090755ba58d1affa576f4375831b4310920e481218d18a9f164eb3d81afd3b875d3c75428631e0cf2a28d50875f70c329d7dbfafea8',
  ],
];

describe('rr/rdata: types that octoDNS does not have', () => {
  for (const [type, text, wire] of ROWS) {
    const number = parseRrType(type) as number;
    it(`${type} ${text.slice(0, 60)}`, () => {
      expect(Buffer.from(rdataFromText(number, text)).toString('hex')).to.equal(wire);
      expect(rdataToText(number, Buffer.from(wire, 'hex'))).to.equal(text);
    });
  }

  it('has a row of this table for each', () => {
    const tested = new Set(ROWS.map(([type]) => type));
    expect(rrTypes.filter(({ name, inOctodns }) => inOctodns === false && !tested.has(name))).to.deep.equal(
      [],
    );
  });

  it('refuses text that was damaged, or reads it as RDATA that is written as text that reads as the same', () => {
    const row = fc.constantFrom(...ROWS);
    const piece = fc.constantFrom(
      '',
      ' ',
      '0',
      '-',
      '.',
      '/',
      '!',
      ':',
      '99999',
      '"',
      '(',
      '\\',
      'x',
      '=',
      '256',
    );
    fc.assert(
      fc.property(row, fc.nat(), fc.nat(5), piece, ([type, text], at, length, insert) => {
        const start = at % (text.length + 1);
        const damaged = text.slice(0, start) + insert + text.slice(start + length);
        const number = parseRrType(type) as number;
        let rdata: Uint8Array;
        try {
          rdata = readRdataText(number, damaged, (name) => parseName(name));
        } catch (error) {
          if (error instanceof RdataError || error instanceof NameError) return;
          throw error;
        }
        expect(rdataFromText(number, rdataToText(number, rdata)), damaged).to.deep.equal(rdata);
      }),
      { numRuns: 1000 },
    );
  });

  const WRONG: readonly (readonly [string, string, string])[] = [
    ['NSEC', 'a.example. A NOPE', 'types has an unknown type "NOPE"'],
    ['APL', '1:192.0.2.0/33', 'prefixes must be 0 to 32 but is "33"'],
    ['APL', '3:192.0.2.0/24', 'prefixes must be prefixes such as 1:192.0.2.0/24 but is "3:192.0.2.0/24"'],
    ['EUI48', '00-00-5e-00-53', 'address must be 6 octets such as 00-00-5e-… but is "00-00-5e-00-53"'],
    ['NSAP', '4700', 'address must be 0x and hexadecimal digits but is "4700"'],
    ['IPSECKEY', '10 4 2 . AQID', 'gateway must be 0 to 3 but is "4"'],
    ['IPSECKEY', '10 0 2 gw. AQID', 'gateway must be "." for type 0 but is "gw."'],
    ['AMTRELAY', '10 2 1 192.0.2.1', 'relay must be 0 to 1 but is "2"'],
    [
      'NSEC3PARAM',
      '1 0 0 abc',
      'salt must be "-" or an even number of hexadecimal digits, 510 at the most, but is "abc"',
    ],
    ['NSEC3', '1 0 0 - !!!! A', 'next must be base32hex but is "!!!!"'],
    [
      'RRSIG',
      'A 13 2 60 20301301000000 20240101000000 1 a. AQID',
      'expiration must be a time such as 20260131235959 but is "20301301000000"',
    ],
    ['L64', '10 2001:db8', 'locator must be four groups such as 14:4fff:ff20:ee64 but is "2001:db8"'],
    ['WKS', '192.0.2.1 tcp nosuchport', 'services must be 0 to 65535 but is "nosuchport"'],
  ];
  for (const [type, text, message] of WRONG) {
    it(`says what is wrong with ${type} ${text}`, () => {
      expect(() => rdataFromText(parseRrType(type) as number, text)).to.throw(message);
    });
  }
});
