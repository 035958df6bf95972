import { mapOf, text } from '../config/fields.js';
import { AskError } from '../explain/parse-ask.js';
import { Problem } from './problem.js';
import { defineRoute, type Route } from './route.js';
import { explainSchema, instanceStatusSchema, reloadedSchema } from './schemas.js';

/** The instance as a whole. */
export const INSTANCE_ROUTES: readonly Route[] = [
  defineRoute(
    {
      method: 'GET',
      path: '/v1/status',
      role: 'view',
      id: 'getStatus',
      summary: 'What is served, the state of every member, counters',
      response: instanceStatusSchema,
    },
    (controls) => ({ body: controls.status() }),
  ),
  defineRoute(
    {
      method: 'POST',
      path: '/v1/reload',
      role: 'operate',
      id: 'reload',
      summary: 'Loads configuration, zones, services and geo data anew',
      response: reloadedSchema,
      problems: { 422: 'Something is wrong in a file: nothing changed, `errors` has each with its place.' },
    },
    async (controls) => {
      const outcome = await controls.reload();
      if (outcome.reloaded) return { body: outcome, change: { after: outcome.changes } };
      const count = outcome.errors.filter(({ severity }) => severity === 'error').length;
      throw new Problem(
        422,
        'reload_refused',
        `the configuration has ${count} ${count === 1 ? 'error' : 'errors'}; what was loaded before goes on serving`,
        { errors: outcome.errors },
      );
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/v1/explain',
      role: 'view',
      id: 'explain',
      summary: 'How an answer comes about: zone, place, rule, pool, members, TTL, ECS scope',
      query: mapOf({
        name: text('the owner name to ask for', 1024).describe('The name to ask for.'),
        type: text('an RR type', 20).optional().describe("An RR type's mnemonic; A unless given."),
        from: text('an address', 64).optional().describe('Who asks: a client, or its resolver.'),
        ecs: text('a prefix', 64)
          .optional()
          .describe('The prefix that the resolver sends by ECS (RFC 7871).'),
      }),
      response: explainSchema,
    },
    async (controls, { query: { name, type = 'A', from, ecs } }) => {
      try {
        const body = await controls.explain({
          name,
          type,
          ...(from === undefined ? {} : { from }),
          ...(ecs === undefined ? {} : { ecs }),
        });
        return { body };
      } catch (error) {
        if (error instanceof AskError) throw new Problem(400, 'bad_ask', error.message);
        throw error;
      }
    },
  ),
  defineRoute(
    {
      method: 'GET',
      path: '/metrics',
      role: 'view',
      id: 'getMetrics',
      summary: 'What Prometheus reads, in its text format',
      response: 'text/plain; version=0.0.4; charset=utf-8',
    },
    async (controls) => ({ body: await controls.metrics() }),
  ),
];
