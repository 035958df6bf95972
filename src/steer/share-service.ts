import type { SharedArena } from '../state/shared-arena.js';
import type { Pool } from './pool.js';
import { schedulers } from './schedulers.js';
import type { Service, Steering } from './service.js';
import type { SchedulerName } from './spec.js';

/** A service as it goes to another thread: arrays in shared memory, its schedulers by name. */
export interface SharedService extends Omit<Steering, 'pools'> {
  readonly pools: readonly SharedPool[];
}

interface SharedPool extends Omit<Pool, 'scheduler'> {
  readonly scheduler: SchedulerName;
}

/** Brings a service's arrays into shared memory; what its traces tell stays behind. */
export function shareService(service: Service, arena: SharedArena): SharedService {
  const { spec, places: _, ...steering } = service;
  return {
    ...steering,
    rulePools: arena.share(steering.rulePools),
    slots: arena.share(steering.slots),
    v4: arena.share(steering.v4),
    v4Member: arena.share(steering.v4Member),
    v4Start: arena.share(steering.v4Start),
    v4Turn: arena.share(steering.v4Turn),
    v6: arena.share(steering.v6),
    v6Member: arena.share(steering.v6Member),
    v6Start: arena.share(steering.v6Start),
    v6Turn: arena.share(steering.v6Turn),
    hosts: steering.hosts.map((host) => arena.share(host)),
    pools: steering.pools.map((pool, index) => sharePool(pool, spec.pools[index]?.scheduler ?? 'wrr', arena)),
  };
}

/** The service again, in the thread that it came to. */
export function adoptService(shared: SharedService): Steering {
  return {
    ...shared,
    pools: shared.pools.map((pool) => ({ ...pool, scheduler: schedulers[pool.scheduler] })),
  };
}

function sharePool(pool: Pool, scheduler: SchedulerName, arena: SharedArena): SharedPool {
  return {
    ...pool,
    scheduler,
    chain: arena.share(pool.chain),
    members: arena.share(pool.members),
    slotWords: arena.share(pool.slotWords),
    status: arena.share(pool.status),
    weights: arena.share(pool.weights),
    shares: arena.share(pool.shares),
    gives: arena.share(pool.gives),
    seeds: arena.share(pool.seeds),
    maglev: arena.share(pool.maglev),
    placePoints: arena.share(pool.placePoints),
    points: arena.share(pool.points),
    sites: arena.share(pool.sites),
  };
}
