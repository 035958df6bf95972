import { expect } from 'chai';
import fc from 'fast-check';
import { checkYaml } from '../../src/config/check-yaml.js';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { linesOf, loadNetworksFile } from '../../src/config/load-networks.js';
import { networksSchema } from '../../src/config/networks-schema.js';
import { readQuickly } from '../../src/config/quick-yaml.js';
import { parseWholeYaml, parseYaml, type YamlDocument } from '../../src/config/yaml-source.js';
import type { NetworkSpec } from '../../src/geo/network-spec.js';
import { END, INDENT, KEY, SCALARS } from '../support/yaml-lines.js';

/** Scalars that YAML's core schema gives a type, and some that look like it. */
const TYPED = [
  ...['0', '7', '-7', '+7', '007', '00', '-0', '0o17', '0o8', '0x1F', '0xg', '1_000', '64500', 'AS64500'],
  ...[
    '99999999999999',
    '9999999999999999',
    '99999999999999999999',
    '1.5',
    '-1.50',
    '+.5',
    '5.',
    '.',
    '1.2.3',
  ],
  ...['1e3', '1.5E-3', '.5e1', 'e3', '.inf', '-.Inf', '+.INF', '.nan', '.NaN', '-.nan', 'inf', '..1'],
  ...['null', 'Null', 'NULL', 'nULL', '~', '~a', 'true', 'True', 'TRUE', 'tRUE', 'false', 'False', 'FALSE'],
  ...[
    'yes',
    'no',
    'on',
    'off',
    'y',
    'n',
    "'1'",
    '"true"',
    "''",
    '12:30',
    '2001-01-01',
    '192.0.2.0',
    '-',
    '+',
  ],
];

const scalar = fc.oneof(fc.constantFrom(...SCALARS), fc.constantFrom(...TYPED));
const key = fc.oneof(KEY, fc.constantFrom(...TYPED, '__proto__', 'constructor'));
const line = fc.oneof(
  fc.tuple(INDENT, key, scalar, END).map(([n, k, s, e]) => `${' '.repeat(n)}${k}: ${s}${e}`),
  fc.tuple(INDENT, key, END).map(([n, k, e]) => `${' '.repeat(n)}${k}:${e}`),
  fc.tuple(INDENT, scalar, END).map(([n, s, e]) => `${' '.repeat(n)}- ${s}${e}`),
  fc.tuple(INDENT, key, scalar, END).map(([n, k, s, e]) => `${' '.repeat(n)}- ${k}: ${s}${e}`),
  fc.constantFrom('', '# c', '---', '...', '  x', '}', ']'),
);

/** What networks files are made of, right and wrong. */
const network = fc
  .tuple(
    fc.constantFrom('192.0.2.0/24', '10.0.0.0/8', '2001:db8::/32', "'2001:db8::/32'", '::/0', '1.2.3', '10'),
    fc.constantFrom(
      ...[
        '{place: EU-DE}',
        '{place: Germany, lines: [telecom]}',
        '{lines: x, asn: 1}',
        '{asn: AS0}',
        '{}',
        '',
      ],
      ...[
        '\n  place: EU\n  lines:\n    - a\n    - b',
        '\n  lines: [a,\n    b]',
        '{coordinates: [1, .5]}',
        '{line: a}',
      ],
      ...[
        '{coordinates: [50.1, -8.7], place: EU-DE} # c',
        '&x {asn: 5}',
        '*x',
        '{<<: *x}',
        '!!map {}',
        '[',
        '{asn: 0x10}',
      ],
    ),
  )
  .map(([prefix, said]) => `${prefix}: ${said}`);

