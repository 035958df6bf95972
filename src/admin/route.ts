import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Role } from '../config/role.js';
import type { Controls } from './controls.js';
import { checkInput, readJson } from './read-input.js';

/** One operation of the API: what the server routes by, what it checks requests with, and what its OpenAPI document says. */
export interface Route {
  readonly method: Method;
  /** `/v1/zones/{zone}`: a variable is a segment, percent-encoded; a last `{+name}` is the rest of the path, slashes too. */
  readonly path: string;
  readonly role: Role;
  /** Its operationId: never changes. */
  readonly id: string;
  readonly summary: string;
  /** Of the path's variables, by name. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** JSON that the request has; no body counts as an object without keys. */
  readonly body?: z.ZodObject;
  /** Media types of it beside `application/json`. */
  readonly bodyTypes?: readonly string[];
  /** Header fields that it reads, by name in lower case, and what each is. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the JSON of a success is; text: the media type of what is not JSON. */
  readonly response: z.ZodType | string;
  /** Status codes of its problems beside those that every operation has, and when they come. */
  readonly problems?: Readonly<Record<number, string>>;
  /** @throws Problem */
  answer(controls: Controls, ask: RouteAsk): Promise<Reply>;
}

type Method = 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

/** A request that is routed and may be made, not yet checked. */
interface RouteAsk {
  readonly request: IncomingMessage;
  /** Of the path, percent-decoded. */
  readonly variables: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

export interface Reply {
  /** JSON, or text of the route's media type. */
  readonly body: object | string;
  /** 200 unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the audit log: what was there before and is there now. */
  readonly change?: { readonly before?: unknown; readonly after?: unknown };
}

/** What a handler is given: each part is what its schema makes of the request. */
interface Input<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** A header field's value by its name in lower case. */
  readonly header: (name: string) => string | undefined;
}

type Checked<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;

/** Binds a route's schemas to its handler, which then gets only what they take. */
export function defineRoute<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
>(
  spec: Omit<Route, 'answer' | 'params' | 'query' | 'body'> & {
    readonly params?: Params;
    readonly query?: Query;
    readonly body?: Body;
  },
  handle: (
    controls: Controls,
    input: Input<Checked<Params>, Checked<Query>, Checked<Body>>,
  ) => Promise<Reply> | Reply,
): Route {
  const { params, query, body, ...rest } = spec;
  return {
    ...rest,
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    answer: async (controls, ask) => {
      const header = (name: string): string | undefined => {
        const value = ask.request.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      };
      const input = {
        params: checkInput(params, ask.variables, 'path'),
        query: checkInput(query, Object.fromEntries(ask.query), 'query'),
        body: checkInput(body, await readJson(ask.request), 'body'),
        header,
      };
      return handle(controls, input as Input<Checked<Params>, Checked<Query>, Checked<Body>>);
    },
  };
}
