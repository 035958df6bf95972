import type { Catalog } from '../answer/catalog.js';
import { parsePrefix } from '../config/address.js';
import type { Config, PeerSpec, TransferSpec } from '../config/config.js';
import { formatName, parseName } from '../wire/name.js';
import { nameKey } from './access.js';
import { isTooLarge, nextVersion, type ZoneVersion } from './journal.js';
import type { NotifyTarget, NotifyZone } from './notifier.js';
import { rrAt, serialOf } from './rr-list.js';
import type { Allowed, TransferZone } from './thread-messages.js';
import type { TransferLog } from './transfer-log.js';
import type { TsigKey } from './tsig-key.js';
import { VersionStore } from './version-store.js';
import { ZoneLister } from './zone-list.js';

/** Keeps what is transferred from here: the zones that someone may transfer, or is told of, and their last changes. */
export class TransferPrimary {
  readonly #store: VersionStore;
  readonly #log: TransferLog;
  readonly #versions = new Map<string, ZoneVersion>();

  /** @param folder where versions are kept, so that IXFR goes on after a restart */
  constructor(folder: string, log: TransferLog) {
    this.#store = new VersionStore(folder);
    this.#log = log;
  }

  /**
   * Takes the zones of another catalog.
   * @param stateWords how many words the states of members have
   * @returns the zones as threads transfer them, and those to notify of
   */
  async update(
    { transfer }: Config,
    keys: ReadonlyMap<string, TsigKey>,
    catalog: Catalog,
    stateWords: number,
  ): Promise<{ zones: TransferZone[]; notify: NotifyZone[] }> {
    const specOf = (name: string): TransferSpec => transfer.zones.get(name) ?? transfer;
    const wanted = (apex: Uint8Array): boolean => {
      const { allow, notify } = specOf(formatName(apex));
      return allow.length + notify.length > 0;
    };
    const lister = new ZoneLister(catalog, wanted, stateWords, () => Math.floor(Date.now() / 1000));
    const zones: TransferZone[] = [];
    const notify: NotifyZone[] = [];
    const names = new Set<string>();
    for (const zone of lister.zones()) {
      const apex = lister.apexOf(zone);
      const name = formatName(apex);
      names.add(name);
      const { list, changes } = await this.#versionOf(name, lister, zone);
      const spec = specOf(name);
      const serial = serialOf(list);
      zones.push({ apex, serial, list, changes, allow: spec.allow.map(allowedOf) });
      const soa = list.slice(0, rrAt(list, 0).end);
      notify.push({ name, apex, serial, soa, targets: spec.notify.map((peer) => targetOf(peer, keys)) });
    }
    for (const name of this.#versions.keys()) if (!names.has(name)) this.#versions.delete(name);
    await this.#store.prune(names);
    return { zones, notify };
  }

  async #versionOf(name: string, lister: ZoneLister, zone: number): Promise<ZoneVersion> {
    const before = this.#versions.get(name) ?? (await this.#store.read(name));
    const version = nextVersion(before, lister.list(zone));
    this.#versions.set(name, version);
    if (version === before || isTooLarge(version.list)) return version;
    if (!version.exact) {
      this.#log.warn(
        { zone: name },
        `zone ${name} changed but its serial did not: secondaries keep the old one`,
      );
    }
    try {
      await this.#store.write(name, version);
    } catch (error) {
      this.#log.warn({ err: error, zone: name }, `versions of zone ${name} can't be kept for IXFR`);
    }
    return version;
  }
}

/** Who may transfer or notify. */
function allowedOf({ prefix, key }: { readonly prefix?: string; readonly key?: string }): Allowed {
  const reading = prefix === undefined ? undefined : parsePrefix(prefix);
  return {
    ...(reading?.ok === true ? { prefix: reading.prefix } : {}),
    ...(key === undefined ? {} : { key: parseName(key) }),
  };
}

/** A peer with its key. */
export function targetOf({ address, port, key }: PeerSpec, keys: ReadonlyMap<string, TsigKey>): NotifyTarget {
  return { address, port, key: key === undefined ? undefined : keys.get(nameKey(parseName(key))) };
}
