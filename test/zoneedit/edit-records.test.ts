import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { findRecords, putRecord, removeRecord } from '../../src/zoneedit/edit-records.js';
import type { JsonMap } from '../../src/zoneedit/json.js';
import { lineDiff } from '../../src/zoneedit/line-diff.js';
import { LayoutError } from '../../src/zoneedit/splice.js';
import { entriesOf } from '../../src/zoneedit/yaml-entries.js';
import { CHECKOUT } from '../support/steerdns.js';

const is =
  (name: string) =>
  (key: string): boolean =>
    key.toLowerCase() === name;

interface Edit {
  readonly name: string;
  readonly owner: string;
  /** Without a record: `remove` goes. */
  readonly record?: JsonMap;
  readonly remove?: string;
  readonly before: string;
  readonly after: string;
}

const EDITS: readonly Edit[] = [
  {
    name: 'changes a value and leaves the comment behind it',
    owner: 'www',
    record: { type: 'A', value: '192.0.2.2' },
    before: '# zone\nwww:   {type: A, value: 192.0.2.1} # the site\nx: {type: A, value: 192.0.2.9}\n',
    after: '# zone\nwww:   {type: A, value: 192.0.2.2} # the site\nx: {type: A, value: 192.0.2.9}\n',
  },
  {
    name: 'keeps the quotes of a scalar',
    owner: 'www',
    record: { type: 'AAAA', values: ['2001:db8::2', '2001:db8::3'] },
    before: `www:\n  type: AAAA\n  values:\n    - '2001:db8::1'\n    - "2001:db8::3"\n`,
    after: `www:\n  type: AAAA\n  values:\n    - '2001:db8::2'\n    - "2001:db8::3"\n`,
  },
  {
    name: 'changes a TTL',
    owner: 'www',
    record: { type: 'A', ttl: 60, value: '192.0.2.1' },
    before: 'www:\n  type: A\n  ttl: 300    # five minutes\n  value: 192.0.2.1\n',
    after: 'www:\n  type: A\n  ttl: 60    # five minutes\n  value: 192.0.2.1\n',
  },
  {
    name: 'adds a TTL behind the type, in a block',
    owner: 'www',
    record: { type: 'A', ttl: 60, value: '192.0.2.1' },
    before: 'www:\n    type: A   # address\n    value: 192.0.2.1\n',
    after: 'www:\n    type: A   # address\n    ttl: 60\n    value: 192.0.2.1\n',
  },
  {
    name: 'adds a TTL behind the type, in a line',
    owner: 'www',
    record: { type: 'A', ttl: 60, value: '192.0.2.1' },
    before: 'www: { type: A, value: 192.0.2.1 }\n',
    after: 'www: { type: A, ttl: 60, value: 192.0.2.1 }\n',
  },
  {
    name: 'takes a TTL away, in a block and behind a dash',
    owner: 'www',
    record: { type: 'A', value: '192.0.2.1' },
    before: 'www:\n  - ttl: 60\n    type: A\n    # why\n    value: 192.0.2.1\n',
    after: 'www:\n  - type: A\n    # why\n    value: 192.0.2.1\n',
  },
  {
    name: 'takes a TTL away, in a line',
    owner: 'www',
    record: { type: 'A', value: '192.0.2.1' },
    before: 'www: {ttl: 60, type: A, value: 192.0.2.1}\n',
    after: 'www: {type: A, value: 192.0.2.1}\n',
  },
  {
    name: 'adds, changes and removes items of a list, the comments of others kept',
    owner: 'mail',
    record: { type: 'A', values: ['192.0.2.1', '192.0.2.3', '192.0.2.4', '192.0.2.5'] },
    before:
      'mail:\n  type: A\n  values:\n  - 192.0.2.1 # one\n  - 192.0.2.2 # two\n  # three is new\n  - 192.0.2.3\n  - 192.0.2.4\n',
    after:
      'mail:\n  type: A\n  values:\n  - 192.0.2.1 # one\n  # three is new\n  - 192.0.2.3\n  - 192.0.2.4\n  - 192.0.2.5\n',
  },
  {
    name: 'makes values of a value, in its place',
    owner: 'mail',
    record: { type: 'A', values: ['192.0.2.1', '192.0.2.2'] },
    before: 'mail:\n  type: A\n  value: 192.0.2.1 # one\n  ttl: 5\n'.replace('  ttl: 5\n', ''),
    after: 'mail:\n  type: A\n  values: [192.0.2.1, 192.0.2.2] # one\n',
  },
  {
    name: 'changes one part of a value that is a map',
    owner: '',
    record: { type: 'MX', values: [{ preference: 20, exchange: 'mail.example.com.' }] },
    before:
      "'':\n  - type: NS\n    value: ns1.example.com.\n  - type: MX\n    values:\n      - {preference: 10, exchange: mail.example.com.}\n",
    after:
      "'':\n  - type: NS\n    value: ns1.example.com.\n  - type: MX\n    values:\n      - {preference: 20, exchange: mail.example.com.}\n",
  },
  {
    name: 'adds a type beside one in a line',
    owner: 'www',
    record: { type: 'AAAA', value: '2001:db8::1' },
    before: 'www: {type: A, value: 192.0.2.1} # v4\n',
    after: "www: [{type: A, value: 192.0.2.1}, {type: AAAA, value: '2001:db8::1'}] # v4\n",
  },
  {
    name: 'adds a type beside one in a block',
    owner: 'www',
    record: { type: 'TXT', ttl: 5, value: 'a b' },
    before:
      'www:\n  type: A\n  # all of them\n  values:\n    - 192.0.2.1\n\nx: {type: A, value: 192.0.2.9}\n',
    after:
      'www:\n  - type: A\n    # all of them\n    values:\n      - 192.0.2.1\n  - type: TXT\n    ttl: 5\n    value: a b\n\nx: {type: A, value: 192.0.2.9}\n',
  },
  {
    name: 'adds a type to a list, as the one before it is written',
    owner: 'ns1',
    record: { type: 'TXT', value: 'text' },
    before:
      "ns1:\n- {type: A, value: 192.0.2.1}\n- {type: AAAA, value: '2001:db8::1'} # v6\nx: {type: A, value: 192.0.2.9}\n",
    after:
      "ns1:\n- {type: A, value: 192.0.2.1}\n- {type: AAAA, value: '2001:db8::1'} # v6\n- {type: TXT, value: text}\nx: {type: A, value: 192.0.2.9}\n",
  },
  {
    name: 'removes a type from a list',
    owner: 'ns1',
    remove: 'A',
    before: "ns1:\n  # v4\n  - {type: A, value: 192.0.2.1}\n  - {type: AAAA, value: '2001:db8::1'}\n",
    after: "ns1:\n  # v4\n  - {type: AAAA, value: '2001:db8::1'}\n",
  },
  {
    name: 'removes a name with its last record, and no comment around it',
    owner: 'b',
    remove: 'A',
    before:
      '# a\na: {type: A, value: 192.0.2.1}\n# b\nb:\n  type: A\n  value: 192.0.2.2 # two\n\n# c\nc: {type: A, value: 192.0.2.3}\n',
    after: '# a\na: {type: A, value: 192.0.2.1}\n# b\n\n# c\nc: {type: A, value: 192.0.2.3}\n',
  },
  {
    name: 'adds a name in its place in a sorted file, as its neighbour is written',
    owner: 'b',
    record: { type: 'A', value: '192.0.2.2' },
    before: 'a: {type: A, value: 192.0.2.1}\n\n# c\nc: {type: A, value: 192.0.2.3}\n',
    after:
      'a: {type: A, value: 192.0.2.1}\nb: {type: A, value: 192.0.2.2}\n\n# c\nc: {type: A, value: 192.0.2.3}\n',
  },
  {
    name: 'adds a name behind all in a file that is not, before what ends the file',
    owner: 'b',
    record: { type: 'A', ttl: 60, values: ['192.0.2.2', '192.0.2.3'] },
    before: 'z:\n    type: A\n    value: 192.0.2.1\na:\n    type: A\n    value: 192.0.2.1\n# the end\n',
    after:
      'z:\n    type: A\n    value: 192.0.2.1\na:\n    type: A\n    value: 192.0.2.1\nb:\n    type: A\n    ttl: 60\n    values:\n      - 192.0.2.2\n      - 192.0.2.3\n# the end\n',
  },
  {
    name: 'adds a name to a file without an end of line',
    owner: 'b',
    record: { type: 'A', value: '192.0.2.2' },
    before: 'a: {type: A, value: 192.0.2.1}',
    after: 'a: {type: A, value: 192.0.2.1}\nb: {type: A, value: 192.0.2.2}\n',
  },
  {
    name: 'adds a name to a file of comments',
    owner: '*.b',
    record: { type: 'A', value: '192.0.2.2' },
    before: '---\n# empty\n',
    after: "---\n# empty\n'*.b':\n  type: A\n  value: 192.0.2.2\n",
  },
  {
    name: 'writes the apex and numbers as owner names in quotes',
    owner: '10',
    record: { type: 'PTR', value: 'a.example.' },
    before: '',
    after: "'10':\n  type: PTR\n  value: a.example.\n",
  },
  {
    name: 'writes the ends of line that the file has',
    owner: 'b',
    record: { type: 'A', value: '192.0.2.2' },
    before: 'a:\r\n  type: A\r\n  value: 192.0.2.1\r\n',
    after: 'a:\r\n  type: A\r\n  value: 192.0.2.1\r\nb:\r\n  type: A\r\n  value: 192.0.2.2\r\n',
  },
  {
    name: 'writes what YAML could take for something else in quotes',
    owner: 't',
    record: { type: 'TXT', values: ['no', '1.10', 'v=DMARC1\\; p=none', 'a: b # c', "it's", 'ü\u0085'] },
    before: 't: {type: TXT, value: old}\n',
    after:
      "t: {type: TXT, values: ['no', '1.10', 'v=DMARC1\\; p=none', 'a: b # c', 'it''s', \"ü\\u0085\"]}\n",
  },
  {
    name: 'replaces a text over several lines',
    owner: 't',
    record: { type: 'TXT', value: 'short', ttl: 5 },
    before: 't:\n  type: TXT\n  ttl: 5\n  value: >-\n    long\n    text\nx: {type: A, value: 192.0.2.9}\n',
    after: 't:\n  type: TXT\n  ttl: 5\n  value: short\nx: {type: A, value: 192.0.2.9}\n',
  },
];

