import { expect } from 'chai';
import { probesOf } from '../../src/health/probe-spec.js';
import type { CheckSpec } from '../../src/steer/spec.js';
import { parseName } from '../../src/wire/name.js';
import { checkOf, memberOf } from './fixtures.js';

function keyOf(check: Partial<CheckSpec>): string | undefined {
  return probesOf(memberOf('a', [checkOf(check)]))[0]?.key;
}

describe('health/probe-spec', () => {
  it('is the same probe for checks that say the same in another order', () => {
    expect(keyOf({ headers: { a: '1', b: '2' }, expect: { status: [200, 204] } })).to.equal(
      keyOf({ headers: { b: '2', a: '1' }, expect: { status: [204, 200] } }),
    );
  });

  it('is another probe as soon as one thing differs', () => {
    const changes: Partial<CheckSpec>[] = [
      {},
      { type: 'https' },
      { target: '127.0.0.2' },
      { port: 81 },
      { path: '/' },
      { host: 'www.example.com' },
      { method: 'HEAD' },
      { headers: { a: '1' } },
      { expect: { status: [204] } },
      { expect: { status: [200], body: 'ok' } },
      { intervalMs: 1 },
      { timeoutMs: 1 },
      { rise: 1 },
      { fall: 1 },
    ];
    expect(new Set(changes.map(keyOf)).size).to.equal(changes.length);
  });

  it('goes to the target, else to the host, else to every address', () => {
    const { target: _, ...check } = checkOf({ port: 8080 });
    const addresses = [
      Uint8Array.of(192, 0, 2, 1),
      Uint8Array.of(0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1),
    ];
    const labels = (member: Parameters<typeof probesOf>[0]) => probesOf(member).map(({ label }) => label);
    expect(labels(memberOf('a', [check], { addresses }))).to.deep.equal([
      'http 192.0.2.1:8080 GET /healthz',
      'http [2001:db8::1]:8080 GET /healthz',
    ]);
    expect(labels(memberOf('a', [{ ...check, target: '127.0.0.1' }], { addresses }))).to.have.length(1);
    const host = parseName('cdn.example.net.');
    expect(
      labels(memberOf('a', [{ ...check, host: 'www.example.com' }], { addresses: [], host })),
    ).to.deep.equal(['http cdn.example.net:8080 GET www.example.com/healthz']);
    expect(labels(memberOf('a', [{ ...check, type: 'tcp' }], { addresses: [], host }))).to.deep.equal([
      'tcp cdn.example.net:8080',
    ]);
    expect(labels(memberOf('a', [], { addresses }))).to.deep.equal([]);
  });
});
