import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { makeConfiguredExample } from '../support/example.js';
import { CHECKOUT, makeFolder, removeFolder, startProgram } from '../support/steerdns.js';

const run = promisify(execFile);

describe('scripts/server', () => {
  it('starts the example from anywhere, prints three commands once it is ready, and passes signals on', async () => {
    const { folder } = await makeConfiguredExample();
    try {
      const args = ['--config', 'steerdns.yaml'];
      const steerdns = await startProgram(join(CHECKOUT, 'scripts/server'), args, folder);
      await steerdns.waitForOutput(/debian\.iso/);
      const { dns, http } = steerdns;
      const commands = steerdns.stdout.split('\n').filter((line) => /^ {2}\S/.test(line));
      expect(commands.map((command) => command.trim())).to.deep.equal([
        `dig @${dns.address} -p ${dns.port} www.example.com`,
        `dig @${dns.address} -p ${dns.port} www.example.com +subnet=203.0.113.7`,
        `curl -i -H 'Host: dl.example.com' http://${http.address}:${http.port}/debian.iso`,
      ]);
      expect(await steerdns.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
    } finally {
      await removeFolder(folder);
    }
  });

  for (const [name, node, says] of [
    ['says what to do when Node.js is too old', "echo 'v18.20.4'", /20\.19 or newer, but .* is 18\.20\.4/],
    ['says what to do when there is no npm', "echo 'v22.1.0'", /no 'npm'/],
  ] as const) {
    it(name, async () => {
      const folder = await makeFakePath({ node });
      try {
        const { code, stderr } = await runWithPath(folder);
        expect(stderr).to.match(says);
        expect(code).to.equal(1);
      } finally {
        await removeFolder(folder);
      }
    });
  }

  it('says what to do when there is no Node.js', async () => {
    const folder = await makeFakePath({});
    try {
      const { code, stderr } = await runWithPath(folder);
      expect(stderr).to.match(/no 'node' in PATH/);
      expect(code).to.equal(1);
    } finally {
      await removeFolder(folder);
    }
  });
});

describe('bin/steerdns', () => {
  it('says what to do when nothing is built yet', async () => {
    const folder = await makeFolder({ 'package.json': '{"type": "module"}' });
    try {
      await cp(join(CHECKOUT, 'bin'), join(folder, 'bin'), { recursive: true });
      const { code, stderr } = await runToEnd(join(folder, 'bin/steerdns'), {});
      expect(stderr).to.include('not built yet');
      expect(code).to.equal(1);
    } finally {
      await removeFolder(folder);
    }
  });
});

/** A folder to use as PATH: what the script needs of the system, and these commands. */
async function makeFakePath(commands: Readonly<Record<string, string>>): Promise<string> {
  const folder = await makeFolder();
  await mkdir(join(folder, 'bin'));
  const needed = ['bash', 'dirname', 'readlink', 'head', 'sort'];
  const real = Object.fromEntries(needed.map((command) => [command, `exec /usr/bin/${command} "$@"`]));
  for (const [command, line] of Object.entries({ ...real, ...commands })) {
    await writeFile(join(folder, 'bin', command), `#!/bin/sh\n${line}\n`);
    await chmod(join(folder, 'bin', command), 0o755);
  }
  return folder;
}

function runWithPath(folder: string): Promise<{ code: number; stderr: string }> {
  return runToEnd('/bin/bash', { PATH: join(folder, 'bin') }, [join(CHECKOUT, 'scripts/server')]);
}

async function runToEnd(
  program: string,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<{ code: number; stderr: string }> {
  try {
    const { stderr } = await run(program, args, { env: { ...process.env, ...environment } });
    return { code: 0, stderr };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, stderr };
  }
}
