import { isIP } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { formatAddress, isLoopback, parseAddress, parsePrefix } from '../../src/config/address.js';

/** The platform's own reading of an address, as an independent one. */
function canonical(text: string): string {
  return text.includes(':') ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text;
}

describe('parseAddress', () => {
  it('reads what node:net takes for an address, and nothing else', () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.stringMatching(/^[0-9a-f:.]{0,40}$/),
      fc.stringMatching(/^(([0-9a-f]{0,5}:){0,9}[0-9a-f]{0,4})$/),
      fc.stringMatching(/^(\d{1,4}\.){2,4}\d{0,3}$/),
    );
    fc.assert(
      fc.property(text, (value) => {
        expect(parseAddress(value) !== undefined).equal(isIP(value) !== 0);
      }),
    );
  });

  it('refuses zones, ports, brackets, spaces and leading zeros', () => {
    for (const text of [
      'fe80::1%eth0',
      '192.0.2.1:53',
      '[::1]',
      ' ::1',
      '192.0.2.01',
      '0x7f.1',
      '127.1',
      '',
    ]) {
      expect(parseAddress(text), text).equal(undefined);
    }
  });
});

describe('formatAddress', () => {
  it('writes IPv6 as RFC 5952 §4 does', () => {
    const table = {
      '2001:0DB8:0:0:0:0:0:1': '2001:db8::1',
      '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
      '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
      '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
      '0:0:0:0:0:0:0:0': '::',
      '1:0:0:0:0:0:0:0': '1::',
      '::ffff:192.0.2.1': '::ffff:192.0.2.1',
    };
    for (const [text, expected] of Object.entries(table)) {
      expect(formatAddress(parseAddress(text) as Uint8Array)).equal(expected);
    }
  });

  it('agrees with the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
        const text = formatAddress(octets);
        expect(parseAddress(text)).deep.equal(octets);
        if (!text.startsWith('::ffff:')) expect(text).equal(canonical(text));
      }),
    );
  });
});

describe('parsePrefix', () => {
  const wrong: [string, string, string?][] = [
    ['10.0.0.1/8', 'a prefix without bits past its first 8', '10.0.0.0/8'],
    ['2001:db8::1/32', 'a prefix without bits past its first 32', '2001:db8::/32'],
    ['192.0.2.255/25', 'a prefix without bits past its first 25', '192.0.2.128/25'],
    ['10.0.0.0/33', 'a prefix of 0 to 32 bits for an IPv4 address'],
    ['10.0.0.0/08', 'a prefix of 0 to 32 bits for an IPv4 address'],
    ['::/129', 'a prefix of 0 to 128 bits for an IPv6 address'],
    ['10.0.0.0/', 'a prefix of 0 to 32 bits for an IPv4 address'],
    ['10.0.0/8', 'a prefix such as 192.0.2.0/24 or 2001:db8::/32'],
    ['/8', 'a prefix such as 192.0.2.0/24 or 2001:db8::/32'],
    ['::ffff:192.0.2.0/120', 'an IPv4 prefix in IPv4 form', '192.0.2.0/24'],
  ];
  for (const [text, problem, meant] of wrong) {
    it(`refuses ${text}`, () => {
      expect(parsePrefix(text)).deep.equal({ ok: false, problem, ...(meant === undefined ? {} : { meant }) });
    });
  }

  it('reads prefixes and addresses', () => {
    const octets = Uint8Array.of(192, 0, 2, 0);
    expect(parsePrefix('192.0.2.0/24')).deep.equal({ ok: true, prefix: { family: 4, octets, bits: 24 } });
    expect(parsePrefix('0.0.0.0/0')).deep.equal({
      ok: true,
      prefix: { family: 4, octets: new Uint8Array(4), bits: 0 },
    });
    const one = parsePrefix('2001:db8::1');
    expect(one.ok && one.prefix.bits).equal(128);
  });
});

describe('isLoopback', () => {
  it('knows 127.0.0.0/8 and ::1', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1'].every(isLoopback)).equal(true);
    expect(['128.0.0.1', '::', '::2', '0.0.0.0', 'localhost'].some(isLoopback)).equal(false);
  });
});
