import { expect } from 'chai';
import fc from 'fast-check';
import { parseProxyHeader } from '../../src/redirect/proxy-header.js';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V4 = 'c0000207 c6336401 dc04 0050';
const V6 = '20010db8000000000000000000000007 20010db8000000000000000000000001 dc04 0050';

describe('parseProxyHeader', () => {
  const read: readonly { name: string; octets: Buffer; kind: string; peer?: string; length?: number }[] = [
    {
      name: 'reads TCP4 of version 1',
      octets: text('PROXY TCP4 192.0.2.7 198.51.100.1 56324 80\r\nGET'),
      kind: 'client',
      peer: '192.0.2.7',
      length: 44,
    },
    {
      name: 'reads TCP6 of version 1',
      octets: text('PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n'),
      kind: 'client',
      peer: '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7',
      length: 40,
    },
    {
      name: 'reads UNKNOWN of version 1',
      octets: text('PROXY UNKNOWN and more\r\nGET'),
      kind: 'local',
      length: 24,
    },
    { name: 'reads UNKNOWN alone', octets: text('PROXY UNKNOWN\r\n'), kind: 'local', length: 15 },
    { name: 'waits for the end of the line', octets: text('PROXY TCP4 192.0.2.7'), kind: 'more' },
    { name: 'waits for the signature of version 1', octets: text('PRO'), kind: 'more' },
    { name: 'waits for the signature of version 2', octets: hex('0d0a0d0a00'), kind: 'more' },
    { name: 'takes HTTP as no header', octets: text('GET / HTTP/1.1\r\n'), kind: 'none' },
    { name: 'takes POST as no header', octets: text('POST'), kind: 'none' },
    {
      name: 'refuses a line beyond 107 octets',
      octets: text(`PROXY TCP4 ${'1'.repeat(100)}\r\n`),
      kind: 'bad',
    },
    {
      name: 'refuses a family that does not fit the address',
      octets: text('PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n'),
      kind: 'bad',
    },
    {
      name: 'refuses another family',
      octets: text('PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n'),
      kind: 'bad',
    },
    { name: 'refuses a missing port', octets: text('PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n'), kind: 'bad' },
    {
      name: 'refuses a port beyond 65535',
      octets: text('PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n'),
      kind: 'bad',
    },
    {
      name: 'refuses a bad address',
      octets: text('PROXY TCP4 192.0.2.777 198.51.100.1 1 2\r\n'),
      kind: 'bad',
    },
    { name: 'refuses a line of spaces', octets: text('PROXY     \r\n'), kind: 'bad' },
    {
      name: 'reads IPv4 of version 2',
      octets: hex(`${SIGNATURE} 21 11 000c ${V4} 474554`),
      kind: 'client',
      peer: '192.0.2.7',
      length: 28,
    },
    {
      name: 'reads IPv6 of version 2',
      octets: hex(`${SIGNATURE} 21 21 0024 ${V6}`),
      kind: 'client',
      peer: '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7',
      length: 52,
    },
    {
      name: 'skips TLVs',
      octets: hex(`${SIGNATURE} 21 11 0010 ${V4} 04 0001 00`),
      kind: 'client',
      peer: '192.0.2.7',
      length: 32,
    },
    { name: 'reads LOCAL', octets: hex(`${SIGNATURE} 20 00 0000`), kind: 'local', length: 16 },
    {
      name: 'takes an unsupported family as LOCAL',
      octets: hex(`${SIGNATURE} 21 31 0002 0000`),
      kind: 'local',
      length: 18,
    },
    { name: 'waits for all addresses', octets: hex(`${SIGNATURE} 21 11 000c c0000207`), kind: 'more' },
    { name: 'waits for the length', octets: hex(`${SIGNATURE} 21 11`), kind: 'more' },
    { name: 'refuses another version', octets: hex(`${SIGNATURE} 11 11 000c ${V4}`), kind: 'bad' },
    { name: 'refuses another command', octets: hex(`${SIGNATURE} 22 11 000c ${V4}`), kind: 'bad' },
    {
      name: 'refuses too short an address block',
      octets: hex(`${SIGNATURE} 21 11 0004 c0000207`),
      kind: 'bad',
    },
    { name: 'refuses too long a header', octets: hex(`${SIGNATURE} 21 11 ffff`), kind: 'bad' },
    {
      name: 'takes a mapped address as IPv4',
      octets: hex(`${SIGNATURE} 21 21 0024 00000000000000000000ffffc0000207 ${V6.slice(33)}`),
      kind: 'client',
      peer: '192.0.2.7',
      length: 52,
    },
  ];
  for (const { name, octets, kind, peer, length } of read) {
    it(name, () => {
      const header = parseProxyHeader(octets);
      expect(header.kind).to.equal(kind);
      if ('length' in header) expect(header.length).to.equal(length);
      if (header.kind === 'client') expect(header.peer.octets.join('.')).to.equal(peer);
    });
  }

  it('never throws and never takes more octets than there are', () => {
    const start = fc.constantFrom(
      text('PROXY '),
      text('PROXY TCP4 '),
      hex(SIGNATURE),
      hex(`${SIGNATURE} 2111`),
      text(''),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 80 }), (head, tail) => {
        const octets = Buffer.concat([head, tail]);
        const header = parseProxyHeader(octets);
        if ('length' in header) expect(header.length).to.be.at.most(octets.length);
      }),
    );
  });
});

function text(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1');
}

function hex(octets: string): Buffer {
  return Buffer.from(octets.replaceAll(' ', ''), 'hex');
}
