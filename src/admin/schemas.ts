import { z } from 'zod';
import { memberStatusSchema, overrideStatusSchema, time } from './state-schemas.js';

/** What the API answers with. The types of `controls.ts` are those of these schemas, and so is the OpenAPI document. */

const zoneName = z.string().describe('Absolute, with its final dot.');

export const diagnosticSchema = z
  .object({
    severity: z.enum(['error', 'warning']),
    file: z.string(),
    line: z.int().describe('From 1; 0: the whole file.'),
    column: z.int().describe('From 1, in characters.'),
    width: z.int().describe('Characters of the line that are meant.'),
    message: z.string(),
    hint: z.string().optional(),
    sourceLine: z.string(),
  })
  .meta({ id: 'Diagnostic' });

const secondaryStatusSchema = z
  .object({
    name: zoneName,
    state: z.enum(['served', 'expired', 'absent']).describe('`absent`: it never came.'),
    serial: z.int().optional(),
    confirmedAt: time.optional().describe('When a primary last said that it is current.'),
    expiresAt: time
      .optional()
      .describe('When it expires unless a primary confirms it, or has; absent while it never came.'),
    refreshing: z.literal(true).optional().describe('Primaries are being asked.'),
    problem: z
      .string()
      .optional()
      .describe('What was wrong with each primary that failed in the last attempt; absent when none did.'),
    problemSince: time.optional().describe('Since when primaries have failed in each attempt.'),
  })
  .meta({ id: 'Secondary' });

const zoneStatusSchema = z.object({
  name: zoneName,
  serial: z.int(),
  records: z.int().describe('Resource records.'),
});

const clusterStatusSchema = z
  .object({
    name: z.string(),
    instance: z.string().describe('This one.'),
    state: z
      .enum(['joining', 'connected', 'degraded', 'clash'])
      .describe(
        "`joining`: an earlier process of this name has not been forgotten yet; `degraded`: Redis can't be used; " +
          '`clash`: another process has this name, and this one has no vote.',
      ),
    since: time,
    problem: z.string().optional().describe('Why it is not connected.'),
    probing: z.enum(['shared', 'alone']).describe('`alone`: every probe is made here, and only these count.'),
    redis: z.string().describe('Where it is, without secrets.'),
    leaseMs: z.number().describe('Time until the others take over, in ms.'),
    instances: z
      .array(
        z.object({
          name: z.string(),
          self: z.boolean(),
          version: z.string(),
          startedAt: time,
          differs: z.array(z.string()).describe('Parts of its configuration that are not as here.'),
        }),
      )
      .describe('Those that live, by name.'),
    counters: z.record(z.string(), z.number()).describe('By name, since the start.'),
  })
  .meta({ id: 'Cluster' });

export const instanceStatusSchema = z
  .object({
    product: z.literal('steerdns'),
    version: z.string(),
    pid: z.int(),
    startedAt: time,
    config: z.string().describe('The configuration file, absolute.'),
    listen: z.object({
      dns: z.array(z.string()),
      dot: z.array(z.string()).describe('DNS over TLS.'),
      http: z.array(z.string()),
      admin: z.string(),
    }),
    tls: z
      .object({
        certificate: z.string().describe('Its file, absolute.'),
        names: z.array(z.string()).describe('DNS names that it is for; else its subject.'),
        notAfter: time,
        loadedAt: time,
        problem: z
          .object({ at: time, message: z.string() })
          .optional()
          .describe('Why a newer one is not served; absent when there is none.'),
      })
      .optional()
      .describe('Of DNS over TLS; absent without it.'),
    snapshot: z
      .object({ loadedAt: time, zones: z.array(zoneStatusSchema), services: z.int() })
      .describe('What is served.'),
    secondaries: z
      .array(secondaryStatusSchema)
      .optional()
      .describe('Zones from elsewhere; absent when there are none.'),
    cluster: clusterStatusSchema
      .optional()
      .describe('What it shares with other instances; absent when it shares nothing.'),
    refusedReload: z
      .object({ at: time, errors: z.int() })
      .optional()
      .describe('Why the last reload was refused; absent when it was not.'),
    members: z.array(memberStatusSchema),
    overrides: z.array(overrideStatusSchema),
    counters: z.record(z.string(), z.number()).describe('By name, since the start.'),
  })
  .meta({ id: 'Status' });

export const reloadedSchema = z
  .object({
    reloaded: z.literal(true),
    changes: z.array(z.string()).describe('A sentence each: `zone example.com.: serial 4, was 3`.'),
    warnings: z.array(diagnosticSchema),
  })
  .meta({ id: 'Reloaded' });

export const problemSchema = z
  .looseObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('For people.'),
    code: z.string().describe('For programs: never changes.'),
    errors: z
      .array(z.looseObject({}))
      .optional()
      .describe('Everything that is wrong: diagnostics of files, or of a request by JSON pointer.'),
  })
  .describe('RFC 9457')
  .meta({ id: 'Problem' });

const record = z.object({ owner: z.string(), ttl: z.int(), type: z.string(), rdata: z.string() });

/** Its parts are those of `explain --json`; what traces tell grows from release to release. */
export const explainSchema = z
  .object({
    question: z.looseObject({ name: z.string(), type: z.string() }),
    states: z.enum(['live', 'unknown']),
    client: z.looseObject({
      address: z.string(),
      by: z.enum(['requestor', 'ecs']),
      prefix: z.string(),
      place: z.string(),
      lines: z.array(z.string()),
    }),
    steps: z.array(z.looseObject({ step: z.string() })).describe('In order; RFC 1034 §4.3.2.'),
    ecs: z.object({ sent: z.boolean(), scopeBits: z.int(), prefix: z.string(), why: z.string() }),
    response: z.object({
      rcode: z.string(),
      flags: z.array(z.string()),
      octets: z.int(),
      answer: z.array(record),
      authority: z.array(record),
      additional: z.array(record),
    }),
  })
  .meta({ id: 'Explanation' });

/** A schema's type as those see it who only read it. */
export type ReadOf<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
