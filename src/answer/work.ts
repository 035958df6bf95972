import { Client } from '../geo/client.js';
import { AliasAnswer } from '../state/alias-table.js';
import type { Counters } from '../state/counters.js';
import { type Circumstances, Decision } from '../steer/decide.js';
import { HEADER_OCTETS, Rcode } from '../wire/protocol.js';
import { Query } from '../wire/query.js';
import { ResponseWriter } from '../wire/response-writer.js';
import { Finding } from '../zone/find.js';
import type { Catalog } from './catalog.js';
import { COOKIE_OCTETS, CookieState } from './cookies.js';
import { Exchange } from './exchange.js';
import type { AnswerTrace } from './trace.js';

/** The most names that one answer goes through: CNAME, DNAME and ALIAS together. BIND and Knot allow about as many. */
export const MAX_CHAIN = 16;

/** All that one answer needs on its way through the stages. One per answering thread, refilled for each query. */
export class Work {
  catalog: Catalog;
  circumstances: Circumstances;
  exchange = new Exchange();
  readonly query = new Query();
  readonly writer = new ResponseWriter();
  readonly client = new Client();
  /** True when {@link client} is filled for this query. */
  clientKnown = false;
  readonly decision = new Decision();
  readonly finding = new Finding();
  readonly aliasAnswer = new AliasAnswer();
  /** Seconds since 1970. */
  now = 0;

  rcode: Rcode = Rcode.NOERROR;
  authoritative = false;
  truncated = false;
  /** The longest of the scopes of the decisions in this answer. */
  scopeBits = 0;
  zone = 0;
  /** The zone that the question's name is in, or -1. */
  askedZone = -1;
  /** Index of the service that {@link decision} is of, the last one of this answer, or -1. */
  service = -1;
  /** Offset in the response of the owner name of the next answer. */
  ownerAt = HEADER_OCTETS;
  /** RRsets of CNAME and DNAME gone through, so that a loop ends. */
  readonly visited = new Uint32Array(MAX_CHAIN);
  /** By the same place: {@link ownerAt} of the name that they were gone through for. */
  readonly visitors = new Uint16Array(MAX_CHAIN);
  hops = 0;

  /** True while the addresses of other names are answered as the owner's own: ALIAS, or a host member where CNAME can't stand. */
  flattening = false;
  /** The owner's zone, whose SOA a negative answer has. */
  flattenZone = 0;
  /** The least TTL on the way, in seconds. */
  flattenTtl = 0;
  /** Where the addresses are kept when the way leaves the served zones, or -1. */
  aliasSlot = -1;

  /** What the query's COOKIE says; none is answered unless cookies are on. */
  cookieState: CookieState = CookieState.NONE;
  /** COOKIE of the response, unless {@link cookieState} is NONE. */
  readonly cookie = new Uint8Array(COOKIE_OCTETS);

  trace: AnswerTrace | undefined;

  readonly counters: Counters;

  constructor(catalog: Catalog, circumstances: Circumstances, counters: Counters) {
    this.catalog = catalog;
    this.circumstances = circumstances;
    this.counters = counters;
  }

  begin(exchange: Exchange, now: number): void {
    this.exchange = exchange;
    this.now = now;
    this.clientKnown = false;
    this.rcode = Rcode.NOERROR;
    this.authoritative = false;
    this.truncated = false;
    this.scopeBits = 0;
    this.askedZone = -1;
    this.service = -1;
    this.ownerAt = HEADER_OCTETS;
    this.hops = 0;
    this.flattening = false;
    this.aliasSlot = -1;
    this.cookieState = CookieState.NONE;
  }

  /**
   * From here on the addresses of other names are answered as the owner's own.
   * @param ttl of what sends us there, in seconds
   * @param aliasSlot where they are kept when the way leaves the served zones, or -1
   */
  flatten(ttl: number, aliasSlot: number): void {
    if (this.flattening) {
      this.flattenTtl = Math.min(this.flattenTtl, ttl);
    } else {
      this.flattening = true;
      this.flattenZone = this.zone;
      this.flattenTtl = ttl;
    }
    this.aliasSlot = aliasSlot;
  }
}

/** What follows a step: the answer is whole, or it goes on at `work.query.name`. */
export const Next = { DONE: 0, NAME: 1 } as const;
export type Next = (typeof Next)[keyof typeof Next];
