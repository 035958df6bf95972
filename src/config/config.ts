import type { Where } from '../steer/spec.js';

/** steerdns.yaml, checked, with defaults filled in and paths made absolute. */
export interface Config {
  /** Absolute path of the file; paths in it are relative to its folder. */
  readonly file: string;
  readonly listen: {
    readonly dns: readonly ListenAddress[];
    readonly http: readonly ListenAddress[];
    /** Without it there is no API. Loopback only. */
    readonly admin?: ListenAddress;
  };
  readonly zones: string;
  readonly services: string;
  readonly geo: {
    /** Absolute paths of .mmdb files, or `builtin:country`. */
    readonly databases: readonly string[];
    readonly networks: readonly string[];
  };
  readonly workers: number | 'auto';
  readonly state: string;
  readonly sites: readonly SiteSpec[];
  /** Resolvers of ALIAS targets outside the served zones; empty: those of /etc/resolv.conf. */
  readonly resolvers: readonly ListenAddress[];
  /** Peers whose X-Forwarded-For and PROXY header count; prefixes as text. */
  readonly trustedProxies: readonly string[];
  /** CHAOS TXT version.bind and id.server; NSID (RFC 5001). Off unless given. */
  readonly identity: { readonly version?: string; readonly id?: string };
  readonly tcp: { readonly idleMs: number; readonly maxConnections: number; readonly maxPerClient: number };
}

export interface ListenAddress {
  /** IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** An HTTP host of the redirect endpoint. */
export interface SiteSpec {
  /** Lower case, without port. */
  readonly host: string;
  readonly service: string;
  readonly status: 301 | 302 | 303 | 307 | 308;
  /** `Cache-Control` of the redirect. */
  readonly cacheControl: string;
  /** Where its service is named. */
  readonly where: Where;
}
