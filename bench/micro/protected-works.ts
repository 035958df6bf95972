import { Answerer, type AnswererOptions } from '../../src/answer/answerer.js';
import { ServerCookies } from '../../src/answer/cookies.js';
import { Exchange } from '../../src/answer/exchange.js';
import { Protection } from '../../src/server/protection.js';
import { Rrl } from '../../src/server/rrl.js';
import { Counter, type Counters, makeCounters } from '../../src/state/counters.js';
import { put16 } from '../../src/wire/octets.js';
import type { Work } from './measure.js';

/** Clients that ask in turn, each in an IPv4 /24 of its own: more than a second-level cache holds the loads of. */
const CLIENTS = 65_536;
/**
 * Milliseconds from one query to the next: 130,000 a second are what a thread answers with the kernel's part. By the real clock
 * each client would ask five times as much here as it could over sockets, and the rate limit would have more to look at.
 */
const QUERY_MS = 1 / 130;
/** Queries between two looks at the clock (server/udp-batch.ts). */
const BATCH = 64;
const NOW = 1_800_000_000;
const RDLENGTH_OCTETS = 2;
/** CLIENT-SUBNET of a /24 with its code and length. */
export const SUBNET_OCTETS = 11;
/** COOKIE's code and length. */
const OPTION_HEAD_OCTETS = 4;

export interface ProtectionChoice {
  readonly rrl: boolean;
  readonly cookies: boolean;
}

/** What a client sends of a cookie: nothing, its own part, or all of one that holds. */
export type SentCookie = 'none' | 'client' | 'valid';

/**
 * Answers one query for many clients in turn.
 * @param plain ends in an OPT
 * @param optionOctets of its RDATA
 */
export function protectedWork(
  options: Omit<AnswererOptions, 'counters' | 'now'>,
  plain: Uint8Array,
  optionOctets: number,
  choice: ProtectionChoice,
  sent: SentCookie,
): Work {
  const counters = makeCounters();
  const answerer = new Answerer({ ...options, counters, now: () => NOW });
  const protection = new Protection();
  const told = protection.messageOf({
    // As configured by `rrl: {}`, but without a limit that such a load reaches: what is over it would be answered for less.
    rrl: { rate: 50, burst: 125, slip: 1, dryRun: true, allow: [] },
    cookies: { secrets: [Buffer.alloc(16, 7)] },
  });
  if (told.kind !== 'protection' || told.rrl === undefined || told.cookieSecrets === undefined)
    throw new Error('there is no protection');
  const rrl = new Rrl(told.rrl, counters);
  const cookies = new ServerCookies(told.cookieSecrets);
  const exchange = new Exchange();
  exchange.address.set([10, 0, 0, 1]);
  const queries = Array.from({ length: sent === 'valid' ? CLIENTS : 1 }, () =>
    withCookie(plain, optionOctets, sent),
  );
  if (sent === 'valid') fillCookies(answerer, cookies, queries, exchange);
  counters.fill(0);
  answerer.protect({ limiter: choice.rrl ? rrl : undefined, cookies: choice.cookies ? cookies : undefined });
  let client = 0;
  let elapsedMs = 0;
  return (times) => {
    for (let i = 0; i < times; i++) {
      elapsedMs += QUERY_MS;
      if ((i & (BATCH - 1)) === 0) rrl.nowMs = NOW * 1000 + elapsedMs;
      client = (client + 1) & (CLIENTS - 1);
      const query = queries[sent === 'valid' ? client : 0] as Uint8Array;
      exchange.query = query;
      exchange.queryLength = query.length;
      setClient(exchange, client);
      answerer.answer(exchange);
    }
    expectWhole(counters, choice, sent);
  };
}

function setClient(exchange: Exchange, client: number): void {
  exchange.address[1] = client >>> 8;
  exchange.address[2] = client & 0xff;
}

/** Puts into each query the cookie that its client is given. */
function fillCookies(
  answerer: Answerer,
  cookies: ServerCookies,
  queries: readonly Uint8Array[],
  exchange: Exchange,
): void {
  answerer.protect({ limiter: undefined, cookies });
  for (const [client, query] of queries.entries()) {
    exchange.query = query;
    exchange.queryLength = query.length;
    setClient(exchange, client);
    const length = answerer.answer(exchange);
    // The response ends in COOKIE as well.
    query.set(exchange.response.subarray(length - COOKIE_OCTETS, length), query.length - COOKIE_OCTETS);
  }
}

const COOKIE_OCTETS = 24;

function withCookie(plain: Uint8Array, optionOctets: number, sent: SentCookie): Uint8Array {
  if (sent === 'none') return plain;
  const octets = sent === 'valid' ? COOKIE_OCTETS : 8;
  const query = new Uint8Array(plain.length + OPTION_HEAD_OCTETS + octets);
  query.set(plain);
  put16(query, plain.length - optionOctets - RDLENGTH_OCTETS, optionOctets + OPTION_HEAD_OCTETS + octets);
  put16(query, plain.length, 10);
  put16(query, plain.length + 2, octets);
  // The client's part; of a whole cookie the version too, so that it is read.
  query.fill(1, plain.length + OPTION_HEAD_OCTETS);
  return query;
}

function expectWhole(counters: Counters, { cookies, rrl }: ProtectionChoice, sent: SentCookie): void {
  if (cookies && sent === 'valid' && counters[Counter.cookiesValid] !== counters[Counter.queries])
    throw new Error('a cookie does not hold');
  if (rrl && (counters[Counter.rrlDryRun] as number) > (counters[Counter.queries] as number) / 100)
    throw new Error('the load is over the rate limit');
}
