import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ListenAddress } from '../config/config.js';
import { hasBody, headerValues } from '../http/header-text.js';
import { closeHttp, type ListenOn, listenHttp } from '../http/listen-http.js';
import type { PeerAddress } from '../server/proxy-header.js';
import { readProxyPeer } from '../server/read-proxy-peer.js';
import { answerRequest } from './answer-request.js';
import { isTrusted, parsePeer } from './client-address.js';
import type { Outcome, OutcomeKind } from './outcome.js';
import { parseProxyHeader } from './proxy-header.js';
import type { RedirectSource } from './redirect-source.js';

/** The part of the application's log that the endpoint uses. */
interface RedirectLog {
  error(fields: object, message: string): void;
}

/** What a client may take up. Durations in ms. */
export interface RedirectLimits {
  /** Connections beyond these are closed at once. */
  readonly maxConnections: number;
  /** Octets of the request line and all header fields; beyond: 431. */
  readonly maxHeaderOctets: number;
  /** For a PROXY header, and again for the request's header; beyond: 408. */
  readonly headersMs: number;
  /** For a whole request; beyond: 408. */
  readonly requestMs: number;
  /** For the next request on a connection. */
  readonly keepAliveMs: number;
  /** Without an octet in either direction. */
  readonly idleMs: number;
  /** For responses on their way when the endpoint closes. */
  readonly graceMs: number;
}

const REDIRECT_LIMITS: RedirectLimits = {
  maxConnections: 10_000,
  maxHeaderOctets: 16 * 1024,
  headersMs: 10_000,
  requestMs: 15_000,
  keepAliveMs: 15_000,
  idleMs: 30_000,
  graceMs: 2_000,
};

/** Requests by how they ended, and connections that never became one. */
type RedirectCounts = Record<OutcomeKind | 'badHttp' | 'timeouts' | 'badProxyHeader' | 'failures', number>;

export interface RedirectOptions {
  readonly listen: readonly ListenOn[];
  /** What to answer from now. */
  readonly source: () => RedirectSource;
  readonly log: RedirectLog;
  readonly limits?: Partial<RedirectLimits>;
}

export interface RunningRedirect {
  /** The real ports where 0 was asked for. */
  readonly addresses: readonly ListenAddress[];
  readonly counts: Readonly<RedirectCounts>;
  /** Responses by site, {@link FORWARD_SITE} and {@link NO_SITE} too, and status. */
  readonly bySite: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Takes no more connections; ends when the responses on their way are sent, or their time is over. */
  close(): Promise<void>;
}

/**
 * Opens the redirect endpoint on every address, or on none.
 * @throws ListenError
 */
