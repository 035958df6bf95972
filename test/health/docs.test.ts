import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Diagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { loadService } from '../../src/config/load-services.js';

describe('docs/health.md', () => {
  // From build*/test/health/.
  const page = readFileSync(new URL('../../../docs/health.md', import.meta.url), 'utf8');
  const snippets = [...page.matchAll(/^```yaml\n# services\/(.+)\.yaml\n([\s\S]*?)^```$/gm)];

  it('has a service to show', () => {
    expect(snippets).to.have.length(1);
  });

  for (const [, name = '', text = ''] of snippets) {
    it(`shows a service ${name} that loads without a word`, () => {
      const diagnostics = new Diagnostics();
      const service = loadService(name, new SourceFile(`${name}.yaml`, text), diagnostics);
      expect(diagnostics.list).to.deep.equal([]);
      const checks = service?.members.map(({ checks }) =>
        checks.map(({ target, port, host }) => [target, port, host]),
      );
      expect(checks).to.deep.equal([
        [[undefined, 443, 'shop.example.com']],
        [['10.0.0.20', 8443, 'shop.example.com']],
        [],
      ]);
    });
  }
});
