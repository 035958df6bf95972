import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import type { DemoMember } from '../demo-members.js';

/** Where probes of loopback addresses by HTTP go: the members that the example starts. */
export function loopbackMembers({ services }: Snapshot): DemoMember[] {
  const members = new Map<string, DemoMember>();
  for (const { spec } of services) {
    for (const { name, checks } of spec.members) {
      for (const { type, target: address, port } of checks) {
        if (type !== 'http' || address === undefined || !/^127\.|^::1$/.test(address)) continue;
        const key = `${address} ${port}`;
        if (!members.has(key)) members.set(key, { name: `${spec.name}/${name}`, address, port });
      }
    }
  }
  return [...members.values()];
}
