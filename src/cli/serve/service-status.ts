import type {
  MemberDetail,
  MemberStatus,
  ServiceDetail,
  ServiceSummary,
  TransitionStatus,
} from '../../admin/controls.js';
import { describeRule } from '../../explain/describe-rule.js';
import type { CheckReport, MemberHealthReport } from '../../health/health-report.js';
import type { Transition } from '../../health/state-history.js';
import { type MemberStates, Standing } from '../../state/member-states.js';
import type { ServiceSpec } from '../../steer/spec.js';

export function serviceSummary(
  { name, where, members, pools }: ServiceSpec,
  states: MemberStates,
): ServiceSummary {
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
export function serviceDetail(
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

export function memberDetail(
  status: MemberStatus,
  { checks }: MemberHealthReport,
  history: readonly Transition[],
): MemberDetail {
  return { ...status, checks: checks.map(checkStatus), history: history.map(transitionStatus) };
}

export function transitionStatus({ at, ...rest }: Transition): TransitionStatus {
  return { at: new Date(at).toISOString(), ...rest };
}

function checkStatus({ lastAt, ...rest }: CheckReport): MemberDetail['checks'][number] {
  return { ...rest, ...(lastAt === undefined ? {} : { lastAt: new Date(lastAt).toISOString() }) };
}
