import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { type LoadedTls, loadTls } from '../../src/config/load-tls.js';
import type { TlsPair } from '../../src/server/tls-gate.js';
import { makeCertificate } from '../support/certificate.js';
import { needTool } from '../support/tools.js';
import { withFiles } from './support.js';

const CONFIG = "zones: zones\nlisten: {dot: '127.0.0.1:0'}\ntls:\n  certificate: cert.pem\n  key: key.pem\n";
const DAY_MS = 24 * 3600 * 1000;

describe('loadTls', () => {
  let ec: TlsPair;
  let other: TlsPair;
  let rsa: TlsPair;
  let weak: TlsPair;

  before(async function () {
    needTool(this, 'openssl');
    [ec, other, rsa, weak] = await Promise.all([
      makeCertificate('ns1.example.com'),
      makeCertificate('ns2.example.com'),
      makeCertificate('ns3.example.com', 'rsa'),
      makeCertificate('ns4.example.com', 'weak'),
    ]);
  });

  it('takes a certificate and its key, and tells names and end', () => {
    for (const pair of [ec, rsa]) {
      const { loaded, said } = load(pair.certificate, pair.key);
      expect(said).to.equal('');
      expect(loaded?.pair).to.deep.equal(pair);
      expect(loaded?.names[0]).to.match(/^ns[13]\.example\.com$/);
      expect((loaded?.notAfter ?? 0) - Date.now()).to.be.within(29 * DAY_MS, 30 * DAY_MS);
    }
  });

  it('takes what surrounds them, and a chain', () => {
    const { loaded, said } = load(
      `Certificate:\n    Data:\n${ec.certificate}\n${other.certificate}`,
      `some words\n${ec.key}`,
    );
    expect(said).to.equal('');
    expect(loaded?.names).to.deep.equal(['ns1.example.com']);
  });

  const refused: readonly {
    readonly name: string;
    readonly certificate: () => string | undefined;
    readonly key: () => string | undefined;
    readonly says: readonly string[];
  }[] = [
    {
      name: 'files that are missing, both at once',
      certificate: () => undefined,
      key: () => undefined,
      says: ['4:16: error: certificate cert.pem does not exist', '5:8: error: key key.pem does not exist'],
    },
    {
      name: 'the key of another certificate',
      certificate: () => ec.certificate,
      key: () => other.key,
      says: ['5:8: error: the key key.pem does not belong to the certificate cert.pem'],
    },
    {
      name: 'a key of another kind',
      certificate: () => ec.certificate,
      key: () => rsa.key,
      says: ['5:8: error: the key key.pem does not belong to the certificate cert.pem'],
    },
    {
      name: 'a chain in the wrong order',
      certificate: () => `${other.certificate}${ec.certificate}`,
      key: () => ec.key,
      says: [
        '5:8: error: the key key.pem does not belong to the certificate cert.pem',
        "= the server's own certificate must be the first of the file",
      ],
    },
    {
      name: 'the two files exchanged',
      certificate: () => ec.key,
      key: () => ec.certificate,
      says: [
        '4:16: error: cert.pem has no certificate in PEM',
        '= it has a private key',
        '5:8: error: key.pem has no private key in PEM',
        '= it has a certificate',
      ],
    },
    {
      name: 'a certificate that is damaged',
      certificate: () => ec.certificate.replace(/\n[A-Za-z]/, '\nA'),
      key: () => ec.key,
      says: ['4:16: error: certificate 1 of cert.pem is damaged'],
    },
    {
      name: 'a key that is cut short',
      certificate: () => ec.certificate,
      key: () => ec.key.slice(0, 100),
      says: ['5:8: error: key.pem has no private key in PEM', '= it has a private key'],
    },
    {
      name: 'an empty file',
      certificate: () => '',
      key: () => ec.key,
      says: ['4:16: error: cert.pem has no certificate in PEM'],
    },
    {
      name: 'DER',
      certificate: () => Buffer.from('3082010a', 'hex').toString('latin1'),
      key: () => ec.key,
      says: [
        '4:16: error: cert.pem has no certificate in PEM',
        '= it looks like DER: openssl x509 -inform DER, or pkey, makes PEM of it',
      ],
    },
    {
      name: 'a key that is too weak for OpenSSL',
      certificate: () => weak.certificate,
      key: () => weak.key,
      says: ['4:16: error: OpenSSL refuses the certificate cert.pem: ee key too small'],
    },
  ];
  for (const { name, certificate, key, says } of refused) {
    it(`refuses ${name}`, () => {
      const { loaded, messages } = load(certificate(), key());
      expect(loaded).to.equal(undefined);
      expect(messages).to.deep.equal(says);
    });
  }

  it('says nothing of what is in a key', () => {
    const broken = ec.key.replace(/\n[A-Za-z0-9]{4}/, '\n!!!!');
    const { said } = load(ec.certificate, broken);
    for (const line of broken.split('\n').slice(1, -2)) expect(said).not.to.include(line);
  });

  it('warns of a certificate that has expired, ends soon, or does not hold yet, and takes it', () => {
    const rows = [
      { days: 31, says: /^4:16: warning: the certificate cert\.pem has expired at \d{4}-.*Z$/ },
      { days: 29, says: /^4:16: warning: the certificate cert\.pem expires soon, at \d{4}-.*Z$/ },
      { days: -1, says: /^4:16: warning: the certificate cert\.pem holds only from \d{4}-.*Z on$/ },
    ];
    for (const { days, says } of rows) {
      const { loaded, messages } = load(ec.certificate, ec.key, Date.now() + days * DAY_MS);
      expect(loaded?.pair).to.deep.equal(ec);
      expect(messages).to.have.length(1);
      expect(messages[0]).to.match(says);
    }
  });
});

/** Loads files as a configuration names them. `messages` are lines without those of the source. */
function load(
  certificate: string | undefined,
  key: string | undefined,
  nowMs: number = Date.now(),
): { loaded: LoadedTls | undefined; said: string; messages: string[] } {
  const files = {
    'zones/': '',
    'steerdns.yaml': CONFIG,
    ...(certificate === undefined ? {} : { 'cert.pem': Buffer.from(certificate, 'latin1') }),
    ...(key === undefined ? {} : { 'key.pem': key }),
  };
  return withFiles(files, (folder) => {
    const diagnostics = new Diagnostics();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const loaded = config?.tls && loadTls(config.tls, diagnostics, nowMs);
    const said = formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '');
    const messages = said
      .split('\n')
      .filter((line) => line !== '' && !/^ +\d* \|/.test(line))
      .map((line) => line.replace(/^ +=/, '=').replace(/^steerdns\.yaml:/, ''));
    return { loaded, said, messages };
  });
}
