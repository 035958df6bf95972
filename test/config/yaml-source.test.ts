import { expect } from 'chai';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { readSource } from '../../src/config/read-source.js';
import { parseYaml, type YamlDocument } from '../../src/config/yaml-source.js';
import { shown, withFiles } from './support.js';

function parse(text: string): YamlDocument {
  const diagnostics = new Diagnostics();
  const document = parseYaml(new SourceFile('x.yaml', text), diagnostics);
  expect(diagnostics.list).deep.equal([]);
  return document as YamlDocument;
}

function wrong(text: string): string {
  return shown((diagnostics) => {
    const document = parseYaml(new SourceFile('x.yaml', text), diagnostics);
    expect(document).equal(undefined);
  });
}

/** The values as JSON has them, without the missing prototypes. */
function plain(text: string): unknown {
  return JSON.parse(JSON.stringify(parse(text).value));
}

describe('parseYaml', () => {
  const right: [string, string, unknown][] = [
    ['takes an empty file for an empty map', '', {}],
    ['takes a file of comments for an empty map', '# nothing\n', {}],
    ['takes no, on and yes for text', 'a: no\nb: [on, yes, off]', { a: 'no', b: ['on', 'yes', 'off'] }],
    ['keeps YAML 1.2 under a directive of 1.1', '%YAML 1.1\n---\na: no\n', { a: 'no' }],
    ['reads CRLF', 'a: 1\r\nb:\r\n  - x\r\n', { a: 1, b: ['x'] }],
    [
      'keeps keys as they are written',
      '1: a\n1.0: b\ntrue: c\n~: d',
      { 1: 'a', '1.0': 'b', true: 'c', '~': 'd' },
    ],
    ['reads an empty value as null', 'a:\nb: ~', { a: null, b: null }],
    ['follows aliases', 'a: &x {k: [1]}\nb: *x', { a: { k: [1] }, b: { k: [1] } }],
    ['merges by <<', 'a: &x {k: 1, j: 2}\nb: {k: 3, <<: *x}', { a: { k: 1, j: 2 }, b: { k: 3, j: 2 } }],
    [
      'merges a list, the first wins',
      'a: &x {k: 1}\nb: &y {k: 2, j: 2}\nc: {<<: [*x, *y]}',
      { a: { k: 1 }, b: { k: 2, j: 2 }, c: { k: 1, j: 2 } },
    ],
    [
      'takes names of Object.prototype for names',
      'constructor: 1\ntoString: {hasOwnProperty: 2}',
      {
        constructor: 1,
        toString: { hasOwnProperty: 2 },
      },
    ],
    ['takes tags of the core schema', 'a: !!str 5', { a: '5' }],
  ];
  for (const [name, text, value] of right) {
    it(name, () => expect(plain(text)).deep.equal(value));
  }

  it('has no prototype to fall back to', () => {
    expect((parse('a: 1').value as Record<string, unknown>).constructor).equal(undefined);
  });

  const table: [string, string, string][] = [
    [
      'a key twice',
      'a: 1\nb: 2\n"a": 3\n',
      'x.yaml:3:1: error: "a" is given twice\n    3 | "a": 3\n      | ^^^\n      = the first is on line 1\n',
    ],
    [
      'a tab as indentation',
      'a:\n\tb: 1\n',
      'x.yaml:2:1: error: a tab is no indentation in YAML: use spaces\n    2 | \tb: 1\n      | ^\n',
    ],
    [
      'a second document',
      'a: 1\n---\nb: 1\n',
      'x.yaml:2:1: error: only one document is read: a second one starts here\n    2 | ---\n      | ^^^\n',
    ],
    [
      'an IPv6 address without quotes',
      'dns: [[::1]:53]\n',
      "x.yaml:1:7: error: a key must be text, not a list or a map\n    1 | dns: [[::1]:53]\n      |       ^^^^^\n      = an IPv6 address needs quotes: '[::1]:53'\n",
    ],
    [
      'an unknown alias',
      'a: *b\n',
      'x.yaml:1:4: error: there is no anchor &b above\n    1 | a: *b\n      |    ^^\n',
    ],
    [
      'an alias of itself',
      'a: &a [*a]\n',
      'x.yaml:1:8: error: *a contains itself\n    1 | a: &a [*a]\n      |        ^^\n',
    ],
    [
      'a tag',
      'a: !env HOME\n',
      'x.yaml:1:9: error: tags (!…) have no meaning here\n    1 | a: !env HOME\n      |         ^^^^\n',
    ],
    [
      'a list as key',
      '? [a]\n: 1\n',
      'x.yaml:1:3: error: a key must be text, not a list or a map\n    1 | ? [a]\n      |   ^^^\n',
    ],
    [
      '__proto__',
      '__proto__: {a: 1}\n',
      'x.yaml:1:1: error: "__proto__" can\'t be a key\n    1 | __proto__: {a: 1}\n      | ^^^^^^^^^\n',
    ],
    [
      'a merge of text',
      'a: {<<: b}\n',
      'x.yaml:1:5: error: << takes an alias of a map, or a list of them\n    1 | a: {<<: b}\n      |     ^^\n',
    ],
    [
      'wrong indentation',
      'a: 1\n b: 2\n',
      'x.yaml:1:4: error: a second "key: value" starts here: is the indentation right?\n    1 | a: 1\n      |    ^\n',
    ],
  ];
  for (const [name, text, expected] of table) {
    it(`refuses ${name}`, () => expect(wrong(text)).equal(expected));
  }

  it('refuses a map nested too deep, however deep', () => {
    for (const depth of [150, 20_000]) expect(wrong('['.repeat(depth) + ']'.repeat(depth))).contain('nested');
  });

  it('refuses aliases that stand for too much', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${new Array(10).fill(`*a${i - 1}`).join(', ')}]`);
    expect(wrong(lines.join('\n'))).contain('aliases stand for more than 100000 values');
  });

  it('tells where keys, values and what is missing are', () => {
    const text = 'a:\n  b: [1, {c: x}]\nd: &d {e: 2}\nf: *d\n';
    const { locate } = parse(text);
    const at = (path: PropertyKey[], part: 'key' | 'value'): string => text.slice(...locate(path, part));
    expect(at(['a'], 'key')).equal('a');
    expect(at(['a', 'b', 1], 'value')).equal('{c: x}');
    expect(at(['a', 'b', 1, 'c'], 'key')).equal('c');
    expect(at(['a', 'b', 1, 'c'], 'value')).equal('x');
    expect(at(['a', 'missing'], 'key')).equal('a');
    expect(at(['a', 'b', 1, 'missing'], 'value')).equal('{');
    expect(at(['f'], 'value')).equal('*d');
    expect(locate(['f', 'e'], 'value')[0]).equal(text.indexOf('2'));
    expect(locate(['missing'], 'value')).deep.equal([0, 0]);
  });
});

describe('readSource', () => {
  const read = (content: string | Uint8Array): string =>
    withFiles({ 'a.yaml': content }, (folder) =>
      shown((diagnostics) => readSource(`${folder}/a.yaml`, diagnostics)).replaceAll(`${folder}/`, ''),
    );

  it('drops a byte order mark', () => {
    withFiles({ 'a.yaml': '\ufeffa: 1' }, (folder) => {
      expect(readSource(`${folder}/a.yaml`, new Diagnostics())?.text).equal('a: 1');
    });
  });

  it('shows the first octet that is not UTF-8', () => {
    expect(read(Uint8Array.from([0x61, 0x3a, 0x20, 0x0a, 0x62, 0x3a, 0x20, 0xe4, 0x0a]))).equal(
      'a.yaml:2:4: error: not UTF-8: save the file as UTF-8\n    2 | b: \ufffd\n      |    ^\n',
    );
  });

  it('knows UTF-16', () => {
    expect(read(Buffer.from('\ufeffa: 1', 'utf16le'))).equal(
      'a.yaml: error: the file is UTF-16: save it as UTF-8\n',
    );
  });

  it('says why a file cannot be read', () => {
    withFiles({ 'd/': '' }, (folder) => {
      const tell = (path: string): string => shown((diagnostics) => readSource(path, diagnostics));
      expect(tell(`${folder}/none.yaml`)).equal(`${folder}/none.yaml: error: the file does not exist\n`);
      expect(tell(`${folder}/d`)).equal(
        `${folder}/d: error: the file is a folder where a file was expected\n`,
      );
    });
  });
});
