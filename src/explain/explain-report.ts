import type { AnswerStep } from '../answer/trace.js';
import type { ChoiceWord, ScopeTrace, TtlTrace, WantWord } from '../steer/trace.js';
import type { MemberTrace, PoolTrace } from '../steer/trace-pools.js';
import type { RuleTrace } from '../steer/trace-rules.js';

/** What `explain` is asked, as it was typed. */
export interface ExplainAsk {
  /** Owner name; absolute with or without its final dot. */
  readonly name: string;
  /** An RR type's mnemonic or `TYPE65280`. */
  readonly type: string;
  /** The requestor's address. */
  readonly from?: string;
  /** The prefix that its resolver sends by ECS (RFC 7871): `203.0.113.0/24`. */
  readonly ecs?: string;
}

/**
 * How one answer came about, for programs: what `explain --json` prints. Names are in presentation format. Every `code` stays
 * the same over releases; every `why` is a phrase for people.
 */
export interface ExplainReport {
  readonly question: {
    readonly name: string;
    readonly type: string;
    readonly from?: string;
    readonly ecs?: string;
  };
  /** `live`: a running instance's states; `unknown`: no instance was asked, every member counts as up. */
  readonly states: 'live' | 'unknown';
  readonly client: ExplainClient;
  /** In order; RFC 1034 §4.3.2. */
  readonly steps: readonly ExplainStep[];
  readonly ecs: ExplainEcs;
  readonly response: ExplainResponse;
}

/** Whom the answer is for. */
export interface ExplainClient {
  /** The address, or the prefix that came by ECS. */
  readonly address: string;
  readonly by: 'requestor' | 'ecs';
  /** The IPv4 address in it that tables are asked by: of a v4-mapped, 6to4, Teredo or NAT64 address. */
  readonly askedBy?: string;
  /** The prefix around it for which the same place is known. */
  readonly prefix: string;
  /** `EU-DE`, or `unknown`. */
  readonly place: string;
  readonly city?: string;
  /** Latitude, longitude in degrees. */
  readonly coordinates?: readonly [number, number];
  readonly lines: readonly string[];
  readonly asn?: number;
  readonly asOrganization?: string;
  readonly isp?: string;
}

export type ExplainStep = Exclude<AnswerStep, { step: 'steered' }> | SteeredStep;

/** A service decided. */
export interface SteeredStep {
  readonly step: 'steered';
  readonly owner: string;
  readonly service: string;
  /** `services/web.yaml:1` */
  readonly written: string;
  readonly want: WantWord;
  readonly choice: ChoiceWord;
  /** Index of the rule that matched. */
  readonly rule: number;
  readonly rules: readonly ExplainRule[];
  /** In the order in which they were asked. */
  readonly pools: readonly ExplainPool[];
  /** True when every member was down and `when_all_down` chose. */
  readonly lastResort: boolean;
  /** Names of the members in the answer, in its order, each once. */
  readonly members: readonly string[];
  readonly scope: ScopeTrace;
  readonly ttl: TtlTrace;
  /** Seconds in the answer: the decision's, or fewer by the TTL of a record on the way. */
  readonly answerTtl: number;
}

interface ExplainRule extends RuleTrace {
  /** Its conditions as they were written, long lists cut. */
  readonly conditions: string;
}

export interface ExplainPool extends Omit<PoolTrace, 'members'> {
  readonly members: readonly ExplainMember[];
}

interface ExplainMember extends MemberTrace {
  /** What clients are sent to: addresses of both families, or a host name. */
  readonly endpoints: readonly string[];
}

export interface ExplainEcs {
  /** The query had CLIENT-SUBNET, so the response has it too. */
  readonly sent: boolean;
  /** SCOPE PREFIX-LENGTH of the response; where none was sent, what it would be. */
  readonly scopeBits: number;
  /** The prefix that the answer holds for, `everyone` with SCOPE 0. */
  readonly prefix: string;
  readonly why: string;
}

/** The response, as dig would show it. */
export interface ExplainResponse {
  readonly rcode: string;
  /** `aa`, `tc` and the like, in dig's order. */
  readonly flags: readonly string[];
  readonly octets: number;
  readonly answer: readonly ExplainRecord[];
  readonly authority: readonly ExplainRecord[];
  /** Without OPT. */
  readonly additional: readonly ExplainRecord[];
}

export interface ExplainRecord {
  readonly owner: string;
  readonly ttl: number;
  readonly type: string;
  readonly rdata: string;
}
