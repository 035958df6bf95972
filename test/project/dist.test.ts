import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CHECKOUT, makeFolder, removeFolder, runSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';

const run = promisify(execFile);

/** Of 10; what systemd calls OK ends at 5, and what the unit can't do without leaves 1.7. */
const MOST_EXPOSURE = 2;

describe('the systemd units', () => {
  let folder: string;
  before(async function () {
    needTool(this, 'systemd-analyze');
    folder = await makeFolder();
    await writeFile(join(folder, 'steerdns'), '');
    await chmod(join(folder, 'steerdns'), 0o755);
    for (const unit of ['steerdns.service', 'steerdns.socket']) {
      // No program is installed here; the page is.
      const text = readFileSync(join(CHECKOUT, 'dist', unit), 'utf8')
        .replaceAll('/usr/bin/steerdns', join(folder, 'steerdns'))
        .replace(/^Documentation=.*\n/m, '');
      await writeFile(join(folder, unit), text);
    }
  });
  after(async () => {
    if (folder !== undefined) await removeFolder(folder);
  });

  it('have no fault that systemd finds', async () => {
    const { stdout, stderr } = await run('systemd-analyze', [
      'verify',
      join(folder, 'steerdns.service'),
      join(folder, 'steerdns.socket'),
    ]);
    expect((stdout + stderr).split('\n').filter((line) => line.includes('steerdns'))).to.deep.equal([]);
  });

  it(`expose at most ${MOST_EXPOSURE} of 10`, async () => {
    const { stdout } = await run('systemd-analyze', [
      'security',
      '--offline=true',
      `--threshold=${MOST_EXPOSURE * 10}`,
      join(folder, 'steerdns.service'),
    ]);
    expect(stdout).to.match(/Overall exposure level for steerdns\.service: [01]\.\d/);
  });
});

describe('Containerfile', () => {
  const text = readFileSync(join(CHECKOUT, 'Containerfile'), 'utf8');
  const stages = text.split(/^FROM /m).slice(1);

  it('copies what is there', () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    expect(copied.length).to.be.greaterThan(5);
    expect(copied.filter((name) => !existsSync(join(CHECKOUT, name)))).to.deep.equal([]);
  });

  it('ends with a user who is not root, a volume for states, and a signal to end by', () => {
    const last = stages.at(-1) ?? '';
    expect(last).to.match(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last).to.match(/^VOLUME \/var\/lib\/steerdns$/m);
    expect(last).to.match(/^STOPSIGNAL SIGTERM$/m);
    expect(last).to.match(/^HEALTHCHECK /m);
  });

  it('leaves out what .containerignore names, and needs none of it', () => {
    const ignored = readFileSync(join(CHECKOUT, '.containerignore'), 'utf8').trim().split('\n');
    expect(ignored).to.include.members(['node_modules', 'build', '.git', 'var']);
  });
});

describe('examples/compose', () => {
  const folder = join(CHECKOUT, 'examples/compose');
  const compose = parse(readFileSync(join(folder, 'compose.yaml'), 'utf8'), { merge: true }) as {
    services: Record<
      string,
      { read_only?: boolean; volumes?: string[]; build?: { context: string; dockerfile: string } }
    >;
    volumes: Record<string, unknown>;
  };

  it('mounts what is there', () => {
    const sources = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    expect(sources.length).to.equal(4);
    const missing = sources.filter((source) =>
      source.startsWith('.') ? !existsSync(join(folder, source)) : !(source in compose.volumes),
    );
    expect(missing).to.deep.equal([]);
  });

  it('builds by the Containerfile, with a root that can only be read', () => {
    for (const name of ['one', 'two']) {
      const { build, read_only } = compose.services[name] ?? {};
      expect(existsSync(join(folder, build?.context ?? '', build?.dockerfile ?? ''))).to.equal(true);
      expect(read_only).to.equal(true);
    }
  });

  it('has a configuration without an error', async () => {
    const copy = await makeFolder();
    await cp(join(folder, 'etc'), copy, { recursive: true });
    const { code, stderr, stdout } = await runSteerdns(['check'], copy);
    await removeFolder(copy);
    expect(code, stdout + stderr).to.equal(0);
  });
});
