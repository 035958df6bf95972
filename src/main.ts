import { ExitCode } from './cli/command.js';
import { COMMANDS } from './cli/commands.js';

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === '--version') {
    const { VERSION } = await import('./cli/version.js');
    process.stdout.write(`steerdns ${VERSION}\n`);
    return ExitCode.DONE;
  }
  if (name === undefined || name === '--help' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(await help());
    return name === undefined ? ExitCode.USAGE : ExitCode.DONE;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) return (await load()).run(args);
  const { didYouMean } = await import('./config/suggest.js');
  const hint = didYouMean(name, Object.keys(COMMANDS));
  const said = `there is no command ${JSON.stringify(name)}${hint === undefined ? '' : `; ${hint}`}`;
  process.stderr.write(`steerdns: ${said}\n\n${await help()}`);
  return ExitCode.USAGE;
}

async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...commands.map((command) => command.name.length));
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
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
