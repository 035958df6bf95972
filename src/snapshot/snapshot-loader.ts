import { stat } from 'node:fs/promises';
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
import { formatName } from '../wire/name.js';
import { loadZones } from '../zonefile/load-zones.js';
import type { SerialState } from '../zonefile/serial.js';
import type { UrlForwardRecord, ZoneSource } from '../zonefile/zone-source.js';
import { buildCatalog } from './build-catalog.js';

import { loadPlaces, pathOfDatabase } from './geo-files.js';
import { type SerialStore, withSerial } from './serial-store.js';

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

export interface ZoneSummary {
  /** In presentation format. */
  readonly name: string;
  readonly serial: number;
  /** Resource records. */
  readonly records: number;
}

/** What a snapshot is loaded into, and what it remembers between loads. */
export interface LoaderOptions {
  readonly states: MemberStates;
  readonly aliases: AliasTable;
  /** Without it automatic serials are made anew and not kept. */
  readonly serials?: SerialStore;
  /** Told before each piece of work that may take long. */
  readonly onStep?: (step: string) => void;
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
    this.#step(`zones of ${config.zones}`);
    const zones = loadZones(config.zones, diagnostics);
    checkReferences(config, services, zones, diagnostics);
    const places = await this.#loadPlaces(config, networks, diagnostics);
    if (places === undefined || diagnostics.hasErrors) return undefined;
    try {
      return await this.#compile(config, zones, services, places);
    } catch (error) {
      // More members, places or targets than the tables of a process hold: the message names what and the bound.
      if (!(error instanceof RangeError)) throw error;
      diagnostics.fileError(config.file, error.message);
      return undefined;
    }
  }

  async #compile(
    config: Config,
    loaded: readonly ZoneSource[],
    services: ReadonlyMap<string, ServiceSpec>,
    places: PlaceTable,
  ): Promise<Snapshot> {
    const { states, aliases, serials } = this.#options;
    const kept = new Map<string, SerialState>();
    const now = Date.now();
    const zones = loaded.map((zone) => withSerial(zone, serials, kept, Math.floor(now / 1000)));
    this.#step('compiling');
    const built = buildCatalog({ zones: zones.map(({ zone }) => zone), services, places, states, aliases });
    await serials?.keep(kept);
    const own = built.services.slice(0, services.size);
    return {
      config,
      catalog: built.catalog,
      services: built.services,
      places,
      serviceByName: new Map(own.map((service) => [service.spec.name, service])),
      zones: zones.map(({ zone, serial }) => ({
        name: formatName(zone.apex),
        serial,
        records: countRecords(zone),
      })),
      forwards: built.forwards,
      aliasTargets: built.aliasTargets,
      loadedAt: now,
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

/** Changes when a file does. A file that can't be looked at is told of when it is read. */
async function signatureOf(database: string): Promise<string> {
  const found = await stat(pathOfDatabase(database)).catch(() => undefined);
  return `${database} ${found?.size} ${found?.mtimeMs} ${found?.ino}`;
}

function countRecords({ records }: ZoneSource): number {
  return records.reduce((sum, record) => sum + (record.kind === 'static' ? record.rdata.length : 1), 0);
}
