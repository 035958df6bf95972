import { z } from 'zod';
import { SCHEDULERS } from '../steer/spec.js';
import {
  coordinates,
  duration,
  integer,
  lineName,
  mapOf,
  namedMap,
  oneOf,
  oneOrMore,
  parsed,
  pattern,
  text,
} from './fields.js';
import {
  address,
  asNumber,
  baseUrl,
  geoCode,
  httpHost,
  memberAddress,
  prefix,
  targetName,
} from './network-fields.js';

/** `200`, `2xx` or `200-299` → the codes. */
const statusCodes = z.union(
  [
    integer(100, 599).transform((code) => [code]),
    parsed<number[]>('an HTTP status such as 200, 2xx or 200-299', (value) => {
      const [, family] = /^([1-5])xx$/i.exec(value) ?? [];
      if (family !== undefined) return { value: range(Number(family) * 100, Number(family) * 100 + 99) };
      const [, from, to] = /^([1-5]\d\d)-([1-5]\d\d)$/.exec(value) ?? [];
      return from === undefined || Number(from) > Number(to)
        ? { problem: '' }
        : { value: range(Number(from), Number(to)) };
    }),
  ],
  { error: 'an HTTP status such as 200, 2xx or 200-299' },
);

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

const headerValue = z
  .union([z.string(), z.number()], { error: 'the text of a header' })
  .transform(String)
  // RFC 9110 §5.5: "CR, LF, and NUL characters [are] dangerous"; ASCII is all that a probe needs.
  .refine((value) => /^[\t\x20-\x7e]*$/.test(value), 'the text of a header, ASCII on one line');

const checkSchema = mapOf({
  type: oneOf(['http', 'https', 'tcp'], {
    words: ['dns', 'icmp', 'tls', 'exec', 'push'],
    hint: 'checks are not built yet',
  })
    .optional()
    .describe('What a probe does.'),
  target: address().optional().describe("Address to probe; without it each of the member's own."),
  port: integer(1, 65535).optional().describe('80 for http, 443 for https; a tcp check needs one.'),
  path: pattern('a path such as /healthz, in ASCII without spaces', /^\/[\x21-\x22\x24-\x7e]*$/)
    .optional()
    .describe('Path and query of the request; `/` unless given.'),
  host: httpHost().optional().describe('Host header and SNI; without it the address that is probed.'),
  method: pattern('an HTTP method such as GET or HEAD', /^[A-Z]{1,32}$/)
    .optional()
    .describe('GET unless given.'),
  headers: z
    .record(pattern('the name of a header', token), headerValue, { error: 'a map of headers' })
    .optional()
    .describe('Headers of the request.'),
  expect: mapOf({
    status: oneOrMore('an HTTP status such as 200, 2xx or 200-299', statusCodes)
      .transform((lists) => lists.flat())
      .optional()
      .describe('Status codes that pass; 200 unless given.'),
    body: text('text of the body', 1024).optional().describe('Text that the body must contain.'),
  })
    .optional()
    .describe('What a response must be.'),
  interval: duration(100, 86_400_000).optional().describe('Time between probes; 10s unless given.'),
  timeout: duration(10, 600_000)
    .optional()
    .describe('Time for a whole probe, less than the interval; 4s, or half the interval when that is less.'),
  rise: integer(1, 100).optional().describe('Successes in a row before a member is up; 2 unless given.'),
  fall: integer(1, 100).optional().describe('Failures before a member is down; 3 unless given.'),
}).meta({ id: 'check' });

const noCheck = z.literal('none', { error: 'none' });

const check = z.union([noCheck, checkSchema], { error: 'a check (a map with type: http …), or none' });

const checks = z.array(checkSchema, { error: 'a list of checks' }).min(1, 'a list with at least one check');

const checkKeys = {
  check: check.optional().describe('One probe; `none` switches probing off.'),
  checks: checks.optional().describe('Several probes; all of them must pass.'),
};

/** 16 bits, as SRV's weight has (RFC 2782). */
const weight = integer(0, 65535);

