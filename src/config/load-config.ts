import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Where } from '../steer/spec.js';
import { checkYaml } from './check-yaml.js';
import type { Config, QueryLogSpec, RrlSpec, SiteSpec, TlsSpec } from './config.js';
import { checkConfigReferences } from './config-references.js';
import { type ConfigInput, configSchema, DEFAULT_RRL_RATE } from './config-schema.js';
import type { Diagnostics } from './diagnostics.js';
import { buildAdmin } from './load-admin.js';
import { buildCluster } from './load-cluster.js';
import { buildTransfers } from './load-transfer.js';
import { parseHttpHost } from './network-fields.js';
import { readSource } from './read-source.js';
import { parseYaml, type YamlDocument } from './yaml-source.js';

/**
 * Reads steerdns.yaml. After errors in `diagnostics` the result is good only to go on checking what it names: keys that are
 * wrong have their defaults, files that aren't there are left out.
 * @param file relative to the working directory, or absolute
 * @returns undefined when not even that is possible
 */
export function loadConfig(file: string, diagnostics: Diagnostics): Config | undefined {
  const path = resolve(file);
  const source = readSource(path, diagnostics);
  const document = source && parseYaml(source, diagnostics);
  if (document === undefined) return undefined;
  const input = checkYaml(document, configSchema, diagnostics);
  checkConfigReferences(document, dirname(path), diagnostics);
  const usable = input ?? salvage(document);
  if (usable === undefined) return undefined;
  const cluster = buildCluster(usable, dirname(path), document, diagnostics);
  return {
    ...build(path, usable, document),
    ...buildAdmin(usable, dirname(path), document, diagnostics),
    ...buildTransfers(usable, dirname(path), document, diagnostics),
    ...(cluster === undefined ? {} : { cluster }),
  };
}

/** The keys that are right. */
function salvage({ value }: YamlDocument): ConfigInput | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const right = Object.entries(value).filter(
    ([key, part]) =>
      Object.hasOwn(configSchema.shape, key) &&
      configSchema.shape[key as keyof typeof configSchema.shape].safeParse(part).success,
  );
  return configSchema.safeParse(Object.fromEntries(right)).data;
}

const DEFAULT_DNS = [
  { address: '127.0.0.1', port: 5300 },
  { address: '::1', port: 5300 },
];
const DEFAULT_HTTP = [{ address: '127.0.0.1', port: 8080 }];
const DEFAULT_ADMIN = { address: '127.0.0.1', port: 8053 };

/** RFC 7766 §6.2.3 wants seconds, RFC 1035 §4.2.2 two minutes; 37 s is what Knot DNS and gdnsd came to. */
const DEFAULT_IDLE_MS = 37_000;

/** With a descriptor each, well below the 1024 that a process may have open on a system that is not tuned. */
const DEFAULT_MAX_CONNECTIONS = 800;
const DEFAULT_MAX_PER_CLIENT = 100;

/** Knot DNS's figure too: 125 for 50. */
const DEFAULT_RRL_BURST_PER_RATE = 2.5;

/** Some 50 series a zone and 30 a member are what one Prometheus takes of many instances. */
const DEFAULT_METRIC_ZONES = 500;
const DEFAULT_METRIC_MEMBERS = 1000;

/** Enough to see who asks for what, and 1 % of an answer's work. */
const DEFAULT_SAMPLE = 0.01;

/** 2.8 MB: what 50,000 queries a second bring in 0.16 s, eight turns of the writer. */
const DEFAULT_QUERY_BUFFER = 8192;

/** The choice is this client's and this moment's: no shared cache may keep it, and others must ask each time. */
const DEFAULT_CACHE_CONTROL = 'private, no-cache';

