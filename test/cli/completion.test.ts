import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { COMMANDS } from '../../src/cli/commands.js';
import { currentManPage } from '../../src/cli/current-man-page.js';
import { CHECKOUT, makeFolder, removeFolder, runSteerdns } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';

const run = promisify(execFile);

/** What is typed, the last word to be completed, and what must and must not be offered. */
const CASES: readonly { typed: readonly string[]; offers: readonly string[]; not: readonly string[] }[] = [
  { typed: [''], offers: Object.keys(COMMANDS), not: [] },
  { typed: ['dr'], offers: ['drain'], not: ['serve', 'undrain'] },
  { typed: ['serve', '--re'], offers: ['--replace'], not: ['--config'] },
  { typed: ['serve', '--log-level', ''], offers: ['debug', 'warn'], not: ['--config'] },
  { typed: ['serve', '--udp', 'd'], offers: ['dgram'], not: ['addon'] },
  { typed: ['check', '--config', 'steer'], offers: ['steerdns.yaml'], not: ['--json'] },
  { typed: ['completion', 'z'], offers: ['zsh'], not: ['bash'] },
];

describe('completion', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await makeFolder({ 'steerdns.yaml': 'zones: zones\n' });
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await runSteerdns(['completion', shell]);
      expect(code).to.equal(0);
      await writeFile(join(folder, shell), stdout);
    }
  });
  after(() => removeFolder(folder));

  for (const { typed, offers, not } of CASES) {
    it(`in bash offers ${offers.slice(0, 2).join(', ')} … for "steerdns ${typed.join(' ')}"`, async () => {
      const script = `. ./bash; complete -p steerdns >/dev/null || exit 9
        COMP_WORDS=(steerdns "$@"); COMP_CWORD=$#; _steerdns; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await run('bash', ['-c', script, 'bash', ...typed], { cwd: folder });
      const words = stdout.trim().split('\n');
      expect(words).to.include.members([...offers]);
      for (const word of not) expect(words).to.not.include(word);
    });

    it(`in fish offers ${offers.slice(0, 2).join(', ')} … for "steerdns ${typed.join(' ')}"`, async function () {
      needTool(this, 'fish');
      const script = 'source ./fish; complete -C "$argv[1]"';
      const env = { ...process.env, HOME: folder };
      const line = ['steerdns', ...typed].join(' ');
      const { stdout } = await run('fish', ['--no-config', '-c', script, line], { cwd: folder, env });
      const words = stdout.split('\n').map((offer) => offer.split('\t')[0]);
      expect(words).to.include.members([...offers]);
      for (const word of not) expect(words).to.not.include(word);
    });
  }

  it('is a function that zsh can load and binds to steerdns', async function () {
    needTool(this, 'zsh');
    const script =
      'autoload -U compinit; compinit -u -D; source ./zsh; print -r -- $_comps[steerdns]; zsh -n ./zsh';
    const { stdout } = await run('zsh', ['-f', '-c', script], { cwd: folder });
    expect(stdout.trim()).to.equal('_steerdns');
  });

  it('of a shell that is not known is refused, with those that are', async () => {
    const { code, stderr } = await runSteerdns(['completion', 'tcsh']);
    expect(code).to.equal(2);
    expect(stderr).to.include('bash, zsh, fish');
  });
});

describe('man/steerdns.1', () => {
  const file = join(CHECKOUT, 'man/steerdns.1');

  it('is current (else: npm run man)', async () => {
    expect(readFileSync(file, 'utf8')).to.equal(await currentManPage());
  });

  it('has no fault that mandoc finds', async function () {
    needTool(this, 'mandoc');
    const { stdout } = await run('mandoc', ['-Tlint', '-Wwarning', file]);
    expect(stdout).to.equal('');
  });
});
