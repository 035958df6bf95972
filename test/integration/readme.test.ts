import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type RunningExample, startExample } from '../support/example.js';
import { CHECKOUT, makeFolder, removeFolder } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

const run = promisify(execFile);

interface Step {
  readonly command: string;
  /** What must be in the output: text in which `…` stands for anything. */
  readonly shows: readonly string[];
}

interface Seen {
  readonly code: number;
  readonly output: string;
}

const steps = readTour();

describe('the five-minute tour of README', () => {
  let example: RunningExample;
  /** Where the commands are typed: a checkout whose steerdns.yaml has the ports of the running example. */
  let checkout: string;

  before(async function () {
    needTool(this, 'dig');
    needTool(this, 'curl');
    example = await startExample();
    checkout = await makeFolder();
    for (const part of ['zones', 'services', 'geo']) {
      await cp(join(example.folder, part), join(checkout, part), { recursive: true });
    }
    await symlink(join(CHECKOUT, 'bin'), join(checkout, 'bin'));
    await writeFile(join(checkout, 'steerdns.yaml'), await readFile(example.steerdns.clientConfig, 'utf8'));
  });
  after(async () => {
    await example?.stop();
    if (checkout !== undefined) await removeFolder(checkout);
  });

  it('has commands, and says what most of them show', () => {
    expect(steps.length).to.be.greaterThan(10);
    expect(steps.filter(({ shows }) => shows.length > 0).length).to.be.greaterThan(7);
  });

  // One after the other, as a reader types them.
  for (const { command, shows } of steps) {
    it(command, async () => {
      const typed = withPorts(command, example);
      const wanted = shows.map((text) => toPattern(withPorts(text, example)));
      await until(
        () => type(typed, checkout),
        ({ code, output }) => code === 0 && wanted.every((pattern) => pattern.test(output)),
      );
    });
  }
});

/** The commands of the tour's `sh` blocks but for the one that starts the example, each with its `#` lines. */
function readTour(): Step[] {
  const readme = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');
  const tour = /^## Five-minute tour\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? '';
  const steps: { command: string; shows: string[] }[] = [];
  for (const [, block = ''] of tour.matchAll(/^```sh\n([\s\S]*?)^```$/gm)) {
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('# ')) steps.at(-1)?.shows.push(line.slice(2));
      else if (line !== 'scripts/server') steps.push({ command: line, shows: [] });
    }
  }
  return steps;
}

/** The ports of the checkout's files become those of the running example. */
function withPorts(text: string, { steerdns, memberPort }: RunningExample): string {
  return text
    .replaceAll('-p 5300', `-p ${steerdns.dns.port}`)
    .replaceAll(':8080', `:${steerdns.http.port}`)
    .replaceAll(':8081', `:${memberPort}`);
}

function toPattern(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}\r?$`, 'm');
}

async function type(command: string, cwd: string): Promise<Seen> {
  try {
    const { stdout, stderr } = await run('sh', ['-c', command], { cwd });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
