import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ListenAddress } from '../config/config.js';
import { closeHttp, type ListenOn, listenHttp } from '../http/listen-http.js';
import type { Controls } from './controls.js';
import { Problem } from './problem.js';
import { guardRequest, requireJson } from './request-guard.js';
import { ROUTES, type Route } from './routes.js';

/** The part of the application's log that the API uses. */
interface AdminLog {
  error(fields: object, message: string): void;
}

export interface AdminOptions {
  /** Loopback: whoever reaches the API may use it. */
  readonly listen: ListenOn;
  readonly controls: Controls;
  readonly log: AdminLog;
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
 * @throws RangeError when the address is not a loopback one
 */
export async function startAdmin({ listen, controls, log }: AdminOptions): Promise<RunningAdmin> {
  if (!/^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/.test(listen.address)) {
    throw new RangeError(`the API must listen on a loopback address but is told ${listen.address}`);
  }
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 5_000, requestTimeout: 10_000, requireHostHeader: false },
    (request, response) => void serve(request, response, controls, log),
  );
  server.maxConnections = 100;
  const address = await listenHttp(server, listen);
  return { address, close: () => closeHttp(server, GRACE_MS) };
}

/** For responses on their way when the API closes. */
const GRACE_MS = 2_000;

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  controls: Controls,
  log: AdminLog,
): Promise<void> {
  try {
    const body = await answer(request, controls);
    write(request, response, 200, 'application/json', body, {});
  } catch (error) {
    if (!(error instanceof Problem)) log.error({ error }, 'a request to the API failed');
    const problem =
      error instanceof Problem ? error : new Problem(500, 'failure', 'the request failed; the log says why');
    if (response.destroyed) return;
    write(request, response, problem.status, 'application/problem+json', problem.body(), problem.headers);
  }
}

async function answer(request: IncomingMessage, controls: Controls): Promise<object> {
  guardRequest(request);
  const target = request.url ?? '';
  // An absolute-form target could name another host than the one that was checked.
  if (!target.startsWith('/')) throw new Problem(400, 'bad_target', 'the request target must be a path');
  const [path = '', search = ''] = target.split('?', 2);
  const { route, rest } = findRoute(request.method ?? '', path);
  if (route.method === 'POST' || route.method === 'PUT') requireJson(request);
  return route.answer(controls, { request, query: new URLSearchParams(search), rest });
}

function findRoute(method: string, path: string): { route: Route; rest: string } {
  const here = ROUTES.filter((route) =>
    route.path.endsWith('/') ? path.startsWith(route.path) : path === route.path,
  );
  if (here.length === 0) {
    throw new Problem(404, 'no_resource', `there is no ${path} here`, {
      resources: ROUTES.map((route) => `${route.method} ${route.path}`),
    });
  }
  const route = here.find((candidate) => candidate.method === (method === 'HEAD' ? 'GET' : method));
  if (route === undefined) {
    const allow = here.map((candidate) => candidate.method).join(', ');
    throw new Problem(405, 'bad_method', `${path} takes ${allow}`, {}, { allow });
  }
  const encoded = route.path.endsWith('/') ? path.slice(route.path.length) : '';
  try {
    return { route, rest: decodeURIComponent(encoded) };
  } catch {
    throw new Problem(400, 'bad_target', `${encoded} is not percent-encoded UTF-8`);
  }
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): void {
  const text = `${JSON.stringify(body, null, 2)}\n`;
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
