import { Answerer, type Protection } from '../answer/answerer.js';
import type { Catalog } from '../answer/catalog.js';
import { ServerCookies } from '../answer/cookies.js';
import { type Exchange, LEFT } from '../answer/exchange.js';
import { QueryRecorder } from '../answer/query-recorder.js';
import { Tally } from '../answer/tally.js';
import { MemberStates } from '../state/member-states.js';
import { makeRandom } from '../state/random.js';
import type { Steering } from '../steer/service.js';
import { adoptService } from '../steer/share-service.js';
import { Rrl } from './rrl.js';
import type { SpecialModule, SpecialRequests } from './special-requests.js';
import type { ThreadSetup, ToThread } from './thread-messages.js';

/** Answers in a thread of its own, from the catalog that the main thread sends. */
export class ThreadAnswerer {
  /** Seconds since 1970, as {@link nowMs} was set. */
  now = 0;
  readonly #setup: ThreadSetup;
  readonly #states: MemberStates;
  readonly #random: () => number;
  /** Counts each response; whoever calls {@link answer} tells it when a batch begins and ends. */
  readonly tally: Tally;
  #answerer: Answerer | undefined;
  #rrl: Rrl | undefined;
  #protection: Protection = { limiter: undefined, cookies: undefined };
  #nowMs = 0;
  #special: SpecialRequests | undefined;
  #coming:
    | {
        head: Omit<Catalog, 'services' | 'hostAliases'>;
        services: Steering[];
        hostAliases: Int32Array[];
        rows: { zones: Uint16Array; members: Uint16Array[] };
      }
    | undefined;

  constructor(setup: ThreadSetup) {
    this.#setup = setup;
    this.#states = new MemberStates(setup.stateWords);
    this.#random = makeRandom(setup.seed);
    const { cells, zoneRows, queryLog } = setup.tally;
    const recorder =
      queryLog && new QueryRecorder(queryLog.memory, queryLog.sample, makeRandom(setup.seed + 1));
    this.tally = new Tally({ cells, zoneRows, counters: setup.counters, recorder });
  }

  /** Milliseconds since 1970; whoever calls {@link answer} keeps it. */
  set nowMs(nowMs: number) {
    this.#nowMs = nowMs;
    this.now = Math.floor(nowMs / 1000);
    this.tally.beat(nowMs);
    if (this.#rrl !== undefined) this.#rrl.nowMs = nowMs;
  }

  /** Answers a query; nothing until the first catalog has come. */
  readonly answer = (exchange: Exchange): number => {
    if (this.#answerer === undefined) return 0;
    let length = this.#answerer.answer(exchange);
    if (length === LEFT) length = this.#special?.answer(exchange, this.#plain) ?? 0;
    this.tally.count(this.#answerer.work, exchange, length);
    return length;
  };

  /** Answers a query that is a batch of its own. */
  readonly answerAlone = (exchange: Exchange): number => {
    this.tally.begin();
    const length = this.answer(exchange);
    this.tally.end(exchange.transport);
    return length;
  };

  readonly #plain = (exchange: Exchange): number => this.#answerer?.answerLeft(exchange) ?? 0;

  /** Loads what answers the special requests, before the first catalog comes. @param tell says something to the main thread */
  async prepare(tell: (message: unknown) => void): Promise<void> {
    const { special } = this.#setup;
    if (special === undefined) return;
    const { makeSpecialRequests } = (await import(special)) as SpecialModule;
    this.#special = makeSpecialRequests({ now: () => this.now, tell });
  }

  /** Takes a piece of a catalog; answers come from it when it is whole. */
  take(message: ToThread): void {
    switch (message.kind) {
      case 'catalog':
        this.#coming = {
          head: message.catalog,
          services: [],
          hostAliases: [],
          rows: { zones: message.zoneRows, members: [] },
        };
        return;
      case 'services':
        for (const service of message.services) this.#coming?.services.push(adoptService(service));
        this.#coming?.hostAliases.push(...message.hostAliases);
        this.#coming?.rows.members.push(...message.memberRows);
        return;
      case 'use':
        this.#use();
        return;
      case 'special':
        this.#special?.take(message.message);
        return;
      case 'protection':
        this.#protect(message);
        return;
      case 'transport':
      case 'close':
    }
  }

  #protect({ rrl, cookieSecrets }: ToThread & { kind: 'protection' }): void {
    this.#rrl = rrl === undefined ? undefined : new Rrl(rrl, this.#setup.counters);
    this.nowMs = this.#nowMs;
    const cookies = cookieSecrets === undefined ? undefined : new ServerCookies(cookieSecrets);
    this.#protection = { limiter: this.#rrl, cookies };
    this.#answerer?.protect(this.#protection);
  }

  #use(): void {
    if (this.#coming === undefined) return;
    const { head, services, hostAliases, rows } = this.#coming;
    this.#coming = undefined;
    this.tally.rows = rows;
    const catalog: Catalog = { ...head, services, hostAliases };
    const circumstances = {
      states: this.#states,
      turns: new Int32Array(catalog.turnWords),
      random: this.#random,
    };
    if (this.#answerer === undefined) {
      const { counters, identity } = this.#setup;
      const leaves = this.#special !== undefined;
      const now = (): number => this.now;
      this.#answerer = new Answerer({ catalog, circumstances, counters, identity, now, leaves });
      this.#answerer.protect(this.#protection);
    } else this.#answerer.use(catalog, circumstances);
  }
}
