import { z } from 'zod';
import { nextSchema } from './page.js';
import { diagnosticSchema, reloadedSchema } from './schemas.js';

/** What the API tells of zones. */

const zoneName = z.string().describe('Absolute, with its final dot.');

export const zoneInfoSchema = z
  .object({
    name: zoneName,
    serial: z.int(),
    records: z.int().describe('Resource records.'),
    source: z
      .enum(['yaml', 'master', 'secondary'])
      .describe('Files of octoDNS YAML, which can be edited; a master file; another server.'),
    files: z.array(z.string()).describe('None for a zone from another server.'),
  })
  .meta({ id: 'Zone' });

export const zoneListSchema = z.object({ zones: z.array(zoneInfoSchema), next: nextSchema });

export const servedSchema = z
  .object({
    name: z.string().describe('Absolute, with its final dot.'),
    type: z.string(),
    ttl: z.int().describe('Seconds; of a steered one the most.'),
    kind: z.enum(['static', 'steered', 'alias', 'urlfwd']),
    values: z.array(z.string()).describe('RDATA in presentation format; of `alias` the target.'),
    service: z.string().optional().describe('What steers it.'),
  })
  .meta({ id: 'ServedRecordSet' });

export const servedListSchema = z.object({ records: z.array(servedSchema), next: nextSchema });

/** A record as its file has it, in octoDNS's keys. */
const written = z
  .record(z.string(), z.unknown())
  .describe(
    "As the file has it, in octoDNS's keys: `ttl`, `value` or `values`, `service`, `dynamic`, `octodns`.",
  );

export const recordDetailSchema = z
  .object({
    name: z.string(),
    type: z.string(),
    record: written
      .optional()
      .describe('What the file has; absent where the zone has no file that can be edited.'),
    file: z.string().optional(),
    line: z.int().optional(),
    served: z.array(servedSchema).describe('What is served at the name now.'),
  })
  .meta({ id: 'RecordSet' });

export const editedSchema = z
  .object({
    dryRun: z.boolean(),
    etag: z.string().describe('Of the zone now.'),
    file: z.string(),
    diff: z.string().describe('What changes in the file, as `diff -u` shows it; empty: nothing.'),
    before: written.optional().describe('Absent where there was none.'),
    after: written.optional().describe('Absent where there is none.'),
    warnings: z.array(diagnosticSchema),
    reload: z
      .union([reloadedSchema, z.object({ reloaded: z.literal(false), errors: z.array(diagnosticSchema) })])
      .optional()
      .describe('What became of serving it; absent where nothing changed.'),
  })
  .meta({ id: 'Edited' });
