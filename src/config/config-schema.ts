import { z } from 'zod';
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from './address.js';
import { adminFields } from './admin-schema.js';
import { clusterSchema } from './cluster-schema.js';
import type { ListenAddress } from './config.js';
import { anyNumber, duration, integer, mapOf, oneOf, oneOrMore, parsed, pattern, text } from './fields.js';
import { keysSchema, secondariesSchema, transferSchema } from './transfer-schema.js';

const LISTEN = 'an address and port such as 127.0.0.1:53 or [::1]:53';

const DNS_PORT = 53;
const DOT_PORT = 853;

/** Port 0: any free one. @param port that of the service, for hints */
function listenAddressOf(port: number) {
  return parsed<ListenAddress>(LISTEN, (value) => {
    const found = parseEndpoint(value);
    return found?.port === undefined
      ? { problem: '', ...listenHint(value, port) }
      : { value: { address: found.address, port: found.port } };
  });
}

const listenAddress = listenAddressOf(DNS_PORT);

const adminListen = z
  .union([listenAddress, z.array(z.never()).max(0, LISTEN)], { error: `${LISTEN}, or [] for none` })
  .optional();

const resolver = parsed<ListenAddress>('an address, with or without port, such as 192.0.2.53', (value) => {
  const octets = parseAddress(value);
  if (octets !== undefined) return { value: { address: formatAddress(octets), port: DNS_PORT } };
  const found = parseEndpoint(value);
  return found?.port === undefined || found.port === 0
    ? { problem: '' }
    : { value: { address: found.address, port: found.port } };
});

const prefixText = parsed('a prefix such as 192.0.2.0/24', (value) => {
  const reading = parsePrefix(value);
  if (reading.ok) return { value: formatPrefix(reading.prefix) };
  return reading.meant === undefined
    ? { problem: reading.problem }
    : { problem: reading.problem, hint: `did you mean ${JSON.stringify(reading.meant)}?` };
});

/** Linux's PATH_MAX. */
const path = (what: string) => text(what, 4096);

const siteSchema = mapOf(
  {
    service: z.string({ error: "a service's name" }).describe('The service whose members it redirects to.'),
    status: z
      .literal([301, 302, 303, 307, 308], { error: 'a redirect status: 301, 302, 303, 307 or 308' })
      .optional()
      .describe('302 unless given.'),
    cache_control: pattern('a Cache-Control header, ASCII on one line', /^[\x20-\x7e]{1,200}$/)
      .optional()
      .describe('Cache-Control of the redirect; `private, no-cache` unless given.'),
  },
  'a map with service:',
);

const none = z.literal('none', { error: 'none' });

/** Knot DNS's figure: far above what one resolver asks of a zone with TTLs of minutes. */
export const DEFAULT_RRL_RATE = 50;

/** Loads of the table of rates are kept exactly enough up to these; see src/server/rrl.ts. */
const MAX_RATE = 100_000;

const rrlSchema = mapOf({
  rate: integer(1, MAX_RATE).optional().describe('Responses a second to one address; 50 unless given.'),
  burst: integer(1, MAX_RATE)
    .optional()
    .describe('Responses at once to an address that was quiet; 2.5 times the rate unless given.'),
  slip: integer(0, 100)
    .optional()
    .describe(
      'Every so-manieth response over the limit is sent, but short; 1, all of them, unless given; 0: none.',
    ),
  dry_run: z
    .boolean()
    .optional()
    .describe('`true`: count what is over the limit, and answer it all the same.'),
  allow: anyNumber('a prefix such as 192.0.2.0/24', prefixText).optional().describe('Whom nothing limits.'),
}).check(({ value: { rate = DEFAULT_RRL_RATE, burst }, issues }) => {
  // A load decays in ticks and by the clock of each thread, which is too coarse for less.
  const least = Math.ceil(rate / 2);
  if (burst === undefined || burst >= least) return;
  issues.push({
    code: 'custom',
    input: burst,
    path: ['burst'],
    message: `${least} or more, half of the rate,`,
  });
});

const SECRET = 'a secret of 32 hexadecimal digits';

const cookieSecret = parsed(SECRET, (value) => {
  if (/^[0-9a-f]{32}$/i.test(value)) return { value: value.toLowerCase() };
  return /^0x[0-9a-f]{32}$/i.test(value) ? { problem: '', hint: 'without 0x' } : { problem: '' };
});