describe('an edit of a zone file', () => {
  for (const { name, owner, record, remove, before, after } of EDITS) {
    it(name, () => {
      const edited =
        record === undefined
          ? removeRecord(before, is(owner), remove ?? '')
          : putRecord(before, is(owner), owner, record);
      expect(edited).to.equal(after);
    });
  }

  const refused: readonly { name: string; text: string }[] = [
    { name: 'an alias', text: 'a: &a {type: A, value: 192.0.2.1}\nwww: *a\n' },
    { name: 'an anchor, which others may follow', text: 'www: &a {type: A, value: 192.0.2.1}\nb: *a\n' },
    { name: 'a merge', text: 'd: &d {ttl: 5}\nwww:\n  <<: *d\n  type: A\n  value: 192.0.2.1\n' },
    { name: 'an include', text: 'www: !include www.yaml\n' },
    { name: 'what is no record', text: 'www: text\n' },
    { name: 'wrong YAML', text: 'www: {type: A, value: [}\n' },
    { name: 'a flow map of everything', text: '{www: {type: A, value: 192.0.2.1}}\n' },
    { name: 'a list', text: '- www\n' },
  ];
  for (const { name, text } of refused) {
    it(`is refused for ${name}`, () => {
      expect(() => putRecord(text, is('www'), 'www', { type: 'A', value: '192.0.2.2' })).to.throw(
        LayoutError,
      );
    });
  }
});

