import { type Command, type CommandSpec, HELP_OPTION } from './command.js';

/**
 * The manual page of the program, in man(7).
 * @param date of the page: `2026-11-22`
 */
export function formatManPage(commands: readonly Command[], version: string, date: string): string {
  const lines = [
    '.\\" Made by scripts/man.ts from the commands\' own table: npm run man',
    `.TH STEERDNS 1 ${date} "steerdns ${version}"`,
    '.SH NAME',
    'steerdns \\- authoritative DNS server that steers clients to members that are up',
    '.SH SYNOPSIS',
    '.B steerdns',
    '.I COMMAND',
    '.RI [ OPTION ...]',
    '.SH DESCRIPTION',
    roff(
      'steerdns serves zones of octoDNS YAML or master files over UDP and TCP, and answers steered names by the health, weight, place and network of their members. Beside it an HTTP endpoint redirects downloads by the same decisions.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(({ spec, usage }) => commandLines(spec, usage)),
    '.SH EXIT STATUS',
    ...item('0', 'done'),
    ...item('1', 'the input is wrong, or the instance says no'),
    ...item('2', 'the command line is wrong'),
    '.SH SIGNALS',
    'Of',
    '.BR "steerdns serve" :',
    ...item('SIGTERM, SIGINT', 'finish what is under way and leave; a second one leaves at once'),
    ...item('SIGHUP', 'load configuration, zones, services and geo data anew'),
    ...item('SIGUSR2', 'start the program anew, which takes over without losing a query'),
    '.SH ENVIRONMENT',
    ...item(
      'NOTIFY_SOCKET, WATCHDOG_USEC',
      'where and how often the service manager is told that all is well',
    ),
    ...item('LISTEN_FDS, LISTEN_PID', 'sockets that the service manager has opened'),
    '.SH FILES',
    ...item('steerdns.yaml', 'the configuration, in the working directory unless --config names another'),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(
  { summary, positionals, options, examples, notes }: CommandSpec,
  usage: string,
): string[] {
  const capital = summary.charAt(0).toUpperCase() + summary.slice(1);
  return [
    `.SS ${roff(usage.split(' ')[1] ?? '')}`,
    `.B ${roff(usage)}`,
    '.PP',
    roff(`${capital}.`),
    ...positionals.flatMap(({ name, help }) => item(name, help)),
    ...Object.entries({ ...options, help: HELP_OPTION }).flatMap(([name, { value, help }]) =>
      item(value === undefined ? `--${name}` : `--${name} ${value}`, help),
    ),
    ...(notes ?? []).flatMap((note) => ['.PP', roff(note)]),
    '.PP',
    examples.length === 1 ? 'Example:' : 'Examples:',
    '.PP',
    '.EX',
    ...examples.map(roff),
    '.EE',
  ];
}

function item(term: string, text: string): string[] {
  return ['.TP', `.B ${roff(term)}`, roff(text)];
}

/** Hyphens are to be typed, and a line must not begin like a request. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');
}
