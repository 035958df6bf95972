import { Answerer } from '../answer/answerer.js';
import type { Catalog } from '../answer/catalog.js';
import type { Exchange } from '../answer/exchange.js';
import { MemberStates } from '../state/member-states.js';
import { makeRandom } from '../state/random.js';
import type { Steering } from '../steer/service.js';
import { adoptService } from '../steer/share-service.js';
import type { ThreadSetup, ToThread } from './thread-messages.js';

/** Answers in a thread of its own, from the catalog that the main thread sends. */
export class ThreadAnswerer {
  /** Seconds since 1970; whoever calls {@link answer} keeps it. */
  now = 0;
  readonly #setup: ThreadSetup;
  readonly #states: MemberStates;
  readonly #random: () => number;
  #answerer: Answerer | undefined;
  #coming:
    | { head: Omit<Catalog, 'services' | 'hostAliases'>; services: Steering[]; hostAliases: Int32Array[] }
    | undefined;

  constructor(setup: ThreadSetup) {
    this.#setup = setup;
    this.#states = new MemberStates(setup.stateWords);
    this.#random = makeRandom(setup.seed);
  }

  /** Answers a query; nothing until the first catalog has come. */
  readonly answer = (exchange: Exchange): number => this.#answerer?.answer(exchange) ?? 0;

  /** Takes a piece of a catalog; answers come from it when it is whole. */
  take(message: ToThread): void {
    switch (message.kind) {
      case 'catalog':
        this.#coming = { head: message.catalog, services: [], hostAliases: [] };
        return;
      case 'services':
        for (const service of message.services) this.#coming?.services.push(adoptService(service));
        this.#coming?.hostAliases.push(...message.hostAliases);
        return;
      case 'use':
        this.#use();
        return;
      case 'close':
    }
  }

  #use(): void {
    if (this.#coming === undefined) return;
    const { head, services, hostAliases } = this.#coming;
    this.#coming = undefined;
    const catalog: Catalog = { ...head, services, hostAliases };
    const circumstances = {
      states: this.#states,
      turns: new Int32Array(catalog.turnWords),
      random: this.#random,
    };
    if (this.#answerer === undefined) {
      const { counters, identity } = this.#setup;
      this.#answerer = new Answerer({ catalog, circumstances, counters, identity, now: () => this.now });
    } else this.#answerer.use(catalog, circumstances);
  }
}
