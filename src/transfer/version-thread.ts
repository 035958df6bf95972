import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { SharedArena } from '../state/shared-arena.js';
import type { Service } from '../steer/service.js';
import { shareService } from '../steer/share-service.js';
import type { TransferLog } from './transfer-log.js';
import type { ListedZone, VersionWork } from './version-keeper.js';
import type { FromVersionThread, ToVersionThread } from './version-messages.js';

/** Services that go to the thread at a time: about a millisecond. */
const SERVICES_A_MESSAGE = 16;

/** Lists and compares zones in a thread of its own, in which this one keeps probing, transferring and answering the API. */
export class VersionThread {
  readonly #folder: string;
  readonly #warn: TransferLog['warn'];
  #worker: Worker | undefined;

  /** @param folder where versions are kept */
  constructor(folder: string, warn: TransferLog['warn']) {
    this.#folder = folder;
    this.#warn = warn;
  }

  /**
   * As `update` of VersionKeeper. One at a time.
   * @param services of the catalog, with the names of their schedulers
   * @throws Error when the thread ends before; the next update starts another
   */
  async update(work: VersionWork, services: readonly Service[]): Promise<ListedZone[]> {
    const worker = this.#worker ?? this.#start();
    const listed = this.#listen(worker);
    // What goes wrong while services are still sent is thrown below.
    listed.catch(() => {});
    const { services: _, hostAliases, ...catalog } = work.catalog;
    const say = (message: ToVersionThread): void => worker.postMessage(message);
    const arena = new SharedArena();
    for (let at = 0; at < services.length; at += SERVICES_A_MESSAGE) {
      const end = at + SERVICES_A_MESSAGE;
      say({
        kind: 'services',
        services: services.slice(at, end).map((service) => shareService(service, arena)),
        hostAliases: hostAliases.slice(at, end).map((slots) => arena.share(slots)),
      });
      await nextTurn();
    }
    say({ kind: 'list', catalog, transfer: work.transfer, stateWords: work.stateWords });
    return listed;
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./version-worker.js', import.meta.url), { workerData: this.#folder });
    worker.on('error', (error) => this.#warn({ err: error }, 'the thread that lists zones broke'));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }

  #listen(worker: Worker): Promise<ListedZone[]> {
    const zones: ListedZone[] = [];
    return new Promise((resolve, reject) => {
      const hear = (message: FromVersionThread): void => {
        if (message.kind === 'zones') zones.push(...message.zones);
        else if (message.kind === 'warn') this.#warn(message.fields, message.message);
        else settle(message.kind === 'done' ? undefined : new Error(message.message));
      };
      const ended = (): void => settle(new Error('the thread that lists zones ended'));
      const settle = (error: Error | undefined): void => {
        worker.off('message', hear);
        worker.off('exit', ended);
        if (error === undefined) resolve(zones);
        else reject(error);
      };
      worker.on('message', hear);
      worker.on('exit', ended);
    });
  }
}
