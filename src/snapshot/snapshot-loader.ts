import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../answer/catalog.js';
import { checkReferences } from '../config/check-references.js';
import type { Config } from '../config/config.js';
import type { Diagnostics } from '../config/diagnostics.js';
import { linesOf, loadNetworks } from '../config/load-networks.js';
import { loadServices } from '../config/load-services.js';
import { GeoDatabasesError } from '../geo/compile-places.js';
import type { NetworkSpec } from '../geo/network-spec.js';
import type { PlaceTable } from '../geo/place-table.js';
import type { AliasTable } from '../state/alias-table.js';
import type { MemberStates } from '../state/member-states.js';
import type { Service } from '../steer/service.js';
import type { ServiceSpec } from '../steer/spec.js';
import type { SecondaryData } from '../transfer/secondaries.js';
import { parseName } from '../wire/name.js';
import type { SerialState } from '../zonefile/serial.js';
import type { UrlForwardRecord } from '../zonefile/zone-source.js';
import { assembleCatalog } from './build-catalog.js';
import type { CompiledZones } from './compile-zones.js';
import { loadPlaces, pathOfDatabase } from './geo-files.js';
import type { ZoneResult, ZoneSummary } from './read-zones.js';
import type { SerialStore } from './serial-store.js';
import { loadZoneFiles } from './zone-files.js';

/** All that one load of the configuration gives: compiled, immutable, replaced whole. */
export interface Snapshot {
  readonly config: Config;
  readonly catalog: Catalog;
  /** Every service, octoDNS `dynamic` too, in the catalog's order. */
  readonly services: readonly Service[];
  readonly places: PlaceTable;
  /** Services of their own files, by name. */
  readonly serviceByName: ReadonlyMap<string, Service>;
  readonly zones: readonly ZoneSummary[];
  /** URLFWD by the number that the zone store has for it. */
  readonly forwards: readonly UrlForwardRecord[];
  /** Names outside of the served zones that the resolver is to know, lower case. */
  readonly aliasTargets: readonly Uint8Array[];
  readonly loadedAt: number;
}

/** What a snapshot is loaded into, and what it remembers between loads. */
export interface LoaderOptions {
  readonly states: MemberStates;
  readonly aliases: AliasTable;
  /** Without it neither automatic serials nor zones that took long to read are kept. */
  readonly serials?: SerialStore;
  /** Automatic serials that an instance serves, by zone; nothing is kept of them. */
  readonly served?: ReadonlyMap<string, SerialState>;
  /** Told before each piece of work that may take long. */
  readonly onStep?: (step: string) => void;
  /** What has come of the zones from elsewhere; without it nothing has. */
  readonly secondaries?: (config: Config) => readonly SecondaryData[];
}

/** Loads configuration, zones, services and geo data, all checked; one that has errors is not loaded at all. */
export class SnapshotLoader {
  readonly #options: LoaderOptions;
  #places: { readonly key: string; readonly table: PlaceTable } | undefined;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * Loads all that a configuration names.
   * @param diagnostics takes every error and warning of all files
   * @returns undefined when there are errors
   */
  async load(config: Config, diagnostics: Diagnostics): Promise<Snapshot | undefined> {
    const networks = loadNetworks(config.geo.networks, diagnostics);
    const services = loadServices(config.services, diagnostics, linesOf(networks));
    try {
      const [zones, places] = await Promise.all([
        this.#loadZones(config, services),
        this.#loadPlaces(config, networks, diagnostics),
      ]);
      for (const diagnostic of zones.diagnostics) diagnostics.list.push(diagnostic);
      checkReferences(config, services, zones.unresolved, diagnostics);
      if (places === undefined || zones.compiled === undefined || diagnostics.hasErrors) return undefined;
      return await this.#assemble(config, zones, zones.compiled, services, places);
    } catch (error) {
      // More members, places or targets than the tables of a process hold: the message names what and the bound.
      if (!(error instanceof RangeError)) throw error;
      diagnostics.fileError(config.file, error.message);
      return undefined;
    }
  }

  /**
   * Reads and checks services and zones as {@link load} does, and keeps nothing of it.
   * @param replaced what zone files would have in them, by absolute path
   * @param diagnostics takes every error and warning
   */
  async check(
    config: Config,
    replaced: ReadonlyMap<string, Uint8Array>,
    diagnostics: Diagnostics,
  ): Promise<void> {
    const networks = loadNetworks(config.geo.networks, diagnostics);
    const services = loadServices(config.services, diagnostics, linesOf(networks));
    try {
      const zones = await this.#loadZones(config, services, replaced);
      for (const diagnostic of zones.diagnostics) diagnostics.list.push(diagnostic);
      checkReferences(config, services, zones.unresolved, diagnostics);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      diagnostics.fileError(config.file, error.message);
    }
  }

  #loadZones(
    config: Config,
    services: ReadonlyMap<string, ServiceSpec>,
    replaced?: ReadonlyMap<string, Uint8Array>,
  ): Promise<ZoneResult> {
    const { serials, served = new Map() } = this.#options;
    return loadZoneFiles(
      {
        folder: config.zones,
        services,
        serials: serials?.kept ?? served,
        nowSeconds: Math.floor(Date.now() / 1000),
        secondaries: (this.#options.secondaries ?? secondariesWithout)(config),
        // Who keeps serials owns the folder.
        cache: {
          folder: join(config.state, 'cache'),
          write: serials !== undefined && replaced === undefined,
        },
        ...(replaced === undefined ? {} : { replaced }),
      },
      (step) => this.#step(step),
    );
  }

  async #assemble(
    config: Config,
    zones: ZoneResult,
    compiled: CompiledZones,
    services: ReadonlyMap<string, ServiceSpec>,
    places: PlaceTable,
  ): Promise<Snapshot> {
    const { states, aliases, serials } = this.#options;
    const built = assembleCatalog(compiled, { services, places, states, aliases });
    await serials?.keep(zones.serials);
    const own = built.services.slice(0, services.size);
    return {
      config,
      catalog: built.catalog,
      services: built.services,
      places,
      serviceByName: new Map(own.map((service) => [service.spec.name, service])),
      zones: zones.summaries,
      forwards: built.forwards,
      aliasTargets: built.aliasTargets,
      loadedAt: Date.now(),
    };
  }

  /** The table of before when nothing that it is made of has changed. */
  async #loadPlaces(
    config: Config,
    networks: readonly NetworkSpec[],
    diagnostics: Diagnostics,
  ): Promise<PlaceTable | undefined> {
    const { databases } = config.geo;
    try {
      const key = JSON.stringify([await Promise.all(databases.map(signatureOf)), networks]);
      if (this.#places?.key !== key) {
        const table = await loadPlaces({ databases, networks }, (step) => this.#step(step));
        this.#places = { key, table };
      }
      return this.#places?.table;
    } catch (error) {
      if (!(error instanceof GeoDatabasesError)) throw error;
      for (const { name, message } of error.problems) diagnostics.fileError(name, message);
      return undefined;
    }
  }

  #step(step: string): void {
    this.#options.onStep?.(step);
  }
}

/** Zones of which nothing has come: their overlays are checked all the same. */
function secondariesWithout({ secondaries }: Config): SecondaryData[] {
  return [...secondaries].map(([name, { overlay }]) => ({ apex: parseName(name), list: undefined, overlay }));
}

/** Changes when a file does. A file that can't be looked at is told of when it is read. */
async function signatureOf(database: string): Promise<string> {
  const found = await stat(pathOfDatabase(database)).catch(() => undefined);
  return `${database} ${found?.size} ${found?.mtimeMs} ${found?.ino}`;
}
