import type { Config } from '../../config/config.js';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';

/** What a reload changed, a sentence each. */
export function describeChanges(before: Snapshot, after: Snapshot): string[] {
  const old = new Map(before.zones.map((zone) => [zone.name, zone]));
  const changes: string[] = [];
  for (const zone of after.zones) {
    const was = old.get(zone.name);
    old.delete(zone.name);
    if (was === undefined) changes.push(`zone ${zone.name}: new, serial ${zone.serial}`);
    else if (was.serial !== zone.serial)
      changes.push(`zone ${zone.name}: serial ${zone.serial}, was ${was.serial}`);
    else if (was.records !== zone.records) {
      changes.push(
        `zone ${zone.name}: ${zone.records} records, were ${was.records}; its serial is still ${zone.serial}`,
      );
    }
  }
  for (const name of old.keys()) changes.push(`zone ${name}: gone`);
  return [...changes, ...memberChanges(before, after), ...proxyChanges(before.config, after.config)];
}

function proxyChanges({ dnsProxies: before }: Config, { dnsProxies: after }: Config): string[] {
  if (before.join() === after.join()) return [];
  return [`dns.proxies: ${after.join(', ') || 'none'}`];
}

function memberChanges(before: Snapshot, after: Snapshot): string[] {
  const old = new Set(memberKeys(before));
  const now = new Set(memberKeys(after));
  return [
    ...[...now].filter((key) => !old.has(key)).map((key) => `member ${key}: new`),
    ...[...old].filter((key) => !now.has(key)).map((key) => `member ${key}: gone`),
  ];
}

function memberKeys({ services }: Snapshot): string[] {
  return services.flatMap(({ spec: { name, members } }) => members.map((member) => `${name}/${member.name}`));
}

/** Keys of the configuration that a reload can't change: sockets, folders and threads are made at the start. */
const FIXED = [
  'listen',
  'state',
  'workers',
  'resolvers',
  'identity',
  'tcp',
  'metrics',
  'queryLog',
  'runAs',
  'cluster',
] as const;

/** What was changed in the configuration but holds only from the next start. */
export function needsRestart(before: Config, after: Config): string[] {
  const changed: string[] = FIXED.filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  ).map((key) => key.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`));
  if (before.admin.auditLog !== after.admin.auditLog) changed.push('admin.audit_log');
  return changed.map((key) => `${key}: changed in the configuration; takes a restart`);
}
