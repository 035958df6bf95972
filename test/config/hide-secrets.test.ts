import { expect } from 'chai';
import { isSecretPath, withoutSecrets } from '../../src/config/hide-secrets.js';

describe('config/hide-secrets', () => {
  const rows = [
    { name: 'a password', line: '  password: hunter2', shown: '  password: *******' },
    { name: 'one with # and commas', line: 'password: a#b,c}d # note', shown: 'password: ******* # note' },
    {
      name: 'one in a flow map',
      line: 'redis: {password: abc, database: 1}',
      shown: 'redis: {password: ***, database: 1}',
    },
    { name: 'one in quotes', line: '{password: "a, b", x: 1}', shown: '{password: *** **, x: 1}' },
    { name: "a sentinel's", line: 'sentinel_password: abc', shown: 'sentinel_password: ***' },
    { name: 'a list of secrets', line: '  secrets: [aa, bb]', shown: '  secrets: **** **]' },
    {
      name: "a token's hash",
      line: '- {name: x, hash: abc, role: admin}',
      shown: '- {name: x, hash: ***, role: admin}',
    },
    {
      name: 'the password of a URL',
      line: 'url: redis://u:pw@host:1/2',
      shown: 'url: redis://u:**@host:1/2',
    },
    { name: 'nothing of other keys', line: 'password_file: /etc/pw', shown: 'password_file: /etc/pw' },
  ];
  for (const { name, line, shown } of rows) {
    it(`hides ${name}, and keeps columns`, () => {
      const hidden = withoutSecrets(line);
      expect(hidden).to.equal(shown);
      expect(hidden).to.have.length(line.length);
    });
  }

  it('shows no value of such keys, nor any URL of Redis', () => {
    const secret = [
      ['cluster', 'redis', 'password'],
      ['cookies', 'secrets', 0],
      ['cluster', 'redis', 'url'],
    ];
    expect(secret.map(isSecretPath)).to.deep.equal([true, true, true]);
    expect(isSecretPath(['cluster', 'redis', 'password_file'])).to.equal(false);
  });
});
