import type { Catalog } from '../answer/catalog.js';
import type { Identity } from '../answer/chaos.js';
import type { Counters } from '../state/counters.js';
import type { SharedService } from '../steer/share-service.js';
import type { RrlSetup } from './rrl.js';
import type { TcpLimits } from './tcp-connection.js';

export interface Endpoint {
  readonly address: string;
  /** 0: one that is free. */
  readonly port: number;
  /** A listening socket that is taken instead of a new one, and closed by who takes it. */
  readonly descriptor?: number;
}

/** What a thread answers. */
export type ThreadRole =
  /** TCP, and with `dgram` UDP as well by node:dgram, from an event loop. */
  | { readonly kind: 'stream'; readonly listen: readonly Endpoint[]; readonly dgram: boolean }
  /** UDP through the addon, from sockets that the main thread opened. */
  | { readonly kind: 'udp'; readonly descriptors: readonly number[] };

/** What an answering thread is started with. */
export interface ThreadSetup {
  readonly role: ThreadRole;
  readonly tcp: TcpLimits;
  readonly identity: Identity;
  /** Words of MemberStates. */
  readonly stateWords: Int32Array;
  readonly counters: Counters;
  /** {@link Control} words. */
  readonly control: Int32Array;
  /** Of the source of random numbers. */
  readonly seed: number;
  /** URL of a SpecialModule, which answers what the answering of queries leaves. */
  readonly special?: string;
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
  | { readonly kind: 'catalog'; readonly catalog: Omit<Catalog, 'services' | 'hostAliases'> }
  | {
      readonly kind: 'services';
      readonly services: readonly SharedService[];
      readonly hostAliases: readonly Int32Array[];
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
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'listening'; readonly addresses: readonly Endpoint[] }
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
