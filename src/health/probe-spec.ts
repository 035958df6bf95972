import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { formatAddress } from '../config/address.js';
import type { CheckSpec, MemberSpec, ServiceSpec } from '../steer/spec.js';
import { formatName } from '../wire/name.js';

/** One check at one address. */
export interface ProbeSpec {
  /** The same for probes that are alike in everything: they are made once, whoever asks for them. Outlives restarts. */
  readonly key: string;
  /** The key's last 12 digits, which tell probes apart as well. */
  readonly digest: string;
  /** What an operator reads: `http 192.0.2.1:80 GET /healthz`. */
  readonly label: string;
  readonly check: CheckSpec;
  /** An IPv4 or IPv6 address, or a host name without the final dot. */
  readonly address: string;
}

/** Every probe of a member: each check at its target or, without one, at each address of the member, or at its host. */
export function probesOf(member: MemberSpec): ProbeSpec[] {
  return member.checks.flatMap((check) =>
    addressesOf(member, check).map((address) => {
      const label = labelOf(check, address);
      const digest = digestOf(check, address);
      return { key: `${label} #${digest}`, digest, label, check, address };
    }),
  );
}

/** What sharing needs to know of the probes of all services. */
export function probesIn(services: readonly ServiceSpec[]): {
  readonly probes: readonly string[];
  /** Of the one that is made most often; undefined without probes. */
  readonly shortestIntervalMs: number | undefined;
} {
  const specs = services.flatMap(({ members }) => members.flatMap(probesOf));
  const shortest = specs.reduce(
    (least, { check }) => Math.min(least, check.intervalMs),
    Number.POSITIVE_INFINITY,
  );
  return {
    probes: [...new Set(specs.map(({ digest }) => digest))],
    shortestIntervalMs: specs.length === 0 ? undefined : shortest,
  };
}

function addressesOf(member: MemberSpec, check: CheckSpec): string[] {
  if (check.target !== undefined) return [check.target];
  if (member.host !== undefined) return [formatName(member.host).replace(/(?<=.)\.$/, '')];
  return member.addresses.map(formatAddress);
}

function labelOf(check: CheckSpec, address: string): string {
  const endpoint = `${isIPv6(address) ? `[${address}]` : address}:${check.port}`;
  return check.type === 'tcp'
    ? `tcp ${endpoint}`
    : `${check.type} ${endpoint} ${check.method} ${check.host ?? ''}${check.path}`;
}

/** Over everything that makes two probes differ, in a fixed order. 48 bits keep a million probes apart. */
function digestOf(check: CheckSpec, address: string): string {
  const parts = [
    check.type,
    address,
    check.port,
    check.path,
    check.host ?? null,
    check.method,
    Object.entries(check.headers).sort(([a], [b]) => (a < b ? -1 : 1)),
    [...check.expect.status].sort((a, b) => a - b),
    check.expect.body ?? null,
    check.intervalMs,
    check.timeoutMs,
    check.rise,
    check.fall,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
