import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AuditLog } from '../../src/admin/audit-log.js';

const ENTRY = {
  at: '2026-11-22T08:00:00.000Z',
  who: 'ops',
  from: '192.0.2.1',
  what: 'setOverride',
  method: 'PUT',
  target: '/v1/overrides/web/fra1',
  outcome: 'done',
  status: 200,
} as const;

describe('the audit log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'steerdns-audit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const lines = (path: string): unknown[] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);

  it('has a line of JSON an entry, in their order, for its owner alone', async () => {
    const path = join(folder, 'new/audit.log');
    const log = new AuditLog(path);
    await Promise.all([1, 2, 3].map((after) => log.add({ ...ENTRY, after })));
    expect(lines(path)).to.deep.equal([1, 2, 3].map((after) => ({ ...ENTRY, after })));
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('keeps two files at the most, each of bounded size', async () => {
    const path = join(folder, 'audit.log');
    const log = new AuditLog(path, 1000);
    for (let i = 0; i < 50; i++) await log.add({ ...ENTRY, after: i });
    const kept = [...lines(`${path}.1`), ...lines(path)] as { after: number }[];
    expect(kept.at(-1)?.after).to.equal(49);
    expect(kept.map(({ after }) => after)).to.deep.equal(kept.map((_, i) => 50 - kept.length + i));
    for (const file of [path, `${path}.1`]) expect(statSync(file).size).to.be.at.most(1000);
  });

  it('leaves out of a long entry what the change was', async () => {
    const path = join(folder, 'audit.log');
    await new AuditLog(path).add({ ...ENTRY, before: 'x'.repeat(70_000), after: 1 });
    expect(lines(path)).to.deep.equal([{ ...ENTRY, cut: true }]);
  });

  it('fails where it can not be written, and goes on when it can', async () => {
    const path = join(folder, 'audit.log');
    mkdirSync(path);
    const log = new AuditLog(path);
    expect(await log.add(ENTRY).catch((error: Error) => error)).to.be.instanceOf(Error);
    rmSync(path, { recursive: true });
    await log.add(ENTRY);
    expect(lines(path)).to.have.length(1);
  });
});
