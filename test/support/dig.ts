import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A response as dig shows it. */
export interface DigResponse {
  /** `NOERROR`, `NXDOMAIN`, … */
  readonly status: string;
  /** `qr aa rd tc …` */
  readonly flags: readonly string[];
  readonly answer: readonly DigRecord[];
  readonly authority: readonly DigRecord[];
  readonly additional: readonly DigRecord[];
  /** Lines of the OPT pseudosection without their `; `; undefined when there is no OPT. */
  readonly opt: readonly string[] | undefined;
  /** `(UDP)` or `(TCP)`. */
  readonly transport: string;
  /** All that dig printed. */
  readonly text: string;
}

export interface DigRecord {
  readonly name: string;
  readonly ttl: number;
  readonly type: string;
  /** RDATA in presentation format. */
  readonly data: string;
}

/** Where to ask; IPv6 addresses without brackets. */
export interface DigAt {
  readonly address: string;
  readonly port: number;
}

/**
 * Asks with the real dig, once, for at most 3 seconds.
 * @param args as typed: `www.example.com AAAA +tcp`
 * @throws with dig's output when there is no response
 */
export async function dig(at: DigAt, args: string): Promise<DigResponse> {
  const asked = args.split(' ').filter((arg) => arg !== '');
  const { stdout } = await run('dig', [
    `@${at.address}`,
    '-p',
    `${at.port}`,
    '+time=3',
    '+tries=1',
    ...asked,
  ]).catch((error: { stdout?: string }) => {
    throw new Error(`dig ${args}: no response\n${error.stdout ?? ''}`);
  });
  return parseDig(stdout);
}

/** The RDATA of the answer section, sorted. */
export function answerData(response: DigResponse): string[] {
  return response.answer.map((record) => record.data).sort();
}

function parseDig(text: string): DigResponse {
  const status = /status: ([A-Z0-9]+)/.exec(text)?.[1];
  const flags = /;; flags: ([a-z ]*);/.exec(text)?.[1];
  if (status === undefined || flags === undefined) throw new Error(`not a response of dig:\n${text}`);
  const opt = section(text, 'OPT PSEUDOSECTION');
  return {
    status,
    flags: flags.split(' '),
    answer: section(text, 'ANSWER SECTION')?.map(parseRecord) ?? [],
    authority: section(text, 'AUTHORITY SECTION')?.map(parseRecord) ?? [],
    additional: section(text, 'ADDITIONAL SECTION')?.map(parseRecord) ?? [],
    opt: opt?.map((line) => line.replace(/^; /, '')),
    transport: /;; SERVER: .*\((UDP|TCP)\)$/m.exec(text)?.[1] ?? '',
    text,
  };
}

function section(text: string, title: string): string[] | undefined {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`;; ${title}:`));
  if (start < 0) return undefined;
  const end = lines.findIndex((line, i) => i > start && (line === '' || line.startsWith(';; ')));
  return lines.slice(start + 1, end);
}

function parseRecord(line: string): DigRecord {
  const [name, ttl, , type, ...data] = line.split(/\s+/);
  if (name === undefined || type === undefined) throw new Error(`not a record: ${line}`);
  return { name, ttl: Number(ttl), type, data: data.join(' ') };
}
