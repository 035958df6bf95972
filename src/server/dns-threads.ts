import { randomInt } from 'node:crypto';
import type { Catalog } from '../answer/catalog.js';
import type { Identity } from '../answer/chaos.js';
import { addCounters, type Counters, makeCounters } from '../state/counters.js';
import type { MemberStates } from '../state/member-states.js';
import { SharedArena } from '../state/shared-arena.js';
import type { Service } from '../steer/service.js';
import { shareService } from '../steer/share-service.js';
import { AnswerThread } from './answer-thread-handle.js';
import type { TransportLog } from './listener.js';
import type { TcpLimits } from './tcp-connection.js';
import { Control, type Endpoint, type ThreadSetup, type ToThread } from './thread-messages.js';

export interface DnsThreadsOptions {
  readonly listen: readonly Endpoint[];
  readonly tcp: TcpLimits;
  readonly identity: Identity;
  readonly states: MemberStates;
  /** Threads that answer UDP through the addon; 0: node:dgram answers UDP beside TCP. */
  readonly udpThreads: number;
  readonly log: TransportLog;
}

/** Services that go to a thread in one message: it takes them over in about a millisecond. */
const SERVICES_A_MESSAGE = 16;

/** A thread that dies is started again after this, so that one which dies at once does not take the machine. */
const RESTART_MS = 1_000;

/** The threads that answer DNS. The main thread compiles and probes; nothing that it does delays them. */
export class DnsThreads {
  /** In the order of `listen`, with real ports. */
  addresses: readonly Endpoint[] = [];
  readonly #options: DnsThreadsOptions;
  readonly #counters: Counters[] = [];
  #threads: AnswerThread[] = [];
  /** What the current catalog came in, for threads that start later. */
  #catalog: readonly ToThread[] = [];
  #restarts = 0;

  private constructor(options: DnsThreadsOptions) {
    this.#options = options;
  }

  /**
   * Opens every socket. Nothing is answered before the first {@link publish}.
   * @throws Error with a message for the operator when an address can't be listened on; nothing is left open then
   */
  static async start(options: DnsThreadsOptions): Promise<DnsThreads> {
    const threads = new DnsThreads(options);
    try {
      // TCP tells which ports are free: UDP sockets that share a port would not notice another process.
      threads.addresses = options.listen;
      threads.addresses = await threads.#add('stream');
      for (let i = 0; i < options.udpThreads; i++) await threads.#add('udp');
    } catch (error) {
      await threads.close();
      throw error;
    }
    return threads;
  }

  /** Answers from another catalog, in each thread as soon as it has taken it over. */
  publish(catalog: Catalog, services: readonly Service[]): void {
    this.#catalog = catalogMessages(catalog, services);
    for (const thread of this.#threads) thread.send(this.#catalog);
  }

  /** Of all threads together, and how often one was started again. */
  counters(): { readonly total: Counters; readonly restarts: number } {
    return { total: addCounters(this.#counters), restarts: this.#restarts };
  }

  /** Ends when what is on its way is answered, or its time is over. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()));
  }

  async #add(role: ThreadSetup['role']): Promise<readonly Endpoint[]> {
    const { tcp, identity, states, udpThreads, log } = this.#options;
    const counters = makeCounters();
    this.#counters.push(counters);
    const thread = new AnswerThread(
      {
        listen: [],
        role,
        dgram: udpThreads === 0,
        tcp,
        identity,
        stateWords: states.words,
        counters,
        control: new Int32Array(new SharedArrayBuffer(Control.WORDS * Int32Array.BYTES_PER_ELEMENT)),
        seed: randomInt(1, 2 ** 32),
      },
      log,
    );
    this.#threads.push(thread);
    thread.onDeath = () => this.#restart(thread);
    return thread.start(this.addresses);
  }

  /** A thread that died answers again, from where the others are. */
  #restart(thread: AnswerThread): void {
    setTimeout(() => {
      if (!this.#threads.includes(thread)) return;
      this.#restarts += 1;
      thread.start(this.addresses).then(
        () => {
          this.#options.log.error(
            { restarts: this.#restarts },
            'a thread that answers DNS died and was started again',
          );
          thread.send(this.#catalog);
        },
        () => this.#restart(thread),
      );
    }, RESTART_MS);
  }
}

function catalogMessages(catalog: Catalog, services: readonly Service[]): ToThread[] {
  const arena = new SharedArena();
  const { services: _, hostAliases, ...head } = catalog;
  const messages: ToThread[] = [{ kind: 'catalog', catalog: head }];
  for (let at = 0; at < services.length; at += SERVICES_A_MESSAGE) {
    messages.push({
      kind: 'services',
      services: services.slice(at, at + SERVICES_A_MESSAGE).map((service) => shareService(service, arena)),
      hostAliases: hostAliases.slice(at, at + SERVICES_A_MESSAGE).map((slots) => arena.share(slots)),
    });
  }
  return [...messages, { kind: 'use' }];
}
