import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readDocument, type Step, stepsOf, toPattern, typeCommand } from '../support/document.js';
import { type RunningExample, startExample } from '../support/example.js';
import { CHECKOUT, makeFolder, removeFolder } from '../support/steerdns.js';
import { needTool } from '../support/tools.js';
import { until } from '../support/until.js';

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
        () => typeCommand(typed, checkout),
        ({ code, output }) => code === 0 && wanted.every((pattern) => pattern.test(output)),
      );
    });
  }
});

/** The commands of the tour but for the one that starts the example. */
function readTour(): Step[] {
  const tour = readDocument('README.md', '## Five-minute tour');
  return stepsOf(tour).filter(({ command }) => command !== 'scripts/server');
}

/** The ports of the checkout's files become those of the running example. */
function withPorts(text: string, { steerdns, memberPort }: RunningExample): string {
  return text
    .replaceAll('-p 5300', `-p ${steerdns.dns.port}`)
    .replaceAll(':8080', `:${steerdns.http.port}`)
    .replaceAll(':8081', `:${memberPort}`);
}
