import type { PlaceTable } from '../geo/place-table.js';
import type { AliasTable } from '../state/alias-table.js';
import type { Service } from '../steer/service.js';
import type { ZoneStore } from '../zone/zone-store.js';

/** All that answers are made of but states: immutable, and replaced whole by a reload. */
export interface Catalog {
  readonly zones: ZoneStore;
  /** A steered RRset has an index of it. */
  readonly services: readonly Service[];
  /** By service and member: where the addresses of a host member are kept when its host is outside of the served zones, or -1. */
  readonly hostAliases: readonly Int32Array[];
  readonly aliases: AliasTable;
  readonly places: PlaceTable;
  /** Words of `turns` that the services own together. */
  readonly turnWords: number;
}
