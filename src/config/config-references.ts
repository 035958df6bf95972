import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLoopback } from './address.js';
import type { ListenAddress } from './config.js';
import { parseEndpoint } from './config-schema.js';
import type { Diagnostics } from './diagnostics.js';
import { HTTP_HOST, parseHttpHost } from './network-fields.js';
import { describeFileError, displayPath } from './read-source.js';
import { didYouMean } from './suggest.js';
import type { YamlDocument } from './yaml-source.js';
import type { Range } from './yaml-spot.js';

/** The database that comes with the program. */
const BUILTIN_DATABASES = ['builtin:country'];

/**
 * Checks what the configuration names outside itself (files, folders) and what its parts are to each other (listeners,
 * sites). Works on the document as written, so that a wrong value elsewhere hides nothing.
 * @param folder absolute; paths are relative to it
 */
export function checkConfigReferences(
  document: YamlDocument,
  folder: string,
  diagnostics: Diagnostics,
): void {
  const say = (at: Range, message: string, hint?: string): void =>
    diagnostics.error(document.source, at[0], at[1], message, hint);
  checkListeners(document, say);
  checkTls(document, say, (at, message, hint) =>
    diagnostics.warning(document.source, at[0], at[1], message, hint),
  );
  checkSites(document, say);
  for (const key of ['zones', 'services']) {
    for (const { text, at } of textsAt(document, [key])) checkPath(resolve(folder, text), 'folder', at, say);
  }
  for (const { text, at } of textsAt(document, ['geo', 'networks'])) {
    checkPath(resolve(folder, text), 'file', at, say);
  }
  for (const { text, at } of textsAt(document, ['geo', 'databases'])) {
    if (!text.startsWith('builtin:')) checkPath(resolve(folder, text), 'file', at, say);
    else if (!BUILTIN_DATABASES.includes(text)) {
      say(
        at,
        `there is no database ${JSON.stringify(text)}`,
        didYouMean(text, BUILTIN_DATABASES) ?? 'there is builtin:country',
      );
    }
  }
}

type Say = (at: Range, message: string, hint?: string) => void;

interface Listener extends ListenAddress {
  readonly at: Range;
}

function checkListeners(document: YamlDocument, say: Say): void {
  const listeners: Listener[] = [];
  const tokens = partOf(partOf(document.value, 'admin'), 'tokens');
  const guarded = Array.isArray(tokens) && tokens.length > 0;
  const admin = partOf(partOf(document.value, 'admin'), 'listen');
  if (admin !== undefined && partOf(partOf(document.value, 'listen'), 'admin') !== undefined) {
    const hint = `see line ${document.source.position(document.locate(['admin', 'listen'], 'key')[0]).line}`;
    say(document.locate(['listen', 'admin'], 'key'), 'the address of the API is in admin.listen too', hint);
  }
  const paths = [
    ['listen', 'dns'],
    ['listen', 'dot'],
    ['listen', 'http'],
    ['listen', 'admin'],
    ['admin', 'listen'],
  ];
  for (const path of paths) {
    for (const { text, at } of textsAt(document, path)) {
      const found = parseEndpoint(text);
      if (found === undefined) continue;
      if (path.includes('admin') && !guarded && !isLoopback(found.address)) {
        say(
          at,
          `without tokens the API must listen on a loopback address but is told ${JSON.stringify(text)}`,
          'such as 127.0.0.1:8053: whoever reaches it may change states; or give admin.tokens',
        );
      }
      const other = listeners.find((listener) => overlap(listener, found));
      if (other !== undefined) {
        const what =
          other.address === found.address ? 'is listened on twice' : `overlaps with ${showEndpoint(other)}`;
        say(at, `${showEndpoint(found)} ${what}`, `see line ${document.source.position(other.at[0]).line}`);
      }
      listeners.push({ ...found, at });
    }
  }
}

function checkTls(document: YamlDocument, say: Say, warn: Say): void {
  const hasTls = partOf(document.value, 'tls') !== undefined;
  const hasDot = textsAt(document, ['listen', 'dot']).length > 0;
  if (hasDot && !hasTls) {
    const at = document.locate(['listen', 'dot'], 'key');
    say(at, 'listen.dot needs a certificate', 'add: tls: {certificate: FILE, key: FILE}');
  }
  if (hasTls && !hasDot) {
    const at = document.locate(['tls'], 'key');
    warn(at, 'tls is not used', "DNS over TLS is served with: listen: {dot: ['192.0.2.1:853']}");
  }
}

/** True when the second one to listen would be refused. */
function overlap(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port !== b.port || a.port === 0 || a.address.includes(':') !== b.address.includes(':')) return false;
  return (
    a.address === b.address ||
    [a.address, b.address].some((address) => address === '0.0.0.0' || address === '::')
  );
}

function showEndpoint({ address, port }: ListenAddress): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function checkSites(document: YamlDocument, say: Say): void {
  const sites = partOf(document.value, 'sites');
  if (typeof sites !== 'object' || sites === null || Array.isArray(sites)) return;
  const keys = Object.keys(sites);
  const http = partOf(partOf(document.value, 'listen'), 'http');
  if (keys.length > 0 && Array.isArray(http) && http.length === 0) {
    say(document.locate(['sites'], 'key'), 'sites need an address in listen.http, which is []');
  }
  const seen = new Map<string, string>();
  for (const key of keys) {
    const at = document.locate(['sites', key], 'key');
    const host = parseHttpHost(key);
    if (host === undefined) say(at, `a key must be ${HTTP_HOST} but is ${JSON.stringify(key)}`);
    else if (seen.has(host)) say(at, `${key} is the same host as ${seen.get(host)}`);
    else seen.set(host, key);
  }
}

function checkPath(path: string, kind: 'file' | 'folder', at: Range, say: Say): void {
  try {
    const stat = statSync(path);
    if (kind === 'folder' && !stat.isDirectory())
      say(at, `${displayPath(path)} is a file where a folder was expected`);
    if (kind === 'file' && stat.isDirectory())
      say(at, `${displayPath(path)} is a folder where a file was expected`);
  } catch (error) {
    say(at, `${kind} ${displayPath(path)} ${describeFileError(error)}`);
  }
}

/** The texts at a key, which holds one or a list of them, and where they are. */
function textsAt(document: YamlDocument, path: readonly string[]): { text: string; at: Range }[] {
  const value = path.reduce<unknown>(partOf, document.value);
  if (typeof value === 'string' && value !== '') return [{ text: value, at: document.locate(path, 'value') }];
  if (!Array.isArray(value)) return [];
  return value.flatMap((text: unknown, i) =>
    typeof text === 'string' && text !== '' ? [{ text, at: document.locate([...path, i], 'value') }] : [],
  );
}

function partOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
