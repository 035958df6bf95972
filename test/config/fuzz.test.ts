import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { Diagnostics, formatDiagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { loadNetworksFile } from '../../src/config/load-networks.js';
import { loadService } from '../../src/config/load-services.js';
import { withFiles } from './support.js';

const docs = resolve(import.meta.dirname, '../../../docs');

/** Good texts of a format, from the pages. */
function snippets(format: string): string[] {
  return ['configure.md', 'services.md']
    .flatMap((page) => [...readFileSync(join(docs, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)])
    .map(([, text = '']) => text)
    .filter((text) => text.startsWith(`# ${format}`));
}

const PIECES = [
  ...':{}[],&*!|>\'"%@`#-? \t\n\r\0',
  ...[
    '<<: ',
    '*a',
    '&a ',
    '!!map',
    '---\n',
    '...\n',
    '__proto__: ',
    'constructor: ',
    'null',
    '~',
    '-1',
    '1e99',
    '.nan',
  ],
  ...[
    '0x10',
    '{}',
    '[]',
    '[[[[',
    '\ufeff',
    '\ud800',
    '😀',
    '\x1b[2J',
    '\u2028',
    'all',
    'none',
    'a'.repeat(300),
  ],
];

/** A good text with a few pieces put in, put in place of others, or cut out. */
function mutated(format: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(4000),
    cut: fc.oneof(fc.constant(0), fc.nat(30)),
    put: fc.oneof(fc.constantFrom(...PIECES), fc.constant(''), fc.string({ maxLength: 5 })),
  });
  return fc
    .tuple(fc.constantFrom(...snippets(format)), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([text, edits]) =>
      edits.reduce((now, { at, cut, put }) => {
        const start = at % (now.length + 1);
        return now.slice(0, start) + put + now.slice(start + cut);
      }, text),
    );
}

/** Whatever is wrong is said, at a place that there is, in words of ours. */
function expectDecent(diagnostics: Diagnostics, text: string): void {
  const lines = text.split('\n').length;
  for (const { line, column, width, message } of diagnostics.list) {
    expect(line).within(0, lines);
    expect(column).within(0, text.length + 1);
    expect(width).within(0, text.length + 1);
    expect(message).not.match(/undefined|\[object|Invalid input|NaN|Invalid string/);
  }
  formatDiagnostics(diagnostics.list, { color: true });
}

describe('loading mutated files', () => {
  it('never throws for a service, and gives one exactly when there are no errors', () => {
    fc.assert(
      fc.property(mutated('services/'), (text) => {
        const diagnostics = new Diagnostics();
        const service = loadService(
          'web',
          new SourceFile('web.yaml', text),
          diagnostics,
          new Set(['telecom']),
        );
        expect(service === undefined).equal(diagnostics.hasErrors);
        expectDecent(diagnostics, text);
      }),
      { numRuns: 400 },
    );
  });

  it('never throws for networks', () => {
    fc.assert(
      fc.property(mutated('geo/networks.yaml'), (text) => {
        const diagnostics = new Diagnostics();
        loadNetworksFile(new SourceFile('n.yaml', text), diagnostics, new Map());
        expectDecent(diagnostics, text);
      }),
      { numRuns: 200 },
    );
  });

  it('never throws for a configuration', () => {
    withFiles({ 'zones/': '', 'services/': '', 'steerdns.yaml': '' }, (folder) => {
      fc.assert(
        fc.property(mutated('steerdns.yaml'), (text) => {
          const file = join(folder, 'steerdns.yaml');
          writeFileSync(file, text);
          const diagnostics = new Diagnostics();
          const config = loadConfig(file, diagnostics);
          if (config === undefined) expect(diagnostics.hasErrors).equal(true);
          expectDecent(diagnostics, text);
        }),
        { numRuns: 200 },
      );
    });
  });
});
