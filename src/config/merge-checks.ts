import type { CheckSpec } from '../steer/spec.js';
import { formatDuration } from './fields.js';
import type { CheckInput } from './service-schema.js';

/** `check:` and `checks:` as a service or a member gives them. */
export interface ChecksInput {
  readonly check?: CheckInput | 'none' | undefined;
  readonly checks?: readonly CheckInput[] | undefined;
}

/** Says that something under a key of `owner` is wrong. */
export type ReportCheck = (owner: 'service' | 'member', key: string, message: string, hint?: string) => void;

/**
 * The checks of a member: the service's, overridden key by key by the member's `check:`, or replaced by its `checks:`, with
 * defaults filled in.
 */
export function mergeChecks(service: ChecksInput, member: ChecksInput, report: ReportCheck): CheckSpec[] {
  if (member.check === 'none') return [];
  if (member.checks !== undefined) return member.checks.map((check) => fill(check, 'member', report));
  const common = service.check === 'none' ? [] : (service.checks ?? (service.check ? [service.check] : []));
  const own = member.check;
  if (own === undefined) return common.map((check) => fill(check, 'service', report));
  if (common.length === 0) return [fill(own, 'member', report)];
  if (common.length > 1 && own.type !== undefined) {
    report(
      'member',
      'check',
      "a member's check: must have no type where the service has several checks",
      'give the member checks: of its own',
    );
  }
  return common.map((check) => fill(override(check, own), 'member', report));
}

function override(check: CheckInput, own: CheckInput): CheckInput {
  // A port or path of another kind of probe means nothing to the member's own kind.
  const base = own.type === undefined || own.type === check.type ? check : timing(check);
  return {
    ...base,
    ...own,
    ...(base.headers || own.headers ? { headers: { ...base.headers, ...own.headers } } : {}),
    ...(base.expect || own.expect ? { expect: { ...base.expect, ...own.expect } } : {}),
  };
}

function timing({ target, interval, timeout, rise, fall }: CheckInput): CheckInput {
  return { target, interval, timeout, rise, fall };
}

const DEFAULT_PORTS = { http: 80, https: 443, tcp: undefined } as const;

/** Of Route 53 (30 s or 10 s, 3 failures) and gdnsd (10 s): failover in half a minute at a load that nobody notices. */
const DEFAULT_INTERVAL_MS = 10_000;
const DEFAULT_TIMEOUT_MS = 4000;
const DEFAULT_RISE = 2;
const DEFAULT_FALL = 3;

function fill(check: CheckInput, owner: 'service' | 'member', report: ReportCheck): CheckSpec {
  const intervalMs = check.interval ?? DEFAULT_INTERVAL_MS;
  const timeoutMs = check.timeout ?? Math.min(DEFAULT_TIMEOUT_MS, intervalMs / 2);
  if (timeoutMs >= intervalMs) {
    report(
      owner,
      'timeout',
      `timeout must be less than the interval (${formatDuration(intervalMs)}) but is ${formatDuration(timeoutMs)}`,
    );
  }
  if (check.type === undefined) report(owner, 'type', 'type is missing: it must be http, https or tcp');
  const type = check.type ?? 'http';
  const port = check.port ?? DEFAULT_PORTS[type];
  if (port === undefined) report(owner, 'port', 'port is missing: a tcp check needs one');
  return {
    type,
    ...(check.target === undefined ? {} : { target: check.target }),
    port: port ?? 0,
    path: check.path ?? '/',
    ...(check.host === undefined ? {} : { host: check.host }),
    method: check.method ?? 'GET',
    headers: check.headers ?? {},
    expect: {
      status: check.expect?.status ?? [200],
      ...(check.expect?.body === undefined ? {} : { body: check.expect.body }),
    },
    intervalMs,
    timeoutMs,
    rise: check.rise ?? DEFAULT_RISE,
    fall: check.fall ?? DEFAULT_FALL,
  };
}
