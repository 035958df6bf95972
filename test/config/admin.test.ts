import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Diagnostics, formatDiagnostics } from '../../src/config/diagnostics.js';
import { tokenDigest } from '../../src/config/load-admin.js';
import { loadConfig } from '../../src/config/load-config.js';
import { withFiles } from './support.js';

const TOKEN = 'sdt_0123456789abcdefghijklmnopq';
const HASH = `sha256:${Buffer.from(tokenDigest(TOKEN)).toString('hex')}`;

/** Loads `zones: zones` and this; the token's file is its owner's alone. */
function load(text: string, tokenFile = `${TOKEN}\n`, mode = 0o600) {
  const files = { 'zones/': '', 'ops.token': tokenFile, 'steerdns.yaml': `zones: zones\n${text}` };
  return withFiles(files, (folder) => {
    chmodSync(join(folder, 'ops.token'), mode);
    const diagnostics = new Diagnostics();
    const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
    const said = formatDiagnostics(diagnostics.list, { color: false }).replaceAll(`${folder}/`, '');
    return { admin: config?.admin, listen: config?.listen.admin, folder, said };
  });
}

describe('admin: of the configuration', () => {
  it('takes tokens by their digest and from files, and an address that others reach with them', () => {
    const { admin, listen, said, folder } = load(`admin:
  listen: 0.0.0.0:8053
  tokens:
    - {name: monitoring, role: view, hash: 'sha256:${'0'.repeat(64)}'}
    - {name: ops@fra, role: edit, token_file: ops.token}
  audit_log: log/audit.log
`);
    expect(said).to.equal('');
    expect(listen).to.deep.equal({ address: '0.0.0.0', port: 8053 });
    expect(admin?.auditLog).to.equal(join(folder, 'log/audit.log'));
    expect(admin?.tokens.map(({ name, role, digest }) => [name, role, digest.length])).to.deep.equal([
      ['monitoring', 'view', 32],
      ['ops@fra', 'edit', 32],
    ]);
    expect(Buffer.compare(admin?.tokens[1]?.digest ?? Buffer.of(), tokenDigest(TOKEN))).to.equal(0);
  });

  it('has a short form of the address', () => {
    expect(load("listen: {admin: '[::1]:8053'}").listen).to.deep.equal({ address: '::1', port: 8053 });
    expect(load('admin: {listen: []}').listen).to.equal(undefined);
  });

  const wrong: readonly { name: string; text: string; file?: string; mode?: number; says: string[] }[] = [
    {
      name: 'an address that others reach without tokens',
      text: 'admin: {listen: 0.0.0.0:8053}',
      says: [
        'steerdns.yaml:2:17: error: without tokens the API must listen on a loopback address but is told "0.0.0.0:8053"',
      ],
    },
    {
      name: 'no tokens in a list of them',
      text: "admin: {listen: '[::]:8053', tokens: []}",
      says: [
        'steerdns.yaml:2:17: error: without tokens the API must listen on a loopback address but is told "[::]:8053"',
      ],
    },
    {
      name: 'two addresses',
      text: "admin: {listen: '127.0.0.1:1'}\nlisten: {admin: '127.0.0.1:2'}",
      says: ['steerdns.yaml:3:10: error: the address of the API is in admin.listen too'],
    },
    {
      name: 'a token without digest and file',
      text: 'admin: {tokens: [{name: ops, role: view}]}',
      says: ['steerdns.yaml:2:25: error: token ops must have either hash or token_file'],
    },
    {
      name: 'another role',
      text: `admin: {tokens: [{name: ops, role: admin, hash: '${HASH}'}]}`,
      says: ['steerdns.yaml:2:36: error: role must be view, operate or edit but is "admin"'],
    },
    {
      name: 'two tokens of a name, and one token twice',
      text: `admin: {tokens: [{name: a, role: view, hash: '${HASH}'}, {name: a, role: view, token_file: ops.token}]}`,
      says: ['error: there is another token a', 'error: token a is the same as token a'],
    },
    {
      name: 'the token itself in place of its digest, which it does not show',
      text: `admin: {tokens: [{name: ops, role: view, hash: ${TOKEN}}]}`,
      says: [
        'steerdns.yaml:2:48: error: hash must be sha256: and 64 hexadecimal digits\n',
        'the token itself does not belong here',
      ],
    },
    {
      name: 'something else wrong in the line of a token, which it does not show',
      text: `admin: {tokens: [{name: ops, role: all, hash: ${TOKEN}}]}`,
      says: ['role must be view, operate or edit but is "all"'],
    },
    {
      name: 'a file that is not there',
      text: 'admin: {tokens: [{name: ops, role: view, token_file: x.token}]}',
      says: ['steerdns.yaml:2:54: error: file x.token does not exist'],
    },
    {
      name: 'a file with a short token',
      text: 'admin: {tokens: [{name: ops, role: view, token_file: ops.token}]}',
      file: 'secret\n',
      says: ['file ops.token has a token of 6 characters; 20 are the least'],
    },
    {
      name: 'a file with more than a token',
      text: 'admin: {tokens: [{name: ops, role: view, token_file: ops.token}]}',
      file: `${TOKEN}\n${TOKEN}\n`,
      says: ['file ops.token has no token: letters, digits and -._~+/ in one line'],
    },
    {
      name: 'a file that everyone may read',
      text: 'admin: {tokens: [{name: ops, role: view, token_file: ops.token}]}',
      mode: 0o644,
      says: ['warning: every user of this machine can read the token in ops.token'],
    },
  ];
  for (const { name, text, file, mode, says } of wrong) {
    it(`tells of ${name}`, () => {
      const { said } = load(text, file, mode);
      for (const part of says) expect(said).to.include(part);
      expect(said).to.not.include(TOKEN);
    });
  }
});