describe('config/quick-yaml: the quick reader reads as the library does, or leaves it to it', () => {
  it('any lines', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 7 }), (lines) => same(`${lines.join('\n')}\n`)),
      { numRuns: 1500 },
    );
  });

  it('a value with each scalar in each place', () => {
    for (const text of [...SCALARS, ...TYPED]) {
      for (const value of [
        text,
        `{a: ${text}, b: c}`,
        `[${text}, b]`,
        `\n  a: ${text}\n  b: c`,
        `\n- ${text}\n- x`,
      ])
        same(`k: ${value}\nz: 1\n`);
      same(`k: ${text}`);
      same(`${text}: a\nz: {${text}: 1}\n`);
    }
  });

  it('networks, with the same said of what is wrong at the same places', () => {
    fc.assert(
      fc.property(fc.array(network, { minLength: 1, maxLength: 5 }), (lines) => {
        const text = `${lines.join('\n')}\n`;
        expect(checked(text, parseYaml), text).to.deep.equal(checked(text, parseWholeYaml));
        expect(loaded(text), text).to.deep.equal(loaded(`${ANCHOR}${text}`));
      }),
      { numRuns: 500 },
    );
  });

  it('does read what networks files are made of, and leaves the library one entry of many', () => {
    const text = `# ours
10.0.0.0/8: {place: EU-DE, lines: [电信, telecom], asn: 64500}
2001:db8::/32:
  place: EU-DE
  lines:
    - telecom
  coordinates: [50.1, -8.7]

192.0.2.0/24: {lines: [a,
  b]}
198.51.100.0/24: {asn: 0x10}
`;
    const odd: string[] = [];
    const source = new SourceFile('n.yaml', text);
    readQuickly(source, (start, end) => {
      odd.push(text.slice(start, end));
      return undefined;
    });
    expect(odd).to.deep.equal(['192.0.2.0/24: {lines: [a,\n  b]}\n']);
    expect(parseYaml(source, new Diagnostics())?.value).to.deep.include({
      '10.0.0.0/8': { place: 'EU-DE', lines: ['电信', 'telecom'], asn: 64500 },
      '192.0.2.0/24': { lines: ['a', 'b'] },
      '198.51.100.0/24': { asn: 16 },
    });
  });
});

/** An entry that another may be tied to: the library reads the whole document. */
const ANCHOR = '0.0.0.0/32: &anchor {place: EU}\n';

/** What a networks file gives, without {@link ANCHOR}. */
function loaded(text: string): unknown {
  const lines = text.startsWith(ANCHOR) ? 1 : 0;
  const diagnostics = new Diagnostics();
  const networks = new Map<string, NetworkSpec>();
  loadNetworksFile(new SourceFile('n.yaml', text), diagnostics, networks);
  networks.delete('0.0.0.0/32');
  const up = <T extends { line: number }>(at: T): T => ({ ...at, line: at.line - lines });
  const said = diagnostics.list
    // Of a document with errors the library does not say which entries are empty.
    .filter(({ severity }) => severity === 'error' || !diagnostics.hasErrors)
    .map(
      ({ hint, ...rest }) =>
        `${JSON.stringify(up(rest))} ${hint?.replace(/(line |:)(\d+)$/, (_, a, b) => a + (b - lines))}`,
    )
    .sort();
  // After an error they are good for the names of lines only.
  const given = [...networks.values()].map((spec) => ({ ...spec, where: up(spec.where) }));
  return { said, networks: diagnostics.hasErrors ? [...linesOf(given)] : given };
}

type Parse = typeof parseYaml;

/** What is said of a text as a networks file. */
function checked(text: string, parse: Parse): unknown {
  const diagnostics = new Diagnostics();
  const document = parse(new SourceFile('n.yaml', text), diagnostics);
  const networks = document && checkYaml(document, networksSchema, diagnostics);
  return { networks, said: diagnostics.list };
}

function same(text: string): void {
  const read = (parse: Parse): unknown => {
    const diagnostics = new Diagnostics();
    const source = new SourceFile('x.yaml', text);
    const document = parse(source, diagnostics);
    return { said: diagnostics.list, parts: document && [...partsOf(document, document.value, [])] };
  };
  expect(read(parseYaml), JSON.stringify(text)).to.deep.equal(read(parseWholeYaml));
}

/**
 * Each part of a document: its value, and what a message of its key and of its value would show. To the library a block map
 * goes on past the blanks and the comment behind it.
 */
function* partsOf(
  document: YamlDocument,
  value: unknown,
  path: readonly (string | number)[],
): Generator<unknown> {
  const shown = new Diagnostics();
  for (const part of ['key', 'value'] as const) {
    // The document itself begins where its first line does, or at its first key, behind comments.
    if (path.length > 0) shown.error(document.source, ...document.locate(path, part), '');
  }
  const isScalar = typeof value !== 'object' || value === null;
  yield {
    path,
    value: isScalar ? value : Array.isArray(value),
    at: shown.list.map(({ line, column, width }) => [line, column, isScalar ? width : 0]),
  };
  if (isScalar) return;
  for (const [name, part] of Object.entries(value))
    yield* partsOf(document, part, [...path, Array.isArray(value) ? Number(name) : name]);
}
