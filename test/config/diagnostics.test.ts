import { expect } from 'chai';
import { Diagnostics, formatDiagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { shown, withFiles } from './support.js';

describe('SourceFile', () => {
  const source = new SourceFile('x.yaml', 'one\r\ntwo 😀x\n\nfour');

  it('tells line and column of an offset, columns in characters', () => {
    const table: [number, { line: number; column: number }][] = [
      [0, { line: 1, column: 1 }],
      [4, { line: 1, column: 5 }],
      [5, { line: 2, column: 1 }],
      [source.text.indexOf('x'), { line: 2, column: 6 }],
      [source.text.indexOf('four') - 1, { line: 3, column: 1 }],
      [source.text.length, { line: 4, column: 5 }],
      [9999, { line: 4, column: 5 }],
    ];
    for (const [offset, place] of table) expect(source.position(offset)).deep.equal(place);
  });

  it('gives lines without their ends', () => {
    expect([1, 2, 3, 4, 5].map((line) => source.line(line))).deep.equal(['one', 'two 😀x', '', 'four', '']);
  });
});

describe('formatDiagnostics', () => {
  const source = new SourceFile('services/web.yaml', 'members:\n  fra1: {weight: -3}\n');
  const at = source.text.indexOf('-3');

  it('shows the place, the line with what is meant underlined, and the hint', () => {
    expect(
      shown((list) => list.error(source, at, at + 2, 'weight must be 0 to 65535 but is -3', 'use 3')),
    ).equal(
      [
        'services/web.yaml:2:18: error: weight must be 0 to 65535 but is -3',
        '    2 |   fra1: {weight: -3}',
        '      |                  ^^',
        '      = use 3',
        '',
      ].join('\n'),
    );
  });

  it('says an error of a whole file without a line', () => {
    expect(shown((list) => list.fileError('zones', 'the folder does not exist'))).equal(
      'zones: error: the folder does not exist\n',
    );
  });

  it('sorts by place within a file, keeps the order of files, and says the same once', () => {
    const other = new SourceFile('b.yaml', 'x');
    const text = shown((list) => {
      list.error(source, at, at + 2, 'second');
      list.warning(other, 0, 1, 'third');
      list.error(source, 0, 7, 'first');
      list.error(source, 0, 7, 'first');
    });
    expect(text.match(/(error|warning): \w+/g)).deep.equal([
      'error: first',
      'error: second',
      'warning: third',
    ]);
  });

  it('underlines wide characters in full and keeps tabs', () => {
    const wide = new SourceFile('x', '\t电信: y');
    expect(shown((list) => list.error(wide, 1, 3, 'm'))).equal(
      'x:1:2: error: m\n    1 | \t电信: y\n      | \t^^^^\n',
    );
  });

  it('shows the part of a long line that is meant', () => {
    const long = new SourceFile('x', `${'a'.repeat(500)}BAD${'c'.repeat(500)}`);
    const [, line = '', underline = ''] = shown((list) => list.error(long, 500, 503, 'm')).split('\n');
    expect(line.length).lessThan(130);
    expect(line.slice(underline.indexOf('^'), underline.lastIndexOf('^') + 1)).equal('BAD');
  });

  it('lets no control character of a file through to the terminal', () => {
    const evil = new SourceFile('e\x1b[2J.yaml', 'a\x1b[31m\u202eb\x00');
    const text = shown((list) => list.error(evil, 0, 1, 'bad \x07\x9b', 'h\x1bx'));
    expect(text.replaceAll('\n', '')).match(/^\P{Cc}*$/u);
    expect(text).not.contain('\u202e');
  });

  it('colours only when asked', () => {
    const diagnostics = new Diagnostics();
    diagnostics.error(source, at, at + 2, 'm');
    expect(formatDiagnostics(diagnostics.list, { color: true })).contain('\x1b[31merror:');
    expect(formatDiagnostics(diagnostics.list, { color: false })).not.contain('\x1b');
  });

  it('reads a file again to show the line of a place that was kept', () => {
    withFiles({ 'a.yaml': '\ufeffx:\n  - {service: web}\n' }, (folder) => {
      const file = `${folder}/a.yaml`;
      const text = shown((list) => list.errorAt({ file, line: 2, column: 15 }, 'no service', 'hint'));
      expect(text).equal(
        `${file}:2:15: error: no service\n    2 |   - {service: web}\n      |               ^^^\n      = hint\n`,
      );
    });
    const gone = shown((list) => list.errorAt({ file: '/nowhere/a.yaml', line: 3, column: 1 }, 'm'));
    expect(gone.split('\n')[0]).equal('/nowhere/a.yaml:3:1: error: m');
  });
});
