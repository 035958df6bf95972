import { expect } from 'chai';
import fc from 'fast-check';
import { loadMaster, wireLines } from './master-support.js';

const HEAD = '$TTL 1h\n@ SOA ns1.example.net. hostmaster 1 7200 900 1209600 300\n@ NS ns1.example.net.\n';
/** Lines of {@link HEAD}. */
const HEAD_LINES = 3;

interface Wrong {
  readonly name: string;
  /** After {@link HEAD}; ends with a newline unless it is about that. */
  readonly text: string;
  /** Without `z.zone:`; lines count from the first of `text`. */
  readonly says: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

const WRONG: readonly Wrong[] = [
  {
    name: 'a type that there is not',
    text: 'www CNMAE a.\n',
    says: ['1:5: error: unknown type "CNMAE" (did you mean "CNAME"?)'],
  },
  {
    name: 'no type',
    text: 'www 192.0.2.1\n',
    says: ['1:5: error: TTL must be seconds, or 1h30m, but is "192.0.2.1"'],
  },
  {
    name: 'nothing after the owner name',
    text: 'www IN\n',
    says: ['1:7: error: the record has no type (a record is: owner [TTL] [class] type RDATA)'],
  },
  { name: 'no RDATA', text: 'www IN A\n', says: ['1:9: error: A address is missing'] },
  { name: 'half of the RDATA', text: 'www MX 10\n', says: ['1:10: error: MX exchange is missing'] },
  {
    name: 'a wrong address',
    text: 'www A 192.0.2.256\n',
    says: ['1:7: error: A address must be an IPv4 address but is "192.0.2.256"'],
  },
  {
    name: 'RDATA too many',
    text: 'www A 192.0.2.1 192.0.2.2\n',
    says: ['1:17: error: A has more than A takes: 192.0.2.2'],
  },
  {
    name: "a provider's type",
    text: 'www ALIAS a.\n',
    says: ['1:5: error: unknown type "ALIAS" (it is no type of DNS; zone YAML has it)'],
  },
  {
    name: 'a type of questions',
    text: 'www ANY x\n',
    says: ['1:5: error: ANY is no type of a record in a zone'],
  },
  { name: 'another class', text: 'www CH TXT x\n', says: ['1:5: error: class must be IN but is CH'] },
  {
    name: 'a TTL of 32 bits',
    text: 'www 4294967295 A 192.0.2.1\n',
    says: ['1:5: error: TTL must be 0 to 2147483647 seconds but is "4294967295"'],
  },
  {
    name: 'a TTL in a unit that there is not',
    text: 'www 5y A 192.0.2.1\n',
    says: ['1:5: error: TTL must be seconds, or 1h30m, but is "5y"'],
  },
  {
    name: 'a name out of the zone',
    text: 'www.example.org. A 192.0.2.1\n',
    says: ['1:1: error: www.example.org. is not in the zone example.com.'],
  },
  {
    name: 'a name out of the zone by its $ORIGIN',
    text: '$ORIGIN example.org.\nwww A 192.0.2.1\n',
    says: [
      '2:1: error: www.example.org. is not in the zone example.com. (names are relative to example.org. here)',
    ],
  },
  {
    name: 'an empty label',
    text: 'a..b A 192.0.2.1\n',
    says: ['1:1: error: name "a..b" has an empty label'],
  },
  {
    name: 'an owner name in quotes',
    text: '"www" A 192.0.2.1\n',
    says: ['1:1: error: an owner name does not stand in quotes'],
  },
  {
    name: 'a parenthesis that nothing closes',
    text: 'www TXT ( "a"\nftp A 192.0.2.1\n',
    says: ['1:9: error: "(" has no ")" before the end of the file'],
  },
  {
    name: 'a parenthesis that nothing opens',
    text: 'www TXT "a" )\n',
    says: ['1:13: error: ")" has no "(" before it'],
  },
  {
    name: 'a quote that nothing closes, and what follows',
    text: 'www TXT "a\nftp A 192.0.2\n',
    says: [
      '1:9: error: the quote is not closed before the end of the line',
      '2:7: error: A address must be an IPv4 address but is "192.0.2"',
    ],
  },
  {
    name: 'records below an owner name that is wrong',
    text: 'a..b A 192.0.2.1\n  A 192.0.2.2\nwww A 192.0.2\n',
    says: [
      '1:1: error: name "a..b" has an empty label',
      '3:7: error: A address must be an IPv4 address but is "192.0.2"',
    ],
  },
  {
    name: 'a file cut short within a record',
    text: 'www IN A 192.0.',
    says: [
      '1:10: error: A address must be an IPv4 address but is "192.0."',
      '1:16: warning: the file does not end with a newline: it may be cut short',
    ],
  },
  {
    name: 'a directive that there is not',
    text: '$ORIGN a.\n',
    says: ['1:1: error: unknown directive "$ORIGN" (did you mean "$ORIGIN"?)'],
  },
  {
    name: 'a directive with nothing',
    text: '$TTL\n',
    says: ['1:1: error: $TTL has nothing after it (write $TTL 1h)'],
  },
  {
    name: 'a directive with too much',
    text: '$TTL 1h 2h\n',
    says: ['1:9: error: "2h" is one word too many (write $TTL 1h)'],
  },
  {
    name: 'an included file that is not there',
    text: '$INCLUDE nope.inc\n',
    says: ['1:10: error: "nope.inc": does not exist (paths are relative to the folder of z.zone)'],
  },
  {
    name: 'files that include one another',
    text: '$INCLUDE a.inc\n',
    files: { 'a.inc': '$INCLUDE b.inc\n', 'b.inc': 'x A 192.0.2.1\n$INCLUDE a.inc\n' },
    says: ['b.inc:2:10: error: the file includes itself: z.zone → a.inc → b.inc → a.inc'],
  },
  {
    name: 'an error in an included file',
    text: '$INCLUDE a.inc\n',
    files: { 'a.inc': '\nx A nope\n' },
    says: ['a.inc:2:5: error: A address must be an IPv4 address but is "nope"'],
  },
  {
    name: 'half of a $GENERATE',
    text: '$GENERATE 1-2 a$ A\n',
    says: ['1:1: error: $GENERATE is not whole (write $GENERATE 1-254 host-$ A 192.0.2.$)'],
  },
  {
    name: 'a range that goes down',
    text: '$GENERATE 9-1 a$ A 192.0.2.$\n',
    says: ['1:11: error: $GENERATE must not go down but is "9-1"'],
  },
  {
    name: 'a range that is none',
    text: '$GENERATE 1..9 a$ A 192.0.2.$\n',
    says: ['1:11: error: $GENERATE must be START-STOP or START-STOP/STEP but is "1..9"'],
  },
  {
    name: 'a range without an end',
    text: '$GENERATE 0-4294967295 a$ A 192.0.2.1\n',
    says: ['1:11: error: $GENERATE makes more than 1048576 records'],
  },
  {
    name: 'a $GENERATE whose second record is wrong',
    text: '$GENERATE 255-300 a$ A 192.0.2.$\n',
    says: ['1:24: error: A address must be an IPv4 address but is "192.0.2.256"'],
  },
  {
    name: 'a modifier of $GENERATE that is none',
    text: `$GENERATE 1-2 a\${x} A 192.0.2.$\n`,
    says: ['1:11: error: $GENERATE has a modifier that must be {OFFSET,WIDTH,BASE} but is "{x}"'],
  },
  {
    name: 'a number below 0',
    text: `$GENERATE 1-2 a\${-5} A 192.0.2.$\n`,
    says: ['1:11: error: $GENERATE has a number below 0: 1-5'],
  },
  {
    name: 'CNAME and other data',
    text: 'www CNAME a.\nwww A 192.0.2.1\n',
    says: ['2:1: error: A beside CNAME at www.example.com.: a CNAME stands alone (RFC 1034 §3.6.2)'],
  },
  {
    name: 'two CNAMEs',
    text: 'www CNAME a.\n    CNAME b.\n',
    says: [
      '2:5: error: CNAME at www.example.com. is written twice, and a name has one at the most (the first is at z.zone:4)',
    ],
  },
  {
    name: 'a SOA below the apex',
    text: 'sub SOA a. b. 1 2 3 4 5\n',
    says: ['1:1: error: SOA belongs to the apex, example.com., but is at sub.example.com.'],
  },
];

/** Served all the same. */
const DOUBTFUL: readonly Wrong[] = [
  {
    name: 'TTLs that differ in an RRset',
    text: 'www 60 A 192.0.2.1\nwww 90 A 192.0.2.2\nwww 90 A 192.0.2.3\n',
    says: [
      '2:1: warning: A at www.example.com. has TTL 90 here and 60 above (the TTL of the first, 60, is that of the RRset (RFC 2181 §5.2))',
    ],
  },
  {
    name: 'a record twice',
    text: 'www MX 10 mail.example.net.\nwww MX 10 MAIL.example.net.\n',
    says: ['2:1: warning: the same MX at www.example.com. is written above: it is served once'],
  },
  {
    name: 'no newline at the end',
    text: 'www A 192.0.2.1',
    says: ['1:16: warning: the file does not end with a newline: it may be cut short'],
  },
  {
    name: 'records of a signer',
    text: '@ NSEC www.example.com. A NSEC\nwww A 192.0.2.1\nwww NSEC example.com. A\n',
    says: [
      '1:1: warning: 2 NSEC records are left out: a signer makes them, and would have to make them anew',
    ],
  },
  {
    name: 'a digest of a wrong length',
    text: 'lab NS ns1.example.net.\nlab DS 1 13 2 abcd\n',
    says: ['2:1: warning: DS of digest_type 2 needs 32 octets (64 hexadecimal digits) but has 2'],
  },
];

describe('zonefile/master: what is wrong', () => {
  for (const { name, text, says, files } of [...WRONG, ...DOUBTFUL]) {
    it(name, () => {
      const { zone, problems } = loadMaster(HEAD + text, files);
      expect(problems.map(fromText)).to.deep.equal(says);
      expect(zone === undefined).to.equal(says.some((line) => line.includes(': error: ')));
    });
  }

  it('a SOA that is missing', () => {
    const { zone, problems } = loadMaster('$TTL 1h\n@ NS ns1.example.net.\n');
    expect(zone).to.equal(undefined);
    expect(problems).to.deep.equal([
      'z.zone:1:1: error: example.com. has no SOA record (a master file begins with it: @ SOA ns1 hostmaster 1 2h 15m 14d 5m)',
    ]);
  });

  it('no TTL at all', () => {
    expect(loadMaster('@ NS ns1.example.net.\n').problems[0]).to.equal(
      'z.zone:1:3: error: the record has no TTL, nor is there one before it (write $TTL 3600 on top of the file)',
    );
  });

  it('a SOA without a TTL gives its minimum to the zone', () => {
    const { zone, problems } = loadMaster('@ SOA . . 1 2 3 4 77\n@ NS ns1.example.net.\n');
    expect(problems).to.deep.equal([
      'z.zone:1:3: warning: SOA has no TTL: its minimum, 77, is that of the zone (write $TTL 3600 on top of the file)',
    ]);
    expect(zone && wireLines(zone).every((line) => line.includes(' 77 '))).to.equal(true);
  });

  it('a line that continues an owner where there is none', () => {
    expect(loadMaster('  NS ns1.example.net.\n').problems[0]).to.equal(
      'z.zone:1:3: error: there is no owner name: the line begins with a blank, and no record is before it',
    );
  });

  it('a file that is no master file ends after a hundred errors', () => {
    const { problems } = loadMaster('{"json": true}\n'.repeat(100_000));
    expect(problems).to.have.length(101);
    expect(problems.at(-1)).to.include('there are 100 errors: the rest is not read');
  });

  it('ten thousand includes of one file, each of ten others', () => {
    const include = '$INCLUDE a.inc\n'.repeat(10);
    const levels = Object.fromEntries(
      Array.from('abcdefghij', (name, i, all = 'bcdefghijk') => [
        `${name}.inc`,
        include.replaceAll('a.inc', `${all[i]}.inc`),
      ]),
    );
    const { zone, problems } = loadMaster(HEAD + include, { ...levels, 'k.inc': '' });
    expect(zone).to.equal(undefined);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/error: more than 10000 \$INCLUDE$/);
  });

  it('text that was damaged loads, or is refused with an error at a place; nothing is thrown', () => {
    const good = `${HEAD}www 60 IN A 192.0.2.1 ; c\n  TXT ( "a;b" \\065 )\n$ORIGIN sub\n@ MX 10 a\n$GENERATE 1-3 g\${0,3,x} TXT "n $"\n$INCLUDE x.inc y\n`;
    const piece = fc.constantFrom(
      '',
      ' ',
      '\n',
      '(',
      ')',
      '"',
      ';',
      '\\',
      '$',
      '@',
      '.',
      '*',
      '\t',
      '\r',
      '\0',
      '-1',
      '99999999999',
      '\\#',
      'IN',
      '$TTL',
      '\ud800',
      'ü',
      '{',
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(12), piece), { minLength: 1, maxLength: 4 }),
        (edits) => {
          let text = good;
          for (const [at, length, insert] of edits) {
            const start = at % (text.length + 1);
            text = text.slice(0, start) + insert + text.slice(start + length);
          }
          const { zone, problems } = loadMaster(text, { 'x.inc': '@ A 192.0.2.7\n' });
          const errors = problems.filter((line) => line.includes(': error: '));
          expect(zone === undefined).to.equal(errors.length > 0);
          for (const line of errors) expect(line).to.match(/^(z\.zone|x\.inc):[1-9]\d*:[1-9]\d*: error: \S/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('zonefile/master: a file cut short', () => {
  const text = `${HEAD}www 60 IN A 192.0.2.1 ; c\n  TXT ( "a;b"\n \\065 )\n$ORIGIN sub\n@ MX 10 a\n$GENERATE 1-3 g\${0,3,x} TXT "n $"\n$INCLUDE x.inc y\n`;

  it('at any octet loads with less in it, or is refused at a place', () => {
    for (let length = 0; length < text.length; length++) {
      const { zone, problems } = loadMaster(text.slice(0, length), { 'x.inc': '@ A 192.0.2.7\n' });
      const errors = problems.filter((line) => line.includes(': error: '));
      expect(zone === undefined, `${length} octets`).to.equal(errors.length > 0);
      for (const line of errors) expect(line).to.match(/^(z\.zone|x\.inc):[1-9]\d*:[1-9]\d*: error: \S/);
    }
  });
});

describe('zonefile/master: owners that come again', () => {
  it('gathers an RRset whose records stand apart', () => {
    const { zone, problems } = loadMaster(`${HEAD}a A 192.0.2.1\nb A 192.0.2.2\nA A 192.0.2.3\nb TXT x\n`);
    expect(problems).to.deep.equal([]);
    expect(
      [...(zone?.records ?? [])].map((record) => (record.kind === 'static' ? record.rdata.length : 0)),
    ).to.deep.equal([1, 1, 2, 1, 1]);
  });
});

/** Line numbers from the first line after the head. */
function fromText(line: string): string {
  const own = /^z\.zone:(\d+):(.*)$/s.exec(line);
  return own === null ? line : `${Number(own[1]) - HEAD_LINES}:${own[2]}`;
}
