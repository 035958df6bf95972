import { check } from './cli/check.js';
import type { Command } from './cli/command.js';
import { ExitCode } from './cli/command.js';
import { drain, undrain } from './cli/drain.js';
import { explain } from './cli/explain.js';
import { reload } from './cli/reload.js';
import { serve } from './cli/serve.js';
import { status } from './cli/status.js';
import { VERSION } from './cli/version.js';
import { didYouMean } from './config/suggest.js';

/** In the order in which help lists them. */
const COMMANDS: readonly Command[] = [serve, check, explain, status, drain, undrain, reload];

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === '--version') {
    process.stdout.write(`steerdns ${VERSION}\n`);
    return ExitCode.DONE;
  }
  if (name === undefined || name === '--help' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(help());
    return name === undefined ? ExitCode.USAGE : ExitCode.DONE;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command !== undefined) return command.run(args);
  const hint = didYouMean(
    name,
    COMMANDS.map((candidate) => candidate.name),
  );
  process.stderr.write(
    `steerdns: there is no command ${JSON.stringify(name)}${hint === undefined ? '' : `; ${hint}`}\n\n${help()}`,
  );
  return ExitCode.USAGE;
}

function help(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'usage: steerdns COMMAND [OPTION ...]',
    '',
    ...rows,
    '',
    'steerdns COMMAND --help tells more of a command; steerdns --version tells the release.',
    'example: steerdns serve --config /etc/steerdns/steerdns.yaml',
    '',
  ].join('\n');
}
