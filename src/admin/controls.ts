import type { Diagnostic } from '../config/diagnostics.js';
import type { ExplainAsk, ExplainReport } from '../explain/explain-report.js';

/** What the API does to an instance; the API itself knows only HTTP and JSON. */
export interface Controls {
  status(): InstanceStatus;
  /**
   * Stores what an operator says of the members that a pattern matches, and of those that it will match later.
   * @param pattern `service/member`, `*` for any run of characters, `?` for one
   * @returns no members when it matches none now; then nothing is stored
   * @throws Error with code ERR_MEMBER_PATTERN when no member can match
   */
  setOverride(pattern: string, override: OverrideName): Promise<OverrideResult>;
  /**
   * Takes back what was said of the members that the pattern matches.
   * @throws Error with code ERR_MEMBER_PATTERN when no member can match
   */
  clearOverride(pattern: string): Promise<OverrideResult>;
  /** What Prometheus reads, in its text format. */
  metrics(): Promise<string>;
  /** Loads the configuration anew; a wrong one is refused whole. */
  reload(): Promise<ReloadOutcome>;
  /** @throws AskError when the question itself is wrong */
  explain(ask: ExplainAsk): Promise<ExplainReport>;
}

export const OVERRIDE_NAMES = ['drain', 'up', 'down'] as const;
export type OverrideName = (typeof OVERRIDE_NAMES)[number];

export interface OverrideResult {
  /** Those that the pattern matches now. */
  readonly members: readonly string[];
  /** Why it does not outlive this run: the state file can't be written. */
  readonly unstored?: string;
}

/** `GET /v1/status`. Times are RFC 3339 in UTC. */
export interface InstanceStatus {
  readonly product: 'steerdns';
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  /** The configuration file, absolute. */
  readonly config: string;
  /** `192.0.2.1:53`, `[::1]:53`. */
  readonly listen: {
    readonly dns: readonly string[];
    /** DNS over TLS. */
    readonly dot: readonly string[];
    readonly http: readonly string[];
    readonly admin: string;
  };
  /** Of DNS over TLS; absent without it. */
  readonly tls?: TlsStatus;
  /** What is served: when it was loaded, and of what it is made. */
  readonly snapshot: {
    readonly loadedAt: string;
    readonly zones: readonly ZoneStatus[];
    readonly services: number;
  };
  /** Zones from elsewhere; absent when there are none. */
  readonly secondaries?: readonly SecondaryStatus[];
  /** Why the last reload was refused; absent when it was not. */
  readonly refusedReload?: { readonly at: string; readonly errors: number };
  readonly members: readonly MemberStatus[];
  readonly overrides: readonly OverrideStatus[];
  /** By name, since the start. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface TlsStatus {
  /** Its file, absolute. */
  readonly certificate: string;
  /** DNS names that it is for; else its subject. */
  readonly names: readonly string[];
  readonly notAfter: string;
  readonly loadedAt: string;
  /** Why a newer one is not served; absent when there is none. */
  readonly problem?: { readonly at: string; readonly message: string };
}

interface ZoneStatus {
  /** Absolute, with its final dot. */
  readonly name: string;
  readonly serial: number;
  /** Resource records. */
  readonly records: number;
}

export interface SecondaryStatus {
  /** Absolute, with its final dot. */
  readonly name: string;
  /** `absent`: it never came. */
  readonly state: 'served' | 'expired' | 'absent';
  readonly serial?: number;
  /** When a primary last said that it is current. */
  readonly confirmedAt?: string;
  /** Why the last attempt failed; absent when it did not. */
  readonly problem?: string;
}

export interface MemberStatus {
  /** `service/member` */
  readonly member: string;
  /** What answers go by. */
  readonly standing: 'up' | 'down' | 'draining';
  /** What its probes say. */
  readonly health: 'unknown' | 'up' | 'down';
  readonly override?: OverrideName;
  /** When its health last changed. */
  readonly since?: string;
  /** The last probe's result, or that it has no checks. */
  readonly result?: string;
}

export interface OverrideStatus {
  readonly pattern: string;
  /** `none` excepts members from an earlier, wider pattern. */
  readonly override: OverrideName | 'none';
  readonly since: string;
}

/** `POST /v1/reload` */
export type ReloadOutcome =
  | {
      readonly reloaded: true;
      /** A sentence each: `zone example.com.: serial 4, was 3`. */
      readonly changes: readonly string[];
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly reloaded: false; readonly errors: readonly Diagnostic[] };
