import { Health, STEADY } from '../state/member-states.js';
import type { ProbeTask } from './probe-task.js';

export const NO_CHECKS = 'no checks';

/** A member and its probes; what several members share is one task. */
export interface Member {
  /** `service/member`. */
  readonly key: string;
  /** In the shared states. */
  readonly slot: number;
  tasks: readonly ProbeTask[];
  health: Health;
  /** When it became so, in ms since 1970. */
  since: number;
  reason: string;
}

/**
 * Down when one probe is; up when all are that this machine can make; as it was while one of them has not spoken yet, so that
 * a reload with a new check brings no member up that was down.
 */
export function healthOf(member: Member): Health {
  if (member.tasks.length === 0) return Health.UP;
  const made = member.tasks.filter((task) => !task.unmade);
  if (made.length === 0) return Health.UNKNOWN;
  if (made.some((task) => task.health === Health.DOWN)) return Health.DOWN;
  return made.some((task) => task.health === Health.UNKNOWN) ? member.health : Health.UP;
}

/**
 * Milliseconds that a member's health stays at the least: interval times results still needed, as gdnsd counts. For a member
 * that is up the probe that may turn first decides; one that is down waits for the last of its failing probes.
 */
export function steadyMsOf(member: Member): number {
  if (member.tasks.length === 0) return STEADY;
  const msOf = (task: ProbeTask): number => task.resultsToChange * task.spec.check.intervalMs;
  const down = member.tasks.filter((task) => task.health === Health.DOWN);
  if (down.length > 0) return Math.max(...down.map(msOf));
  const made = member.tasks.filter((task) => !task.unmade);
  return made.length === 0 ? 0 : Math.min(...made.map(msOf));
}

/** What an operator reads as the cause of a member's health. */
export function reasonOf(member: Member, because: ProbeTask): string {
  const telling = tellingOf(member, because);
  if (!telling.isRunning) return unprobedReason(member);
  return `${telling.spec.label}: ${telling.last?.text ?? 'as before the restart'}`;
}

/** The same for a member without a probe that this instance makes. */
export function unprobedReason(member: Member): string {
  const [first] = member.tasks;
  if (first === undefined) return NO_CHECKS;
  const telling = tellingOf(member, first);
  return `${telling.spec.label}: ${telling.health === Health.UNKNOWN ? 'not probed yet' : 'probed by other instances'}`;
}

/** The probe that decides. */
export function tellingOf(member: Member, because: ProbeTask): ProbeTask {
  return member.tasks.find((task) => task.health === Health.DOWN) ?? because;
}

/** `; down by a, b; up by c`; nothing without votes. */
export function describeVotes(votes: ReadonlyMap<string, 'up' | 'down'>): string {
  return (['down', 'up'] as const)
    .map((health) => {
      const names = [...votes].filter(([, vote]) => vote === health).map(([name]) => name);
      return names.length === 0 ? '' : `; ${health} by ${names.sort().join(', ')}`;
    })
    .join('');
}
