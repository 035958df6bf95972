import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { ClusterSpec, RedisServers, SecretSpec, TlsSpec } from './cluster-spec.js';
import type { ConfigInput } from './config-schema.js';
import type { Diagnostics } from './diagnostics.js';
import { describeFileError, displayPath } from './read-source.js';
import type { YamlDocument } from './yaml-source.js';

type ClusterInput = NonNullable<ConfigInput['cluster']>;
type RedisInput = ClusterInput['redis'];

/**
 * Fills in what the configuration says of sharing.
 * @param folder absolute; paths are relative to it
 * @returns undefined when nothing is shared, or not even the server is named
 */
export function buildCluster(
  { cluster }: ConfigInput,
  folder: string,
  document: YamlDocument,
  diagnostics: Diagnostics,
): ClusterSpec | undefined {
  if (cluster === undefined) return undefined;
  const builder = new ClusterBuilder(cluster, folder, document, diagnostics);
  return builder.build();
}

/** As many as tell apart one instance that is wrong: two others outvote it, whatever it says. */
const DEFAULT_PROBES = 3;

class ClusterBuilder {
  readonly #input: ClusterInput;
  readonly #folder: string;
  readonly #document: YamlDocument;
  readonly #diagnostics: Diagnostics;

  constructor(input: ClusterInput, folder: string, document: YamlDocument, diagnostics: Diagnostics) {
    this.#input = input;
    this.#folder = folder;
    this.#document = document;
    this.#diagnostics = diagnostics;
  }

  build(): ClusterSpec | undefined {
    const { name, instance, instances, redis, quorum = 'majority', lease } = this.#input;
    const least = typeof quorum === 'number' ? quorum : 1;
    const probes = this.#input.probes ?? Math.max(DEFAULT_PROBES, least);
    if (probes < least) {
      this.#say(
        ['quorum'],
        `quorum must be at most ${probes}, the number of probes, but is ${least}`,
        `as many votes as that there never are: probes: ${least}, or a smaller quorum`,
      );
    }
    const own = instance ?? hostName();
    if (own === undefined) {
      this.#say(
        ['name'],
        `instance is missing: it must be this instance's own name, which the host's ${JSON.stringify(hostname())} can't be`,
      );
    }
    if (own !== undefined && instances !== undefined && !instances.includes(own)) {
      this.#say(['instances'], `instances must have this instance's own name, ${own}`);
    }
    const servers = this.#servers(redis);
    if (servers === undefined) return undefined;
    const username = redis.username ?? redis.url?.username;
    if (redis.url?.username !== undefined && redis.username !== undefined) {
      this.#say(['redis', 'username'], 'username must be given here or in url, not twice');
    }
    const password = this.#secret('', redis.url?.password);
    const tls = this.#tls(redis);
    return {
      name,
      instance: own ?? '',
      ...(instances === undefined ? {} : { instances }),
      redis: {
        servers,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(tls === undefined ? {} : { tls }),
      },
      quorum,
      probes,
      ...(lease === undefined ? {} : { leaseMs: lease }),
    };
  }

  #servers(redis: RedisInput): RedisServers | undefined {
    const given = (['url', 'sentinels', 'nodes'] as const).filter((key) => redis[key] !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? 'none of them' : given.join(' and ');
      this.#say(['redis'], `redis must have one of url, sentinels and nodes but has ${found}`);
    }
    const { url, sentinels, nodes, master, database } = redis;
    if (sentinels === undefined) {
      for (const key of ['master', 'sentinel_username', ...PASSWORDS.map((of) => `sentinel_${of}`)]) {
        if (key in redis) this.#say(['redis', key], `${key} needs sentinels`);
      }
    }
    if (url !== undefined) {
      if (database !== undefined && url.database !== undefined) {
        this.#say(['redis', 'database'], 'database must be given here or in url, not twice');
      }
      return { kind: 'single', at: url.at, database: database ?? url.database ?? 0 };
    }
    if (sentinels !== undefined) {
      if (master === undefined) {
        this.#say(
          ['redis', 'sentinels'],
          'master is missing: it must be the name that the sentinels know it by',
        );
      }
      const password = this.#secret('sentinel_', undefined);
      return {
        kind: 'sentinel',
        sentinels,
        master: master ?? '',
        database: database ?? 0,
        ...(redis.sentinel_username === undefined ? {} : { username: redis.sentinel_username }),
        ...(password === undefined ? {} : { password }),
      };
    }
    if (nodes === undefined) return undefined;
    if (database !== undefined && database !== 0) {
      this.#say(['redis', 'database'], `database must be 0 in a Redis Cluster but is ${database}`);
    }
    return { kind: 'cluster', nodes };
  }

  #secret(of: '' | 'sentinel_', inUrl: string | undefined): SecretSpec | undefined {
    const { redis } = this.#input;
    const keys = PASSWORDS.map((key) => `${of}${key}` as const).filter((key) => redis[key] !== undefined);
    const [first, second] = keys;
    if (first !== undefined && (second !== undefined || inUrl !== undefined)) {
      this.#say(
        ['redis', first],
        `${first} must be given once, and there is ${second ?? 'one in url'} as well`,
      );
    }
    const text = redis[`${of}password`] ?? inUrl;
    if (text !== undefined) return { text };
    const file = redis[`${of}password_file`];
    if (file !== undefined) return { file: this.#file(['redis', `${of}password_file`], file) };
    const variable = redis[`${of}password_env`];
    if (variable === undefined) return undefined;
    if (process.env[variable] === undefined) {
      const [start, end] = this.#document.locate(['cluster', 'redis', `${of}password_env`], 'value');
      this.#diagnostics.warning(this.#document.source, start, end, `the environment has no ${variable} here`);
    }
    return { variable };
  }

  #tls({ tls, url }: RedisInput): TlsSpec | undefined {
    if (tls === undefined) return url?.isTls === true ? {} : undefined;
    if (tls === true) return {};
    if ((tls.cert === undefined) !== (tls.key === undefined)) {
      this.#say(['redis', 'tls'], 'tls must have both cert and key, or neither');
    }
    const file = (key: 'ca' | 'cert' | 'key'): Partial<TlsSpec> => {
      const path = tls[key];
      return path === undefined ? {} : { [key]: this.#file(['redis', 'tls', key], path) };
    };
    return {
      ...file('ca'),
      ...file('cert'),
      ...file('key'),
      ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    };
  }

  /** A path made absolute. */
  #file(at: readonly string[], path: string): string {
    const absolute = resolve(this.#folder, path);
    try {
      if (!statSync(absolute).isFile()) this.#say(at, `${displayPath(absolute)} is no file`);
    } catch (error) {
      this.#say(at, `file ${displayPath(absolute)} ${describeFileError(error)}`);
    }
    return absolute;
  }

  #say(path: readonly string[], message: string, hint?: string): void {
    const [start, end] = this.#document.locate(['cluster', ...path], 'value');
    this.#diagnostics.error(this.#document.source, start, end, message, hint);
  }
}

const PASSWORDS = ['password', 'password_file', 'password_env'] as const;

/** The host's name without its domain, where it can be an instance's. */
function hostName(): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}/.exec(hostname())?.[0];
}
