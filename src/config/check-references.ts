import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceSpec } from '../steer/spec.js';
import type { ZoneSource } from '../zonefile/zone-source.js';
import type { Config } from './config.js';
import type { Diagnostics } from './diagnostics.js';
import { namesHint } from './suggest.js';

/** Checks that each service that a site or a GSLB record names is there. */
export function checkReferences(
  config: Config,
  services: ReadonlyMap<string, ServiceSpec>,
  zones: readonly ZoneSource[],
  diagnostics: Diagnostics,
): void {
  const uses = [
    ...config.sites,
    ...zones.flatMap(({ records }) => records.filter((record) => record.kind === 'gslb')),
  ];
  for (const { service, where } of uses) {
    // A service whose file is there but wrong has had its own errors.
    if (services.has(service) || existsSync(join(config.services, `${service}.yaml`))) continue;
    const hint = namesHint('service', service, services.keys());
    diagnostics.errorAt(where, `there is no service ${JSON.stringify(service)}`, hint);
  }
}
