import type { Diagnostic } from '../config/diagnostics.js';
import type { ExplainAsk, ExplainReport } from '../explain/explain-report.js';
import type { JsonMap } from '../zoneedit/json.js';
import type { EditOutcome } from '../zoneedit/zone-editor.js';
import type { instanceStatusSchema, ReadOf } from './schemas.js';
import type {
  memberDetailSchema,
  memberStatusSchema,
  OVERRIDE_NAMES,
  overrideStatusSchema,
  serviceDetailSchema,
  serviceSummarySchema,
  transitionSchema,
} from './state-schemas.js';
import type { servedSchema, zoneInfoSchema } from './zone-schemas.js';

/** What the API does to an instance; the API itself knows only HTTP and JSON. */
export interface Controls {
  status(): InstanceStatus;
  /**
   * Stores what an operator says of the members that a pattern matches, and of those that it will match later.
   * @param pattern `service/member`, `*` for any run of characters, `?` for one
   * @returns no members when it matches none now; then nothing is stored
   * @throws Error with code ERR_MEMBER_PATTERN when no member can match
   */
  setOverride(pattern: string, word: OverrideWord): Promise<OverrideResult>;
  /**
   * Takes back what was said of the members that the pattern matches.
   * @param aspects of their state, of their weight
   * @throws Error with code ERR_MEMBER_PATTERN when no member can match
   */
  clearOverride(pattern: string, aspects: readonly OverrideAspect[]): Promise<OverrideResult>;
  readonly steering: SteeringControls;
  readonly zones: ZoneControls;
  /** What Prometheus reads, in its text format. */
  metrics(): Promise<string>;
  /** Loads the configuration anew; a wrong one is refused whole. */
  reload(): Promise<ReloadOutcome>;
  /** @throws AskError when the question itself is wrong */
  explain(ask: ExplainAsk): Promise<ExplainReport>;
}

export const OVERRIDE_ASPECTS = ['state', 'weight'] as const;
export type OverrideAspect = (typeof OVERRIDE_ASPECTS)[number];

/** What an operator says of members. */
export type OverrideWord = {
  readonly reason?: string;
  /** When it ends by itself, in ms since 1970. */
  readonly until?: number;
} & ({ readonly override: OverrideName } | { readonly override: 'weight'; readonly weight: number });

export interface HistoryAsk {
  readonly pattern?: string;
  /** Only what was before, in ms since 1970. */
  readonly before?: number;
  readonly limit: number;
}

export type ZoneInfo = ReadOf<typeof zoneInfoSchema>;
export interface ZoneDetail extends ZoneInfo {
  /** Of its files; absent when it has none. */
  readonly etag?: string;
}
export type ServedSet = ReadOf<typeof servedSchema>;

export interface RecordsAsk {
  /** Only at this one: relative, `@` the apex; or absolute. */
  readonly name?: string;
  readonly type?: string;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface RecordDetail {
  /** As its file has it, without its type. */
  readonly record?: JsonMap;
  readonly file?: string;
  readonly line?: number;
  readonly served: readonly ServedSet[];
}

/** What is to become of a record set. */
export interface RecordChange {
  readonly name: string;
  readonly type: string;
  /** Makes the new one of the old; undefined: none. */
  readonly change: (old: JsonMap | undefined) => JsonMap | undefined;
  readonly dryRun: boolean;
}

export interface EditReply {
  readonly outcome: EditOutcome;
  /** Absent where nothing changed. */
  readonly reload?: ReloadOutcome;
}

/** What is told of services and members. */
export interface SteeringControls {
  /** @param pattern all members without it */
  members(pattern?: string): readonly MemberStatus[];
  /** @returns undefined when there is none of this name */
  member(key: string): MemberDetail | undefined;
  services(): readonly ServiceSummary[];
  /** @returns undefined when there is none of this name */
  service(name: string): ServiceDetail | undefined;
  /** What became of members, the latest first. */
  history(ask: HistoryAsk): readonly TransitionStatus[];
}

/** What is told of zones, and done to them. */
export interface ZoneControls {
  list(): readonly ZoneInfo[];
  /**
   * @param name with or without its final dot
   * @returns undefined when it is not served
   */
  find(name: string): ZoneDetail | undefined;
  /**
   * What a served zone has, a page of it.
   * @returns undefined when a name is none in the zone
   */
  records(
    zone: string,
    ask: RecordsAsk,
  ): { readonly page: readonly ServedSet[]; readonly next?: string } | undefined;
  /** A record set of a served zone. @returns undefined when `name` is no name in the zone */
  record(zone: string, name: string, type: string): RecordDetail | undefined;
  /**
   * Edits the file of a zone, and reloads.
   * @param mayEdit whether a zone whose files have this digest may be edited
   * @throws whatever `change` throws
   */
  edit(zone: string, change: RecordChange, mayEdit: (digest: string) => boolean): Promise<EditReply>;
}

export type OverrideName = (typeof OVERRIDE_NAMES)[number];

export interface OverrideResult {
  /** Those that the pattern matches now. */
  readonly members: readonly string[];
  /** Why it does not outlive this run: the state file can't be written. */
  readonly unstored?: string;
}

/** `GET /v1/status`. Times are RFC 3339 in UTC. */
export type InstanceStatus = ReadOf<typeof instanceStatusSchema>;
export type TlsStatus = NonNullable<InstanceStatus['tls']>;
export type SecondaryStatus = NonNullable<InstanceStatus['secondaries']>[number];
export type ClusterStatus = NonNullable<InstanceStatus['cluster']>;
export type MemberStatus = ReadOf<typeof memberStatusSchema>;
export type MemberDetail = ReadOf<typeof memberDetailSchema>;
export type ServiceSummary = ReadOf<typeof serviceSummarySchema>;
export type ServiceDetail = ReadOf<typeof serviceDetailSchema>;
export type TransitionStatus = ReadOf<typeof transitionSchema>;
export type OverrideStatus = ReadOf<typeof overrideStatusSchema>;

/** `POST /v1/reload` */
export type ReloadOutcome =
  | {
      readonly reloaded: true;
      /** A sentence each: `zone example.com.: serial 4, was 3`. */
      readonly changes: readonly string[];
      readonly warnings: readonly Diagnostic[];
    }
  | { readonly reloaded: false; readonly errors: readonly Diagnostic[] };
