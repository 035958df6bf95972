import { randomInt } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import type { Catalog } from '../answer/catalog.js';
import type { Identity } from '../answer/chaos.js';
import { makeRing } from '../answer/query-ring.js';
import type { TallyRows } from '../answer/tally.js';
import { tallyLayout, ZoneRow } from '../answer/tally-layout.js';
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
import { type MemberName, TallyRowNames } from './tally-rows.js';
import type { TcpLimits } from './tcp-connection.js';
import {
  Control,
  type Endpoint,
  type TallySetup,
  type ThreadListens,
  type ThreadRole,
  type ToThread,
  type TransportSettings,
} from './thread-messages.js';

export interface DnsThreadsOptions {
  readonly listen: readonly Endpoint[];
  /** DNS over TLS on each; takes a pair in {@link transport}. */
  readonly dot?: readonly Endpoint[];
  /** As it is at the start. */
  readonly transport?: TransportSettings;
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
  /** Zones whose queries are counted apart; those of more are counted together. */
  readonly tallyZones?: number;
  /** Without it no query is put down. */
  readonly queryLog?: {
    /** The share of queries that are put down, above 0, to 1. */
    readonly sample: number;
    /** Queries that may wait in each thread, a power of two. */
    readonly slots: number;
  };
  /** Answers transfers, NOTIFY and what is signed: the URL of a SpecialModule, and who is told what it says. */
  readonly special?: { readonly module: string; readonly onMessage: (message: unknown) => void };
}

/** What the threads have counted since the start, by thread. */
export interface ThreadTallies {
  readonly zoneRows: number;
  /** By row. */
  readonly zones: readonly string[];
  /** By row. */
  readonly members: readonly MemberName[];
  /** In the order of TallyLayout, by the thread's name: `tcp`, `udp1`, … */
  readonly threads: ReadonlyMap<string, Float64Array>;
}

/** Services that go to a thread in one message: it takes them over in about a millisecond. */
const SERVICES_A_MESSAGE = 16;

/** How often port 0 is tried: TCP chooses a port, which UDP may have in use. */
const PORT_TRIES = 32;

/**
 * How many octets of bytecode V8 compiles as one function with those it calls. Its default, 920, ends half way through an answer,
 * whose functions are small and many: with this one steered answers take an eighth less JavaScript; more gains nothing.
 */
const INLINED_OCTETS = 8000;

const PLAIN: TransportSettings = { proxies: [], tls: undefined };

const UNPROTECTED: ProtectionSettings = { rrl: undefined, cookies: undefined };

/** A thread that dies is started again after this, so that one which dies at once does not take the machine. */
const RESTART_MS = 1_000;

/** The threads that answer DNS. The main thread compiles and probes; nothing that it does delays them. */
export class DnsThreads {
  /** In the order of `listen`, with real ports. */
  addresses: readonly Endpoint[] = [];
  /** Told which members the query log's rows are of, by row, before a catalog with them is answered from. */
  onMembers: (members: readonly MemberName[]) => void = () => {};
  /** In the order of `dot`, as well. */
  dot: readonly Endpoint[] = [];
  readonly #options: DnsThreadsOptions;
  readonly #counters: Counters[] = [];
  readonly #tallies: TallySetup[] = [];
  readonly #rowNames: TallyRowNames;
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
  #transport: TransportSettings;

  private constructor(options: DnsThreadsOptions) {
    this.#options = options;
    this.#sockets = options.addon && (options.sockets ?? new ListenSockets(options.addon));
    this.#rowNames = new TallyRowNames(options.tallyZones ?? 0);
    this.#transport = options.transport ?? PLAIN;
  }

