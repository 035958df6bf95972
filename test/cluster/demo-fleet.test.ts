import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { CHECKOUT, makeFolder, removeFolder } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';

const run = promisify(execFile);
const SCRIPT = join(CHECKOUT, 'scripts/demo-fleet');

describe('scripts/demo-fleet', function () {
  this.timeout(180_000);

  let folder: string;
  beforeEach(async function () {
    needTool(this, 'dig');
    needTool(this, 'redis-server');
    folder = await makeFolder();
  });
  afterEach(() => folder && removeFolder(folder));

  it('shows what holds when members, an instance and Redis go and come, and leaves nothing', async () => {
    const { stdout } = await run(SCRIPT, { env: { ...process.env, TMPDIR: folder } });
    const seen = stdout
      .split('\n')
      .filter((line) => /^(== | {3}(192|198|cluster))/.test(line))
      .map((line) => line.replace(/ for \d+ s.*/, '').trim());
    const ofTwo = (address: string, instances = '2 instances, connected'): string[] =>
      ['a', 'b'].flatMap((name) => [address, `cluster  demo as ${name}, ${instances}`]);
    const [first, second] = ['192.0.2.1', '198.51.100.2'] as const;
    const steps = seen.join('\n').split(/^== .*\n/m);
    expect(steps.slice(1).map((step) => step.trim().split('\n'))).to.deep.equal([
      ofTwo(first),
      ofTwo(second),
      ofTwo(first),
      ofTwo(second),
      ofTwo(first),
      [first, 'cluster  demo as a, 1 instance, connected'],
      ofTwo(first),
      ofTwo(first, '1 instance, degraded'),
      ofTwo(second, '1 instance, degraded'),
      ofTwo(first),
    ]);
    expect(stdout).to.match(/^All of it held\./m);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('ends everything that it started when it is stopped', async () => {
    const child = spawn(SCRIPT, {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const shown = new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk;
        if (output.includes('a$ dig')) resolve();
      });
      child.once('exit', () => reject(new Error(output)));
    });
    // Its pipe closes when the last process that has it is gone.
    const closed = once(child, 'close');
    await shown;
    const port = /-p (\d+)/.exec(output)?.[1] ?? '';
    child.kill('SIGINT');
    expect(await closed).to.deep.equal([130, null]);
    expect(await readdir(folder)).to.deep.equal([]);
    const asked = run('dig', ['+tries=1', '+time=1', '@127.0.0.1', '-p', port, 'www.example.com']);
    expect(
      await asked.then(
        () => 'answers',
        () => 'no answer',
      ),
    ).to.equal('no answer');
  });
});
