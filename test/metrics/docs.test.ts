import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { CHECKOUT } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { allRows } from './all-rows.js';

const page = readFileSync(join(CHECKOUT, 'docs/metrics.md'), 'utf8');

/** Texts of the page's code blocks that begin with a comment of this name. */
function block(name: string): string {
  const found = [...page.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, body = '']) => body);
  const text = found.find((body) => body.startsWith(`# ${name}\n`));
  if (text === undefined) throw new Error(`no block of ${name}`);
  return text;
}

describe('docs/metrics.md', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steerdns-'));
  });

  after(() => rm(folder, { recursive: true }));

  it('has every metric with type, labels and what it tells, and no other', () => {
    const wanted = allRows().map(({ name, type, labels, help }) => {
      const names = labels.map((label) => `\`${label}\``).join(', ');
      return `| \`${name}\` | ${type} | ${names} | ${help} |`;
    });
    const shown = page.split('\n').filter((line) => /^\| `(steerdns|process|nodejs)_/.test(line));
    expect(shown.join('\n')).to.equal(wanted.join('\n'));
  });

  it('has rules and alerts that promtool takes, of metrics that there are', async function () {
    needTool(this, 'promtool');
    const file = join(folder, 'rules.yaml');
    const text = block('steerdns.rules.yaml');
    await writeFile(file, text);
    execFileSync('promtool', ['check', 'rules', file], { stdio: 'pipe' });
    const names = allRows().map(({ name }) => name);
    const used = [...text.matchAll(/\b(steerdns_[a-z_]+?)(?:_bucket|_sum|_count)?(?=[{[ )])/g)].map(
      ([, name]) => name,
    );
    expect(used).to.not.deep.equal([]);
    expect(used.filter((name) => !names.includes(name ?? ''))).to.deep.equal([]);
  });

  it('has a configuration that Prometheus takes', async function () {
    needTool(this, 'promtool');
    const file = join(folder, 'prometheus.yaml');
    await writeFile(file, block('prometheus.yaml'));
    await writeFile(join(folder, 'steerdns.rules.yaml'), block('steerdns.rules.yaml'));
    execFileSync('promtool', ['check', 'config', file], { stdio: 'pipe' });
  });

  it('has a configuration that loads', async () => {
    await mkdir(join(folder, 'zones'));
    const file = join(folder, 'steerdns.yaml');
    await writeFile(file, block('steerdns.yaml'));
    const diagnostics = new Diagnostics();
    const config = loadConfig(file, diagnostics);
    expect(diagnostics.list).to.deep.equal([]);
    expect(config?.queryLog).to.deep.equal({
      file: '/var/log/steerdns/queries.jsonl',
      sample: 0.01,
      clientBits: { v4: 24, v6: 48 },
      buffer: 8192,
    });
  });

  it('has a configuration that logrotate takes', async function () {
    needTool(this, 'logrotate');
    const file = join(folder, 'logrotate');
    await writeFile(file, block('/etc/logrotate.d/steerdns'), { mode: 0o644 });
    const args = ['--debug', '--state', join(folder, 'state'), file];
    execFileSync('logrotate', args, { stdio: 'pipe' });
  });

  it('shows a line of the query log with every field', () => {
    const text = /^```json\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '';
    for (const field of Object.keys(JSON.parse(text) as object)) {
      expect(page).to.include(`| \`${field}\``);
    }
  });
});
