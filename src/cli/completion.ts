import { type Command, defineCommand, ExitCode, UsageError } from './command.js';
import { type CompletedCommand, formatBash, formatFish, formatZsh } from './completion-scripts.js';

const SHELLS: Readonly<Record<string, (commands: readonly CompletedCommand[]) => string>> = {
  bash: formatBash,
  zsh: formatZsh,
  fish: formatFish,
};

/** @param table every command of the program */
export function makeCompletion(table: Readonly<Record<string, () => Promise<Command>>>): Command {
  return defineCommand(
    {
      name: 'completion',
      summary: 'print what makes a shell complete commands and options',
      positionals: [{ name: 'SHELL', help: Object.keys(SHELLS).join(', '), choices: Object.keys(SHELLS) }],
      options: {},
      examples: [
        'steerdns completion bash > /etc/bash_completion.d/steerdns',
        'steerdns completion zsh > /usr/local/share/zsh/site-functions/_steerdns',
        'steerdns completion fish > ~/.config/fish/completions/steerdns.fish',
      ],
    },
    async (line, io) => {
      const shell = line.positionals[0] ?? '';
      const format = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
      if (format === undefined)
        throw new UsageError(
          `SHELL must be one of ${Object.keys(SHELLS).join(', ')} but is ${JSON.stringify(shell)}`,
        );
      const commands = await Promise.all(Object.values(table).map((load) => load()));
      io.out(format(commands.map(({ spec }) => spec)));
      return ExitCode.DONE;
    },
  );
}
