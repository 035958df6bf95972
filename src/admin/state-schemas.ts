import { z } from 'zod';
import { nextSchema } from './page.js';

/** What the API tells of members, services and what operators said. */

export const OVERRIDE_NAMES = ['drain', 'up', 'down'] as const;

export const time = z.iso.datetime().describe('RFC 3339, UTC.');
const memberKey = z.string().describe('`service/member`');
const serviceName = z
  .string()
  .describe("The file's name; of octoDNS `dynamic` records `www.example.com./A`.");
const reason = z.string().describe("An operator's words.");
const weight = z.int().describe('0 to 65535; 0 serves only when every other live one is gone.');

export const overrideStatusSchema = z
  .object({
    pattern: z.string().describe('`service/member`, `*` for any run of characters, `?` for one.'),
    override: z
      .enum([...OVERRIDE_NAMES, 'none', 'weight'])
      .describe('`none`, and `weight` without a weight, except members from an earlier, wider pattern.'),
    weight: weight.optional(),
    since: time,
    until: time.optional().describe('When it ends by itself.'),
    reason: reason.optional(),
  })
  .meta({ id: 'Override' });

export const memberStatusSchema = z
  .object({
    member: memberKey,
    standing: z.enum(['up', 'down', 'draining']).describe('What answers go by.'),
    health: z.enum(['unknown', 'up', 'down']).describe('What its probes say.'),
    override: z.enum(OVERRIDE_NAMES).optional().describe('What an operator said.'),
    weight: weight
      .optional()
      .describe("An operator's, instead of the service's own; absent when there is none."),
    since: time.optional().describe('When its health last changed.'),
    votes: z
      .record(z.string(), z.enum(['up', 'down']))
      .optional()
      .describe("What each instance's probes say, by instance; absent when there is nobody else."),
    result: z.string().optional().describe("The last probe's result, or that it has no checks."),
  })
  .meta({ id: 'Member' });

export const transitionSchema = z
  .object({
    at: time,
    member: memberKey,
    what: z.enum(['health', 'override', 'weight']),
    from: z.string(),
    to: z.string(),
    reason: z.string().describe("What a probe found, or an operator's words; may be empty."),
  })
  .meta({ id: 'Transition' });

const checkSchema = z.object({
  check: z.string().describe('`http 192.0.2.1:80 GET /healthz`'),
  health: z.enum(['unknown', 'up', 'down']),
  failures: z.int().describe('Of `fall`, while up.'),
  successes: z.int().describe('Of `rise`, while down.'),
  rise: z.int(),
  fall: z.int(),
  lastAt: time.optional(),
  lastTookMs: z.number().optional(),
  lastResult: z.string().optional(),
});

export const memberDetailSchema = memberStatusSchema
  .extend({
    checks: z.array(checkSchema),
    history: z.array(transitionSchema).describe('The latest first.'),
  })
  .meta({ id: 'MemberDetail' });

export const memberListSchema = z.object({ members: z.array(memberStatusSchema), next: nextSchema });

export const serviceSummarySchema = z
  .object({
    service: serviceName,
    file: z.string().describe('Where it is written: `services/web.yaml:1`'),
    members: z.int(),
    up: z.int().describe('Members that answers may choose.'),
    pools: z.array(z.string()),
  })
  .meta({ id: 'ServiceSummary' });

export const serviceListSchema = z.object({ services: z.array(serviceSummarySchema), next: nextSchema });

export const serviceDetailSchema = serviceSummarySchema
  .omit({ members: true, pools: true })
  .extend({
    pools: z.array(
      z.object({
        name: z.string(),
        scheduler: z.string(),
        fallback: z.string().optional(),
        members: z.array(
          z.object({ member: z.string(), weight: weight.describe("An operator's where there is one.") }),
        ),
      }),
    ),
    rules: z
      .array(z.object({ conditions: z.string(), pool: z.string() }))
      .describe('In order: the first that matches wins.'),
    members: z.array(memberStatusSchema),
  })
  .meta({ id: 'Service' });

export const historySchema = z.object({ transitions: z.array(transitionSchema) });

export const overrideListSchema = z.object({ overrides: z.array(overrideStatusSchema) });

export const overrideAnswerSchema = overrideStatusSchema
  .omit({ since: true })
  .extend({
    members: z.array(memberKey).describe('Those that the pattern matches now.'),
    unstored: z
      .string()
      .optional()
      .describe("Why it does not outlive this run: the state file can't be written."),
  })
  .meta({ id: 'OverrideAnswer' });