describe('any edit of an example zone', () => {
  const zones = ['zones/example.com.yaml'].map((path) => readFileSync(join(CHECKOUT, path), 'utf8'));
  const documented = [
    ...readFileSync(join(CHECKOUT, 'docs/zones.md'), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm),
  ]
    .map(([, text = '']) => text)
    .filter((text) => /^(# zones\/|addresses:)/.test(text));
  const texts = [...zones, ...documented];

  it('has zones of every type to edit', () => expect(texts.length).to.be.greaterThan(2));

  /** Every record of a text. */
  const places = texts.flatMap((text) =>
    [...entriesOf(text)].flatMap(({ key = '' }) =>
      (findRecords(text, is(key.toLowerCase())) ?? []).map(({ record }) => ({ text, key, record })),
    ),
  );

  /** How many lines are gone, and how many are new, from the first to the last that differ. */
  const changed = (before: string, after: string): [number, number] => {
    const lines = lineDiff('', before, after).split('\n').slice(3);
    return [
      lines.filter((line) => line.startsWith('-')).length,
      lines.filter((line) => line.startsWith('+')).length,
    ];
  };

  const others = (text: string, but: string): string =>
    JSON.stringify(
      [...entriesOf(text)]
        .filter(({ key }) => key !== but)
        .map(({ start, end, key }) => [
          key,
          text
            .slice(start, end)
            .split('\n')
            .filter((line) => /^\s*[^\s#]/.test(line)),
        ]),
    );

  it('changes the TTL in one line, and back octet by octet', () => {
    for (const { text, key, record } of places) {
      const owner = is(key.toLowerCase());
      const edited = putRecord(text, owner, key, { ...record, ttl: 4711 });
      const [minus, plus] = changed(text, edited);
      expect([minus <= 1, plus], `${key} ${record.type}`).to.deep.equal([true, 1]);
      expect(putRecord(edited, owner, key, record), `${key} ${record.type}`).to.equal(text);
    }
  });

  it('writes what it reads, without a change', () => {
    for (const { text, key, record } of places) {
      expect(putRecord(text, is(key.toLowerCase()), key, record)).to.equal(text);
    }
  });

  it('removes a record and no line of another', () => {
    for (const { text, key, record } of places) {
      const edited = removeRecord(text, is(key.toLowerCase()), String(record.type));
      const [, plus] = changed(text, edited);
      expect(plus, `${key} ${record.type}`).to.be.at.most(1);
      const left = findRecords(edited, is(key.toLowerCase()))?.map((found) => found.record.type) ?? [];
      expect(left).to.not.include(record.type);
      expect(others(edited, key)).to.equal(others(text, key));
    }
  });

  const json = fc.letrec<{ json: JsonMap[string] }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/[\p{Cs}\p{Cc}]/u.test(text)),
      fc.integer({ min: -9, max: 70_000 }),
      fc.boolean(),
      fc.array(tie('json'), { maxLength: 4, minLength: 1 }),
      fc.dictionary(fc.stringMatching(/^[a-z_]{1,6}$/), tie('json'), { minKeys: 1, maxKeys: 3 }),
    ),
  })).json;
  const anyRecord = fc.record({
    ttl: fc.option(fc.nat(99_999), { nil: undefined }),
    value: fc.option(json, { nil: undefined }),
    values: fc.option(fc.array(json, { minLength: 1, maxLength: 5 }), { nil: undefined }),
    octodns: fc.option(json, { nil: undefined }),
  });

  it('says what was asked for, whatever that is, and leaves every other entry as it is', () => {
    fc.assert(
      fc.property(fc.nat(places.length - 1), anyRecord, fc.boolean(), (at, any, isNew) => {
        const { text, key, record } = places[at] as (typeof places)[number];
        const type = isNew ? 'TYPE65280' : String(record.type);
        const wanted = JSON.parse(JSON.stringify({ type, ...any })) as JsonMap;
        const owner = is(key.toLowerCase());
        // putRecord reads its outcome again and throws when it says something else.
        const edited = putRecord(text, owner, key, wanted);
        expect(others(edited, key)).to.equal(others(text, key));
        const back = isNew ? removeRecord(edited, owner, type) : putRecord(edited, owner, key, record);
        expect(others(back, key)).to.equal(others(text, key));
      }),
      { numRuns: 500 },
    );
  });
});
