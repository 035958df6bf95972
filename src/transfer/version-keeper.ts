import type { Catalog } from '../answer/catalog.js';
import type { TransferSpec } from '../config/config.js';
import { formatName } from '../wire/name.js';
import { isTooLarge, nextVersion, type ZoneVersion } from './journal.js';
import { serialOf } from './rr-list.js';
import type { TransferZone } from './thread-messages.js';
import type { TransferLog } from './transfer-log.js';
import { VersionStore } from './version-store.js';
import { ZoneLister } from './zone-list.js';

/** What is transferred of the zones: common values, and what holds for a zone instead. */
export interface TransferSpecs extends TransferSpec {
  readonly zones: ReadonlyMap<string, TransferSpec>;
}

/** A zone as it is now, and how it came to be so. */
export type ListedZone = Omit<TransferZone, 'allow'>;

/** What versions are made of. */
export interface VersionWork {
  readonly catalog: Catalog;
  readonly transfer: TransferSpecs;
  /** How many words the states of members have. */
  readonly stateWords: number;
}

/** What holds for a zone. @param name in presentation format, lower case */
export function specOf(transfer: TransferSpecs, name: string): TransferSpec {
  return transfer.zones.get(name) ?? transfer;
}

/** Whether anyone may transfer a zone, or is told of it. */
export function isTransferred({ allow, notify }: TransferSpec): boolean {
  return allow.length + notify.length > 0;
}

/**
 * Lists the zones that someone may transfer, or is told of, and keeps their last changes. A zone of a million records takes
 * seconds: see version-thread.ts.
 */
export class VersionKeeper {
  readonly #store: VersionStore;
  readonly #warn: TransferLog['warn'];
  readonly #versions = new Map<string, ZoneVersion>();

  /** @param folder where versions are kept, so that IXFR goes on after a restart */
  constructor(folder: string, warn: TransferLog['warn']) {
    this.#store = new VersionStore(folder);
    this.#warn = warn;
  }

  /** Takes the zones of another catalog, and gives each. */
  async *update({ catalog, transfer, stateWords }: VersionWork): AsyncGenerator<ListedZone> {
    const wanted = (apex: Uint8Array): boolean => isTransferred(specOf(transfer, formatName(apex)));
    const lister = new ZoneLister(catalog, wanted, stateWords, () => Math.floor(Date.now() / 1000));
    const names = new Set<string>();
    for (const zone of lister.zones()) {
      const apex = lister.apexOf(zone);
      const name = formatName(apex);
      names.add(name);
      const { list, changes } = await this.#versionOf(name, lister, zone);
      yield { apex, serial: serialOf(list), list, changes };
    }
    for (const name of this.#versions.keys()) if (!names.has(name)) this.#versions.delete(name);
    await this.#store.prune(names);
  }

  async #versionOf(name: string, lister: ZoneLister, zone: number): Promise<ZoneVersion> {
    const before = this.#versions.get(name) ?? (await this.#store.read(name));
    const version = nextVersion(before, lister.list(zone));
    this.#versions.set(name, version);
    if (version === before || isTooLarge(version.list)) return version;
    if (!version.exact) {
      this.#warn({ zone: name }, `zone ${name} changed but its serial did not: secondaries keep the old one`);
    }
    try {
      await this.#store.write(name, version);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#warn({ zone: name }, `versions of zone ${name} can't be kept for IXFR: ${why}`);
    }
    return version;
  }
}
