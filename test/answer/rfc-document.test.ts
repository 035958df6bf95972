import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CHECKOUT } from '../support/steerdns.js';

/** Rows of docs/rfc.md: the RFC, and the paths of the last column. */
function rows(): { rfc: string; tests: string[] }[] {
  const lines = readFileSync(join(CHECKOUT, 'docs/rfc.md'), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const rfc = /^\| \[(\d+)\]/.exec(line)?.[1];
    const cell = line.split('|').at(-2) ?? '';
    const tests = [...cell.matchAll(/\(\.\.\/([^)]+)\)/g)].map((match) => match[1] as string);
    return rfc === undefined ? [] : [{ rfc, tests }];
  });
}

describe('docs/rfc.md', () => {
  for (const { rfc, tests } of rows()) {
    it(`names tests that name RFC ${rfc}`, () => {
      expect(tests).to.not.deep.equal([]);
      for (const test of tests)
        expect(readFileSync(join(CHECKOUT, test), 'utf8'), test).to.include(`RFC ${rfc}`);
    });
  }
});
