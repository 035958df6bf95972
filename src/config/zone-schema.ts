import { z } from 'zod';
import { rrTypes } from '../rr/rr-types.js';
import { integer } from './fields.js';
import { geoCode, prefix } from './network-fields.js';

/*
 * Zone YAML for editors: loose, since octoDNS reads more than can be said here (values as text, types of RFC 3597, keys of
 * its providers). What a zone may be is decided by zonefile/.
 */

/** Every key that a value of some type has. */
const valueKeys = new Set(
  rrTypes.flatMap(({ fields }) =>
    fields.flatMap(({ key, aliases, kind }) => kind.spread ?? [key, ...(aliases ?? [])]),
  ),
);

const value = z
  .union([
    z.string(),
    z.number(),
    z
      .looseObject(Object.fromEntries([...valueKeys].map((key) => [key, z.unknown().optional()])))
      .describe('The parts of a value, by name.'),
  ])
  .meta({ id: 'value' });

const poolValue = z.looseObject({
  value: z.string().describe('An address, or a name for CNAME.'),
  weight: integer(1, 100).optional().describe('Share of the work; 1 unless given.'),
  status: z
    .enum(['up', 'down', 'obey'])
    .optional()
    .describe('`obey` follows the health check; it does unless given.'),
});

const dynamic = z.looseObject({
  pools: z
    .record(
      z.string(),
      z.looseObject({
        fallback: z
          .string()
          .optional()
          .describe('The pool that serves when all values of this one are down.'),
        values: z.array(poolValue),
      }),
    )
    .describe('By name.'),
  rules: z
    .array(
      z.looseObject({
        geos: z.array(geoCode()).optional().describe("Clients' places."),
        subnets: z.array(prefix()).optional().describe("Clients' networks."),
        pool: z.string().describe('The pool that serves such clients.'),
      }),
    )
    .describe('The first that matches wins; the last has no condition.'),
});

const healthcheck = z.looseObject({
  protocol: z.enum(['HTTP', 'HTTPS', 'TCP']).optional().describe('HTTPS unless given.'),
  host: z.string().optional().describe('Host header and SNI; the owner name unless given.'),
  path: z.string().optional().describe('/_dns unless given.'),
  port: integer(1, 65535).optional().describe('443 unless given.'),
});

const record = z.looseObject({
  type: z
    .union([z.enum([...rrTypes.map(({ name }) => name), 'GSLB']), z.string().regex(/^TYPE\d{1,5}$/)])
    .describe('RR type; GSLB: a service answers here.'),
  ttl: integer(0, 2 ** 31 - 1)
    .optional()
    .describe('Seconds; 3600 unless given.'),
  value: value.optional().describe('The only value.'),
  values: z
    .union([z.array(value), value])
    .optional()
    .describe('The values.'),
  service: z.string().optional().describe('Of GSLB: the name of the service.'),
  dynamic: dynamic.optional().describe('Steering of A, AAAA and CNAME.'),
  octodns: z
    .looseObject({ healthcheck: healthcheck.optional() })
    .optional()
    .describe("octoDNS's own settings."),
});

/** zones/*.yaml */
export const zoneSchema = z
  .record(z.string(), z.union([record, z.array(record)]))
  .describe(
    "A zone in octoDNS's YAML: owner name relative to the apex ('' the apex, * a wildcard) → records.",
  );
