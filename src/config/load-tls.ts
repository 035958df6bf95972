import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsPair } from '../server/tls-gate.js';
import type { Where } from '../steer/spec.js';
import type { TlsSpec } from './config.js';
import type { Diagnostics } from './diagnostics.js';
import { describeFileError, displayPath } from './read-source.js';

/** A certificate and key that fit each other. */
export interface LoadedTls {
  readonly pair: TlsPair;
  /** DNS names that the certificate is for; else its subject. */
  readonly names: readonly string[];
  /** When it ends, in ms since 1970. */
  readonly notAfter: number;
}

/**
 * Reads certificate and key. One that has expired is only warned of: most clients of DNS over TLS don't look (RFC 7858 §4.1), and
 * to refuse it would take an answering server away from them.
 * @param diagnostics takes every error and warning, at the configuration's lines
 * @param nowMs since 1970
 * @returns undefined after an error
 */
export function loadTls(spec: TlsSpec, diagnostics: Diagnostics, nowMs: number): LoadedTls | undefined {
  const certificate = readPem(spec.certificate, spec.where.certificate, 'certificate', diagnostics);
  const key = readPem(spec.key, spec.where.key, 'key', diagnostics);
  const chain =
    certificate === undefined
      ? undefined
      : parseChain(certificate, spec.where.certificate, spec, diagnostics);
  const secret = key === undefined ? undefined : parseKey(key, spec, diagnostics);
  const leaf = chain?.[0];
  if (certificate === undefined || key === undefined || chain === undefined || leaf === undefined)
    return undefined;
  if (secret === undefined) return undefined;
  if (!leaf.checkPrivateKey(secret)) {
    const own = chain.some((other) => other.checkPrivateKey(secret));
    diagnostics.errorAt(
      spec.where.key,
      `the key ${displayPath(spec.key)} does not belong to the certificate ${displayPath(spec.certificate)}`,
      own ? "the server's own certificate must be the first of the file" : undefined,
    );
    return undefined;
  }
  const pair = { certificate, key };
  const refusal = refusalOf(pair);
  if (refusal !== undefined) {
    diagnostics.errorAt(
      spec.where.certificate,
      `OpenSSL refuses the certificate ${displayPath(spec.certificate)}: ${refusal}`,
    );
    return undefined;
  }
  warnOfTimes(leaf, spec, diagnostics, nowMs);
  return { pair, names: namesOf(leaf), notAfter: Date.parse(leaf.validTo) };
}

/** Certificates of a whole chain take some 10 KB. */
const MAX_OCTETS = 1 << 20;

const DAY_MS = 24 * 3600 * 1000;

/** Certificates of 90 days are renewed 30 days before their end, those of 6 days at half of their time. */
const WARN_MS = 2 * DAY_MS;

const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

function readPem(path: string, where: Where, what: string, diagnostics: Diagnostics): string | undefined {
  const say = (problem: string): void =>
    diagnostics.errorAt(where, `${what} ${displayPath(path)} ${problem}`);
  try {
    const { size } = statSync(path);
    if (size <= MAX_OCTETS) return readFileSync(path, 'latin1');
    say(`has ${size} octets: too many for a ${what}`);
  } catch (error) {
    say(describeFileError(error));
  }
  return undefined;
}

/** The server's certificate and those after it. */
function parseChain(
  text: string,
  where: Where,
  { certificate: path }: TlsSpec,
  diagnostics: Diagnostics,
): X509Certificate[] | undefined {
  const blocks = text.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    diagnostics.errorAt(where, `${displayPath(path)} has no certificate in PEM`, hintOf(text));
    return undefined;
  }
  const chain: X509Certificate[] = [];
  for (const [i, block] of blocks.entries()) {
    try {
      chain.push(new X509Certificate(block));
    } catch {
      diagnostics.errorAt(where, `certificate ${i + 1} of ${displayPath(path)} is damaged`);
      return undefined;
    }
  }
  return chain;
}

function parseKey(
  text: string,
  { key: path, where }: TlsSpec,
  diagnostics: Diagnostics,
): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch (error) {
    const encrypted = /ENCRYPTED/.test(text) || codeOf(error) === 'ERR_MISSING_PASSPHRASE';
    // Neither the text nor OpenSSL's words: nothing of a key belongs in a message.
    if (encrypted) {
      diagnostics.errorAt(
        where.key,
        `the key ${displayPath(path)} is encrypted`,
        'nobody is there to type its passphrase: openssl pkey -in FILE -out NEW takes it off',
      );
    } else diagnostics.errorAt(where.key, `${displayPath(path)} has no private key in PEM`, hintOf(text));
    return undefined;
  }
}

/** What the octets of a file look like instead. */
function hintOf(text: string): string | undefined {
  if (text.startsWith('\x30')) return 'it looks like DER: openssl x509 -inform DER, or pkey, makes PEM of it';
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'it has a private key';
  return /-----BEGIN CERTIFICATE-----/.test(text) ? 'it has a certificate' : undefined;
}

function refusalOf({ certificate, key }: TlsPair): string | undefined {
  try {
    createSecureContext({ cert: certificate, key });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'reason' in error ? String(error.reason) : codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function warnOfTimes(leaf: X509Certificate, spec: TlsSpec, diagnostics: Diagnostics, nowMs: number): void {
  const from = Date.parse(leaf.validFrom);
  const until = Date.parse(leaf.validTo);
  const path = displayPath(spec.certificate);
  const say = (message: string): void => diagnostics.warningAt(spec.where.certificate, message);
  if (until <= nowMs) say(`the certificate ${path} has expired at ${timeText(until)}`);
  else if (until - nowMs < WARN_MS) say(`the certificate ${path} expires soon, at ${timeText(until)}`);
  if (from > nowMs) say(`the certificate ${path} holds only from ${timeText(from)} on`);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

function namesOf(leaf: X509Certificate): string[] {
  const names = [...(leaf.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map(([, name = '']) => name);
  return names.length > 0 ? names : [leaf.subject.split('\n').join(', ')];
}
