import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isLoopback } from '../config/address.js';
import type { AdminTokenSpec, ListenAddress } from '../config/config.js';
import { closeHttp, type ListenOn, listenHttp } from '../http/listen-http.js';
import type { AuditLog } from './audit-log.js';
import type { Controls } from './controls.js';
import { type Caller, Gate, requireRole } from './gate.js';
import { Problem } from './problem.js';
import { guardRequest, requireJson } from './request-guard.js';
import type { Reply, Route } from './route.js';
import { findRoute } from './routes.js';

/** The part of the application's log that the API uses. */
interface AdminLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AdminOptions {
  readonly listen: ListenOn;
  readonly controls: Controls;
  readonly log: AdminLog;
  /** Those that hold now; none: whoever reaches a loopback address may use the API. */
  readonly tokens?: () => readonly AdminTokenSpec[];
  /** Without it changes are not written down. */
  readonly audit?: AuditLog;
}

export interface RunningAdmin {
  /** The real port where 0 was asked for. */
  readonly address: ListenAddress;
  /** Takes no more requests; ends when the responses on their way are sent, or their time is over. */
  close(): Promise<void>;
}

/**
 * Opens the API.
 * @throws ListenError
 * @throws RangeError when the address is not a loopback one and there are no tokens
 */
export async function startAdmin(options: AdminOptions): Promise<RunningAdmin> {
  const { listen, log, tokens = () => [] } = options;
  const loopback = isLoopback(listen.address);
  if (!loopback && tokens().length === 0) {
    throw new RangeError(
      `without tokens the API must listen on a loopback address but is told ${listen.address}`,
    );
  }
  const onFailure = (address: string): void =>
    log.warn({ address }, `a request to the API from ${address} had a wrong token`);
  const api = new Api(options, new Gate({ tokens, loopback, onFailure }));
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 10_000, requireHostHeader: false },
    (request, response) => void api.serve(request, response),
  );
  server.maxConnections = 100;
  const address = await listenHttp(server, listen);
  return { address, close: () => closeHttp(server, GRACE_MS) };
}

/** For responses on their way when the API closes. */
const GRACE_MS = 2_000;

/** Methods whose requests have JSON. */
const BODY_METHODS: readonly string[] = ['POST', 'PUT', 'PATCH'];

class Api {
  readonly #options: AdminOptions;
  readonly #gate: Gate;

  constructor(options: AdminOptions, gate: Gate) {
    this.#options = options;
    this.#gate = gate;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { route, reply } = await this.#answer(request);
      const type = typeof route.response === 'string' ? route.response : 'application/json';
      write(request, response, { status: 200, headers: {}, ...reply, type });
    } catch (error) {
      const { status, headers, body } = this.#problemOf(error);
      if (response.destroyed) return;
      write(request, response, { status, headers, body, type: 'application/problem+json' });
    }
  }

  async #answer(request: IncomingMessage): Promise<{ readonly route: Route; readonly reply: Reply }> {
    guardRequest(request, this.#gate.guarded);
    const address = request.socket.remoteAddress ?? '';
    const caller = this.#gate.admit(address, request.headers.authorization);
    const target = request.url ?? '';
    // An absolute-form target could name another host than the one that was checked.
    if (!target.startsWith('/')) throw new Problem(400, 'bad_target', 'the request target must be a path');
    const [path = '', search = ''] = target.split('?', 2);
    const { route, variables } = findRoute(request.method ?? '', path);
    const ask = { request, variables, query: new URLSearchParams(search) };
    const answer = async (): Promise<Reply> => {
      requireRole(caller, route.role);
      if (BODY_METHODS.includes(route.method)) requireJson(request, route.bodyTypes);
      return route.answer(this.#options.controls, ask);
    };
    const reply =
      route.role === 'view'
        ? await answer()
        : await this.#audited(route, caller, targetOf(route, path, ask.query), answer);
    return { route, reply };
  }

  /** Makes a change, and writes down what became of it before the client knows. */
  async #audited(
    route: Route,
    { name, address }: Caller,
    target: string,
    change: () => Promise<Reply>,
  ): Promise<Reply> {
    const { audit, log } = this.#options;
    const outcome = await change().then(
      (reply) => ({ reply }),
      (error: unknown) => ({ error, problem: this.#problemOf(error) }),
    );
    const entry = {
      at: new Date().toISOString(),
      who: name ?? null,
      from: address,
      what: route.id,
      method: route.method,
      target,
    };
    const end =
      'reply' in outcome
        ? { outcome: 'done' as const, status: outcome.reply.status ?? 200, ...outcome.reply.change }
        : {
            outcome: outcome.problem.status < 500 ? ('refused' as const) : ('failed' as const),
            status: outcome.problem.status,
            code: outcome.problem.code,
          };
    await audit?.add({ ...entry, ...end }).catch((error: unknown) => {
      // What was done is done; an operator with a full disk must be able to drain.
      log.error({ err: error, ...entry }, "the audit log can't be written");
    });
    if ('reply' in outcome) return outcome.reply;
    throw outcome.problem.shown;
  }

  #problemOf(error: unknown): {
    status: number;
    code: string;
    headers: Readonly<Record<string, string>>;
    body: object;
    shown: Problem;
  } {
    if (!(error instanceof Problem)) this.#options.log.error({ err: error }, 'a request to the API failed');
    const shown =
      error instanceof Problem ? error : new Problem(500, 'failure', 'the request failed; the log says why');
    return { status: shown.status, code: shown.code, headers: shown.headers, body: shown.body(), shown };
  }
}

/** The target as it is written down: of the query what the operation knows, since anything may stand in the rest. */
function targetOf({ query }: Route, path: string, asked: URLSearchParams): string {
  const known = [...asked].filter(([key]) => Object.hasOwn(query?.shape ?? {}, key));
  return known.length === 0 ? path : `${path}?${new URLSearchParams(known)}`;
}

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  readonly body: object | string;
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, type, body }: Response,
): void {
  const text = typeof body === 'string' ? body : `${JSON.stringify(body, null, 2)}\n`;
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // What is left of a body that was refused is not read.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
