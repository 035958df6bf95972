import { randomInt } from 'node:crypto';
import type { Catalog } from '../answer/catalog.js';
import type { Identity } from '../answer/chaos.js';
import { addCounters, type Counters, makeCounters } from '../state/counters.js';
import type { MemberStates } from '../state/member-states.js';
import { SharedArena } from '../state/shared-arena.js';
import type { Service } from '../steer/service.js';
import { shareService } from '../steer/share-service.js';
import { AnswerThread } from './answer-thread-handle.js';
import { ListenError } from './listen-error.js';
import { ListenSockets } from './listen-sockets.js';
import type { TransportLog } from './listener.js';
import type { Addon } from './native-udp.js';
import { Protection, type ProtectionSettings } from './protection.js';
import type { TcpLimits } from './tcp-connection.js';
import { Control, type Endpoint, type ThreadRole, type ToThread } from './thread-messages.js';

export interface DnsThreadsOptions {
  readonly listen: readonly Endpoint[];
  readonly tcp: TcpLimits;
  readonly identity: Identity;
  readonly states: MemberStates;
  /** Threads that answer UDP through the addon. */
  readonly udpThreads: number;
  /** Without it node:dgram answers UDP, in the thread that answers TCP. */
  readonly addon: Addon | undefined;
  /** Where sockets are taken from, which the caller closes; used with the addon alone. */
  readonly sockets?: ListenSockets;
  readonly log: TransportLog;
  /** Answers transfers, NOTIFY and what is signed: the URL of a SpecialModule, and who is told what it says. */
  readonly special?: { readonly module: string; readonly onMessage: (message: unknown) => void };
}

/** Services that go to a thread in one message: it takes them over in about a millisecond. */
const SERVICES_A_MESSAGE = 16;

/** How often port 0 is tried: TCP chooses a port, which UDP may have in use. */
const PORT_TRIES = 32;

const UNPROTECTED: ProtectionSettings = { rrl: undefined, cookies: undefined };

/** A thread that dies is started again after this, so that one which dies at once does not take the machine. */
const RESTART_MS = 1_000;

