import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config, PeerSpec, SecondarySpec, TransferSpec, TsigKeySpec } from './config.js';
import type { ConfigInput } from './config-schema.js';
import type { Diagnostics } from './diagnostics.js';
import { describeFileError, displayPath } from './read-source.js';
import { namesHint } from './suggest.js';
import { canonicalName, parseSecret } from './transfer-schema.js';
import type { YamlDocument } from './yaml-source.js';

type Transfers = Pick<Config, 'keys' | 'transfer' | 'secondaries'>;

/**
 * Fills in what the configuration says of transfers.
 * @param folder absolute; paths are relative to it
 */
export function buildTransfers(
  input: ConfigInput,
  folder: string,
  document: YamlDocument,
  diagnostics: Diagnostics,
): Transfers {
  const keys = new Map<string, TsigKeySpec>();
  for (const [name, { algorithm, secret, secret_file: file }] of Object.entries(input.keys ?? {})) {
    const at = ['keys', name];
    if ((secret === undefined) === (file === undefined)) {
      say(document, diagnostics, at, `key ${name} must have either secret or secret_file`);
    }
    const octets =
      secret ??
      (file === undefined ? undefined : readSecret(resolve(folder, file), at, document, diagnostics));
    if (octets === undefined) continue;
    keys.set(canonicalName(name), {
      algorithm: algorithm.name,
      macOctets: algorithm.macOctets,
      secret: octets,
    });
  }
  const transfer = input.transfer ?? {};
  const common = transferOf(transfer);
  const zones = Object.entries(transfer.zones ?? {}).map(([name, own]): [string, TransferSpec] => [
    canonicalName(name),
    { ...common, ...definedOf(transferOf(own), own) },
  ]);
  const secondaries = new Map<string, SecondarySpec>();
  for (const [name, { from, overlay }] of Object.entries(input.secondaries ?? {})) {
    const path = overlay === undefined ? undefined : resolve(folder, overlay);
    const problem = path === undefined ? undefined : problemOf(path);
    if (problem !== undefined) {
      say(
        document,
        diagnostics,
        ['secondaries', name, 'overlay'],
        `file ${displayPath(path as string)} ${problem}`,
      );
    }
    const laid = path === undefined || problem !== undefined ? {} : { overlay: path };
    secondaries.set(canonicalName(name), { from: from.map(peerOf), ...laid });
  }
  const known = Object.keys(input.keys ?? {}).map(canonicalName);
  for (const { key, path } of keyUses(input)) {
    if (known.includes(key)) continue;
    say(document, diagnostics, path, `there is no key ${key}`, namesHint('key', key, known));
  }
  return { keys, transfer: { ...common, zones: new Map(zones) }, secondaries };
}

type TransferInput = Pick<NonNullable<ConfigInput['transfer']>, 'allow' | 'notify'>;
type PeerInput = NonNullable<TransferInput['notify']>[number];

const DNS_PORT = 53;

function transferOf({ allow = [], notify = [] }: TransferInput): TransferSpec {
  return {
    allow: allow.map(({ prefix, key }) => ({
      ...(prefix === undefined ? {} : { prefix }),
      ...(key === undefined ? {} : { key }),
    })),
    notify: notify.map(peerOf),
  };
}

/** Of a zone's own, what was given. */
function definedOf(spec: TransferSpec, { allow, notify }: TransferInput): Partial<TransferSpec> {
  return {
    ...(allow === undefined ? {} : { allow: spec.allow }),
    ...(notify === undefined ? {} : { notify: spec.notify }),
  };
}

function peerOf({ address, port, key }: PeerInput): PeerSpec {
  return { address, port: port ?? DNS_PORT, ...(key === undefined ? {} : { key }) };
}

interface KeyUse {
  readonly key: string;
  readonly path: readonly (string | number)[];
}

function keyUses({ transfer = {}, secondaries = {} }: ConfigInput): KeyUse[] {
  const uses: KeyUse[] = [];
  const add = (
    list: readonly { key?: string | undefined }[] | undefined,
    path: readonly (string | number)[],
  ): void => {
    for (const [i, { key }] of (list ?? []).entries())
      if (key !== undefined) uses.push({ key, path: [...path, i, 'key'] });
  };
  const addBoth = (of: TransferInput, path: readonly string[]): void => {
    add(of.allow, [...path, 'allow']);
    add(of.notify, [...path, 'notify']);
  };
  addBoth(transfer, ['transfer']);
  for (const [name, zone] of Object.entries(transfer.zones ?? {})) addBoth(zone, ['transfer', 'zones', name]);
  for (const [name, { from }] of Object.entries(secondaries)) add(from, ['secondaries', name, 'from']);
  return uses;
}

/** Why a file can't be read, if so. */
function problemOf(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? undefined : 'is no file';
  } catch (error) {
    return describeFileError(error);
  }
}

function readSecret(
  path: string,
  at: readonly string[],
  document: YamlDocument,
  diagnostics: Diagnostics,
): Uint8Array | undefined {
  let problem = 'has no secret in base64';
  try {
    const octets = parseSecret(readFileSync(path, 'utf8').trim());
    if (octets !== undefined) return octets;
  } catch (error) {
    problem = describeFileError(error);
  }
  say(document, diagnostics, [...at, 'secret_file'], `file ${displayPath(path)} ${problem}`);
  return undefined;
}

function say(
  document: YamlDocument,
  diagnostics: Diagnostics,
  path: readonly (string | number)[],
  message: string,
  hint?: string,
): void {
  const [start, end] = document.locate(path, 'value');
  diagnostics.error(document.source, start, end, message, hint);
}
