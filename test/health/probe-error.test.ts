import { expect } from 'chai';
import { type Families, resultOfError } from '../../src/health/probe-error.js';

const BOTH = { v4: true, v6: true };
const ONLY_V4 = { v4: true, v6: false };
const NONE = { v4: false, v6: false };

describe('health/probe-error', () => {
  const rows: {
    name: string;
    code: string;
    address: string;
    families: Families;
    outcome: string;
    text: string;
  }[] = [
    {
      name: 'no way to an IPv6 address counts for nothing on a machine without IPv6',
      code: 'ENETUNREACH',
      address: '2001:db8::1',
      families: ONLY_V4,
      outcome: 'unmade',
      text: 'this machine has no IPv6 address to probe from (ENETUNREACH)',
    },
    {
      name: 'the same failure is the member’s on a machine with IPv6',
      code: 'ENETUNREACH',
      address: '2001:db8::1',
      families: BOTH,
      outcome: 'failed',
      text: 'network unreachable (ENETUNREACH)',
    },
    {
      name: 'no way to an IPv4 address counts for nothing on a machine without IPv4',
      code: 'EADDRNOTAVAIL',
      address: '192.0.2.1',
      families: NONE,
      outcome: 'unmade',
      text: 'this machine has no IPv4 address to probe from (EADDRNOTAVAIL)',
    },
    {
      name: 'a refusal is the member’s whatever this machine has',
      code: 'ECONNREFUSED',
      address: '192.0.2.1',
      families: NONE,
      outcome: 'failed',
      text: 'connection refused (ECONNREFUSED)',
    },
    {
      name: 'a lack of descriptors counts for nothing',
      code: 'EMFILE',
      address: '192.0.2.1',
      families: BOTH,
      outcome: 'unmade',
      text: 'this machine could not probe: EMFILE',
    },
    {
      name: 'a resolver that gives no answer counts for nothing',
      code: 'EAI_AGAIN',
      address: 'cdn.example.net',
      families: BOTH,
      outcome: 'unmade',
      text: 'this machine could not probe: EAI_AGAIN',
    },
    {
      name: 'a host name that does not exist is the member’s',
      code: 'ENOTFOUND',
      address: 'cdn.example.net',
      families: BOTH,
      outcome: 'failed',
      text: 'the host name does not exist (ENOTFOUND)',
    },
    {
      name: 'an error that nobody thought of is shown as it is',
      code: 'EODD',
      address: '192.0.2.1',
      families: BOTH,
      outcome: 'failed',
      text: 'it went wrong (EODD)',
    },
  ];
  for (const { name, code, address, families, outcome, text } of rows) {
    it(name, () => {
      const error = Object.assign(new Error('it went wrong'), { code });
      expect(resultOfError(error, address, () => families)).to.deep.equal({ outcome, text });
    });
  }

  it('takes anything that may be thrown', () => {
    expect(resultOfError(new Error('odd'), '192.0.2.1')).to.deep.equal({ outcome: 'failed', text: 'odd' });
  });
});
