import type { Steering } from '../steer/service.js';
import type { ZoneStore } from '../zone/zone-store.js';

/** All that answers are made of but states: immutable, and replaced whole by a reload. */
export interface Catalog {
  readonly zones: ZoneStore;
  /** A steered RRset has an index of it. */
  readonly services: readonly Steering[];
  /** By service and member: where the addresses of a host member are kept when its host is outside of the served zones, or -1. */
  readonly hostAliases: readonly Int32Array[];
  /** Words of the AliasTable. */
  readonly aliasWords: Int32Array;
  /** Words of `turns` that the services own together. */
  readonly turnWords: number;
}
