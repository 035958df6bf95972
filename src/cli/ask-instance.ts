import { readFileSync } from 'node:fs';
import type { Config, ListenAddress } from '../config/config.js';
import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { loadConfig } from '../config/load-config.js';
import { describeFileError } from '../config/read-source.js';
import { type ApiCall, callApi, InstanceError } from './api-client.js';
import {
  CONFIG_OPTION,
  type CommandIo,
  type CommandLine,
  DEFAULT_CONFIG,
  type OptionSpec,
  UsageError,
} from './command.js';

/** Options of every command that asks a running instance. */
export const INSTANCE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  config: CONFIG_OPTION,
  admin: { value: 'ADDRESS:PORT', help: 'the API to ask, instead of the one of the configuration' },
  'token-file': {
    value: 'FILE',
    help: 'a file with the token for it (default $STEERDNS_TOKEN_FILE, else the token $STEERDNS_TOKEN)',
  },
};

/** An instance that said no: a problem of RFC 9457. */
interface Refusal {
  readonly detail: string;
  readonly code: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export type InstanceAnswer =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * What `--admin` says.
 * @returns undefined without it
 * @throws UsageError
 */
export function adminOption(line: CommandLine): ListenAddress | undefined {
  const text = line.option('admin');
  if (text === undefined) return undefined;
  const found = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|localhost)):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3] ?? 0);
  if (found === null || port < 1 || port > 65535) {
    throw new UsageError(
      `--admin must be ADDRESS:PORT, such as 127.0.0.1:8053, but is ${JSON.stringify(text)}`,
    );
  }
  return { address: found[1] ?? found[2] ?? '', port };
}

/** The configuration that `--config` names. @returns undefined after its errors were shown */
export function readConfig(line: CommandLine, io: CommandIo): Config | undefined {
  const diagnostics = new Diagnostics();
  const config = loadConfig(line.option('config') ?? DEFAULT_CONFIG, diagnostics);
  if (config === undefined) io.err(formatDiagnostics(diagnostics.list, { color: false }));
  return config;
}

/**
 * The token that the command line or the environment gives.
 * @throws UsageError when its file can't be read
 */
export function tokenOption(line: CommandLine, environment = process.env): string | undefined {
  const { STEERDNS_TOKEN_FILE, STEERDNS_TOKEN } = environment;
  const option = line.option('token-file');
  const file = option ?? (STEERDNS_TOKEN_FILE === '' ? undefined : STEERDNS_TOKEN_FILE);
  if (file === undefined)
    return STEERDNS_TOKEN === '' ? undefined : checkToken(STEERDNS_TOKEN, '$STEERDNS_TOKEN');
  const source = option === undefined ? `$STEERDNS_TOKEN_FILE ${file}` : `--token-file ${file}`;
  try {
    return checkToken(readFileSync(file, 'utf8'), source);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${source} ${describeFileError(error)}`);
  }
}

/** The token without the line's end. Never shows it. */
function checkToken(text: string | undefined, source: string): string | undefined {
  const token = text?.trim();
  // RFC 6750 §2.1; anything else can't be in a header.
  if (token !== undefined && !/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw new UsageError(`${source} has no token: letters, digits and -._~+/ in one line`);
  }
  return token;
}

/** Asks, and tells answers from refusals. @throws InstanceError */
export async function askInstance(address: ListenAddress, call: ApiCall): Promise<InstanceAnswer> {
  const { status, json } = await callApi(address, call);
  if (status >= 200 && status < 300) return { ok: true, json };
  const problem = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const { detail, code } = problem;
  return {
    ok: false,
    refusal: {
      detail: typeof detail === 'string' ? detail : `the instance answers ${status}`,
      code: typeof code === 'string' ? code : '',
      json: problem,
    },
  };
}

/**
 * Asks the instance that the command line means.
 * @returns undefined after what is wrong was shown
 * @throws UsageError
 */
export async function askMeant(
  line: CommandLine,
  io: CommandIo,
  call: ApiCall,
): Promise<InstanceAnswer | undefined> {
  const address = adminOption(line) ?? configuredAdmin(line, io);
  if (address === undefined) return undefined;
  const token = tokenOption(line);
  try {
    return await askInstance(address, { ...call, ...(token === undefined ? {} : { token }) });
  } catch (error) {
    if (!(error instanceof InstanceError)) throw error;
    io.err(`${error.message}\n`);
    return undefined;
  }
}

function configuredAdmin(line: CommandLine, io: CommandIo): ListenAddress | undefined {
  const config = readConfig(line, io);
  if (config === undefined) {
    io.err('it says where the running instance is asked; --admin ADDRESS:PORT says it too\n');
    return undefined;
  }
  if (config.listen.admin === undefined)
    io.err(`${config.file} switches the API off (admin.listen): there is none to ask\n`);
  return config.listen.admin;
}
