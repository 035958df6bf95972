import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CHECKOUT } from '../support/steerdns.js';

/** What docs/rfc.md goes through section by section. */
const WHOLE = [
  1034, 1035, 2181, 2308, 3597, 4343, 4592, 6604, 6672, 6891, 7766, 7828, 7871, 8020, 8482, 8906, 9460,
].map(String);

/** A row of docs/rfc.md. */
interface Row {
  readonly rfc: string;
  /** The line, for messages. */
  readonly line: string;
  /** Under the heading of its RFC, with words of its tests. */
  readonly isSection: boolean;
  /** Paths of the column of files. */
  readonly files: readonly string[];
  /** Paths of the last column, and words of each test. */
  readonly tests: readonly { readonly path: string; readonly words: string | undefined }[];
}

function readRows(): Row[] {
  let heading: string | undefined;
  return readFileSync(join(CHECKOUT, 'docs/rfc.md'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('#')) heading = /^### RFC (\d+)/.exec(line)?.[1];
      const rfc = /^\| \[(\d+)\]/.exec(line)?.[1] ?? (/^\| §/.test(line) ? heading : undefined);
      if (rfc === undefined) return [];
      const cells = line.split(' | ');
      const files = [...(cells[2] ?? '').matchAll(/\(\.\.\/([^)]+)\)/g)].map((match) => match[1] as string);
      const tests = [...(cells[3] ?? '').matchAll(/\(\.\.\/([^)]+)\)(?: `([^`]+)`)?/g)];
      return [
        {
          rfc,
          line,
          isSection: heading !== undefined,
          files,
          tests: tests.map(([, path = '', words]) => ({ path, words })),
        },
      ];
    });
}

function textOf(path: string): string {
  return readFileSync(join(CHECKOUT, path), 'utf8');
}

describe('docs/rfc.md', () => {
  const rows = readRows();

  for (const rfc of new Set(rows.map((row) => row.rfc))) {
    const own = rows.filter((row) => row.rfc === rfc);
    it(`names files and tests of RFC ${rfc} that there are`, () => {
      for (const { line, files, tests, isSection } of own) {
        if (isSection && line.includes('| does not apply |')) continue;
        expect(files, line).to.not.deep.equal([]);
        expect(tests, line).to.not.deep.equal([]);
        for (const file of files) expect(existsSync(join(CHECKOUT, file)), file).to.equal(true);
        for (const { path, words } of tests) {
          if (isSection) expect(words, line).to.be.a('string');
          expect(textOf(path), `${path} in: ${line}`).to.include(words ?? `RFC ${rfc}`);
        }
      }
    });

    it(`has a test that names RFC ${rfc}`, () => {
      const paths = own.flatMap(({ tests }) => tests.map(({ path }) => path));
      expect(paths.some((path) => textOf(path).includes(`RFC ${rfc}`))).to.equal(true);
    });
  }

  it('goes through these RFCs section by section', () => {
    const found = new Set(rows.filter((row) => row.isSection).map((row) => row.rfc));
    expect([...found].sort()).to.deep.equal([...WHOLE].sort());
  });
});
