import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Config } from '../../src/config/config.js';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { loadConfig } from '../../src/config/load-config.js';
import { withFiles } from '../config/support.js';
import { CHECKOUT } from '../support/steerdns.js';

const FILES = {
  'zones/': '',
  'services/': '',
  'overlays/example.org.yaml': 'www: {type: A, value: 192.0.2.1}\n',
  'transfer.key': 'c2VjcmV0\n',
};

function load(
  text: string,
  files: Readonly<Record<string, string>> = {},
): { config: Config | undefined; said: string } {
  return withFiles({ ...FILES, ...files, 'steerdns.yaml': `zones: zones\n${text}` }, (folder) => {
    const diagnostics = new Diagnostics();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const said = formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '');
    return { config, said };
  });
}

describe('keys, transfer and secondaries in steerdns.yaml', () => {
  it('are read with names in lower case and paths made absolute', () => {
    const { config, said } = load(`keys:
  Transfer.Example.: {algorithm: hmac-sha256, secret: c2VjcmV0}
  short.example: {algorithm: HMAC-SHA512-256, secret_file: transfer.key}
transfer:
  allow: [{prefix: 192.0.2.0/24}, {prefix: '2001:db8::/32', key: transfer.example}]
  notify: {address: 192.0.2.1, key: transfer.EXAMPLE}
  zones:
    Example.COM: {allow: []}
    example.net.: {notify: [{address: '2001:db8::1', port: 5353}]}
secondaries:
  example.org: {from: [{address: 192.0.2.9}], overlay: overlays/example.org.yaml}
`);
    expect(said).to.equal('');
    expect(
      [...(config?.keys ?? [])].map(([name, key]) => [
        name,
        { ...key, secret: Buffer.from(key.secret).toString() },
      ]),
    ).to.deep.equal([
      ['transfer.example.', { algorithm: 'hmac-sha256', macOctets: 32, secret: 'secret' }],
      ['short.example.', { algorithm: 'hmac-sha512', macOctets: 32, secret: 'secret' }],
    ]);
    const allow = [{ prefix: '192.0.2.0/24' }, { prefix: '2001:db8::/32', key: 'transfer.example.' }];
    const notify = [{ address: '192.0.2.1', port: 53, key: 'transfer.example.' }];
    expect(config?.transfer.allow).to.deep.equal(allow);
    expect([...(config?.transfer.zones ?? [])]).to.deep.equal([
      ['example.com.', { allow: [], notify }],
      ['example.net.', { allow, notify: [{ address: '2001:db8::1', port: 5353 }] }],
    ]);
    expect(config?.secondaries.get('example.org.')?.from).to.deep.equal([{ address: '192.0.2.9', port: 53 }]);
    expect(config?.secondaries.get('example.org.')?.overlay).to.match(/^\/.*overlays\/example\.org\.yaml$/);
  });

  for (const { what, text, says } of [
    {
      what: 'an unknown algorithm',
      text: 'keys: {k: {algorithm: hmac-sha265, secret: c2VjcmV0}}',
      says: /2:23: error: algorithm must be hmac-sha256, hmac-sha384 or hmac-sha512 but is "hmac-sha265"/,
    },
    {
      what: 'an algorithm that is not safe',
      text: 'keys: {k: {algorithm: hmac-md5, secret: c2VjcmV0}}',
      says: /older algorithms are not safe/,
    },
    {
      what: 'a MAC cut below half',
      text: 'keys: {k: {algorithm: hmac-sha256-64, secret: c2VjcmV0}}',
      says: /must be cut to 128 to 256 bits/,
    },
    {
      what: 'a secret that is no base64',
      text: 'keys: {k: {algorithm: hmac-sha256, secret: "no base64!"}}',
      says: /secret must be a secret in base64$/m,
    },
    {
      what: 'a key without a secret',
      text: 'keys: {k: {algorithm: hmac-sha256}}',
      says: /key k must have either secret or secret_file/,
    },
    {
      what: 'a key with two',
      text: 'keys: {k: {algorithm: hmac-sha256, secret: c2VjcmV0, secret_file: transfer.key}}',
      says: /either secret or secret_file/,
    },
    {
      what: 'a secret file that is not there',
      text: 'keys: {k: {algorithm: hmac-sha256, secret_file: no.key}}',
      says: /file no\.key does not exist/,
    },
    {
      what: 'a secret file without one',
      text: 'keys: {k: {algorithm: hmac-sha256, secret_file: zones/../steerdns.yaml}}',
      says: /file steerdns\.yaml has no secret in base64/,
    },
    {
      what: 'a key that is not there',
      text: 'keys: {transfer: {algorithm: hmac-sha256, secret: c2VjcmV0}}\ntransfer: {allow: [{key: tranfser}]}',
      says: /3:26: error: there is no key tranfser\.[\s\S]*did you mean "transfer\."/,
    },
    {
      what: "a primary's key that is not there",
      text: 'secondaries: {example.org: {from: [{address: 192.0.2.1, key: k}]}}',
      says: /there is no key k\./,
    },
    {
      what: 'an entry that lets everyone',
      text: 'transfer: {allow: [{}]}',
      says: /must be who may transfer, such as/,
    },
    {
      what: 'a prefix with bits past its length',
      text: 'transfer: {allow: [{prefix: 192.0.2.1/24}]}',
      says: /did you mean "192\.0\.2\.0\/24"/,
    },
    {
      what: 'a name that is no domain name',
      text: 'secondaries: {example..org: {from: [{address: 192.0.2.1}]}}',
      says: /must be a zone's name/,
    },
    {
      what: 'a secondary without primaries',
      text: 'secondaries: {example.org: {}}',
      says: /from is missing/,
    },
    {
      what: 'an address with its port',
      text: "transfer: {notify: [{address: '192.0.2.1:53'}]}",
      says: /address must be an address such as 192\.0\.2\.1 but is "192\.0\.2\.1:53"/,
    },
    {
      what: 'a misspelt key',
      text: 'secondaries: {example.org: {form: [{address: 192.0.2.1}]}}',
      says: /did you mean "from"/,
    },
    {
      what: 'an overlay that is not there',
      text: 'secondaries: {example.org: {from: [{address: 192.0.2.1}], overlay: no.yaml}}',
      says: /file no\.yaml does not exist/,
    },
  ]) {
    it(`say what is wrong with ${what}`, () => expect(load(text).said).to.match(says));
  }
});

describe('docs/transfer.md', () => {
  const text = readFileSync(join(CHECKOUT, 'docs/transfer.md'), 'utf8');
  const snippets = [...text.matchAll(/^```yaml\n# steerdns\.yaml\n([\s\S]*?)^```/gm)].map(
    (match) => match[1] as string,
  );

  it('has snippets', () => expect(snippets).to.not.be.empty);

  for (const [i, snippet] of snippets.entries()) {
    it(`snippet ${i + 1} loads without a word`, () => {
      const { said } = load(snippet.replace(/^zones: .*\n/m, '').replaceAll('/etc/steerdns/', ''));
      expect(said).to.equal('');
    });
  }
});
