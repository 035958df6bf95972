import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface BenchArguments {
  readonly rounds: number;
  readonly seconds: number;
  readonly names: number;
  readonly zones: number;
  readonly workers: readonly number[];
  readonly window: number;
  readonly sockets: number;
  /** Names of cases and peers; empty: all. */
  readonly cases: readonly string[];
  readonly peers: readonly string[];
  readonly json?: string;
}

export const USAGE = `usage: scripts/bench [OPTION ...]

Compares steerdns with other DNS servers: each pinned to one CPU, the load on another, in rounds.

  --rounds N      rounds, from 1 to 100 (default 5)
  --seconds N     seconds of load a case and peer, from 0.1 to 600 (default 2)
  --names N       names of the zone of the case \`names\`, up to 10000000 (default 1000000)
  --zones N       zones of the case \`zones\`, up to 100000 (default 10000)
  --workers LIST  worker threads to measure with (default 1,2)
  --cases LIST    only these cases
  --peers LIST    only these servers; each name may be cut short
  --window N      queries on their way at a time, up to 65536 (default 128)
  --sockets N     sockets that they come from, up to 256 (default 8)
  --json FILE     write every sample there too
  --help          show this

example:
  scripts/bench --cases static,geo-weighted --peers gdnsd,steerdns --rounds 3
`;

/** @throws Error that says which option is wrong */
export function parseArguments(args: readonly string[]): BenchArguments | 'help' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: text,
      seconds: text,
      names: text,
      zones: text,
      workers: text,
      cases: text,
      peers: text,
      window: text,
      sockets: text,
      json: text,
      help: { type: 'boolean' },
    },
  });
  if (values.help) return 'help';
  return {
    rounds: whole('--rounds', values.rounds ?? '5', 1, 100),
    seconds: inRange('--seconds', values.seconds ?? '2', 0.1, 600),
    names: whole('--names', values.names ?? '1000000', 1, 10_000_000),
    zones: whole('--zones', values.zones ?? '10000', 1, 100_000),
    workers: list(values.workers ?? '1,2').map((word) => whole('--workers', word, 1, 256)),
    window: whole('--window', values.window ?? '128', 1, 65_536),
    sockets: whole('--sockets', values.sockets ?? '8', 1, 256),
    cases: list(values.cases),
    peers: list(values.peers),
    ...(values.json === undefined ? {} : { json: values.json }),
  };
}

/**
 * Those that are wanted, by the beginning of their names, case aside; all when none is named.
 * @throws Error for a name that none begins with
 */
export function chosen<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  wanted: readonly string[],
): T[] {
  const matches = ({ name }: T, word: string): boolean => name.toLowerCase().startsWith(word.toLowerCase());
  for (const word of wanted) {
    if (all.some((one) => matches(one, word))) continue;
    throw new Error(`there is no ${what} ${word}; there are ${all.map(({ name }) => name).join(', ')}`);
  }
  return all.filter((one) => wanted.length === 0 || wanted.some((word) => matches(one, word)));
}

function list(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = inRange(option, text, least, most);
  if (!Number.isInteger(value)) throw new Error(`${option} must be a whole number but is ${text}`);
  return value;
}

function inRange(option: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= least && value <= most) return value;
  throw new Error(`${option} must be ${least} to ${most} but is ${text === '' ? 'empty' : text}`);
}