const cookiesSchema = mapOf({
  secrets: oneOrMore(SECRET, cookieSecret)
    .refine((secrets) => secrets.length <= 4, 'a list of at most 4 secrets')
    .optional()
    .describe(
      'Shared by instances that clients take for one: the first makes cookies, all verify them; random unless given.',
    ),
});

/** Rows of zones in the tally of each answering thread take 1.3 KB each. */
const MAX_METRIC_ZONES = 10_000;

const metricsSchema = mapOf({
  zones: integer(0, MAX_METRIC_ZONES)
    .optional()
    .describe('Zones that are counted apart, the others together as `other`; 500 unless given.'),
  members: integer(0, 50_000)
    .optional()
    .describe('Members, and members of pools, that are counted apart; 1000 unless given.'),
});

const queryLogSchema = mapOf(
  {
    file: path('the path of a file, or stdout').describe('The path of a file or FIFO, or `stdout`.'),
    sample: z
      .number({ error: 'a share of queries above 0, at most 1' })
      .gt(0, 'above 0, at most 1')
      .max(1, 'above 0, at most 1')
      .optional()
      .describe('The share of queries that is logged, chosen at random; 0.01 unless given.'),
    ipv4_prefix: integer(0, 32)
      .optional()
      .describe("Bits of clients' IPv4 addresses that are written; 32, all, unless given."),
    ipv6_prefix: integer(0, 128)
      .optional()
      .describe("Bits of clients' IPv6 addresses that are written; 128, all, unless given."),
    buffer: integer(16, 1_048_576)
      .optional()
      .describe('Queries that may wait in each answering thread for the writer; 8192 unless given.'),
  },
  'a map with file:',
);

/** CHAOS TXT answers are one character-string (RFC 1035 §3.3): 255 octets. */
const identityText = (what: string) =>
  text(what, 255).refine((value) => Buffer.byteLength(value) <= 255, `${what}, at most 255 octets`);