export async function startRedirect(options: RedirectOptions): Promise<RunningRedirect> {
  const limits = { ...REDIRECT_LIMITS, ...options.limits };
  const counts = noCounts();
  const endpoint = new Endpoint(options.source, options.log, limits, counts);
  const servers: Server[] = [];
  const addresses: ListenAddress[] = [];
  const close = async (): Promise<void> => {
    endpoint.closing = true;
    endpoint.dropWaiting();
    await Promise.all(servers.map((server) => closeHttp(server, limits.graceMs)));
  };
  try {
    for (const wanted of options.listen) {
      const server = endpoint.makeServer();
      addresses.push(await listenHttp(server, wanted));
      servers.push(server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, counts, bySite: endpoint.bySite, close };
}

/** What stands in {@link RunningRedirect.bySite} for URLFWD records, and for requests to no site. No host is named so. */
const FORWARD_SITE = '(forward)';
const NO_SITE = '(none)';

const FORWARD_KINDS: readonly OutcomeKind[] = ['forwarded', 'notFound', 'badForward'];

function noCounts(): RedirectCounts {
  return {
    redirected: 0,
    forwarded: 0,
    noMember: 0,
    badRequest: 0,
    unknownHost: 0,
    notFound: 0,
    badMethod: 0,
    targetTooLong: 0,
    badForward: 0,
    starting: 0,
    badHttp: 0,
    timeouts: 0,
    badProxyHeader: 0,
    failures: 0,
  };
}

/** What the servers of all addresses share. */
class Endpoint {
  closing = false;
  readonly bySite = new Map<string, Map<number, number>>();
  /** Whom the PROXY header of a connection names. */
  readonly #named = new WeakMap<Socket, PeerAddress>();
  /** Connections of trusted proxies that have not yet shown how they begin: HTTP does not know of them. */
  readonly #waiting = new Set<Socket>();

  constructor(
    private readonly source: () => RedirectSource,
    private readonly log: RedirectLog,
    private readonly limits: RedirectLimits,
    private readonly counts: RedirectCounts,
  ) {}

  makeServer(): Server {
    const { limits } = this;
    const server = createServer(
      {
        maxHeaderSize: limits.maxHeaderOctets,
        headersTimeout: limits.headersMs,
        requestTimeout: limits.requestMs,
        keepAliveTimeout: limits.keepAliveMs,
        // How late a time-out is noticed.
        connectionsCheckingInterval: Math.min(1000, limits.headersMs),
        // Answered here, so that it is counted and looks like every other error.
        requireHostHeader: false,
        noDelay: true,
      },
      (request, response) => this.#serve(request, response),
    );
    server.maxConnections = limits.maxConnections;
    server.timeout = limits.idleMs;
    server.on('clientError', (error, socket) => this.#refuse(error, socket as Socket));
    server.on('connect', (_request, socket) => socket.end(CONNECT_RESPONSE));
    const [speakHttp] = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket) => {
      void this.#accept(socket, () => speakHttp?.call(server, socket));
    });
    return server;
  }

  dropWaiting(): void {
    for (const socket of this.#waiting) socket.destroy();
  }

  /** Only a trusted peer's connection may begin with a PROXY header; to HTTP it is a malformed request. */
  async #accept(socket: Socket, speakHttp: () => void): Promise<void> {
    const peer = parsePeer(socket.remoteAddress ?? '');
    if (peer === undefined) {
      socket.destroy();
      return;
    }
    this.#named.set(socket, peer);
    if (isTrusted(this.source().trustedProxies, peer)) {
      this.#waiting.add(socket);
      const named = await readProxyPeer(socket, this.limits.headersMs, parseProxyHeader);
      this.#waiting.delete(socket);
      if (named === 'bad' || named === 'gone') {
        if (named === 'bad') this.counts.badProxyHeader += 1;
        socket.destroy();
        return;
      }
      if (named !== 'none' && named !== 'local') this.#named.set(socket, named);
    }
    speakHttp();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    try {
      const peer = this.#named.get(request.socket);
      if (peer === undefined) throw new Error('a connection has no peer address');
      const outcome = answerRequest(
        {
          method: request.method ?? '',
          target: request.url ?? '',
          hosts: headerValues(request, 'host'),
          forwardedFor: headerValues(request, 'x-forwarded-for').join(',') || undefined,
          peer,
        },
        this.source(),
      );
      this.counts[outcome.kind] += 1;
      this.#countBySite(outcome);
      // A body is not read: the connection can't be used again.
      write(request, response, outcome, this.closing || hasBody(request));
    } catch (error) {
      this.counts.failures += 1;
      this.log.error({ err: error }, 'a request to the redirect endpoint failed');
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { connection: 'close' }).end();
    }
  }

  #countBySite({ kind, site, status }: Outcome): void {
    const key = site ?? (FORWARD_KINDS.includes(kind) ? FORWARD_SITE : NO_SITE);
    const statuses = this.bySite.get(key) ?? new Map<number, number>();
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    this.bySite.set(key, statuses);
  }

  /** Octets that are no HTTP, too many, or too late. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (timedOut) this.counts.timeouts += 1;
    else if (error.code !== 'ECONNRESET') this.counts.badHttp += 1;
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const status = timedOut
      ? '408 Request Timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
      socket.destroy(),
    );
  }
}

const CONNECT_RESPONSE =
  'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

function write(request: IncomingMessage, response: ServerResponse, outcome: Outcome, last: boolean): void {
  response.writeHead(outcome.status, {
    ...outcome.headers,
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(outcome.body),
    'x-content-type-options': 'nosniff',
    ...(last ? { connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : outcome.body);
}
