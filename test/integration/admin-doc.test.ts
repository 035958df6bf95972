import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CHECKOUT, makeFolder, removeFolder, type Steerdns, startSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';

const run = promisify(execFile);

const blocks = [
  ...readFileSync(join(CHECKOUT, 'docs/admin-api.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm),
].map(([, text = '']) => text);

const PROGRAM = new URL('../../src/main.js', import.meta.url).pathname;

const FILES = {
  'zones/example.com.yaml': readFileSync(join(CHECKOUT, 'zones/example.com.yaml'), 'utf8'),
  'services/web.yaml': 'members:\n  fra1: {addresses: [192.0.2.11]}\n  ams1: {addresses: [192.0.2.12]}\n',
  'services/mirrors.yaml': 'members:\n  fra1: {addresses: [192.0.2.21]}\n',
  'services/app.yaml': 'members:\n  one: {addresses: [192.0.2.31]}\n',
};

describe('docs/admin-api.md', () => {
  let folder: string;
  let steerdns: Steerdns | undefined;
  /** What the blocks before set. */
  let variables = '';

  before(async function () {
    needTool(this, 'curl');
    folder = await makeFolder(FILES);
  });
  after(async () => {
    await steerdns?.stop();
    if (folder !== undefined) await removeFolder(folder);
  });

  /** Types a block, after what the ones before set. */
  async function type(block: string): Promise<string> {
    const prelude = `set -euo pipefail\nsteerdns() { '${process.execPath}' '${PROGRAM}' "$@"; }\n${variables}`;
    const { stdout, stderr } = await run('bash', ['-c', `${prelude}\n${block}`], { cwd: folder });
    return stdout + stderr;
  }

  it('makes a token, which the line of the configuration admits', async () => {
    const output = await type(blocks[0] ?? '');
    const line = /^- \{.*\}$/m.exec(output)?.[0] ?? '';
    expect(line).to.match(/^- \{name: ops, role: edit, hash: 'sha256:[0-9a-f]{64}'\}$/);
    expect((await readFile(join(folder, 'ops.token'), 'utf8')).trim()).to.match(/^sdt_[\w-]{43}$/);
    const listen = "listen: {dns: ['127.0.0.1:0'], http: [], admin: '127.0.0.1:0'}";
    await writeFile(
      join(folder, 'steerdns.yaml'),
      `${listen}\nzones: zones\nservices: services\nadmin:\n  tokens:\n    ${line}\n`,
    );
    steerdns = await startSteerdns(folder);
  });

  it('sets what the examples use', async () => {
    const { port } = steerdns?.admin ?? { port: 0 };
    variables = (blocks[1] ?? '').replace('127.0.0.1:8053', `127.0.0.1:${port}`);
    expect(await type('echo "$api"')).to.equal(`http://127.0.0.1:${port}\n`);
  });

  for (const block of blocks.slice(2)) {
    it(block.split('\n')[0] ?? '', async () => {
      const output = await type(block.startsWith('etag=') ? block : `${etagOf(blocks)}${block}`);
      for (const [, shown = ''] of block.matchAll(/^# (.*)$/gm)) {
        for (const part of shown.split('…')) expect(output.replaceAll('\\"', '"')).to.include(part);
      }
    });
  }

  it('leaves the zone with one new TTL, octet by octet', async () => {
    expect(await readFile(join(folder, 'zones/example.com.yaml'), 'utf8')).to.equal(
      FILES['zones/example.com.yaml'].replace('ns2: {type: A, value', 'ns2: {type: A, ttl: 60, value'),
    );
  });
});

/** The line of the page that reads the ETag. */
function etagOf(all: readonly string[]): string {
  const line = all
    .join('')
    .split('\n')
    .find((each) => each.startsWith('etag='));
  return `${line}\n`;
}
