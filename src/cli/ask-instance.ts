import type { Config, ListenAddress } from '../config/config.js';
import { Diagnostics, formatDiagnostics } from '../config/diagnostics.js';
import { loadConfig } from '../config/load-config.js';
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
  admin: { value: 'ADDRESS:PORT', help: 'the API to ask, instead of the listen.admin of the configuration' },
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

/** Asks, and tells answers from refusals. @throws InstanceError */
export async function askInstance(address: ListenAddress, call: ApiCall): Promise<InstanceAnswer> {
  const { status, json } = await callApi(address, call);
  if (status === 200) return { ok: true, json };
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
  try {
    return await askInstance(address, call);
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
    io.err(`${config.file} has no listen.admin: the instance has no API to ask\n`);
  return config.listen.admin;
}
