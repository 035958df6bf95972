import { parsePrefix } from '../config/address.js';
import type { PeerSpec, TransferSpec } from '../config/config.js';
import type { Service } from '../steer/service.js';
import { formatName, parseName } from '../wire/name.js';
import { nameKey } from './access.js';
import type { NotifyTarget, NotifyZone } from './notifier.js';
import { rrAt } from './rr-list.js';
import type { Allowed, TransferZone } from './thread-messages.js';
import type { TransferLog } from './transfer-log.js';
import type { TsigKey } from './tsig-key.js';
import { isTransferred, type ListedZone, specOf, VersionKeeper, type VersionWork } from './version-keeper.js';
import { VersionThread } from './version-thread.js';

/** Zones that are smaller together are listed in less time than it takes to tell a thread of them: some 2,000 RRs. */
const MIN_THREAD_OCTETS = 1 << 18;

/** What is transferred from here: the zones that someone may transfer, or is told of, and their last changes. */
export class TransferPrimary {
  readonly #log: TransferLog;
  readonly #keeper: VersionKeeper;
  readonly #thread: VersionThread;
  /** Once zones were large: the thread has their versions. */
  #threaded = false;
  #listed: readonly ListedZone[] = [];

  /** @param folder where versions are kept, so that IXFR goes on after a restart */
  constructor(folder: string, log: TransferLog) {
    this.#log = log;
    const warn: TransferLog['warn'] = (fields, message) => log.warn(fields, message);
    this.#keeper = new VersionKeeper(folder, warn);
    this.#thread = new VersionThread(folder, warn);
  }

  /**
   * Takes the zones of another catalog.
   * @param services of the catalog
   * @returns the zones as threads transfer them, and those to notify of
   */
  async update(
    work: VersionWork,
    services: readonly Service[],
    keys: ReadonlyMap<string, TsigKey>,
  ): Promise<{ zones: TransferZone[]; notify: NotifyZone[] }> {
    try {
      this.#listed = await this.#list(work, services);
    } catch (error) {
      this.#log.warn({ err: error }, 'zones are transferred as they were before: they could not be listed');
    }
    const allowed = new Map<TransferSpec, Allowed[]>();
    const zones: TransferZone[] = [];
    const notify: NotifyZone[] = [];
    for (const listed of this.#listed) {
      const name = formatName(listed.apex);
      const spec = specOf(work.transfer, name);
      const allow = allowed.get(spec) ?? spec.allow.map(allowedOf);
      allowed.set(spec, allow);
      zones.push({ ...listed, allow });
      const soa = listed.list.slice(0, rrAt(listed.list, 0).end);
      const targets = spec.notify.map((peer) => targetOf(peer, keys));
      notify.push({ name, apex: listed.apex, serial: listed.serial, soa, targets });
    }
    return { zones, notify };
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }

  async #list(work: VersionWork, services: readonly Service[]): Promise<readonly ListedZone[]> {
    const { catalog, transfer } = work;
    const specs = [transfer, ...transfer.zones.values()];
    this.#threaded ||= catalog.zones.octets.length >= MIN_THREAD_OCTETS && specs.some(isTransferred);
    if (this.#threaded) return this.#thread.update(work, services);
    const listed: ListedZone[] = [];
    for await (const zone of this.#keeper.update(work)) listed.push(zone);
    return listed;
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
