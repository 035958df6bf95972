import { join } from 'node:path';
import type { Catalog } from '../answer/catalog.js';
import type { Config } from '../config/config.js';
import type { Service } from '../steer/service.js';
import { formatName, lowerName, parseName } from '../wire/name.js';
import { nameKey } from './access.js';
import { Notifier, type NotifyZone } from './notifier.js';
import { TransferPrimary } from './primary.js';
import { notifiersOf, Secondaries, type SecondaryData } from './secondaries.js';
import type { SecondaryState } from './secondary-zone.js';
import type { FromTransferThread, ToTransferThread, TransferZone } from './thread-messages.js';
import type { TransferLog } from './transfer-log.js';
import type { TsigKey } from './tsig-key.js';

/** The module that answers transfers in the threads that answer queries. */
export const TRANSFER_MODULE = new URL('./thread-requests.js', import.meta.url).href;

/** Zones that go to a thread in one message: it takes them over in about a millisecond. */
const ZONES_A_MESSAGE = 16;

/**
 * Says something to the threads.
 * @param streamOnly to those that answer TCP, before the rest
 */
export type TellThreads = (all: readonly ToTransferThread[], streamOnly: readonly ToTransferThread[]) => void;

/** Zone transfers of an instance, both ways. */
export class Transfers {
  /** How threads are told; nobody is before it is set. */
  tell: TellThreads = () => {};
  #onChange: (() => void) | undefined;
  /** True when {@link secondaries} changed before {@link listen}. */
  #isUntold = false;
  readonly #primary: TransferPrimary;
  readonly #secondaries: Secondaries;
  readonly #notifier: Notifier;
  /** Zones that {@link notify} tells of. */
  #notified: readonly NotifyZone[] = [];

  /** @param folder the state folder */
  constructor(folder: string, log: TransferLog) {
    this.#primary = new TransferPrimary(join(folder, 'transfer'), log);
    this.#secondaries = new Secondaries(join(folder, 'secondaries'), log, () => {
      if (this.#onChange === undefined) this.#isUntold = true;
      else this.#onChange();
    });
    this.#notifier = new Notifier(log);
  }

  /** Tells when {@link secondaries} has changed: of changes before this call, too, since a zone may come while others are loaded. */
  listen(onChange: () => void): void {
    this.#onChange = onChange;
    if (this.#isUntold) onChange();
  }

  /** @param held true: what is kept is another process's, and is not written */
  hold(held: boolean): void {
    this.#secondaries.hold(held);
  }

  /** Reads the zones from elsewhere that a configuration names, before they are served. */
  prepare(config: Config): Promise<void> {
    return this.#secondaries.add(config, keysOf(config));
  }

  /** What there is of the zones from elsewhere. */
  readonly secondaries = (config: Config): SecondaryData[] => this.#secondaries.zones(config);

  /**
   * Serves transfers of a catalog that is to be published: whoever sees a new serial there can have its zone.
   * @param services of the catalog
   * @param stateWords how many words the states of members have
   */
  async update(
    config: Config,
    catalog: Catalog,
    services: readonly Service[],
    stateWords: number,
  ): Promise<void> {
    const keys = keysOf(config);
    await this.#secondaries.keepOnly(config, keys);
    const { zones, notify } = await this.#primary.update(
      { catalog, transfer: config.transfer, stateWords },
      services,
      keys,
    );
    this.#notified = notify;
    const secondaries = notifiersOf(config);
    this.tell([{ kind: 'peers', keys: [...keys.values()], secondaries }], piecesOf(zones));
  }

  /** Tells secondaries of what has changed, once every thread answers from the catalog. */
  notify(): void {
    this.#notifier.update(this.#notified);
  }

  /** Takes what a thread says. */
  readonly hear = (message: unknown): void => {
    this.#secondaries.notified(formatName(lowerName((message as FromTransferThread).apex)));
  };

  /** Where each zone from elsewhere stands, by name. */
  secondaryStates(): ReadonlyMap<string, SecondaryState> {
    return this.#secondaries.states();
  }

  async stop(): Promise<void> {
    this.#notifier.stop();
    await Promise.all([this.#primary.stop(), this.#secondaries.stop()]);
  }
}

function piecesOf(zones: readonly TransferZone[]): ToTransferThread[] {
  const pieces: ToTransferThread[] = [];
  for (let at = 0; at < zones.length; at += ZONES_A_MESSAGE) {
    pieces.push({ kind: 'zones', zones: zones.slice(at, at + ZONES_A_MESSAGE) });
  }
  return pieces;
}

function keysOf({ keys }: Config): Map<string, TsigKey> {
  const named = new Map<string, TsigKey>();
  for (const [text, { algorithm, secret, macOctets }] of keys) {
    const name = parseName(text);
    named.set(nameKey(name), { name, algorithm, secret, macOctets });
  }
  return named;
}
