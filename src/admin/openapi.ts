import { z } from 'zod';
import { defineRoute, type Route } from './route.js';
import { problemSchema } from './schemas.js';

/** What every operation may answer with beside its own. */
const COMMON_PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is wrong; `errors` has each value that is, by JSON pointer.',
  401: 'A token is needed, or the one given is not known.',
  403: "The token's role does not reach, or the request may come from a web page.",
  429: 'Too many wrong tokens came from this address.',
  500: 'A fault; the log has it.',
};

/** What those with a body may answer with as well. */
const BODY_PROBLEMS: Readonly<Record<number, string>> = {
  413: 'The body is too long.',
  415: 'The body is no JSON by its content type.',
};

/**
 * The OpenAPI 3.1 document of these operations.
 * @param version of the product
 */
export function openApiOf(routes: readonly Route[], version: string): object {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace('{+', '{');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'steerdns',
      version,
      description:
        'The API of a running instance. Roles: view, operate, edit; each may do what those before it may.',
    },
    servers: [{ url: 'http://127.0.0.1:8053' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

/** The operation that answers with the document. */
export function openApiRoute(routes: () => readonly Route[]): Route {
  return defineRoute(
    {
      method: 'GET',
      path: '/openapi.json',
      role: 'view',
      id: 'getOpenApi',
      summary: 'This document: OpenAPI 3.1',
      response: z.looseObject({ openapi: z.string() }),
    },
    (controls) => ({ body: openApiOf(routes(), controls.status().version) }),
  );
}

function operationOf(route: Route, schemas: Record<string, unknown>): object {
  const { body, bodyTypes = [], response, problems = {} } = route;
  const problem = { 'application/problem+json': { schema: jsonSchema(problemSchema, 'output', schemas) } };
  const refusals = { ...COMMON_PROBLEMS, ...(body === undefined ? {} : BODY_PROBLEMS), ...problems };
  const content =
    typeof response === 'string'
      ? { [response]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: jsonSchema(response, 'output', schemas) } };
  const success = { description: 'Done.', content };
  const created = route.id === 'addRecord' || route.id === 'putRecord';
  return {
    operationId: route.id,
    summary: route.summary,
    'x-role': route.role,
    ...parametersOf(route, schemas),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            content: Object.fromEntries(
              ['application/json', ...bodyTypes].map((type) => [
                type,
                { schema: jsonSchema(body, 'input', schemas) },
              ]),
            ),
          },
        }),
    responses: {
      200: success,
      ...(created ? { 201: { ...success, description: 'Done; it is new.' } } : {}),
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, description]) => [status, { description, content: problem }]),
      ),
    },
  };
}

function parametersOf({ params, query, headers = {} }: Route, schemas: Record<string, unknown>): object {
  const list = [
    ...fieldsOf(params, schemas).map(({ name, schema }) => ({ name, in: 'path', required: true, schema })),
    ...fieldsOf(query, schemas).map(({ name, schema, required }) => ({
      name,
      in: 'query',
      required,
      schema,
    })),
    ...Object.entries(headers).map(([name, description]) => ({
      name,
      in: 'header',
      required: true,
      description,
      schema: { type: 'string' },
    })),
  ];
  return list.length === 0 ? {} : { parameters: list };
}

interface Field {
  readonly name: string;
  readonly schema: unknown;
  readonly required: boolean;
}

function fieldsOf(schema: z.ZodObject | undefined, schemas: Record<string, unknown>): Field[] {
  if (schema === undefined) return [];
  const { properties, required } = jsonSchema(schema, 'input', schemas) as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(properties ?? {}).map(([name, own]) => ({
    name,
    schema: own,
    required: required?.includes(name) === true,
  }));
}

/** The schema in JSON; those with an id go to `schemas`, which it then refers to. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, unknown>): object {
  const json = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' });
  const {
    $schema: _,
    $defs,
    ...own
  } = JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/')) as Record<
    string,
    unknown
  >;
  for (const [name, part] of Object.entries(($defs ?? {}) as Record<string, object>)) {
    schemas[name] = withoutId(part);
  }
  const { id } = own;
  if (typeof id !== 'string') return own;
  schemas[id] = withoutId(own);
  return { $ref: `#/components/schemas/${id}` };
}

function withoutId(schema: object): object {
  const { id: _, ...rest } = schema as { readonly id?: string };
  return rest;
}
