import { type CommandSpec, HELP_OPTION, type OptionSpec } from './command.js';

/** A command as completion knows it. */
export type CompletedCommand = Pick<CommandSpec, 'name' | 'summary' | 'positionals' | 'options'>;

/** A function that bash calls for each completion. */
export function formatBash(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, options }) =>
    Object.entries(options).flatMap(([option, { value, choices }]) =>
      value === undefined ? [] : [`    ${name}:--${option}) ${bashValue(value, choices)}; return ;;`],
    ),
  );
  const words = commands.map((command) => {
    const [first] = command.positionals;
    const files = first?.name === 'FILE' ? ' files=1' : '';
    return `    ${command.name}) words="${[...optionNames(command), ...(first?.choices ?? [])].join(' ')}"${files} ;;`;
  });
  return `# bash completion of steerdns, as "steerdns completion bash" prints it.
_steerdns() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words= files=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]}:$previous in
${values.join('\n')}
  esac
  case \${COMP_WORDS[1]} in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ] && [[ $current != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _steerdns steerdns
`;
}

/** A function for zsh's folder of functions, or to be sourced. */
export function formatZsh(commands: readonly CompletedCommand[]): string {
  const summaries = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, positionals, options }) => {
    const specs = [
      ...Object.entries({ ...options, help: HELP_OPTION }).map(([option, spec]) => zshOption(option, spec)),
      ...positionals.map(
        ({ name: word, choices, optional }) =>
          `:${optional === true ? ':' : ''}${word}:${zshValue(word, choices)}`,
      ),
    ];
    return `    ${name}) _arguments ${specs.map(quote).join(' ')} ;;`;
  });
  return `#compdef steerdns
# zsh completion of steerdns, as "steerdns completion zsh" prints it.
_steerdns() {
  local -a commands
  commands=(
${summaries.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _steerdns ]; then _steerdns "$@"; else compdef _steerdns steerdns; fi
`;
}

export function formatFish(commands: readonly CompletedCommand[]): string {
  const lines = [
    '# fish completion of steerdns, as "steerdns completion fish" prints it.',
    'complete -c steerdns -f',
  ];
  for (const { name, summary, positionals, options } of commands) {
    lines.push(`complete -c steerdns -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
    const when = `complete -c steerdns -n '__fish_seen_subcommand_from ${name}'`;
    for (const [option, { value, choices, help }] of Object.entries({ ...options, help: HELP_OPTION })) {
      const kind =
        value === undefined
          ? ''
          : choices
            ? ` -x -a ${quote(choices.join(' '))}`
            : value === 'FILE'
              ? ' -r -F'
              : ' -x';
      lines.push(`${when} -l ${option}${kind} -d ${quote(help)}`);
    }
    const [first] = positionals;
    if (first?.choices !== undefined) lines.push(`${when} -a ${quote(first.choices.join(' '))}`);
    else if (first?.name === 'FILE') lines.push(`${when} -F`);
  }
  return `${lines.join('\n')}\n`;
}

function optionNames({ options }: CompletedCommand): string[] {
  return [...Object.keys(options), 'help'].map((name) => `--${name}`);
}

function bashValue(value: string, choices: readonly string[] | undefined): string {
  if (choices !== undefined) return `COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current"))`;
  return value === 'FILE' ? 'COMPREPLY=($(compgen -f -- "$current"))' : ':';
}

function zshOption(name: string, { value, choices, help }: OptionSpec): string {
  const text = help.replace(/[[\]:\\]/g, '\\$&');
  return value === undefined
    ? `--${name}[${text}]`
    : `--${name}=[${text}]:${value}:${zshValue(value, choices)}`;
}

function zshValue(value: string, choices: readonly string[] | undefined): string {
  if (choices !== undefined) return `(${choices.join(' ')})`;
  return value === 'FILE' ? '_files' : ' ';
}

/** For a shell, in single quotes. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
