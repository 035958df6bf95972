import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { type RunningAdmin, startAdmin } from '../../src/admin/start-admin.js';
import type { Command } from '../../src/cli/command.js';
import { drain, force, undrain, weight } from '../../src/cli/drain.js';
import { explain } from '../../src/cli/explain.js';
import { reload } from '../../src/cli/reload.js';
import { redirectsOf } from '../../src/cli/serve/redirects-of.js';
import { status } from '../../src/cli/status.js';
import { Diagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { startRedirect } from '../../src/redirect/start-redirect.js';
import { type Snapshot, SnapshotLoader } from '../../src/snapshot/snapshot-loader.js';
import { AliasTable } from '../../src/state/alias-table.js';
import { MemberStates } from '../../src/state/member-states.js';
import { TestInstance } from '../admin/support.js';
import { parseResponse, sendRaw } from '../redirect/support.js';
import { Folder, run } from './support.js';

const CHECKOUT = resolve(import.meta.dirname, '../../..');

/** Texts of a page's code blocks of a language; '' for those without one. */
function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(CHECKOUT, 'docs', page), 'utf8');
  const found = text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm);
  return [...found].filter(([, name]) => name === language).map(([, , body = '']) => body);
}

describe('docs/http.md', () => {
  const folder = new Folder();
  const states = new MemberStates(64);
  after(() => folder.remove());

  async function load(configuration: string): Promise<Snapshot> {
    const files = blocks('http.md', 'yaml').filter((text) => !text.startsWith('# steerdns.yaml'));
    const named = files.map((text) => [/^# (\S+)/.exec(text)?.[1] ?? '', text]);
    const whole = `${configuration}\nservices: services\ngeo: {databases: []}\n`;
    await folder.write({ ...Object.fromEntries(named), 'steerdns.yaml': whole });
    const diagnostics = new Diagnostics();
    const config = loadConfig(folder.file('steerdns.yaml'), diagnostics);
    const loader = new SnapshotLoader({ states, aliases: new AliasTable() });
    const snapshot = config && (await loader.load(config, diagnostics));
    expect(diagnostics.list).to.deep.equal([]);
    if (snapshot === undefined) throw new Error('nothing was loaded');
    return snapshot;
  }

  it('has configurations that load without a word', async () => {
    const configurations = blocks('http.md', 'yaml').filter((text) => text.startsWith('# steerdns.yaml'));
    expect(configurations).to.have.length(2);
    for (const text of configurations) await load(text);
  });

  it('shows what is answered', async () => {
    const snapshot = await load(blocks('http.md', 'yaml')[0] ?? '');
    const turns = new Int32Array(snapshot.catalog.turnWords);
    const source = redirectsOf(snapshot, { states, turns, random: () => 0 }, true);
    const endpoint = await startRedirect({
      listen: [{ address: '127.0.0.1', port: 0 }],
      source: () => source,
      log: { error: () => {} },
    });
    const port = endpoint.addresses[0]?.port ?? 0;
    const ask = (host: string, target: string): Promise<string> =>
      sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const shown = blocks('http.md', '')[0]?.split('\n').slice(1) ?? [];
    const text = await ask('dl.example.com', '/iso/a.iso?x=y');
    expect(text.split('\r\n').slice(0, 3)).to.deep.equal(shown.slice(0, 3));
    const forwarded = parseResponse(await ask('old.example.com', '/docs/a?b'));
    expect(forwarded.status).to.equal(302);
    expect(forwarded.headers.get('location')).to.equal('https://www.example.com/manual/a?b');
    await endpoint.close();
  });
});

describe('docs/operate.md', () => {
  const COMMANDS: readonly Command[] = [status, drain, undrain, force, weight, reload, explain];
  let admin: RunningAdmin;
  let at: string;

  before(async () => {
    const listen = { address: '127.0.0.1', port: 0 };
    admin = await startAdmin({
      listen,
      controls: new TestInstance(),
      log: { warn: () => {}, error: () => {} },
    });
    at = `127.0.0.1:${admin.address.port}`;
  });

  after(() => admin.close());

  const lines = [...blocks('operate.md', 'sh'), ...blocks('explain.md', 'sh')].flatMap((text) =>
    text.trim().split('\n'),
  );
  for (const line of lines) {
    it(`has a line that works: ${line}`, async () => {
      const words = wordsOf(line);
      if (words[0] === 'curl') {
        const response = await fetchLike(words.slice(1), at);
        expect(response.status, await response.text()).to.equal(200);
        return;
      }
      const command = COMMANDS.find(({ name }) => name === words[1]);
      if (command === undefined) throw new Error(`no command ${words[1]}`);
      const { code, err } = await run(command, ...words.slice(2), '--admin', at);
      expect(err).to.equal('');
      expect(code).to.equal(0);
    });
  }

  it('shows a problem as it is answered', async () => {
    const response = await fetchLike(['-X', 'DELETE', 'http://127.0.0.1:8053/v1/overrides/web/fra2'], at);
    expect(`${await response.text()}`).to.equal(blocks('admin-api.md', 'json')[0]);
  });

  it('tells of every code that there is', () => {
    const folder = join(CHECKOUT, 'src/admin');
    const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    const codes = sources.flatMap((text) =>
      [...text.matchAll(/new Problem\(\s*\d+,\s*'([a-z_]+)'/g)].map((match) => match[1]),
    );
    const page = readFileSync(join(CHECKOUT, 'docs/admin-api.md'), 'utf8');
    expect(codes).to.not.deep.equal([]);
    expect(codes.filter((code) => !page.includes(`\`${code}\``))).to.deep.equal([]);
  });
});

describe('docs/explain.md', () => {
  const folder = new Folder();
  after(() => folder.remove());

  it('shows what explain says of the example', async () => {
    const places = ['zones', 'services'].map((key) => `${key}: ${join(CHECKOUT, key)}\n`).join('');
    const networks = join(CHECKOUT, 'geo/networks.yaml');
    const geo = `geo: {databases: ['builtin:country'], networks: ['${networks}']}\n`;
    await folder.write({ 'steerdns.yaml': `${places}${geo}listen: {admin: []}\n` });
    const line = blocks('explain.md', 'sh')[0]?.split('\n')[0] ?? '';
    const { out, err } = await run(
      explain,
      ...wordsOf(line).slice(2),
      '--config',
      folder.file('steerdns.yaml'),
    );
    expect(err).to.equal('');
    expect(blocks('explain.md', '')[0]).to.equal(out.replaceAll(`${CHECKOUT}/`, ''));
  });
});

/** A line's words as a shell has them: single quotes and comments are all that the pages use. */
function wordsOf(line: string): string[] {
  const words = line.replace(/\s+#.*/, '').matchAll(/'([^']*)'|(\S+)/g);
  return [...words].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** What curl would ask, of the API at another place. */
async function fetchLike(args: readonly string[], at: string): Promise<Response> {
  let method = 'GET';
  let body: string | null = null;
  const headers: Record<string, string> = {};
  for (let i = 0; i < args.length - 1; i += 2) {
    const value = args[i + 1] ?? '';
    if (args[i] === '-X') method = value;
    else if (args[i] === '-d') body = value;
    else if (args[i] === '-H') headers[value.split(': ')[0] ?? ''] = value.split(': ')[1] ?? '';
  }
  return fetch((args.at(-1) ?? '').replace('127.0.0.1:8053', at), { method, body, headers });
}
