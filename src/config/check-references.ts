import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceSpec, Where } from '../steer/spec.js';
import type { Config } from './config.js';
import type { Diagnostics } from './diagnostics.js';
import { namesHint } from './suggest.js';

/** A place that names a service. */
export interface ServiceReference {
  readonly service: string;
  readonly where: Where;
}

/**
 * Checks that each service that a site or a GSLB record names is there.
 * @param records GSLB records
 */
export function checkReferences(
  config: Config,
  services: ReadonlyMap<string, ServiceSpec>,
  records: readonly ServiceReference[],
  diagnostics: Diagnostics,
): void {
  for (const { service, where } of [...config.sites, ...records]) {
    // A service whose file is there but wrong has had its own errors.
    if (services.has(service) || existsSync(join(config.services, `${service}.yaml`))) continue;
    const hint = namesHint('service', service, services.keys());
    diagnostics.errorAt(where, `there is no service ${JSON.stringify(service)}`, hint);
  }
}
