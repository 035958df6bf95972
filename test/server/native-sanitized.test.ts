import { execFile, execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CHECKOUT, makeFolder } from '../support/steerdns.js';
import { needCompiler } from './native-support.js';

const run = promisify(execFile);

/** Tests of the addon that run in the instrumented process. */
const TESTS = ['native-udp.test.js', 'native-threads.test.js', 'native-faults.test.js'];

describe('The addon under AddressSanitizer and UndefinedBehaviorSanitizer', () => {
  let folder: string;
  let runtime: string;

  before(async function () {
    needCompiler(this);
    runtime = execFileSync('cc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
    // The compiler gives the name back when it does not know the file.
    if (!isAbsolute(runtime)) {
      const how = 'the C compiler has no libasan; type: apt-get install build-essential';
      if (process.env.CI === 'true') throw new Error(how);
      console.log(`      ${how}`);
      this.skip();
    }
    folder = await makeFolder();
    const output = join(folder, 'build/Release/steerdns.node');
    const build = join(CHECKOUT, 'native/build.mjs');
    await run(process.execPath, [build, '--sanitize', '--output', output]);
  });

  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  it('passes its tests', async function () {
    // Everything is slower by some factor there, and this is a second run of dozens of tests.
    this.timeout(120_000);
    const files = TESTS.map((name) => fileURLToPath(new URL(name, import.meta.url)));
    const mocha = join(CHECKOUT, 'node_modules/mocha/bin/mocha.js');
    const env = {
      ...process.env,
      LD_PRELOAD: runtime,
      // Node itself leaves memory to the end of the process.
      ASAN_OPTIONS: 'detect_leaks=0',
      STEERDNS_TEST_ADDON: folder,
      CI: 'true',
      // Coverage of this run would be counted for a second time.
      NODE_V8_COVERAGE: '',
    };
    const args = [mocha, '--no-config', '--timeout', '60000', '--reporter', 'dot', ...files];
    const { stdout } = await run(process.execPath, args, { env });
    expect(stdout).to.match(/\d+ passing/);
  });
});
