import type {
  Controls,
  InstanceStatus,
  OverrideResult,
  OverrideStatus,
  OverrideWord,
  ReloadOutcome,
  SteeringControls,
  ZoneControls,
} from '../../src/admin/controls.js';
import { explain } from '../../src/explain/explain.js';
import type { ExplainAsk, ExplainReport } from '../../src/explain/explain-report.js';
import { matchesPattern } from '../../src/health/member-pattern.js';
import { makeWorld } from '../explain/support.js';

const MEMBERS = ['web/fra1', 'web/ams1', 'mirrors/fra1', 'split.example.com./A/192.0.2.61'];

/** An instance of a few members that keeps what it is told. */
export class TestInstance implements Controls {
  overrides: OverrideStatus[] = [];
  outcome: ReloadOutcome = { reloaded: true, changes: ['service web: 1 member more'], warnings: [] };
  asked: ExplainAsk[] = [];
  failure: Error | undefined;
  reloads = 0;
  /** Why overrides are not stored. */
  unstored: string | undefined;

  status(): InstanceStatus {
    if (this.failure !== undefined) throw this.failure;
    return {
      product: 'steerdns',
      version: '0.1.0',
      pid: 4711,
      startedAt: '2026-11-22T08:00:00.000Z',
      config: '/etc/steerdns/steerdns.yaml',
      listen: { dns: ['127.0.0.1:5300'], dot: [], http: ['127.0.0.1:8080'], admin: '127.0.0.1:8053' },
      snapshot: {
        loadedAt: '2026-11-22T08:00:01.000Z',
        zones: [{ name: 'example.com.', serial: 3, records: 12 }],
        services: 2,
      },
      members: this.steering.members(),
      overrides: this.overrides,
      counters: { queriesUdp: 12 },
    };
  }

  readonly steering: SteeringControls = {
    members: (pattern = '*') =>
      MEMBERS.filter((member) => matchesPattern(pattern, member)).map((member) => ({
        member,
        standing: 'up',
        health: 'up',
        result: 'status 200',
      })),
    member: () => undefined,
    services: () => [],
    service: () => undefined,
    history: () => [],
  };

  readonly zones: ZoneControls = {
    list: () => [],
    find: () => undefined,
    records: () => ({ page: [] }),
    record: () => undefined,
    edit: async () => ({ outcome: { kind: 'no-zone' } }),
  };

  async metrics(): Promise<string> {
    return '# HELP steerdns_zones Zones that are served.\n# TYPE steerdns_zones gauge\nsteerdns_zones 1\n';
  }

  async setOverride(pattern: string, word: OverrideWord): Promise<OverrideResult> {
    const members = matching(pattern);
    if (members.length > 0) {
      const { until, ...rest } = word;
      const ends = until === undefined ? {} : { until: new Date(until).toISOString() };
      this.overrides = [...this.overrides, { pattern, ...rest, ...ends, since: '2026-11-22T08:00:02.000Z' }];
    }
    return this.unstored === undefined ? { members } : { members, unstored: this.unstored };
  }

  async clearOverride(pattern: string): Promise<OverrideResult> {
    this.overrides = this.overrides.filter((said) => !matchesPattern(pattern, said.pattern));
    return { members: matching(pattern) };
  }

  async reload(): Promise<ReloadOutcome> {
    this.reloads += 1;
    return this.outcome;
  }

  async explain(ask: ExplainAsk): Promise<ExplainReport> {
    this.asked.push(ask);
    return explain(ask, makeWorld(['www 60 A 192.0.2.77'], {}));
  }
}

function matching(pattern: string): string[] {
  if (pattern.endsWith('/')) {
    throw Object.assign(new Error('expected SERVICE/MEMBER'), { code: 'ERR_MEMBER_PATTERN' });
  }
  return MEMBERS.filter((member) => matchesPattern(pattern, member));
}
