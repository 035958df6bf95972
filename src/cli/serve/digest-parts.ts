import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';

/**
 * Digests of what instances of one cluster should have alike. Where each listens, and what else is an instance's own, is not in
 * them, nor are automatic serials.
 */
export function digestParts({ config, services, zones }: Snapshot): Record<string, string> {
  const { cluster } = config;
  return {
    services: digest(services.map(({ spec }) => spec)),
    zones: digest(
      zones.map(({ name, digest: said, serial, records }) => [name, said ?? serial, records]).sort(),
    ),
    networks: digest(config.geo.networks.map((path) => readFileSync(path, 'utf8'))),
    cluster: digest([cluster?.quorum, cluster?.probes]),
  };
}

/** 64 bits: what differs by mistake, not on purpose. */
function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, plain)).digest('hex').slice(0, 16);
}

/** Files and places in them are each instance's own. */
function plain(key: string, value: unknown): unknown {
  if (key === 'where') return undefined;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
