import { z } from 'zod';
import { parseAddress } from './address.js';
import type { RedisAddress } from './cluster-spec.js';
import { duration, integer, mapOf, oneOf, oneOrMore, parsed, pattern, text } from './fields.js';

const NAME = 'a name of at most 63 letters, digits, "-", "_" and "."';
const name = pattern(NAME, /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;

/** What a URL of Redis says. */
export interface RedisUrl {
  readonly at: RedisAddress;
  readonly database?: number;
  readonly isTls: boolean;
  readonly username?: string;
  readonly password?: string;
}

const URL_FORM = 'a URL such as redis://192.0.2.1:6379 or rediss://redis.example.com';

const redisUrl = parsed<RedisUrl>(URL_FORM, (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '') return { problem: '' };
  const [, database] = /^\/(\d{1,5})$/.exec(url.pathname) ?? [];
  if (url.search !== '' || url.hash !== '') return { problem: '', hint: 'without ? and #' };
  if (database === undefined && !['', '/'].includes(url.pathname)) {
    return { problem: '', hint: 'the path is the number of a database: /0' };
  }
  const username = percentDecoded(url.username);
  const password = percentDecoded(url.password);
  if (username === undefined || password === undefined) return { problem: '', hint: 'a % is written %25' };
  return {
    value: {
      at: {
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: url.port === '' ? REDIS_PORT : Number(url.port),
      },
      ...(database === undefined ? {} : { database: Number(database) }),
      isTls: url.protocol === 'rediss:',
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password }),
    },
  };
});

function percentDecoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** `192.0.2.1:6379`, `redis.example.com`, `[2001:db8::1]:6379`. */
const at = (what: string, port: number) =>
  parsed<RedisAddress>(what, (value) => {
    const [, bracketed, bare, portText] = /^(?:\[([^\]]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(value) ?? [];
    const host = bracketed ?? bare;
    const number = portText === undefined ? port : Number(portText);
    if (host === undefined || number < 1 || number > 65535) return { problem: '' };
    if (bracketed !== undefined && parseAddress(bracketed)?.length !== 16) return { problem: '' };
    return { value: { host, port: number } };
  });

const SENTINEL = 'a sentinel such as 192.0.2.1:26379';
const NODE = 'a node such as 192.0.2.1:6379';

/* A password is in the file, in another file, or in the environment. */
const password = () => text('a password', 1024).optional().describe('The password.');
const passwordFile = () =>
  text('the path of a file', 4096).optional().describe('A file with the password, instead.');
const passwordEnv = () =>
  pattern('the name of an environment variable', /^[A-Za-z_][A-Za-z0-9_]*$/)
    .optional()
    .describe('An environment variable with the password, instead.');

const file = (what: string) => text('the path of a PEM file', 4096).optional().describe(what);

const tlsSchema = mapOf({
  ca: file('Who signs the certificates of Redis; those that Node.js trusts unless given.'),
  cert: file("This instance's certificate."),
  key: file('Its key.'),
  servername: text('a host name')
    .optional()
    .describe('The name in the certificate of Redis; the host that is asked unless given.'),
});

const user = () => text('the name of a user').optional();

const redisSchema = mapOf(
  {
    url: redisUrl.optional().describe('A single Redis; `rediss:` is with TLS.'),
    sentinels: oneOrMore(SENTINEL, at(SENTINEL, SENTINEL_PORT)).optional().describe('Or its sentinels.'),
    master: text('the name that the sentinels know it by').optional().describe('What the sentinels call it.'),
    nodes: oneOrMore(NODE, at(NODE, REDIS_PORT)).optional().describe('Or nodes of a Redis Cluster.'),
    database: integer(0, 65535).optional().describe('Of a single Redis or of sentinels; 0 unless given.'),
    username: user().describe('A user of its ACL.'),
    password: password(),
    password_file: passwordFile(),
    password_env: passwordEnv(),
    sentinel_username: user().describe('A user of the sentinels.'),
    sentinel_password: password(),
    sentinel_password_file: passwordFile(),
    sentinel_password_env: passwordEnv(),
    tls: z
      .union([z.literal(true), tlsSchema], { error: 'true, or a map with ca: …' })
      .optional()
      .describe('TLS, to sentinels as well; none unless given.'),
  },
  'a map with url:, sentinels: or nodes:',
);

/** Instances that see each other; see src/cluster/redis-exchange.ts. */
const MAX_INSTANCES = 64;

export const clusterSchema = mapOf(
  {
    name: name.describe('Instances of one name share what they know.'),
    instance: name.optional().describe("This instance's own name; the host's unless given."),
    instances: oneOrMore(NAME, name)
      .optional()
      .describe('Whose votes count; those of all that come unless given.'),
    redis: redisSchema.describe('Where they share it.'),
    quorum: z
      .union([oneOf(['any', 'majority']), integer(1, MAX_INSTANCES)], {
        error: 'any, majority, or a number of instances',
      })
      .optional()
      .describe('How many of the instances that probe a member must find it up; `majority` unless given.'),
    probes: integer(1, MAX_INSTANCES)
      .optional()
      .describe('Instances that make each probe; 3 unless given, or as many as the quorum when it is more.'),
    lease: duration(1000, 600_000)
      .optional()
      .describe(
        'Time until the others take over from an instance; the shortest interval of a check, 1s to 10s, unless given.',
      ),
  },
  'a map with name: and redis:',
).describe('Sharing with other instances; none unless given.');
