import { expect } from 'chai';
import fc from 'fast-check';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { SimpleReader } from '../../src/yaml/simple-reader.js';
import type { YamlEntry, YamlNode } from '../../src/yaml/yaml-node.js';
import { readFullYaml } from '../../src/zonefile/full-yaml.js';
import { readYaml, readZoneEntries } from '../../src/zonefile/read-yaml.js';
import { END, INDENT, KEY, SCALARS } from '../support/yaml-lines.js';

const scalar = fc.constantFrom(...SCALARS);

/** Lines of something like a zone file. */
const line = fc.oneof(
  fc.tuple(INDENT, KEY, scalar, END).map(([n, k, s, e]) => `${' '.repeat(n)}${k}: ${s}${e}`),
  fc.tuple(INDENT, KEY, END).map(([n, k, e]) => `${' '.repeat(n)}${k}:${e}`),
  fc.tuple(INDENT, scalar, END).map(([n, s, e]) => `${' '.repeat(n)}- ${s}${e}`),
  fc.tuple(INDENT, KEY, scalar, END).map(([n, k, s, e]) => `${' '.repeat(n)}- ${k}: ${s}${e}`),
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
  const whole = readZoneEntries(source, (entry) => {
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
