import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';

/** Commands that tests run, and the Debian package that each comes with. */
const PACKAGES = {
  dig: 'bind9-dnsutils',
  curl: 'curl',
  openssl: 'openssl',
  named: 'bind9',
  knotd: 'knot',
  nsd: 'nsd',
  promtool: 'prometheus',
  logrotate: 'logrotate',
  'redis-server': 'redis-server',
  'redis-sentinel': 'redis-sentinel',
  'named-compilezone': 'bind9-utils',
  kzonecheck: 'knot-dnssecutils',
  'ldns-read-zone': 'ldnsutils',
  unbound: 'unbound',
  ip: 'iproute2',
  'systemd-socket-activate': 'systemd',
  'systemd-analyze': 'systemd',
  socat: 'socat',
  mandoc: 'mandoc',
  zsh: 'zsh',
  fish: 'fish',
  kdig: 'knot-dnsutils',
  dnsdist: 'dnsdist',
  haproxy: 'haproxy',
} as const;

/** What mocha hands a hook or a test as `this`. */
export interface Skippable {
  skip(): never;
}

/**
 * Skips the tests of the hook that calls it when a command is missing; with CI=true it fails them instead.
 * @param context the hook's `this`
 */
export function needTool(context: Skippable, tool: keyof typeof PACKAGES): void {
  if (isInstalled(tool)) return;
  const how = `${tool} is missing; type: apt-get install ${PACKAGES[tool]}`;
  if (process.env.CI === 'true') throw new Error(how);
  console.log(`      ${how}`);
  context.skip();
}

/** Skips like {@link needTool} on a machine without ::1. */
export function needIpv6(context: Skippable): void {
  if (hasIpv6()) return;
  if (process.env.CI === 'true') throw new Error('this machine has no ::1');
  context.skip();
}

/** Whether loopback has ::1, which containers often lack. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
}

function isInstalled(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
