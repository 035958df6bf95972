/** How instances share what they know; checked, with paths made absolute. */
export interface ClusterSpec {
  /** Of the cluster: those of one name share. */
  readonly name: string;
  /** Of this instance, unlike all others'. */
  readonly instance: string;
  /** Names of instances whose votes count; absent: all that come. */
  readonly instances?: readonly string[];
  readonly redis: RedisSpec;
  /** How many instances must say that a member is up. */
  readonly quorum: 'any' | 'majority' | number;
  /** Instances that make each probe. */
  readonly probes: number;
  /** Time until the others do without an instance that is gone; absent: the shortest interval of a check, within 1 to 10 s. */
  readonly leaseMs?: number;
}

/** How Redis is reached. Secrets and certificates are read anew for each connection, so that they can be replaced. */
export interface RedisSpec {
  readonly servers: RedisServers;
  readonly username?: string;
  readonly password?: SecretSpec;
  readonly tls?: TlsSpec;
}

export type RedisServers =
  | { readonly kind: 'single'; readonly at: RedisAddress; readonly database: number }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisAddress[];
      /** What the sentinels call it. */
      readonly master: string;
      readonly database: number;
      readonly username?: string;
      readonly password?: SecretSpec;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisAddress[] };

export interface RedisAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Where a secret is. */
export type SecretSpec =
  | { readonly text: string }
  /** An absolute path. */
  | { readonly file: string }
  /** The name of an environment variable. */
  | { readonly variable: string };

/** Absolute paths of PEM files. */
export interface TlsSpec {
  /** Who signs the certificates of Redis; those that Node.js trusts unless given. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name that the certificate must have; the host that is asked unless given. */
  readonly servername?: string;
}
