/** What the way of a query counts: one row adds a counter. Each answering thread has its own array; a reader adds them up. */
export const Counter = {
  queries: 0,
  /** Not answered: shorter than a header. */
  short: 1,
  /** Not answered: QR=1, so that two servers never answer each other for ever. */
  notQuery: 2,
  formErr: 3,
  notImp: 4,
  badVers: 5,
  refused: 6,
  servFail: 7,
  nxDomain: 8,
  noData: 9,
  referrals: 10,
  truncated: 11,
  steered: 12,
  /** With CLIENT-SUBNET (RFC 7871). */
  ecs: 13,
  /** Over TCP or TLS, of all queries. */
  tcp: 14,
  /** Dropped: source port 0 takes no response. */
  droppedPort: 15,
  sendErrors: 16,
  tcpAccepted: 17,
  /** Their client had too many. */
  tcpRefused: 18,
  tcpTimeouts: 19,
  /** A frame shorter than a header, or a stream that ended inside one. */
  tcpBadFrames: 20,
  /** Exceptions caught at the transport: each is a bug. */
  internalErrors: 21,
  /** Dropped: longer than any query needs to be. */
  oversized: 22,
  /** Waits for room in a full send buffer. */
  sendRetries: 23,
  receiveErrors: 24,
  /** Dropped by the kernel: a socket's receive buffer was full. */
  kernelDrops: 25,
  /** Over a rate limit, and answered as short as can be: TC, BADCOOKIE or an error. */
  rrlSlipped: 26,
  /** Over a rate limit, and not answered. */
  rrlDropped: 27,
  /** Over a rate limit, and answered all the same: a dry run. */
  rrlDryRun: 28,
  /** With COOKIE (RFC 7873). */
  cookies: 29,
  /** Those with a server cookie that holds. */
  cookiesValid: 30,
  badCookie: 31,
  /** Closed, the one that was quiet the longest, since there were too many. */
  tcpEvicted: 32,
  /** Closed after a time without a query; others that took too long are {@link tcpTimeouts}. */
  tcpIdle: 33,
  /** Over TLS (RFC 7858), of all queries. */
  dot: 34,
  /** TLS handshakes that were done. */
  tlsHandshakes: 35,
  /** Those that resumed a session, which spares a signature. */
  tlsResumed: 36,
  /** TLS handshakes that failed: no common version, cipher or protocol, or no TLS at all. */
  tlsFailed: 37,
  /** Datagrams and connections that came with a PROXY header, from a peer that may send one. */
  proxied: 38,
  /** Dropped: from such a peer, but without a PROXY header, or with a malformed one. */
  badProxyHeader: 39,
  /** With CLIENT-SUBNET, and answered with a SCOPE other than 0. */
  ecsScoped: 40,
  /** Put down for the query log. */
  queryLogged: 41,
  /** Not put down for the query log, since whoever writes it is behind. */
  queryLogDropped: 42,
} as const;
export type Counter = (typeof Counter)[keyof typeof Counter];

/** Float64 counts whole numbers exactly up to 2^53. */
export type Counters = Float64Array;

export function makeCounters(): Counters {
  const octets = Object.keys(Counter).length * Float64Array.BYTES_PER_ELEMENT;
  return new Float64Array(new SharedArrayBuffer(octets));
}

/** A thread's counters each, added up. */
export function addCounters(all: readonly Counters[]): Counters {
  return makeCounters().map((_, at) => all.reduce((sum, counters) => sum + (counters[at] ?? 0), 0));
}

/** Adds one. */
export function count(counters: Counters, counter: Counter): void {
  counters[counter] = (counters[counter] as number) + 1;
}

/** Counts by name, for status and metrics. */
export function countersByName(counters: Counters): Record<string, number> {
  return Object.fromEntries(Object.entries(Counter).map(([name, at]) => [name, counters[at] ?? 0]));
}
