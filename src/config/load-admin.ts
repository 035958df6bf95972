import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AdminTokenSpec, Config } from './config.js';
import type { ConfigInput } from './config-schema.js';
import type { Diagnostics } from './diagnostics.js';
import { describeFileError, displayPath } from './read-source.js';
import type { YamlDocument } from './yaml-source.js';

/** Shorter ones could be guessed, since their digest can be tried at leisure by who reads the configuration. */
const MIN_TOKEN_LENGTH = 20;

/**
 * Fills in what the configuration says of the API's clients.
 * @param folder absolute; paths are relative to it
 */
export function buildAdmin(
  input: ConfigInput,
  folder: string,
  document: YamlDocument,
  diagnostics: Diagnostics,
): Pick<Config, 'admin'> {
  const { tokens = [], audit_log: audit } = input.admin ?? {};
  const say = (index: number, key: string, message: string, hint?: string): void => {
    const [start, end] = document.locate(['admin', 'tokens', index, key], 'value');
    diagnostics.error(document.source, start, end, message, hint);
  };
  const specs: AdminTokenSpec[] = [];
  for (const [i, { name, role, hash, token_file: file }] of tokens.entries()) {
    if (specs.some((other) => other.name === name)) say(i, 'name', `there is another token ${name}`);
    if ((hash === undefined) === (file === undefined)) {
      say(i, 'name', `token ${name} must have either hash or token_file`, '`steerdns token` makes both');
    }
    const digest = hash ?? (file === undefined ? undefined : digestOf(resolve(folder, file), i, say));
    if (digest === undefined) continue;
    const same = specs.find((other) => Buffer.compare(other.digest, digest) === 0);
    if (same !== undefined) {
      say(i, hash === undefined ? 'token_file' : 'hash', `token ${name} is the same as token ${same.name}`);
    }
    specs.push({ name, role, digest });
    if (file !== undefined) warnOfReaders(resolve(folder, file), i, document, diagnostics);
  }
  const state = resolve(folder, input.state ?? 'var');
  return {
    admin: {
      tokens: specs,
      auditLog: audit === undefined ? join(state, 'audit.log') : resolve(folder, audit),
    },
  };
}

/** What a token is compared by. */
export function tokenDigest(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

function digestOf(
  path: string,
  index: number,
  say: (index: number, key: string, message: string) => void,
): Uint8Array | undefined {
  let problem: string;
  try {
    const token = readFileSync(path, 'utf8').trim();
    // RFC 6750 §2.1: what a client can send.
    if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token))
      problem = 'has no token: letters, digits and -._~+/ in one line';
    else if (token.length < MIN_TOKEN_LENGTH) {
      problem = `has a token of ${token.length} characters; ${MIN_TOKEN_LENGTH} are the least`;
    } else return tokenDigest(token);
  } catch (error) {
    problem = describeFileError(error);
  }
  say(index, 'token_file', `file ${displayPath(path)} ${problem}`);
  return undefined;
}

function warnOfReaders(path: string, index: number, document: YamlDocument, diagnostics: Diagnostics): void {
  const others = 0o007;
  if ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & others) {
    const [start, end] = document.locate(['admin', 'tokens', index, 'token_file'], 'value');
    const message = `every user of this machine can read the token in ${displayPath(path)}`;
    diagnostics.warning(document.source, start, end, message, 'chmod o-rwx, or give its hash instead');
  }
}