const memberSchema = mapOf(
  {
    addresses: oneOrMore('an IPv4 or IPv6 address', memberAddress())
      .optional()
      .describe('What A and AAAA answer with. A member has addresses or a host.'),
    host: targetName().optional().describe('A name that clients are sent to by CNAME.'),
    weight: weight.optional().describe('Share of the work, against the others; 1 unless given.'),
    place: geoCode().optional().describe('Where it stands, an octoDNS geo code.'),
    coordinates: coordinates().optional().describe('Latitude and longitude in degrees.'),
    url: baseUrl().optional().describe('What the redirect endpoint joins the path of a request to.'),
    ...checkKeys,
  },
  'a map with addresses: or host:',
).meta({ id: 'member' });

const poolMember = z
  .union(
    [
      z.string(),
      mapOf({
        member: z.string({ error: "a member's name" }),
        weight: weight.optional().describe("Instead of the member's own."),
        status: oneOf(['obey', 'up', 'down'])
          .optional()
          .describe('`up` and `down` override what probes say, in this pool; `obey` unless given.'),
      }),
    ],
    { error: "a member's name" },
  )
  .transform((value) => (typeof value === 'string' ? { member: value } : value));

const poolName = z.string({ error: "a pool's name" });

const poolSchema = mapOf({
  members: z
    .array(poolMember, { error: "a list of members' names" })
    .min(1, 'a list with at least one member')
    .describe('Members that share the work.'),
  scheduler: oneOf(SCHEDULERS, {
    words: ['lc', 'wlc', 'sed', 'dh', 'ovf'],
    hint: 'is not built yet',
  })
    .optional()
    .describe('How one of them is picked; wrr unless given.'),
  fallback: poolName.optional().describe('The pool that serves when all members of this one are down.'),
}).meta({ id: 'pool' });

const ruleSchema = mapOf({
  subnets: oneOrMore('a prefix such as 192.0.2.0/24', prefix()).optional().describe("Clients' networks."),
  lines: oneOrMore('the name of a line', lineName()).optional().describe('Lines from the networks files.'),
  asns: oneOrMore('an AS number such as 64500', asNumber()).optional().describe('AS numbers.'),
  geos: oneOrMore('a geo code such as EU, EU-DE or NA-US-CA', geoCode()).optional().describe('Geo codes.'),
  pool: poolName.describe('The pool that serves such clients.'),
}).meta({ id: 'rule' });

/** RFC 2181 §8: a TTL has 31 bits. */
const ttl = duration(0, (2 ** 31 - 1) * 1000).transform((ms) => Math.floor(ms / 1000));

const answersSchema = mapOf({
  count: integer(1, 32).optional().describe('Addresses in an answer at most; 1 unless given.'),
  ttl: z
    .union(
      [
        ttl,
        mapOf({
          min: ttl.optional().describe('5 unless given.'),
          max: ttl.optional().describe('60 unless given.'),
        }),
      ],
      { error: 'a number of seconds, or a map with min: and max:' },
    )
    .optional()
    .describe('Fixed, or the bounds of a TTL that follows how soon a state can change.'),
  when_all_down: z
    .string({ error: "all, none or a pool's name" })
    .optional()
    .describe('`all`: answer as if all were up (unless given); `none`: no answer; or the name of a pool.'),
});

/** services/*.yaml */
export const serviceSchema = mapOf({
  ...checkKeys,
  members: namedMap('members', memberSchema)
    .refine((value) => Object.keys(value).length > 0, 'a map with at least one member')
    .describe('By name.'),
  pools: namedMap('pools', poolSchema)
    .refine((value) => Object.keys(value).length > 0, 'a map with at least one pool')
    .optional()
    .describe('By name; without them one pool, `all`, of every member.'),
  rules: z
    .array(ruleSchema, { error: 'a list of rules' })
    .min(1, 'a list with at least one rule')
    .optional()
    .describe(
      'The first that matches wins, the last has no condition. Without rules the first pool serves everyone.',
    ),
  answers: answersSchema.optional(),
}).describe('A service of steerdns: members, pools, rules, and how members are checked.');

export type ServiceInput = z.output<typeof serviceSchema>;
export type MemberInput = ServiceInput['members'][string];
export type CheckInput = z.output<typeof checkSchema>;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
