import type { Catalog } from '../answer/catalog.js';
import type { PlaceTable } from '../geo/place-table.js';
import type { AliasTable } from '../state/alias-table.js';
import type { MemberStates } from '../state/member-states.js';
import { type CompileContext, compileService, type Service } from '../steer/service.js';
import type { ServiceSpec } from '../steer/spec.js';
import { externalTarget } from '../zone/external-target.js';
import { RrsetWord, type ZoneStore } from '../zone/zone-store.js';
import type { UrlForwardRecord, ZoneSource } from '../zonefile/zone-source.js';
import { type CompiledZones, compileZones } from './compile-zones.js';

/** What a catalog is made of beside zones: checked, every reference in it resolves. */
export interface CatalogParts {
  readonly services: ReadonlyMap<string, ServiceSpec>;
  readonly places: PlaceTable;
  readonly states: MemberStates;
  readonly aliases: AliasTable;
}

export interface CatalogInput extends CatalogParts {
  readonly zones: readonly ZoneSource[];
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
  return assembleCatalog(compileZones(input.zones, input.services), input);
}

/**
 * Makes a catalog of zones that are compiled.
 * @param zones their alias slots are filled in
 * @param parts what the zones were compiled with
 */
export function assembleCatalog(zones: CompiledZones, parts: CatalogParts): BuiltCatalog {
  const { states, places, aliases } = parts;
  const context: CompileContext = { places, states, ruleTables: new Map(), turnWords: 0 };
  const specs = [...parts.services.values(), ...zones.dynamic];
  const services = specs.map((spec) => compileService(spec, context));
  const targets = new Map<string, Uint8Array>();
  const aliasSlot = (target: Uint8Array): number => {
    targets.set(String.fromCharCode(...target), target);
    return aliases.slotOf(target);
  };
  const { store } = zones;
  const slots = zones.aliasTargets.map(aliasSlot);
  for (const rrset of zones.aliasRrsets) {
    const at = rrset + RrsetWord.WIRE_AT;
    store.words[at] = (slots[(store.words[at] as number) - 1] as number) + 1;
  }
  const catalog: Catalog = {
    zones: store,
    services,
    // An ALIAS may lead to any steered name, whose host members are then flattened.
    hostAliases: services.map((service, index) =>
      zones.flattened.has(index) || zones.anyAlias ? hostAliases(store, service, aliasSlot) : NONE,
    ),
    aliasWords: aliases.words,
    turnWords: context.turnWords,
  };
  return { catalog, services, forwards: zones.forwards, aliasTargets: [...targets.values()] };
}

const NONE = new Int32Array(0);

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
