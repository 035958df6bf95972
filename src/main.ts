import { type Command, ExitCode } from './cli/command.js';

/** In the order in which help lists them. Each is loaded when it is wanted: `status` needs nothing of what `serve` does. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.js')).serve,
  check: async () => (await import('./cli/check.js')).check,
  explain: async () => (await import('./cli/explain.js')).explain,
  token: async () => (await import('./cli/token.js')).token,
  import: async () => (await import('./cli/import.js')).importZone,
  export: async () => (await import('./cli/export.js')).exportZone,
  status: async () => (await import('./cli/status.js')).status,
  drain: async () => (await import('./cli/drain.js')).drain,
  undrain: async () => (await import('./cli/drain.js')).undrain,
  force: async () => (await import('./cli/drain.js')).force,
  weight: async () => (await import('./cli/drain.js')).weight,
  reload: async () => (await import('./cli/reload.js')).reload,
};

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
