import type { Catalog } from '../answer/catalog.js';
import type { PlaceTable } from '../geo/place-table.js';
import type { AliasTable } from '../state/alias-table.js';
import type { MemberStates } from '../state/member-states.js';
import { type CompileContext, compileService, type Service } from '../steer/service.js';
import type { ServiceSpec } from '../steer/spec.js';
import { lowerName } from '../wire/name.js';
import { RrType } from '../wire/protocol.js';
import { externalTarget } from '../zone/external-target.js';
import { ZoneBuilder } from '../zone/zone-builder.js';
import { SteeredFlag, type ZoneStore } from '../zone/zone-store.js';
import type { GslbRecord, RecordSource, UrlForwardRecord, ZoneSource } from '../zonefile/zone-source.js';

/** What a catalog is made of: checked, every reference in it resolves. */
export interface CatalogInput {
  readonly zones: readonly ZoneSource[];
  readonly services: ReadonlyMap<string, ServiceSpec>;
  readonly places: PlaceTable;
  readonly states: MemberStates;
  readonly aliases: AliasTable;
}

/** A catalog, and what only the cold side needs of it. */
export interface BuiltCatalog {
  readonly catalog: Catalog;
  /** `catalog.services` with what explain tells of them; first those of their own files, in order. */
  readonly services: readonly Service[];
  /** URLFWD by the number that the store has for it. */
  readonly forwards: readonly UrlForwardRecord[];
  /** Names outside of the served zones whose addresses are answered: what the resolver is to know. Lower case. */
  readonly aliasTargets: readonly Uint8Array[];
}

/** Compiles zones and services into what answers are made of. */
export function buildCatalog(input: CatalogInput): BuiltCatalog {
  const services = new ServiceList(input);
  for (const spec of input.services.values()) services.add(spec);
  const forwards: UrlForwardRecord[] = [];
  const builder = new ZoneBuilder();
  for (const zone of input.zones) {
    builder.addZone(zone.apex);
    const crowded = crowdedOwners(zone);
    for (const record of zone.records) addRecord(builder, record, crowded, services, forwards);
  }
  const targets = new Map<string, Uint8Array>();
  const aliasSlot = (target: Uint8Array): number => {
    targets.set(ownerKey(target), target);
    return input.aliases.slotOf(target);
  };
  const zones = builder.build(aliasSlot);
  // An ALIAS may lead to any steered name, whose host members are then flattened.
  const anyAlias = input.zones.some(({ records }) => records.some(({ kind }) => kind === 'alias'));
  const catalog: Catalog = {
    zones,
    services: services.list,
    hostAliases: services.list.map((service, index) =>
      services.flattened.has(index) || anyAlias ? hostAliases(zones, service, aliasSlot) : NONE,
    ),
    aliasWords: input.aliases.words,
    turnWords: services.turnWords,
  };
  return { catalog, services: services.list, forwards, aliasTargets: [...targets.values()] };
}

const NONE = new Int32Array(0);

/** Services compiled by now, in the order of their indexes. */
class ServiceList {
  readonly list: Service[] = [];
  readonly index = new Map<string, number>();
  /** Those whose host members are answered by their addresses at some name. */
  readonly flattened = new Set<number>();
  readonly #context: CompileContext;

  constructor({ places, states }: CatalogInput) {
    this.#context = { places, states, ruleTables: new Map(), turnWords: 0 };
  }

  get turnWords(): number {
    return this.#context.turnWords;
  }

  add(spec: ServiceSpec): number {
    const index = this.list.length;
    this.list.push(compileService(spec, this.#context));
    this.index.set(spec.name, index);
    return index;
  }
}

function addRecord(
  builder: ZoneBuilder,
  record: RecordSource,
  crowded: ReadonlySet<string>,
  services: ServiceList,
  forwards: UrlForwardRecord[],
): void {
  switch (record.kind) {
    case 'static':
      builder.addStatic(record.owner, record.type, record.ttl, record.rdata);
      return;
    case 'gslb':
      addGslb(builder, record, crowded.has(ownerKey(record.owner)), services);
      return;
    case 'dynamic': {
      const service = services.add(record.service);
      builder.addSteered(record.owner, record.type, record.ttl, service, SteeredFlag.TTL_BOUND);
      return;
    }
    case 'alias':
      builder.addAlias(record.owner, RrType.A, record.ttl, record.target);
      builder.addAlias(record.owner, RrType.AAAA, record.ttl, record.target);
      return;
    case 'urlfwd':
      builder.addForward(record.owner, record.ttl, forwards.length);
      forwards.push(record);
  }
}

/** A service at a name: as CNAME alone where all its members are hosts and nothing else is there, else as A and AAAA. */
function addGslb(builder: ZoneBuilder, record: GslbRecord, crowded: boolean, services: ServiceList): void {
  const index = services.index.get(record.service);
  const service = index === undefined ? undefined : services.list[index];
  if (index === undefined || service === undefined)
    throw new RangeError(`there is no service ${record.service}`);
  const onlyHosts = service.spec.members.every(({ host }) => host !== undefined);
  const flags = (crowded ? SteeredFlag.FLATTEN : 0) | (record.ttlGiven ? SteeredFlag.TTL_BOUND : 0);
  if (crowded) services.flattened.add(index);
  const types = onlyHosts && !crowded ? [RrType.CNAME] : [RrType.A, RrType.AAAA];
  for (const type of types) builder.addSteered(record.owner, type, record.ttl, index, flags);
}

/** Owners with more than one RRset, the apex with its SOA among them: no CNAME may stand there (RFC 1034 §3.6.2). */
function crowdedOwners(zone: ZoneSource): Set<string> {
  const seen = new Set<string>();
  const crowded = new Set<string>();
  for (const record of zone.records) {
    const key = ownerKey(record.owner);
    if (seen.has(key)) crowded.add(key);
    seen.add(key);
  }
  return crowded;
}

function ownerKey(owner: Uint8Array): string {
  return String.fromCharCode(...lowerName(owner));
}

/** Where the addresses of each host member are kept when its host is not served here, or -1. */
function hostAliases(
  zones: ZoneStore,
  service: Service,
  aliasSlot: (target: Uint8Array) => number,
): Int32Array {
  return Int32Array.from(service.spec.members, ({ host }) => {
    const target = host === undefined ? undefined : externalTarget(zones, host);
    return target === undefined ? -1 : aliasSlot(target);
  });
}
