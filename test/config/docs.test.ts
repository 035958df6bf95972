import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { Diagnostics, formatDiagnostics, SourceFile } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { linesOf, loadNetworks } from '../../src/config/load-networks.js';
import { loadService } from '../../src/config/load-services.js';
import { shown, withFiles } from './support.js';

const docs = resolve(import.meta.dirname, '../../../docs');

/** What the configurations of the pages name. */
const FILES = { 'zones/': '', 'services/': '', 'geo/networks.yaml': '192.0.2.0/24: {lines: [telecom]}' };

/** Loads a snippet as the format that its first line names. */
function problems(text: string): string {
  const [, file = ''] = /^# (\S+)\n/.exec(text) ?? [];
  return withFiles({ ...FILES, [file]: text }, (folder) => {
    const diagnostics = new Diagnostics();
    if (file.startsWith('services/')) {
      const lines = linesOf(loadNetworks([join(folder, 'geo/networks.yaml')], diagnostics));
      loadService('example', new SourceFile(file, text), diagnostics, lines);
    } else if (file === 'geo/networks.yaml') loadNetworks([join(folder, file)], diagnostics);
    else if (file === 'steerdns.yaml') {
      const absolute = text.replaceAll('/var/lib/steerdns', folder);
      withFiles({ ...FILES, [file]: absolute }, (here) => loadConfig(join(here, file), diagnostics));
    } else return `no format: ${text}`;
    return formatDiagnostics(diagnostics.list, { color: false });
  });
}

for (const page of ['abuse.md', 'admin-api.md', 'configure.md', 'services.md', 'transports.md']) {
  describe(`docs/${page}`, () => {
    const snippets = [...readFileSync(join(docs, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)];

    it('has snippets', () => expect(snippets).not.empty);

    for (const [i, [, text = '']] of snippets.entries()) {
      it(`snippet ${i + 1} loads without a word`, () => expect(problems(text)).equal(''));
    }
  });
}

describe('docs/configure.md', () => {
  it('shows errors as they are printed', () => {
    const service = `members:
  fra1: {weight: -3, addresses: [192.0.2.10]}
  ams1: {wieght: 30, addresses: [192.0.2.20]}
`;
    const output = shown((diagnostics) =>
      loadService('web', new SourceFile('services/web.yaml', service), diagnostics),
    );
    expect(readFileSync(join(docs, 'configure.md'), 'utf8')).contain(`\`\`\`text\n${output}\`\`\``);
  });
});
