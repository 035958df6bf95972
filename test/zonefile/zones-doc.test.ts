import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { load } from './load-text.js';

/** Tests run from the folder of package.json. */
const page = readFileSync('docs/zones.md', 'utf8');

/** What the page's `!include` names. */
const FILES = {
  'common/apex.yaml': '- {type: NS, values: [ns1.example.net., ns2.example.net.]}\n',
  'common/defaults.yaml': 'ttl: 60\n',
};

describe('docs/zones.md', () => {
  const snippets = Array.from(page.matchAll(/```yaml\n([\s\S]*?)```/g), ([, text]) => text as string);

  it('has snippets', () => expect(snippets.length).to.be.greaterThan(5));

  for (const [i, text] of snippets.entries()) {
    it(`snippet ${i + 1} is a zone without errors`, () => {
      const { zone, problems } = load(text, FILES);
      expect(problems.filter((line) => line.includes(' error: '))).to.deep.equal([]);
      expect(zone && Array.from(zone.records).length).to.be.greaterThan(1);
    });
  }
});
