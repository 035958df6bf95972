import { expect } from 'chai';
import { FailureLimit } from '../../src/admin/failure-limit.js';
import { Gate, requireRole } from '../../src/admin/gate.js';
import { Problem } from '../../src/admin/problem.js';
import { tokenDigest } from '../../src/config/load-admin.js';

const TOKENS = [
  { name: 'monitoring', role: 'view', digest: tokenDigest('view-token-of-some-length') },
  { name: 'ops', role: 'operate', digest: tokenDigest('ops-token-of-some-length') },
] as const;

describe('the gate of the API', () => {
  let now = 0;
  const failed: string[] = [];
  const gateOf = (tokens: readonly (typeof TOKENS)[number][], loopback = true): Gate =>
    new Gate({
      tokens: () => tokens,
      loopback,
      now: () => now,
      onFailure: (address) => void failed.push(address),
    });
  beforeEach(() => {
    now = 1_000_000;
    failed.length = 0;
  });

  /** The problem of an attempt, `STATUS code`, or the name that it is admitted by. */
  function attempt(gate: Gate, token: string | undefined, address = '192.0.2.1'): string {
    try {
      const caller = gate.admit(address, token);
      return `${caller.name} ${caller.role}`;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return `${error.status} ${error.code}`;
    }
  }

  it('lets everyone do everything on loopback without tokens', () => {
    expect(gateOf([]).admit('127.0.0.1', undefined)).to.deep.equal({ role: 'edit', address: '127.0.0.1' });
  });

  it('lets nobody in where others reach it once a reload took the last token away', () => {
    expect(attempt(gateOf([], false), 'Bearer x')).to.equal('401 wrong_token');
  });

  it('knows clients by their tokens', () => {
    expect(attempt(gateOf(TOKENS), 'Bearer ops-token-of-some-length')).to.equal('ops operate');
    expect(attempt(gateOf(TOKENS), 'bearer  view-token-of-some-length ')).to.equal('monitoring view');
  });

  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic b3BzOm9wcw==',
    'ops-token-of-some-length',
  ]) {
    it(`RFC 6750 §3: asks for a token after ${JSON.stringify(header)}, and counts no failure`, () => {
      const gate = gateOf(TOKENS);
      for (let i = 0; i < 100; i++) expect(attempt(gate, header)).to.equal('401 no_token');
      expect(failed).to.deep.equal([]);
    });
  }

  it('RFC 6750 §3.1: says in WWW-Authenticate what is wrong', () => {
    const challenge = (token: string | undefined): unknown => {
      try {
        gateOf(TOKENS).admit('192.0.2.1', token);
        return undefined;
      } catch (error) {
        return (error as Problem).headers['www-authenticate'];
      }
    };
    expect(challenge(undefined)).to.equal('Bearer realm="steerdns"');
    expect(challenge('Bearer x')).to.equal('Bearer realm="steerdns", error="invalid_token"');
    expect(() => requireRole({ name: 'ops', role: 'operate', address: '' }, 'edit'))
      .to.throw(Problem, 'this takes the role edit, and ops has operate')
      .with.deep.include({
        status: 403,
        headers: { 'www-authenticate': 'Bearer realm="steerdns", error="insufficient_scope", scope="edit"' },
      });
  });

  it('makes a client wait after ten wrong tokens, a right one too, and no other client', () => {
    const gate = gateOf(TOKENS);
    for (let i = 0; i < 10; i++) expect(attempt(gate, `Bearer wrong${i}`)).to.equal('401 wrong_token');
    expect(attempt(gate, 'Bearer wrong')).to.equal('429 too_many_failures');
    expect(attempt(gate, 'Bearer ops-token-of-some-length')).to.equal('429 too_many_failures');
    expect(attempt(gate, 'Bearer ops-token-of-some-length', '192.0.2.2')).to.equal('ops operate');
    expect(failed).to.have.length(10);
    now += 6_000;
    expect(attempt(gate, 'Bearer ops-token-of-some-length')).to.equal('ops operate');
    expect(attempt(gate, 'Bearer wrong')).to.equal('401 wrong_token');
    expect(attempt(gate, 'Bearer wrong')).to.equal('429 too_many_failures');
  });

  it('takes the addresses of an IPv6 /64 for one client, and IPv4 in IPv6 for itself', () => {
    const gate = gateOf(TOKENS);
    for (let i = 0; i < 10; i++) attempt(gate, 'Bearer wrong', `2001:db8::${i}`);
    expect(attempt(gate, 'Bearer wrong', '2001:db8::ffff')).to.equal('429 too_many_failures');
    expect(attempt(gate, 'Bearer wrong', '2001:db8:0:1::1')).to.equal('401 wrong_token');
    for (let i = 0; i < 10; i++) attempt(gate, 'Bearer wrong', `::ffff:192.0.2.${i}`);
    expect(attempt(gate, 'Bearer wrong', '192.0.2.9')).to.equal('401 wrong_token');
  });
});

describe('the limit of failures', () => {
  it('remembers a bounded number of clients, and forgets the one that failed first', () => {
    const limit = new FailureLimit(() => 0);
    for (let i = 0; i < 11; i++) limit.count('first');
    expect(limit.waitSeconds('first')).to.equal(12);
    for (let i = 0; i < 4095; i++) limit.count(`other ${i}`);
    expect(limit.waitSeconds('first')).to.equal(12);
    limit.count('one more');
    expect(limit.waitSeconds('first')).to.equal(0);
  });
});
