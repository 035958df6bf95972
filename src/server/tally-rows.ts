import type { Catalog } from '../answer/catalog.js';
import type { TallyRows } from '../answer/tally.js';
import { MEMBER_ROWS, OTHER_MEMBER, ZoneRow } from '../answer/tally-layout.js';
import { SharedArena } from '../state/shared-arena.js';
import type { Service } from '../steer/service.js';
import { formatName } from '../wire/name.js';
import { Zone, type ZoneStore, zoneWord } from '../zone/zone-store.js';

/** Whose answers a row of members counts. */
export interface MemberName {
  readonly service: string;
  readonly pool: string;
  readonly member: string;
}

/**
 * Which row of the threads' tallies counts which zone, and which member of a pool. A name keeps its row while the process lives,
 * so that counts only rise; when the rows are used up new names share the row of others.
 */
export class TallyRowNames {
  /** By row. */
  readonly zones: string[] = ['none', 'other'];
  /** By row; the first stands for all that have none. */
  readonly members: MemberName[] = [{ service: 'other', pool: 'other', member: 'other' }];
  readonly #zoneRows = new Map<string, number>();
  readonly #memberRows = new Map<string, number>();

  /** @param maxZones zones with a row of their own */
  constructor(private readonly maxZones: number) {}

  /** The rows of a catalog, in shared memory. */
  rowsOf(catalog: Catalog, services: readonly Service[]): TallyRows {
    const arena = new SharedArena();
    return {
      zones: arena.share(this.#zonesOf(catalog.zones)),
      members: services.map((service) => arena.share(this.#membersOf(service))),
    };
  }

  #zonesOf(store: ZoneStore): Uint16Array {
    const count = store.zones.length / Zone.WORDS;
    return Uint16Array.from({ length: count }, (_, zone) =>
      this.#rowOfZone(formatName(store.apexNames, zoneWord(store, zone, Zone.NAME_AT))),
    );
  }

  #rowOfZone(name: string): number {
    const known = this.#zoneRows.get(name);
    if (known !== undefined) return known;
    if (this.#zoneRows.size >= this.maxZones) return ZoneRow.OTHER;
    this.zones.push(name);
    this.#zoneRows.set(name, this.zones.length - 1);
    return this.zones.length - 1;
  }

  #membersOf({ spec, pools }: Service): Uint16Array {
    const rows = new Uint16Array(pools.length * spec.members.length).fill(OTHER_MEMBER);
    pools.forEach(({ members }, pool) => {
      for (const member of members) {
        rows[pool * spec.members.length + member] = this.#rowOfMember({
          service: spec.name,
          pool: spec.pools[pool]?.name ?? '',
          member: spec.members[member]?.name ?? '',
        });
      }
    });
    return rows;
  }

  #rowOfMember(name: MemberName): number {
    const key = `${name.service}\n${name.pool}\n${name.member}`;
    const known = this.#memberRows.get(key);
    if (known !== undefined) return known;
    if (this.members.length === MEMBER_ROWS) return OTHER_MEMBER;
    this.members.push(name);
    this.#memberRows.set(key, this.members.length - 1);
    return this.members.length - 1;
  }
}
