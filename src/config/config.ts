import type { Where } from '../steer/spec.js';
import type { ClusterSpec } from './cluster-spec.js';
import type { Role } from './role.js';

/** steerdns.yaml, checked, with defaults filled in and paths made absolute. */
export interface Config {
  /** Absolute path of the file; paths in it are relative to its folder. */
  readonly file: string;
  readonly listen: {
    readonly dns: readonly ListenAddress[];
    /** DNS over TLS, with {@link Config.tls}. */
    readonly dot: readonly ListenAddress[];
    readonly http: readonly ListenAddress[];
    /** Without it there is no API. Other than loopback only with tokens. */
    readonly admin?: ListenAddress;
  };
  readonly admin: {
    /** Who may use the API; empty: everyone who reaches it. */
    readonly tokens: readonly AdminTokenSpec[];
    /** Absolute path of the file that has each change by the API. */
    readonly auditLog: string;
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
  /** Whom to run as once every socket is bound: names, or numbers as text. */
  readonly runAs?: { readonly user: string; readonly group: string | undefined };
  /** Whether a change of the files is a reason to reload. */
  readonly watch: boolean;
  readonly sites: readonly SiteSpec[];
  /** Resolvers of ALIAS targets outside the served zones; empty: those of /etc/resolv.conf. */
  readonly resolvers: readonly ListenAddress[];
  /** Peers whose X-Forwarded-For and PROXY header count; prefixes as text. */
  readonly trustedProxies: readonly string[];
  /** Peers whose datagrams and connections of DNS begin with a PROXY header; prefixes as text. */
  readonly dnsProxies: readonly string[];
  /** Certificate and key of DNS over TLS. */
  readonly tls?: TlsSpec;
  /** CHAOS TXT version.bind and id.server; NSID (RFC 5001). Off unless given. */
  readonly identity: { readonly version?: string; readonly id?: string };
  readonly tcp: { readonly idleMs: number; readonly maxConnections: number; readonly maxPerClient: number };
  /** Keys of TSIG (RFC 8945), by name in lower case with its final dot. */
  readonly keys: ReadonlyMap<string, TsigKeySpec>;
  /** Who may transfer zones from here, and who is notified of their changes. */
  readonly transfer: TransferSpec & {
    /** What holds for a zone in place of it, by name in lower case with its final dot. */
    readonly zones: ReadonlyMap<string, TransferSpec>;
  };
  /** Zones that come from other servers, by name in lower case with its final dot. */
  readonly secondaries: ReadonlyMap<string, SecondarySpec>;
  /** Response rate limiting over UDP. Off unless given. */
  readonly rrl?: RrlSpec;
  /** Sharing with other instances. Off unless given. */
  readonly cluster?: ClusterSpec;
  /** How many zones, members, and members of pools metrics tell apart. */
  readonly metrics: { readonly zones: number; readonly members: number };
  /** Off unless given. */
  readonly queryLog?: QueryLogSpec;
  /** DNS cookies (RFC 7873); absent: they are off. */
  readonly cookies?: {
    /** 32 hexadecimal digits each, the first one makes cookies; empty: random ones. */
    readonly secrets: readonly string[];
  };
}

export interface QueryLogSpec {
  /** Absolute path, or `stdout`. */
  readonly file: string;
  /** The share of queries that is logged, above 0, to 1. */
  readonly sample: number;
  /** Bits of clients' addresses that are written. */
  readonly clientBits: { readonly v4: number; readonly v6: number };
  /** Queries that may wait in each answering thread, a power of two. */
  readonly buffer: number;
}

export interface ListenAddress {
  /** IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface AdminTokenSpec {
  /** Whose it is. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token. */
  readonly digest: Uint8Array;
}

/** Absolute paths of PEM files, and where they are named. */
export interface TlsSpec {
  readonly certificate: string;
  readonly key: string;
  readonly where: { readonly certificate: Where; readonly key: Where };
}

export interface RrlSpec {
  /** Responses a second to one address. */
  readonly rate: number;
  /** Responses at once to one that was quiet. */
  readonly burst: number;
  /** Of the responses over the limit every so-manieth is short, the others are none; 0: there is none at all. */
  readonly slip: number;
  /** Only counts. */
  readonly dryRun: boolean;
  /** Whom nothing limits; prefixes as text. */
  readonly allow: readonly string[];
}

export interface TsigKeySpec {
  readonly algorithm: 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';
  /** Octets of a MAC: the whole digest's, or fewer. */
  readonly macOctets: number;
  readonly secret: Uint8Array;
}

export interface TransferSpec {
  /** Who takes part in both prefix and key, where they are given. */
  readonly allow: readonly { readonly prefix?: string; readonly key?: string }[];
  readonly notify: readonly PeerSpec[];
}

/** Another server. */
export interface PeerSpec extends ListenAddress {
  /** Name of the key that messages are signed with, as in {@link Config.keys}. */
  readonly key?: string;
}

export interface SecondarySpec {
  /** The zone's primaries, asked in turn. */
  readonly from: readonly PeerSpec[];
  /** Absolute path of a YAML file whose records replace those of the zone. */
  readonly overlay?: string;
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
