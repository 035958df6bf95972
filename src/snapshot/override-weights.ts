import { reweighService } from '../steer/service.js';
import type { ServiceSpec } from '../steer/spec.js';
import type { Snapshot } from './snapshot-loader.js';

/**
 * The snapshot with other weights of members, in every pool that they are in. Only services with such members are compiled
 * anew, and answers cost what they cost before.
 * @param snapshot as it was loaded: its weights are those of the files
 * @param weights 0 to 65535, by `service/member`
 */
export function withWeights(snapshot: Snapshot, weights: ReadonlyMap<string, number>): Snapshot {
  if (weights.size === 0) return snapshot;
  const { catalog, places } = snapshot;
  const context = { places, turnWords: catalog.turnWords };
  const services = snapshot.services.map((service) => {
    const spec = reweigh(service.spec, weights);
    return spec === service.spec ? service : reweighService(service, spec, context);
  });
  const own = services.slice(0, snapshot.serviceByName.size);
  return {
    ...snapshot,
    catalog: { ...catalog, services, turnWords: context.turnWords },
    services,
    serviceByName: new Map(own.map((service) => [service.spec.name, service])),
  };
}

/** The spec itself when none of its members has another weight. */
function reweigh(spec: ServiceSpec, weights: ReadonlyMap<string, number>): ServiceSpec {
  const weightOf = (member: string): number | undefined => weights.get(`${spec.name}/${member}`);
  if (!spec.members.some(({ name }) => weightOf(name) !== undefined)) return spec;
  return {
    ...spec,
    members: spec.members.map((member) => ({ ...member, weight: weightOf(member.name) ?? member.weight })),
    pools: spec.pools.map((pool) => ({
      ...pool,
      members: pool.members.map((member) => ({
        ...member,
        weight: weightOf(member.member) ?? member.weight,
      })),
    })),
  };
}
