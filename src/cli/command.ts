import { parseArgs } from 'node:util';
import { nearest } from '../config/suggest.js';

/** A command of the command line. */
export interface Command {
  /** As it is typed. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole line: `steerdns drain PATTERN [--config FILE]`. */
  readonly usage: string;
  /** What it takes. */
  readonly spec: CommandSpec;
  run(args: readonly string[], io?: CommandIo): Promise<ExitCode>;
}

/** INPUT: the files, the instance or the question say no. USAGE: the command line is wrong. */
export const ExitCode = { DONE: 0, INPUT: 1, USAGE: 2 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** Where a command writes: text with its line ends. */
export interface CommandIo {
  out(text: string): void;
  err(text: string): void;
}

/** What a command takes. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Paragraphs of `--help`, if there is more to say. */
  readonly notes?: readonly string[];
}

interface PositionalSpec {
  readonly name: string;
  readonly help: string;
  /** All that it may be, where they are few. */
  readonly choices?: readonly string[];
  readonly optional?: boolean;
}

export interface OptionSpec {
  /** What stands for the value in the usage; an option without it is a switch. */
  readonly value?: string;
  /** All that the value may be, where they are few. */
  readonly choices?: readonly string[];
  readonly help: string;
}

/** What was typed after the command's name, checked against its spec. */
export interface CommandLine {
  readonly positionals: readonly string[];
  /** The value of an option; the last where it is repeated. */
  option(name: string): string | undefined;
  isSet(name: string): boolean;
}

/** The command line is wrong, in a way that only the command itself can see. */
export class UsageError extends Error {
  readonly code = 'ERR_USAGE';
}

export const CONFIG_OPTION: OptionSpec = {
  value: 'FILE',
  help: 'the configuration (default steerdns.yaml)',
};
export const JSON_OPTION: OptionSpec = { help: 'print JSON' };
export const DEFAULT_CONFIG = 'steerdns.yaml';

/** Binds a command's spec to what it does. `--help` and wrong command lines are dealt with before `action`. */
export function defineCommand(
  spec: CommandSpec,
  action: (line: CommandLine, io: CommandIo) => Promise<ExitCode>,
): Command {
  const usage = formatUsage(spec);
  return {
    name: spec.name,
    summary: spec.summary,
    usage,
    spec,
    run: async (args, io = PROCESS_IO) => {
      try {
        const line = parseLine(spec, args);
        if (line.isSet('help')) {
          io.out(formatHelp(spec, usage));
          return ExitCode.DONE;
        }
        checkPositionals(spec, line.positionals);
        return await action(line, io);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        io.err(`steerdns ${spec.name}: ${error.message}\nusage: ${usage}\n`);
        return ExitCode.USAGE;
      }
    },
  };
}

const PROCESS_IO: CommandIo = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

export const HELP_OPTION: OptionSpec = { help: 'show this' };

function parseLine(spec: CommandSpec, args: readonly string[]): CommandLine {
  const options: Record<string, OptionSpec> = { ...spec.options, help: HELP_OPTION };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string' } as const,
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const positionals: string[] = [];
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    checkOption(options, token);
    given.set(token.name, token.value);
  }
  return { positionals, option: (name) => given.get(name), isSet: (name) => given.has(name) };
}

function checkOption(
  options: Readonly<Record<string, OptionSpec>>,
  token: { name: string; rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
): void {
  const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
  if (option === undefined) {
    const meant = nearest(token.name, Object.keys(options));
    const hint = meant === undefined ? '' : `; did you mean --${meant}?`;
    throw new UsageError(`there is no option ${token.rawName}${hint}`);
  }
  if (option.value === undefined) {
    if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
    return;
  }
  const swallowed = token.inlineValue !== true && token.value?.startsWith('-') === true;
  if (token.value === undefined || token.value === '' || swallowed) {
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.value}`);
  }
}

function checkPositionals(spec: CommandSpec, positionals: readonly string[]): void {
  const missing = spec.positionals[positionals.length];
  if (missing !== undefined && missing.optional !== true) {
    throw new UsageError(`${missing.name} is missing: ${missing.help}`);
  }
  const extra = positionals[spec.positionals.length];
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)} is one argument too many`);
}

function formatUsage(spec: CommandSpec): string {
  const words = ['steerdns', spec.name];
  for (const { name, optional } of spec.positionals) words.push(optional === true ? `[${name}]` : name);
  for (const [name, { value }] of Object.entries(spec.options)) {
    words.push(value === undefined ? `[--${name}]` : `[--${name} ${value}]`);
  }
  return words.join(' ');
}

function formatHelp(spec: CommandSpec, usage: string): string {
  const rows: [string, string][] = spec.positionals.map(({ name, help }) => [name, help]);
  for (const [name, { value, help }] of Object.entries({ ...spec.options, help: HELP_OPTION })) {
    rows.push([value === undefined ? `--${name}` : `--${name} ${value}`, help]);
  }
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = [
    spec.summary,
    '',
    `usage: ${usage}`,
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    ...(spec.notes ?? []).flatMap((note) => ['', note]),
    '',
    spec.examples.length === 1 ? 'example:' : 'examples:',
    ...spec.examples.map((example) => `  ${example}`),
  ];
  return `${lines.join('\n')}\n`;
}
