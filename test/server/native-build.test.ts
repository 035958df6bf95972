import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadAddon } from '../../src/server/native-udp.js';
import { CHECKOUT, makeFolder } from '../support/steerdns.js';
import { needCompiler } from './native-support.js';

describe('loadAddon', () => {
  let folder: string;
  let native: string;
  let built: string;

  beforeEach(async function () {
    needCompiler(this);
    folder = await makeFolder();
    native = join(folder, 'native');
    built = join(native, 'build/Release/steerdns.node');
    for (const name of ['udp.c', 'sockets.c', 'shared.h', 'build.mjs']) {
      await cp(join(CHECKOUT, 'native', name), join(native, name), { preserveTimestamps: true });
    }
    await symlink(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  });

  afterEach(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  function build(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<[number, string]> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [join(native, 'build.mjs'), ...args],
        { env: { ...process.env, ...env } },
        (error, _stdout, stderr) => resolve([error === null ? 0 : Number(error.code), stderr]),
      );
    });
  }

  function reason(): string {
    const load = loadAddon(native);
    return load.addon === undefined ? load.reason : `loaded from ${load.path}`;
  }

  it('takes the addon that is built from source', async () => {
    expect(await build()).to.deep.equal([0, '']);
    expect(reason()).to.equal(`loaded from ${built}`);
  });

  it('takes the prebuilt one of the package where none is built', async () => {
    await build();
    const prebuilt = join(native, `prebuilds/linux-${arch()}/steerdns.glibc.node`);
    await mkdir(join(prebuilt, '..'), { recursive: true });
    await rename(built, prebuilt);
    expect(reason()).to.equal(`loaded from ${prebuilt}`);
    // With it the package needs no compiler.
    expect(await build(['--optional'], { CC: 'no-compiler' })).to.deep.equal([0, '']);
  });

  it('says that there is none', () => {
    expect(reason()).to.match(/^No native build was found for platform=linux/);
  });

  it('says that a file is no addon', async () => {
    await mkdir(join(built, '..'), { recursive: true });
    await writeFile(built, 'nothing that runs');
    expect(reason()).to.include('steerdns.node: ');
  });

  it('refuses one of other sources', async () => {
    const source = await readFile(join(native, 'udp.c'), 'utf8');
    await writeFile(
      join(native, 'udp.c'),
      source.replace(/INTERFACE_VERSION = \d+/, 'INTERFACE_VERSION = 99'),
    );
    await build();
    expect(reason()).to.equal(`${built} was built from other sources; type: npm run build:addon`);
  });

  describe('after native/build.mjs', () => {
    it('is left as it is while the source is older', async () => {
      await build();
      const { ino } = await stat(built);
      await build();
      expect((await stat(built)).ino).to.equal(ino);
    });

    it('is replaced once the source is newer, as a new file: a running instance has the old one mapped', async () => {
      await build();
      const { ino } = await stat(built);
      const later = new Date(Date.now() + 60_000);
      await utimes(join(native, 'udp.c'), later, later);
      await build();
      expect((await stat(built)).ino).not.to.equal(ino);
      expect(reason()).to.equal(`loaded from ${built}`);
    });

    it('is replaced when it does not load', async () => {
      await mkdir(join(built, '..'), { recursive: true });
      await writeFile(built, 'nothing that runs');
      await build();
      expect(reason()).to.equal(`loaded from ${built}`);
    });

    for (const { args, code } of [
      { args: [], code: 1 },
      { args: ['--optional'], code: 0 },
    ]) {
      it(`is not there without a compiler, which ends with ${code}${args.length > 0 ? ' when optional' : ''}`, async () => {
        const [ended, says] = await build(args, { CC: 'no-compiler' });
        expect(ended).to.equal(code);
        expect(says).to.match(/not built: there is no C compiler .* apt-get install build-essential/);
        expect(reason()).to.match(/^No native build/);
      });
    }

    it('is not there when the source does not compile', async () => {
      await writeFile(join(native, 'udp.c'), 'int no');
      const [ended, says] = await build();
      expect(ended).to.equal(1);
      expect(says).to.match(/error:[\s\S]*cc failed; its messages are above/);
    });
  });
});
