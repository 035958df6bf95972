import type { Catalog } from '../answer/catalog.js';
import type { Identity } from '../answer/chaos.js';
import type { TallyRows } from '../answer/tally.js';
import type { Prefix } from '../geo/prefix-table.js';
import type { Counters } from '../state/counters.js';
import type { SharedService } from '../steer/share-service.js';
import type { RrlSetup } from './rrl.js';
import type { TcpLimits } from './tcp-connection.js';
import type { TlsPair } from './tls-gate.js';

export interface Endpoint {
  readonly address: string;
  /** 0: one that is free. */
  readonly port: number;
  /** A listening socket that is taken instead of a new one, and closed by who takes it. */
  readonly descriptor?: number;
}

/** Where a thread really listens. */
export interface ThreadListens {
  readonly addresses: readonly Endpoint[];
  readonly dot: readonly Endpoint[];
}

/** What of the transports may change while they answer. */
export interface TransportSettings {
  /** Peers whose datagrams and connections begin with a PROXY header. */
  readonly proxies: readonly Prefix[];
  /** For DNS over TLS, which there is only when the threads start with it. */
  readonly tls: TlsPair | undefined;
}

/** What a thread answers. */
export type ThreadRole =
  /** TCP and TLS, and with `dgram` UDP as well by node:dgram, from an event loop. */
  | {
      readonly kind: 'stream';
      readonly listen: readonly Endpoint[];
      readonly dot: readonly Endpoint[];
      readonly dgram: boolean;
    }
  /** UDP through the addon, from sockets that the main thread opened. */
  | { readonly kind: 'udp'; readonly descriptors: readonly number[] };

/** What an answering thread is started with. */
export interface ThreadSetup {
  readonly role: ThreadRole;
  /** As they are when it starts. */
  readonly transport: TransportSettings;
  readonly tcp: TcpLimits;
  readonly identity: Identity;
  /** Words of MemberStates. */
  readonly stateWords: Int32Array;
  readonly counters: Counters;
  readonly tally: TallySetup;
  /** {@link Control} words. */
  readonly control: Int32Array;
  /** Of the source of random numbers. */
  readonly seed: number;
  /** URL of a SpecialModule, which answers what the answering of queries leaves. */
  readonly special?: string;
}

/** Where a thread counts what it answers, and puts it down. */
export interface TallySetup {
  /** In the order of TallyLayout. */
  readonly cells: Float64Array;
  /** Rows of zones in it. */
  readonly zoneRows: number;
  /** For the query log, if there is one. */
  readonly queryLog?: QueryLogSetup;
}

interface QueryLogSetup {
  /** A Ring. */
  readonly memory: SharedArrayBuffer;
  /** The share of queries that are put down, above 0, to 1. */
  readonly sample: number;
}

/** Words that tell a thread which never waits for messages to look. */
export const Control = {
  /** Rises with each message. */
  MESSAGES: 0,
  /** Not 0: leave. */
  STOP: 1,
  /** Written by the thread: rises while it turns. */
  TURNS: 2,
  WORDS: 3,
} as const;

/** A catalog comes in pieces, so that taking it over delays no answer for long. */
export type ToThread =
  | {
      readonly kind: 'catalog';
      readonly catalog: Omit<Catalog, 'services' | 'hostAliases'>;
      readonly zoneRows: TallyRows['zones'];
    }
  | {
      readonly kind: 'services';
      readonly services: readonly SharedService[];
      readonly hostAliases: readonly Int32Array[];
      readonly memberRows: TallyRows['members'];
    }
  /** Answer from the catalog that has come. */
  | { readonly kind: 'use' }
  /** For the special requests. */
  | { readonly kind: 'special'; readonly message: unknown }
  /** What stands against forged addresses from now; sent before the catalog. */
  | {
      readonly kind: 'protection';
      readonly rrl: RrlSetup | undefined;
      /** Of ServerCookies. */
      readonly cookieSecrets: Uint32Array | undefined;
    }
  | { readonly kind: 'transport'; readonly settings: TransportSettings }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'listening'; readonly listens: ThreadListens }
  | { readonly kind: 'failed'; readonly message: string }
  /** Of the special requests. */
  | { readonly kind: 'special'; readonly message: unknown }
  /** What came before the last `use` is answered from now on. */
  | { readonly kind: 'using' }
  | {
      readonly kind: 'log';
      readonly level: 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    };