  /**
   * Opens every socket. Nothing is answered before the first {@link publish}.
   * @throws Error with a message for the operator when an address can't be listened on; nothing is left open then
   */
  static async start(options: DnsThreadsOptions): Promise<DnsThreads> {
    const threads = new DnsThreads(options);
    setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_OCTETS}`);
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
    const rows = this.#rowNames.rowsOf(catalog, services);
    this.onMembers(this.#rowNames.members);
    this.#catalog = [this.#protection.messageOf(protection), ...catalogMessages(catalog, services, rows)];
    await Promise.all(this.#threads.map((thread) => thread.use(this.#catalog)));
  }

  /** Holds for what comes from now on; connections that are open stay as they are. */
  setTransport(settings: TransportSettings): void {
    this.#transport = settings;
    for (const thread of this.#threads) thread.send([{ kind: 'transport', settings }]);
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

  tallies(): ThreadTallies {
    const { zones, members } = this.#rowNames;
    // The first thread answers TCP.
    const nameOf = (index: number): string => (index === 0 ? 'tcp' : `udp${index}`);
    return {
      zoneRows: this.#zoneRows,
      zones,
      members,
      threads: new Map(this.#tallies.map(({ cells }, index) => [nameOf(index), cells])),
    };
  }

  /** Where the threads put down queries for the query log. */
  queryRings(): SharedArrayBuffer[] {
    return this.#tallies.flatMap(({ queryLog }) => (queryLog === undefined ? [] : [queryLog.memory]));
  }

  /** Ends when what is on its way is answered, or its time is over. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.stop()));
    if (this.#options.sockets === undefined) this.#sockets?.close();
    this.#protection.close();
  }

  /** @returns false when the port that TCP chose is taken for UDP, and another may be free */
  async #open(): Promise<boolean> {
    const { listen, dot = [], udpThreads } = this.#options;
    const sockets = this.#sockets;
    if (sockets === undefined) {
      const listens = await this.#run(this.#newThread(), () => ({
        kind: 'stream',
        // With the ports of before, when it starts again.
        listen: this.addresses.length > 0 ? this.addresses : listen,
        dot: this.dot.length > 0 ? this.dot : dot,
        dgram: true,
      }));
      this.addresses = listens.addresses;
      this.dot = listens.dot;
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
    const tls = this.#transport.tls === undefined ? [] : dot.map((endpoint) => sockets.tcp('dot', endpoint));
    const listens = await this.#run(this.#newThread(), () => ({
      kind: 'stream',
      listen: tcp.map((socket) => sockets.duplicate(socket)),
      dot: tls.map((socket) => sockets.duplicate(socket)),
      dgram: false,
    }));
    this.addresses = listens.addresses;
    this.dot = listens.dot;
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
    const tally = this.#newTally();
    this.#tallies.push(tally);
    const control = new Int32Array(new SharedArrayBuffer(Control.WORDS * Int32Array.BYTES_PER_ELEMENT));
    const seed = randomInt(1, 2 ** 32);
    const thread = new AnswerThread(
      {
        tcp,
        identity,
        stateWords: states.words,
        counters,
        tally,
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

  get #zoneRows(): number {
    return ZoneRow.NAMED + (this.#options.tallyZones ?? 0);
  }

  #newTally(): TallySetup {
    const { queryLog } = this.#options;
    const zoneRows = this.#zoneRows;
    const octets = tallyLayout(zoneRows).cells * Float64Array.BYTES_PER_ELEMENT;
    return {
      cells: new Float64Array(new SharedArrayBuffer(octets)),
      zoneRows,
      ...(queryLog && { queryLog: { memory: makeRing(queryLog.slots), sample: queryLog.sample } }),
    };
  }

  /** @param role as it is when the thread starts, or starts again */
  #run(thread: AnswerThread, role: () => ThreadRole): Promise<ThreadListens> {
    thread.onDeath = () => this.#restart(thread, role);
    return thread.start(role(), this.#transport);
  }

  /** A thread that died answers again, from where the others are. */
  #restart(thread: AnswerThread, role: () => ThreadRole): void {
    setTimeout(() => {
      if (!this.#threads.includes(thread)) return;
      this.#restarts += 1;
      thread.start(role(), this.#transport).then(
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

/** What a thread takes a catalog by. */
export function catalogMessages(catalog: Catalog, services: readonly Service[], rows: TallyRows): ToThread[] {
  const arena = new SharedArena();
  const { services: _, hostAliases, ...head } = catalog;
  const messages: ToThread[] = [{ kind: 'catalog', catalog: head, zoneRows: rows.zones }];
  for (let at = 0; at < services.length; at += SERVICES_A_MESSAGE) {
    messages.push({
      kind: 'services',
      services: services.slice(at, at + SERVICES_A_MESSAGE).map((service) => shareService(service, arena)),
      hostAliases: hostAliases.slice(at, at + SERVICES_A_MESSAGE).map((slots) => arena.share(slots)),
      memberRows: rows.members.slice(at, at + SERVICES_A_MESSAGE),
    });
  }
  return [...messages, { kind: 'use' }];
}
