import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TlsPair } from '../../src/server/tls-gate.js';

const run = promisify(execFile);

const KINDS = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-newkey', 'rsa:2048'],
  /** Which OpenSSL takes for too weak. */
  weak: ['-newkey', 'rsa:512'],
} as const;

/** Makes a certificate that signs itself, for 30 days, with the real openssl. */
export async function makeCertificate(name: string, kind: keyof typeof KINDS = 'ec'): Promise<TlsPair> {
  const { stdout } = await run('openssl', [
    ...['req', '-x509', ...KINDS[kind], '-nodes', '-keyout', '-', '-out', '-', '-days', '30'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
  ]);
  const [key = ''] = /-----BEGIN PRIVATE KEY-----[\s\S]*-----END PRIVATE KEY-----\n/.exec(stdout) ?? [];
  const [certificate = ''] =
    /-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\n/.exec(stdout) ?? [];
  return { certificate, key };
}
