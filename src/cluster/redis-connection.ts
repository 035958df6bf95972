import { readFile } from 'node:fs/promises';
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisSpec, SecretSpec, TlsSpec } from '../config/cluster-spec.js';
import type { Script } from './scripts.js';

/**
 * One connection to Redis, which is used until something fails and is then left: nothing waits in it for a server that comes
 * back, nothing is sent twice, and a new connection finds the primary anew.
 */
export class RedisConnection {
  readonly #client: Redis | Cluster;
  readonly #limitMs: number;
  #closed = false;

  private constructor(client: Redis | Cluster, limitMs: number) {
    this.#client = client;
    this.#limitMs = limitMs;
  }

  /**
   * Connects.
   * @param limitMs for the connection, and for each reply
   * @throws Error when there is no connection within the limit, or no file with a secret
   */
  static async open(spec: RedisSpec, limitMs: number): Promise<RedisConnection> {
    const client = await makeClient(spec, limitMs);
    // A client without a listener throws. What it would say, the command that fails says too, or the last error.
    let last: Error | undefined;
    client.on('error', (error: Error) => {
      last = error;
    });
    client.on('node error', (error: Error) => {
      last = error;
    });
    const connection = new RedisConnection(client, limitMs);
    try {
      await connection.#within(client.connect());
      return connection;
    } catch (error) {
      connection.close();
      throw last === undefined || /timed out|no answer/.test((error as Error).message)
        ? error
        : causeOf(last);
    }
  }

  /**
   * Runs a script.
   * @throws Error when Redis refuses it, or does not answer within the limit; the connection is of no use then
   */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const client = this.#client;
    try {
      return await this.#within(client.evalsha(script.sha1, keys.length, ...keys, ...args));
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return await this.#within(client.eval(script.lua, keys.length, ...keys, ...args));
    }
  }

  /** Commands on their way fail. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.disconnect();
  }

  #within<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        // A reply that came while this process was busy is not late: it is read before what is set here.
        setImmediate(() => reject(new Error(`no answer within ${this.#limitMs} ms`)));
      }, this.#limitMs);
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

async function makeClient(spec: RedisSpec, limitMs: number): Promise<Redis | Cluster> {
  const { servers, username } = spec;
  const password = await readSecret(spec.password);
  const tls = spec.tls === undefined ? undefined : await readTls(spec.tls);
  const common = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
    // RESP2 needs no HELLO, which a user may not be allowed.
    protocol: 2,
    disableClientInfo: true,
    lazyConnect: true,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    connectTimeout: limitMs,
  } satisfies RedisOptions;
  const dial = { enableOfflineQueue: false, retryStrategy: () => null };
  switch (servers.kind) {
    case 'single':
      return new Redis({ ...common, ...dial, ...servers.at, db: servers.database });
    case 'sentinel': {
      const sentinelPassword = await readSecret(servers.password);
      return new Redis({
        ...common,
        ...dial,
        sentinels: servers.sentinels.map((at) => ({ ...at })),
        name: servers.master,
        db: servers.database,
        ...(servers.username === undefined ? {} : { sentinelUsername: servers.username }),
        ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
        ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
        sentinelRetryStrategy: () => null,
        sentinelCommandTimeout: limitMs,
        failoverDetector: false,
        updateSentinels: false,
      });
    }
    case 'cluster': {
      const options = {
        lazyConnect: true,
        enableOfflineQueue: false,
        enableReadyCheck: false,
        clusterRetryStrategy: () => null,
        maxRedirections: MAX_REDIRECTIONS,
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        retryDelayOnTryAgain: 0,
        slotsRefreshTimeout: limitMs,
        redisOptions: common,
      } satisfies ClusterOptions;
      return new Cluster(
        servers.nodes.map((at) => ({ ...at })),
        options,
      );
    }
  }
}

/** A key moves once; a second time while slots are on their way. */
const MAX_REDIRECTIONS = 3;

async function readSecret(secret: SecretSpec | undefined): Promise<string | undefined> {
  if (secret === undefined) return undefined;
  if ('text' in secret) return secret.text;
  if ('file' in secret) return (await readFile(secret.file, 'utf8')).trim();
  const value = process.env[secret.variable];
  if (value === undefined) throw new Error(`the environment has no ${secret.variable} with the password`);
  return value;
}

async function readTls({ ca, cert, key, servername }: TlsSpec): Promise<NonNullable<RedisOptions['tls']>> {
  return {
    ...(ca === undefined ? {} : { ca: await readFile(ca) }),
    ...(cert === undefined ? {} : { cert: await readFile(cert) }),
    ...(key === undefined ? {} : { key: await readFile(key) }),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** ioredis hides why no node of a cluster could be reached in the last node's error. */
function causeOf(error: Error): Error {
  const { lastNodeError } = error as Error & { lastNodeError?: unknown };
  return lastNodeError instanceof Error ? lastNodeError : error;
}