/** The threads that answer DNS. The main thread compiles and probes; nothing that it does delays them. */
export class DnsThreads {
  /** In the order of `listen`, with real ports. */
  addresses: readonly Endpoint[] = [];
  readonly #options: DnsThreadsOptions;
  readonly #counters: Counters[] = [];
  readonly #threads: AnswerThread[] = [];
  /** Open as long as the threads: one that dies leaves its sockets open, and what has come waits in them. */
  readonly #sockets: ListenSockets | undefined;
  readonly #protection = new Protection();
  /** What the current catalog came in, for threads that start later. */
  #catalog: readonly ToThread[] = [];
  /** What the special requests were told last. */
  #special: { readonly all: readonly ToThread[]; readonly stream: readonly ToThread[] } = {
    all: [],
    stream: [],
  };
  #restarts = 0;

  private constructor(options: DnsThreadsOptions) {
    this.#options = options;
    this.#sockets = options.addon && (options.sockets ?? new ListenSockets(options.addon));
  }

  /**
   * Opens every socket. Nothing is answered before the first {@link publish}.
   * @throws Error with a message for the operator when an address can't be listened on; nothing is left open then
   */
  static async start(options: DnsThreadsOptions): Promise<DnsThreads> {
    const threads = new DnsThreads(options);
    try {
      for (let tries = 1; !(await threads.#open()); tries++) {
        if (tries === PORT_TRIES) throw new Error('no port is free for both UDP and TCP');
      }
    } catch (error) {
      await threads.close();
      throw error;
    }
    return threads;
  }

  /**
   * Answers from another catalog, in each thread as soon as it has taken it over.
   * @returns when all have
   */
  async publish(
    catalog: Catalog,
    services: readonly Service[],
    protection: ProtectionSettings = UNPROTECTED,
  ): Promise<void> {
    this.#catalog = [this.#protection.messageOf(protection), ...catalogMessages(catalog, services)];
    await Promise.all(this.#threads.map((thread) => thread.use(this.#catalog)));
  }

  /**
   * Says something to the special requests of each thread. What was said before is forgotten, for threads that start later.
   * @param streamOnly what only those need that answer TCP; it comes first
   */
  tellSpecial(messages: readonly unknown[], streamOnly: readonly unknown[]): void {
    this.#special = { all: messages.map(specialMessage), stream: streamOnly.map(specialMessage) };
    for (const thread of this.#threads) this.#sendSpecial(thread);
  }

  #sendSpecial(thread: AnswerThread): void {
    // The first thread is the one that answers TCP.
    if (thread === this.#threads[0]) thread.send(this.#special.stream);
    thread.send(this.#special.all);
  }

  /** Of all threads together, and how often one was started again. */
  counters(): { readonly total: Counters; readonly restarts: number } {
    return { total: addCounters(this.#counters), restarts: this.#restarts };
  }

  /** Ends when what is on its way is answered, or its time is over. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()));
    if (this.#options.sockets === undefined) this.#sockets?.close();
    this.#protection.close();
  }

  /** @returns false when the port that TCP chose is taken for UDP, and another may be free */
  async #open(): Promise<boolean> {
    const { listen, udpThreads } = this.#options;
    const sockets = this.#sockets;
    if (sockets === undefined) {
      this.addresses = listen;
      this.addresses = await this.#run(this.#newThread(), () => ({
        kind: 'stream',
        listen: this.addresses,
        dgram: true,
      }));
      return true;
    }
    const tcp = listen.map((endpoint) => sockets.tcp('dns', endpoint));
    const udp: (readonly (readonly number[])[])[] = [];
    try {
      for (const [i, endpoint] of listen.entries())
        udp.push(sockets.udp(endpoint, (tcp[i] as Endpoint).port, udpThreads));
    } catch (error) {
      if (!(error instanceof ListenError) || !listen.every(({ port }) => port === 0)) throw error;
      sockets.forget('dns');
      return false;
    }
    this.addresses = await this.#run(this.#newThread(), () => ({
      kind: 'stream',
      listen: tcp.map((socket) => sockets.duplicate(socket)),
      dgram: false,
    }));
    for (let i = 0; i < udpThreads; i++) {
      const descriptors = udp.flatMap((threads) => threads[i] as readonly number[]);
      await this.#run(this.#newThread(), () => ({ kind: 'udp', descriptors }));
    }
    return true;
  }

  /**
   * Whether each thread has turned since the last call: one that hangs does not.
   * @returns true where none should have turned
   */
  haveTurned(): boolean {
    return this.#threads.map((thread) => thread.hasTurned()).every((turned) => turned);
  }

  #newThread(): AnswerThread {
    const { tcp, identity, states, log, special } = this.#options;
    const counters = makeCounters();
    this.#counters.push(counters);
    const control = new Int32Array(new SharedArrayBuffer(Control.WORDS * Int32Array.BYTES_PER_ELEMENT));
    const seed = randomInt(1, 2 ** 32);
    const thread = new AnswerThread(
      {
        tcp,
        identity,
        stateWords: states.words,
        counters,
        control,
        seed,
        ...(special === undefined ? {} : { special: special.module }),
      },
      log,
    );
    if (special !== undefined) thread.onSpecial = special.onMessage;
    this.#threads.push(thread);
    return thread;
  }

  /** @param role as it is when the thread starts, or starts again */
  #run(thread: AnswerThread, role: () => ThreadRole): Promise<readonly Endpoint[]> {
    thread.onDeath = () => this.#restart(thread, role);
    return thread.start(role());
  }

  /** A thread that died answers again, from where the others are. */
  #restart(thread: AnswerThread, role: () => ThreadRole): void {
    setTimeout(() => {
      if (!this.#threads.includes(thread)) return;
      this.#restarts += 1;
      thread.start(role()).then(
        () => {
          this.#options.log.error(
            { restarts: this.#restarts },
            'a thread that answers DNS died and was started again',
          );
          this.#sendSpecial(thread);
          void thread.use(this.#catalog);
        },
        () => this.#restart(thread, role),
      );
    }, RESTART_MS);
  }
}

function specialMessage(message: unknown): ToThread {
  return { kind: 'special', message };
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
