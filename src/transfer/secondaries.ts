import { systemClock } from '../background/clock.js';
import { Limiter } from '../background/limiter.js';
import { parseAddress } from '../config/address.js';
import type { Config } from '../config/config.js';
import { parseName } from '../wire/name.js';
import { targetOf } from './primary.js';
import type { RrList } from './rr-list.js';
import { SecondaryStore } from './secondary-store.js';
import { type SecondaryState, SecondaryZone } from './secondary-zone.js';
import type { Allowed } from './thread-messages.js';
import type { TransferLog } from './transfer-log.js';
import type { TsigKey } from './tsig-key.js';

/** Transfers that run at once. */
const MAX_RUNNING = 8;

/** A zone from elsewhere, to be served. */
export interface SecondaryData {
  readonly apex: Uint8Array;
  /** Undefined: it is not there yet, or has expired, and SERVFAIL is answered. */
  readonly list: RrList | undefined;
  /** Absolute path of a zone file whose records take the place of the zone's. */
  readonly overlay: string | undefined;
}

/** The zones that come from other servers. */
export class Secondaries {
  readonly #store: SecondaryStore;
  readonly #log: TransferLog;
  readonly #onChange: () => void;
  readonly #limiter = new Limiter(MAX_RUNNING);
  readonly #zones = new Map<string, SecondaryZone>();

  /**
   * @param folder where zones are kept
   * @param onChange told when {@link zones} has changed
   */
  constructor(folder: string, log: TransferLog, onChange: () => void) {
    this.#store = new SecondaryStore(folder);
    this.#log = log;
    this.#onChange = onChange;
  }

  /** @param held true: what is kept is another process's, and is not written */
  hold(held: boolean): void {
    this.#store.held = held;
  }

  /** Begins with the zones of a configuration that are new: what was kept is read, and they are asked for. */
  async add({ secondaries }: Config, keys: ReadonlyMap<string, TsigKey>): Promise<void> {
    for (const [name, { from }] of secondaries) {
      if (this.#zones.has(name)) continue;
      const zone = new SecondaryZone(
        {
          name,
          apex: parseName(name),
          store: this.#store,
          log: this.#log,
          clock: systemClock,
          limiter: this.#limiter,
          random: Math.random,
          onChange: this.#onChange,
        },
        from.map((peer) => targetOf(peer, keys)),
      );
      this.#zones.set(name, zone);
      await zone.open();
    }
  }

  /** Takes the primaries of a configuration that is served now, and ends with zones that it does not have. */
  async keepOnly({ secondaries }: Config, keys: ReadonlyMap<string, TsigKey>): Promise<void> {
    for (const [name, zone] of this.#zones) {
      const spec = secondaries.get(name);
      if (spec !== undefined) {
        zone.use(spec.from.map((peer) => targetOf(peer, keys)));
        continue;
      }
      this.#zones.delete(name);
      await zone.stop();
    }
    await this.#store.prune(secondaries.keys());
  }

  /** What is to be served of the zones of a configuration, which {@link add} has taken. */
  zones({ secondaries }: Config): SecondaryData[] {
    return [...secondaries].map(([name, { overlay }]) => ({
      apex: parseName(name),
      list: this.#zones.get(name)?.state().list,
      overlay,
    }));
  }

  /** A NOTIFY came from one of the zone's primaries. */
  notified(name: string): void {
    this.#zones.get(name)?.refresh();
  }

  states(): ReadonlyMap<string, SecondaryState> {
    return new Map([...this.#zones].map(([name, zone]) => [name, zone.state()]));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#zones.values()].map((zone) => zone.stop()));
  }
}

/** Whose NOTIFY counts: the zone's primaries, signed where they have a key. */
export function notifiersOf({ secondaries }: Config): { apex: Uint8Array; from: Allowed[] }[] {
  return [...secondaries].map(([name, { from }]) => ({
    apex: parseName(name),
    from: from.map(({ address, key }) => {
      const octets = parseAddress(address) as Uint8Array;
      return {
        prefix: { family: octets.length === 4 ? 4 : 6, octets, bits: octets.length * 8 } as const,
        ...(key === undefined ? {} : { key: parseName(key) }),
      };
    }),
  }));
}
