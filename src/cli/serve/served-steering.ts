import type {
  HistoryAsk,
  MemberDetail,
  MemberStatus,
  ServiceDetail,
  ServiceSummary,
  SteeringControls,
  TransitionStatus,
} from '../../admin/controls.js';
import { describeRule } from '../../explain/describe-rule.js';
import type { HealthMonitor } from '../../health/health-monitor.js';
import type { CheckReport, MemberHealthReport } from '../../health/health-report.js';
import { matchesPattern } from '../../health/member-pattern.js';
import type { OverrideStore } from '../../health/override-store.js';
import type { StateHistory, Transition } from '../../health/state-history.js';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import { type MemberStates, Standing } from '../../state/member-states.js';
import type { ServiceSpec } from '../../steer/spec.js';
import { memberStatus } from './instance-status.js';

/** What {@link ServedSteering} reads. */
interface SteeringParts {
  /** What is served now. */
  readonly snapshot: () => Snapshot;
  readonly states: MemberStates;
  readonly monitor: HealthMonitor;
  readonly overrides: OverrideStore;
  readonly history: StateHistory;
}

/** What the API tells of services and members. */
export class ServedSteering implements SteeringControls {
  readonly #parts: SteeringParts;

  constructor(parts: SteeringParts) {
    this.#parts = parts;
  }

  members(pattern = '*'): readonly MemberStatus[] {
    const { monitor, overrides, states } = this.#parts;
    const weights = overrides.weights();
    return monitor
      .report()
      .filter(({ member }) => matchesPattern(pattern, member))
      .map((report) => memberStatus(report, states, weights));
  }

  member(key: string): MemberDetail | undefined {
    const { monitor, overrides, states, history } = this.#parts;
    const report = monitor.report().find(({ member }) => member === key);
    if (report === undefined) return undefined;
    const status = memberStatus(report, states, overrides.weights());
    const own = history.list({ limit: Infinity }).filter(({ member }) => member === key);
    return memberDetail(status, report, own);
  }

  services(): readonly ServiceSummary[] {
    const { snapshot, states } = this.#parts;
    return snapshot().services.map(({ spec }) => serviceSummary(spec, states));
  }

  service(name: string): ServiceDetail | undefined {
    const { snapshot, states } = this.#parts;
    const spec = snapshot().services.find((service) => service.spec.name === name)?.spec;
    if (spec === undefined) return undefined;
    const members = this.members().filter(({ member }) => member.startsWith(`${name}/`));
    return serviceDetail(spec, states, members);
  }

  history(ask: HistoryAsk): readonly TransitionStatus[] {
    return this.#parts.history.list(ask).map(transitionStatus);
  }
}

function serviceSummary({ name, where, members, pools }: ServiceSpec, states: MemberStates): ServiceSummary {
  const up = members.filter(
    (member) => states.standing(states.slotOf(`${name}/${member.name}`)) === Standing.UP,
  );
  return {
    service: name,
    file: `${where.file}:${where.line}`,
    members: members.length,
    up: up.length,
    pools: pools.map((pool) => pool.name),
  };
}

/** @param members the state of each */
function serviceDetail(
  spec: ServiceSpec,
  states: MemberStates,
  members: readonly MemberStatus[],
): ServiceDetail {
  const { service, file, up } = serviceSummary(spec, states);
  return {
    service,
    file,
    up,
    pools: spec.pools.map((pool) => ({
      name: pool.name,
      scheduler: pool.scheduler,
      ...(pool.fallback === undefined ? {} : { fallback: pool.fallback }),
      members: pool.members.map(({ member, weight }) => ({ member, weight })),
    })),
    rules: spec.rules.map((rule) => ({ conditions: describeRule(rule), pool: rule.pool })),
    members,
  };
}

function memberDetail(
  status: MemberStatus,
  { checks }: MemberHealthReport,
  history: readonly Transition[],
): MemberDetail {
  return { ...status, checks: checks.map(checkStatus), history: history.map(transitionStatus) };
}

function transitionStatus({ at, ...rest }: Transition): TransitionStatus {
  return { at: new Date(at).toISOString(), ...rest };
}

function checkStatus({ lastAt, ...rest }: CheckReport): MemberDetail['checks'][number] {
  return { ...rest, ...(lastAt === undefined ? {} : { lastAt: new Date(lastAt).toISOString() }) };
}