/** steerdns.yaml */
export const configSchema = mapOf({
  listen: mapOf({
    dns: oneOrMore(LISTEN, listenAddress)
      .optional()
      .describe("UDP and TCP on each; ['127.0.0.1:5300', '[::1]:5300'] unless given."),
    dot: anyNumber(LISTEN, listenAddressOf(DOT_PORT))
      .optional()
      .describe('DNS over TLS, with the certificate of `tls`; none unless given.'),
    http: anyNumber(LISTEN, listenAddress)
      .optional()
      .describe('The redirect endpoint; 127.0.0.1:8080 unless given, [] for none.'),
    admin: adminListen.describe('The short form of admin.listen.'),
  })
    .optional()
    .describe('Where it listens.'),
  admin: mapOf({
    listen: adminListen.describe(
      'API and metrics; 127.0.0.1:8053 unless given, [] for none. Other than loopback addresses take tokens.',
    ),
    ...adminFields,
  })
    .optional()
    .describe('The API of a running instance.'),
  zones: path('the path of a folder').describe('Folder of zones.'),
  services: path('the path of a folder').optional().describe('Folder of services; `services` unless given.'),
  geo: mapOf({
    databases: anyNumber('the path of a .mmdb file, or builtin:country', path('the path of a .mmdb file'))
      .optional()
      .describe("Databases, asked in turn; ['builtin:country'] unless given."),
    networks: anyNumber('the path of a networks file', path('the path of a networks file'))
      .optional()
      .describe('Networks files, which win over the databases.'),
  })
    .optional()
    .describe('What is known of addresses.'),
  workers: z
    .union([oneOf(['auto']), integer(1, 256)], { error: 'auto, or a number of threads from 1 to 256' })
    .optional()
    .describe('UDP worker threads; `auto`, one a core, unless given.'),
  state: path('the path of a folder').optional().describe('Folder for what outlives a restart; `var`.'),
  user: text('the name of a user', 256)
    .optional()
    .describe('Whom to run as once every socket is bound; takes a start as root.'),
  group: text('the name of a group', 256).optional().describe("With `user`; the user's own unless given."),
  watch: z
    .boolean()
    .optional()
    .describe('`true`: reload when the configuration, zones, services or networks change.'),
  resolvers: anyNumber('an address such as 192.0.2.53', resolver)
    .optional()
    .describe('Resolvers of ALIAS targets outside the zones; those of /etc/resolv.conf unless given.'),
  http: mapOf({
    trusted_proxies: anyNumber('a prefix such as 192.0.2.0/24', prefixText)
      .optional()
      .describe('Peers whose X-Forwarded-For and PROXY header count.'),
  })
    .optional()
    .describe('The redirect endpoint.'),
  tls: mapOf(
    {
      certificate: path('the path of a PEM file').describe(
        'PEM file of the certificate, with those that lead to its root after it.',
      ),
      key: path('the path of a PEM file').describe('PEM file of its private key, without a passphrase.'),
    },
    'a map with certificate: and key:',
  )
    .optional()
    .describe('Certificate of DNS over TLS; read again when the files change.'),
  dns: mapOf({
    proxies: anyNumber('a prefix such as 192.0.2.0/24', prefixText)
      .optional()
      .describe(
        'Peers whose datagrams and connections begin with a PROXY header (version 2); those without are dropped.',
      ),
  })
    .optional()
    .describe('DNS behind proxies.'),
  identity: mapOf({
    version: identityText('text').optional().describe('Answer to CHAOS TXT version.bind.'),
    id: identityText('text').optional().describe('Answer to CHAOS TXT id.server, and NSID (RFC 5001).'),
  })
    .optional()
    .describe('What it says of itself; nothing unless given.'),
  tcp: mapOf({
    idle: duration(1000, 3_600_000)
      .optional()
      .describe('Time without a query until a connection is closed; 37s.'),
    max_connections: integer(1, 100_000).optional().describe('In all; 800 unless given.'),
    max_per_client: integer(1, 100_000).optional().describe('Of one address; 100 unless given.'),
  })
    .optional()
    .describe('DNS over TCP, and over TLS.'),
  rrl: z
    .union([none, rrlSchema], { error: 'limits of responses (a map with rate: …), or none' })
    .optional()
    .describe('Response rate limiting over UDP; `none` unless given.'),
  cookies: z
    .union([none, cookiesSchema], { error: 'a map with secrets:, or none' })
    .optional()
    .describe('DNS cookies (RFC 7873), with random secrets unless given; `none` switches them off.'),
  metrics: metricsSchema.optional().describe('How much /metrics tells apart.'),
  query_log: z
    .union([none, queryLogSchema], { error: 'a map with file:, or none' })
    .optional()
    .describe('A log of queries, in lines of JSON; `none` unless given.'),
  keys: keysSchema.optional(),
  transfer: transferSchema.optional(),
  secondaries: secondariesSchema.optional(),
  cluster: clusterSchema.optional(),
  sites: z
    .record(z.string(), siteSchema, { error: 'a map of hosts' })
    .optional()
    .describe('HTTP hosts of the redirect endpoint.'),
})
  .check(({ value: { user, group }, issues }) => {
    if (group === undefined || user !== undefined) return;
    issues.push({ code: 'custom', input: group, path: ['group'], message: 'with user: beside it' });
  })
  .describe('Configuration of steerdns. Paths are relative to the file.');

export type ConfigInput = z.output<typeof configSchema>;

/** Reads `192.0.2.1:53` or `[2001:db8::1]:53`. @returns undefined when it is neither */
export function parseEndpoint(value: string): ListenAddress | undefined {
  const [, bracketed, bare, portText] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(value) ?? [];
  const octets = parseAddress(bracketed ?? bare ?? '');
  const port = Number(portText);
  const right = octets?.length === (bracketed === undefined ? 4 : 16) && port <= 65535;
  return octets !== undefined && right ? { address: formatAddress(octets), port } : undefined;
}

/** What was probably meant by a text that is no address and port. */
function listenHint(value: string, usualPort: number): { hint?: string } {
  const [, before = '', port] = /^(.*?):(\d{1,5})$/.exec(value) ?? [];
  if (port !== undefined && parseAddress(before)?.length === 16) {
    return { hint: `did you mean '[${before}]:${port}'?` };
  }
  const whole = parseAddress(value);
  if (whole !== undefined) {
    return { hint: `with a port: '${whole.length === 4 ? value : `[${value}]`}:${usualPort}'` };
  }
  if (port === undefined) return {};
  if (before === '' || before === '*') {
    return { hint: `for every address: ['0.0.0.0:${port}', '[::]:${port}']` };
  }
  return before === 'localhost' ? { hint: `did you mean 127.0.0.1:${port}?` } : {};
}
