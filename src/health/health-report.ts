import { Health } from '../state/member-states.js';

export type HealthName = 'unknown' | 'up' | 'down';

export const HEALTH_NAMES: Readonly<Record<Health, HealthName>> = {
  [Health.UNKNOWN]: 'unknown',
  [Health.UP]: 'up',
  [Health.DOWN]: 'down',
};

/** What operators are told of a member's health. Plain data, for JSON. */
export interface MemberHealthReport {
  /** `service/member`. */
  readonly member: string;
  readonly health: HealthName;
  /** When it became so, in ms since 1970. */
  readonly since: number;
  /** What the last telling probe found. */
  readonly reason: string;
  /** At least this long until it can change, in ms; absent for a member without checks. */
  readonly nextChangeMs?: number;
  readonly checks: readonly CheckReport[];
  /** What each instance's probes say of it, by instance; empty when there is nobody else. */
  readonly votes: ReadonlyMap<string, 'up' | 'down'>;
}

/** One check at one address. */
export interface CheckReport {
  /** `http 192.0.2.1:80 GET /healthz`. */
  readonly check: string;
  readonly health: HealthName;
  /** Of `fall`, while up. */
  readonly failures: number;
  /** Of `rise`, while down. */
  readonly successes: number;
  readonly rise: number;
  readonly fall: number;
  /** When the last probe ended, in ms since 1970; absent before the first. */
  readonly lastAt?: number;
  readonly lastTookMs?: number;
  readonly lastResult?: string;
}