function build(
  file: string,
  input: ConfigInput,
  document: YamlDocument,
): Omit<Config, 'admin' | 'keys' | 'transfer' | 'secondaries'> {
  const fromFile = (path: string): string => resolve(dirname(file), path);
  const there = (path: string): boolean => path.startsWith('builtin:') || existsSync(path);
  const admin = input.admin?.listen ?? input.listen?.admin ?? DEFAULT_ADMIN;
  const databases = input.geo?.databases ?? ['builtin:country'];
  return {
    file,
    listen: {
      dns: input.listen?.dns ?? DEFAULT_DNS,
      dot: input.listen?.dot ?? [],
      http: input.listen?.http ?? DEFAULT_HTTP,
      ...('port' in admin ? { admin } : {}),
    },
    zones: fromFile(input.zones),
    services: fromFile(input.services ?? 'services'),
    geo: {
      databases: databases.map((path) => (path.startsWith('builtin:') ? path : fromFile(path))).filter(there),
      networks: (input.geo?.networks ?? []).map(fromFile).filter(there),
    },
    workers: input.workers ?? 'auto',
    state: fromFile(input.state ?? 'var'),
    ...(input.user === undefined ? {} : { runAs: { user: input.user, group: input.group } }),
    watch: input.watch ?? false,
    sites: Object.entries(input.sites ?? {}).flatMap(([host, site]) => buildSite(host, site, document)),
    resolvers: input.resolvers ?? [],
    trustedProxies: input.http?.trusted_proxies ?? [],
    dnsProxies: input.dns?.proxies ?? [],
    ...(input.tls === undefined ? {} : { tls: buildTls(input.tls, fromFile, document) }),
    identity: {
      ...(input.identity?.version === undefined ? {} : { version: input.identity.version }),
      ...(input.identity?.id === undefined ? {} : { id: input.identity.id }),
    },
    tcp: {
      idleMs: input.tcp?.idle ?? DEFAULT_IDLE_MS,
      maxConnections: input.tcp?.max_connections ?? DEFAULT_MAX_CONNECTIONS,
      maxPerClient: input.tcp?.max_per_client ?? DEFAULT_MAX_PER_CLIENT,
    },
    metrics: {
      zones: input.metrics?.zones ?? DEFAULT_METRIC_ZONES,
      members: input.metrics?.members ?? DEFAULT_METRIC_MEMBERS,
    },
    ...(input.query_log === undefined || input.query_log === 'none'
      ? {}
      : { queryLog: buildQueryLog(input.query_log, fromFile) }),
    ...(input.rrl === undefined || input.rrl === 'none' ? {} : { rrl: buildRrl(input.rrl) }),
    ...(input.cookies === 'none' ? {} : { cookies: { secrets: input.cookies?.secrets ?? [] } }),
  };
}

function buildTls(
  { certificate, key }: NonNullable<ConfigInput['tls']>,
  fromFile: (path: string) => string,
  { source, locate }: YamlDocument,
): TlsSpec {
  const whereOf = (name: string): Where => ({
    file: source.path,
    ...source.position(locate(['tls', name], 'value')[0]),
  });
  return {
    certificate: fromFile(certificate),
    key: fromFile(key),
    where: { certificate: whereOf('certificate'), key: whereOf('key') },
  };
}

function buildQueryLog(
  input: Exclude<ConfigInput['query_log'], 'none' | undefined>,
  fromFile: (path: string) => string,
): QueryLogSpec {
  return {
    file: input.file === 'stdout' ? input.file : fromFile(input.file),
    sample: input.sample ?? DEFAULT_SAMPLE,
    clientBits: { v4: input.ipv4_prefix ?? 32, v6: input.ipv6_prefix ?? 128 },
    buffer: 2 ** Math.ceil(Math.log2(input.buffer ?? DEFAULT_QUERY_BUFFER)),
  };
}

function buildRrl(input: Exclude<ConfigInput['rrl'], 'none' | undefined>): RrlSpec {
  const rate = input.rate ?? DEFAULT_RRL_RATE;
  return {
    rate,
    burst: input.burst ?? Math.ceil(rate * DEFAULT_RRL_BURST_PER_RATE),
    slip: input.slip ?? 1,
    dryRun: input.dry_run ?? false,
    allow: input.allow ?? [],
  };
}

function buildSite(
  key: string,
  site: NonNullable<ConfigInput['sites']>[string],
  { source, locate }: YamlDocument,
): SiteSpec[] {
  const host = parseHttpHost(key);
  if (host === undefined) return [];
  return [
    {
      host,
      service: site.service,
      status: site.status ?? 302,
      cacheControl: site.cache_control ?? DEFAULT_CACHE_CONTROL,
      where: {
        file: source.path,
        ...source.position(locate(['sites', key, 'service'], 'value')[0]),
      },
    },
  ];
}
