import { expect } from 'chai';
import fc from 'fast-check';
import { LookupName } from '../../src/wire/lookup-name.js';
import {
  formatName,
  isAtOrBelow,
  lowerName,
  NameError,
  nameLength,
  parseName,
  sameName,
} from '../../src/wire/name.js';
import { hex } from './hex.js';

const TEXTS = [
  { text: '.', wire: hex`00` },
  { text: 'com.', wire: hex`"com" 00` },
  { text: 'www.Example.com.', wire: hex`"www" "Example" "com" 00` },
  { text: 'a\\.b.c.', wire: hex`"a.b" "c" 00` },
  { text: '\\000\\255.', wire: hex`02 00ff 00` },
  { text: '*._tcp.x.', wire: hex`"*" "_tcp" "x" 00` },
  {
    text: 'a\\\\b\\"\\(\\)\\;\\@\\$.',
    wire: hex`08 615c6222 28293b40 24 00`.map((octet, i) => (i === 0 ? 9 : octet)),
  },
  { text: 'a\\032b.', wire: hex`03 612062 00` },
];

const WRONG = [
  { text: '', why: 'a name must not be empty' },
  { text: '..', why: 'name ".." has an empty label' },
  { text: 'a..b.', why: 'name "a..b." has an empty label' },
  { text: '.a.', why: 'name ".a." has an empty label' },
  { text: 'a\\256.', why: '\\256 in "a\\\\256." is more than 255' },
  { text: 'a\\', why: 'name "a\\\\" ends with a lone backslash' },
];

/** Wire form of any name. */
const anyName = fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 12 }).map((labels) => {
  const octets: number[] = [];
  for (const label of labels) {
    if (octets.length + label.length + 2 <= 255) octets.push(label.length, ...label);
  }
  return Uint8Array.from([...octets, 0]);
});

describe('names', () => {
  for (const { text, wire } of TEXTS) {
    it(`reads ${text}`, () => expect(parseName(text)).to.deep.equal(wire));
    it(`writes ${text}`, () => expect(formatName(wire)).to.equal(text));
  }

  for (const { text, why } of WRONG) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => parseName(text)).to.throw(NameError, why));
  }

  it('RFC 1035 §2.3.4: refuses a label of 64 octets and a name of 256', () => {
    const label = 'a'.repeat(63);
    expect(() => parseName(`${label}a.`)).to.throw(
      NameError,
      'has 64 octets; 63 are the most (RFC 1035 §2.3.4)',
    );
    const name = `${label}.${label}.${label}`;
    expect(parseName(`${name}.${'a'.repeat(61)}.`).length).to.equal(255);
    expect(() => parseName(`${name}.${'a'.repeat(62)}.`)).to.throw(
      NameError,
      'takes 256 octets; 255 are the most',
    );
  });

  it('makes a name without a final dot relative to its origin, and @ the origin', () => {
    const origin = parseName('example.com.');
    expect(parseName('www', origin)).to.deep.equal(parseName('www.example.com.'));
    expect(parseName('www.', origin)).to.deep.equal(parseName('www.'));
    expect(parseName('@', origin)).to.equal(origin);
    expect(parseName('www')).to.deep.equal(parseName('www.'));
  });

  it('RFC 3490: takes UTF-8 as octets', () => {
    expect(parseName('ü.')).to.deep.equal(hex`02 c3bc 00`);
    expect(formatName(hex`02 c3bc 00`)).to.equal('\\195\\188.');
  });

  it('writes what it reads, and reads what it writes', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(parseName(formatName(name))).to.deep.equal(name);
        expect(nameLength(name)).to.equal(name.length);
      }),
    );
  });

  it('formats a name inside other octets', () => {
    const octets = hex`ff ff "www" "x" 00 ff`;
    expect(formatName(octets, 2)).to.equal('www.x.');
    expect(nameLength(octets, 2)).to.equal(7);
  });

  it('RFC 4343 §3: compares ASCII letters without case, and no others', () => {
    expect(sameName(parseName('A.z.'), parseName('a.Z.'))).to.equal(true);
    expect(sameName(parseName('[.'), parseName('{.'))).to.equal(false);
    expect(sameName(parseName('a.'), parseName('a.a.'))).to.equal(false);
    expect(lowerName(parseName('A[Z.\\192.'))).to.deep.equal(parseName('a[z.\\192.'));
  });

  it('knows what is at or below a name', () => {
    const apex = parseName('example.com.');
    expect(isAtOrBelow(parseName('Example.com.'), apex)).to.equal(true);
    expect(isAtOrBelow(parseName('a.b.example.COM.'), apex)).to.equal(true);
    expect(isAtOrBelow(parseName('notexample.com.'), apex)).to.equal(false);
    expect(isAtOrBelow(parseName('com.'), apex)).to.equal(false);
    expect(isAtOrBelow(parseName('x.'), parseName('.'))).to.equal(true);
    // The octets of the apex as one label.
    expect(isAtOrBelow(hex`0c 07 6578616d706c65 03 636f6d 00`, apex)).to.equal(false);
  });
});

describe('LookupName', () => {
  it('has each label, and a hash that every ancestor has as well', () => {
    const name = new LookupName();
    name.set(parseName('WWW.example.com.'), 0);
    expect(name.labels).to.equal(3);
    expect(name.length).to.equal(17);
    expect([...name.starts.subarray(0, 4)]).to.deep.equal([0, 4, 12, 16]);
    const parent = new LookupName();
    parent.set(parseName('example.COM.'), 0);
    expect(name.hashes[1]).to.equal(parent.hashes[0]);
    expect(name.hashes[3]).to.equal(parent.hashes[2]);
    expect(name.hashes[0]).to.not.equal(parent.hashes[0]);
  });

  it('takes the longest names', () => {
    const name = new LookupName();
    name.set(parseName(`${'a.'.repeat(127)}`), 0);
    expect(name.labels).to.equal(127);
    expect(name.starts[127]).to.equal(254);
  });

  it('replaces a suffix, unless the name would grow too long', () => {
    const name = new LookupName();
    const target = parseName('other.test.');
    name.set(parseName('a.b.example.com.'), 0);
    expect(name.replaceSuffix(parseName('example.com.').length, target, 0, target.length)).to.equal(true);
    expect(formatName(name.octets)).to.equal('a.b.other.test.');
    const fresh = new LookupName();
    fresh.set(parseName('a.b.other.test.'), 0);
    expect([...name.hashes.subarray(0, 5)]).to.deep.equal([...fresh.hashes.subarray(0, 5)]);

    const long = parseName(`${`${'x'.repeat(62)}.`.repeat(4)}`);
    expect(name.replaceSuffix(name.length - 2, long, 0, long.length)).to.equal(true);
    const before = formatName(name.octets);
    const longer = parseName(`y.${'x'.repeat(61)}.${`${'x'.repeat(62)}.`.repeat(3)}`);
    expect(longer.length).to.equal(254);
    expect(name.replaceSuffix(name.length - 2, longer, 0, longer.length)).to.equal(false);
    expect(formatName(name.octets)).to.equal(before);
  });
});
