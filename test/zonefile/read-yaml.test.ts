import { expect } from 'chai';
import fc from 'fast-check';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { readFullYaml } from '../../src/zonefile/full-yaml.js';
import { readEntries, readYaml } from '../../src/zonefile/read-yaml.js';
import { SimpleReader } from '../../src/zonefile/simple-yaml.js';
import type { YamlEntry, YamlNode } from '../../src/zonefile/yaml-node.js';

/** Scalars as they may be written, and things that look like more than they are. */
const SCALARS = [
  'a',
  '192.0.2.1',
  '2001:db8::1',
  'www.example.com.',
  '1',
  '-1',
  '010',
  'yes',
  '~',
  '',
  "''",
  '""',
  "'*'",
  "'it''s'",
  '"a \\"b\\" \\\\"',
  '"\\u00fc"',
  '"\\t"',
  'a b',
  'a  b ',
  'a:b',
  'a #b',
  'a#b',
  "'#'",
  '-a',
  '?a',
  ':a',
  '- a',
  '! a',
  '!a',
  '&a b',
  '*a',
  '| a',
  '%a',
  '@a',
  '`a',
  'a, b',
  'a]',
  '{a: b}',
  '{ a: b , c: [d, e] }',
  '[]',
  '{}',
  '[a, b]',
  '[a, , b]',
  '[a: b]',
  '{a}',
  '{a: b, }',
  '[ "x", \'y\' ]',
  '{a:b}',
  '{"a":b}',
  '[a',
  '"a',
  "'a",
  'a: b',
  'a:',
  ': ',
  'ü',
  '\ta',
  'a\t',
  '<<',
  '"a"b',
  "'a' #c",
  '[a] #c',
  '[a]#c',
  '{a: {b: {c: d}}}',
  '{a: b, a: c}',
  '[2001:db8::1]',
  '["2001:db8::1"]',
  '{a: ::1}',
  '{a: x:y}',
  'a\u00a0b',
  'null',
  '{a: "b"c}',
  '{a: b: c}',
  '{? a: b}',
  '{- a}',
];
const KEYS = [
  'a',
  'b',
  'c.d',
  "''",
  "'*'",
  '"q"',
  '-k',
  'k k',
  'k:k',
  '12',
  '<<',
  '? a',
  '*',
  '&x y',
  'ü',
  '[a]',
  '{a}',
  '@',
];
const ENDS = ['', ' ', ' # comment', '#', '\r', '\n', '\n# comment\n', '\n  # comment\n'];

const scalar = fc.constantFrom(...SCALARS);
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  { weight: 1, arbitrary: fc.constantFrom(...KEYS) },
);
const end = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(...ENDS) },
);
const indent = fc.constantFrom(0, 0, 0, 2, 2, 2, 4, 1);

/** Lines of something like a zone file. */
const line = fc.oneof(
  fc.tuple(indent, key, scalar, end).map(([n, k, s, e]) => `${' '.repeat(n)}${k}: ${s}${e}`),
  fc.tuple(indent, key, end).map(([n, k, e]) => `${' '.repeat(n)}${k}:${e}`),
  fc.tuple(indent, scalar, end).map(([n, s, e]) => `${' '.repeat(n)}- ${s}${e}`),
  fc.tuple(indent, key, scalar, end).map(([n, k, s, e]) => `${' '.repeat(n)}- ${k}: ${s}${e}`),
  fc.constantFrom('', '# c', '---', '...', '  x', '}', ']'),
);

describe('zonefile/read-yaml: the quick reader reads as the library does, or leaves it to it', () => {
  it('any lines', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), (list) =>
        sameReading(`${list.join('\n')}\n`),
      ),
      { numRuns: 1500 },
    );
  });

  it('an entry with each scalar in each place', () => {
    for (const text of SCALARS) {
      sameReading(`k: ${text}\n`);
      sameReading(`k:\n  a: ${text}\n  b: c\n`);
      sameReading(`k:\n  - ${text}\n  - x\n`);
      sameReading(`k:\n- ${text}\n`);
      sameReading(`k: {a: ${text}, b: c}\n`);
      sameReading(`k: [${text}, b]\n`);
      sameReading(`k: ${text}`);
      sameReading(`${text}: a\n`);
    }
  });

  it('does read what zone files are made of', () => {
    const simple = [
      'www:\n  type: A\n  value: 192.0.2.1\n',
      "'*':\n  - type: MX\n    values:\n    - exchange: a.example.\n      preference: 10\n",
      'a: {type: TXT, ttl: 60, values: [a, "b c", \'d\']} # comment\n',
      'b:\r\n  # comment\r\n  type: AAAA\r\n  value: 2001:db8::1\r\n',
      "c:\n  type: TXT\n  value: 'v=DKIM1\\; k=rsa'",
    ];
    for (const text of simple) {
      expect(new SimpleReader(new SourceFile('z', text)).entry(0, text.length), text).to.not.equal(undefined);
    }
  });
});

/** What the quick reader makes of a document, if it can and no key is there twice. */
function readQuickly(source: SourceFile): YamlNode | undefined {
  const entries: YamlEntry[] = [];
  const keys = new Set<string>();
  const whole = readEntries(source, (entry) => {
    entries.push(entry);
    return keys.size < keys.add(entry.key.text).size;
  });
  return whole ? { kind: 'map', source, start: 0, end: source.text.length, entries } : undefined;
}

function sameReading(text: string): void {
  const source = new SourceFile('z.yaml', text);
  const quick = new Diagnostics();
  const full = new Diagnostics();
  const include = (): string => 'does not exist';
  const a = readQuickly(source) ?? readYaml(source, { diagnostics: quick, include });
  const b = readFullYaml(source, 0, text.length, full, () => '"x" does not exist');
  expect(quick.list.length > 0, JSON.stringify(text)).to.equal(full.list.length > 0);
  expect(a === undefined ? undefined : bare(a), JSON.stringify(text)).to.deep.equal(
    b === undefined ? undefined : bare(b),
  );
}

/** What a node says, and where each scalar that has text stands. */
function bare(node: YamlNode): unknown {
  if (node.kind === 'list') return node.items.map(bare);
  if (node.kind === 'map') return { map: node.entries.map(({ key: k, value }) => [bare(k), bare(value)]) };
  return node.text === '' ? [node.text, node.plain] : [node.text, node.plain, node.start, node.end];
}
