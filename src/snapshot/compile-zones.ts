import type { ServiceSpec } from '../steer/spec.js';
import { MAX_NAME_OCTETS } from '../wire/name.js';
import { RrType } from '../wire/protocol.js';
import { ZoneBuilder } from '../zone/zone-builder.js';
import { SteeredFlag, type ZoneStore } from '../zone/zone-store.js';
import { OTHER, RecordList, RecordWord } from '../zonefile/record-list.js';
import type { GslbRecord, RecordSource, UrlForwardRecord, ZoneSource } from '../zonefile/zone-source.js';

/** Zones compiled as far as it takes no state of the process: what a thread can do beside the one that serves. */
export interface CompiledZones {
  /** Its ALIAS RRsets have indexes of {@link aliasTargets} where they are to have alias slots. */
  readonly store: ZoneStore;
  /** Services of octoDNS `dynamic`: their indexes follow those of services of their own files. */
  readonly dynamic: readonly ServiceSpec[];
  /** Indexes of services whose host members are answered by their addresses at some name. */
  readonly flattened: ReadonlySet<number>;
  /** URLFWD by the number that the store has for it. */
  readonly forwards: readonly UrlForwardRecord[];
  /** Names outside of the served zones that ALIAS leads to, lower case. */
  readonly aliasTargets: readonly Uint8Array[];
  /** RRsets of ALIAS that lead outside. */
  readonly aliasRrsets: readonly number[];
  /** True when there is ALIAS, to a name inside or outside. */
  readonly anyAlias: boolean;
}

/**
 * Compiles zones.
 * @param services of their own files, by name
 * @param unavailable apexes of zones whose every name is answered with SERVFAIL
 * @throws RangeError when a reference does not resolve, or there is more than a store holds
 */
export function compileZones(
  zones: readonly ZoneSource[],
  services: ReadonlyMap<string, ServiceSpec>,
  unavailable: readonly Uint8Array[] = [],
): CompiledZones {
  const compiler = new Compiler(services);
  for (const zone of zones) compiler.add(zone);
  for (const apex of unavailable) compiler.addUnavailable(apex);
  return compiler.finish();
}

/** No catalog has so many. */
const NO_SERVICE = 0xffffffff;
const ASTERISK_LABEL = [1, 0x2a] as const;

class Compiler {
  readonly #builder = new ZoneBuilder();
  readonly #services: ReadonlyMap<string, ServiceSpec>;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #dynamic: ServiceSpec[] = [];
  readonly #flattened = new Set<number>();
  readonly #forwards: UrlForwardRecord[] = [];
  #anyAlias = false;

  constructor(services: ReadonlyMap<string, ServiceSpec>) {
    this.#services = services;
    this.#indexes = new Map([...services.keys()].map((name, index) => [name, index]));
  }

  add(zone: ZoneSource): void {
    const records = RecordList.from(zone.records);
    this.#builder.addZone(zone.apex);
    for (let record = 0; record < records.length; record++) {
      const type = records.word(record, RecordWord.TYPE);
      if (type === OTHER) continue;
      this.#builder.addPacked(
        records.octets,
        records.ownerAt(record),
        type,
        records.word(record, RecordWord.TTL),
        records.word(record, RecordWord.COUNT),
        records.word(record, RecordWord.DATA_AT),
        records.dataEnd(record),
      );
    }
    for (const record of records.others) this.#addOther(record);
    // Last, for what a service answers with depends on what else is at the name.
    for (const record of records.others) if (record.kind === 'gslb') this.#addGslb(record);
  }

  /** A service that is not there answers at the apex, for the SOA, and below it, for every type as CNAME does: with SERVFAIL. */
  addUnavailable(apex: Uint8Array): void {
    this.#builder.addZone(apex);
    this.#builder.addSteered(apex, RrType.SOA, 0, NO_SERVICE, 0);
    this.#builder.addSteered(apex, RrType.CNAME, 0, NO_SERVICE, 0);
    if (apex.length + ASTERISK_LABEL.length > MAX_NAME_OCTETS) return;
    const wildcard = Uint8Array.of(...ASTERISK_LABEL, ...apex);
    this.#builder.addSteered(wildcard, RrType.CNAME, 0, NO_SERVICE, 0);
  }

  finish(): CompiledZones {
    const indexes = new Map<string, number>();
    const aliasTargets: Uint8Array[] = [];
    const aliasRrsets: number[] = [];
    const store = this.#builder.build((target, rrset) => {
      const key = String.fromCharCode(...target);
      const index = indexes.get(key) ?? aliasTargets.push(target) - 1;
      indexes.set(key, index);
      aliasRrsets.push(rrset);
      return index;
    });
    return {
      store,
      dynamic: this.#dynamic,
      flattened: this.#flattened,
      forwards: this.#forwards,
      aliasTargets,
      aliasRrsets,
      anyAlias: this.#anyAlias,
    };
  }

  #addOther(record: RecordSource): void {
    const builder = this.#builder;
    switch (record.kind) {
      case 'static':
      case 'gslb':
        return;
      case 'dynamic': {
        const service = this.#indexes.size + this.#dynamic.push(record.service) - 1;
        builder.addSteered(record.owner, record.type, record.ttl, service, SteeredFlag.TTL_BOUND);
        return;
      }
      case 'alias':
        this.#anyAlias = true;
        builder.addAlias(record.owner, RrType.A, record.ttl, record.target);
        builder.addAlias(record.owner, RrType.AAAA, record.ttl, record.target);
        return;
      case 'urlfwd':
        builder.addForward(record.owner, record.ttl, this.#forwards.length);
        this.#forwards.push(record);
    }
  }

  /**
   * A service at a name: as CNAME alone where all its members are hosts and nothing else is there, the SOA of the apex among it
   * (RFC 1034 §3.6.2), else as A and AAAA.
   */
  #addGslb(record: GslbRecord): void {
    const index = this.#indexes.get(record.service);
    const spec = this.#services.get(record.service);
    if (index === undefined || spec === undefined)
      throw new RangeError(`there is no service ${record.service}`);
    const crowded = this.#builder.hasRrsets(record.owner);
    const onlyHosts = spec.members.every(({ host }) => host !== undefined);
    const flags = (crowded ? SteeredFlag.FLATTEN : 0) | (record.ttlGiven ? SteeredFlag.TTL_BOUND : 0);
    if (crowded) this.#flattened.add(index);
    const types = onlyHosts && !crowded ? [RrType.CNAME] : [RrType.A, RrType.AAAA];
    for (const type of types) this.#builder.addSteered(record.owner, type, record.ttl, index, flags);
  }
}
