import { Answerer } from '../answer/answerer.js';
import type { Catalog } from '../answer/catalog.js';
import type { Identity } from '../answer/chaos.js';
import { Exchange } from '../answer/exchange.js';
import { type AnswerStep, AnswerTrace } from '../answer/trace.js';
import { formatAddress, formatPrefix } from '../config/address.js';
import { Client } from '../geo/client.js';
import { describePlace } from '../geo/geo-code.js';
import type { PlaceTable } from '../geo/place-table.js';
import { findPrefix } from '../geo/prefix-table.js';
import { makeCounters } from '../state/counters.js';
import type { Circumstances } from '../steer/decide.js';
import type { Service } from '../steer/service.js';
import type { MemberSpec, ServiceSpec } from '../steer/spec.js';
import type { PoolTrace } from '../steer/trace-pools.js';
import { formatName } from '../wire/name.js';
import { put32 } from '../wire/octets.js';
import { buildQuery } from './build-query.js';
import { describeRule } from './describe-rule.js';
import type {
  ExplainAsk,
  ExplainClient,
  ExplainEcs,
  ExplainPool,
  ExplainReport,
  ExplainResponse,
  ExplainStep,
} from './explain-report.js';
import { type ParsedAsk, parseAsk } from './parse-ask.js';
import { readResponse } from './read-response.js';

/** What answers come from now. */
export interface ExplainWorld {
  readonly catalog: Catalog;
  /** The catalog's services, with what is told of them. */
  readonly services: readonly Service[];
  readonly places: PlaceTable;
  /** Its turns are copied: to explain takes nobody's turn. */
  readonly circumstances: Circumstances;
  readonly identity: Identity;
  /** Seconds since 1970. */
  readonly now: () => number;
  readonly states: ExplainReport['states'];
}

/**
 * Answers a query as it would be answered over UDP, and tells how the answer came about.
 * @throws AskError
 */
export function explain(ask: ExplainAsk, world: ExplainWorld): ExplainReport {
  const parsed = parseAsk(ask);
  const { circumstances, catalog, identity, now } = world;
  const answerer = new Answerer({
    catalog,
    circumstances: { ...circumstances, turns: Int32Array.from(circumstances.turns) },
    counters: makeCounters(),
    identity,
    now,
  });
  const exchange = new Exchange();
  exchange.query = buildQuery(parsed.name, parsed.type, parsed.ecs);
  exchange.queryLength = exchange.query.length;
  exchange.family = parsed.from.length === 4 ? 4 : 6;
  exchange.address.set(parsed.from);
  const trace = new AnswerTrace(world.services);
  const length = answerer.answer(exchange, trace);
  const { response, scopeBits } = readResponse(exchange.response.subarray(0, length));
  const client = clientOf(parsed);
  const steps = trace.steps.map(describeStep);
  return {
    question: parsed.question,
    states: world.states,
    client: describeClient(client, world.places),
    steps,
    ecs: describeEcs(parsed, client, steps, response, scopeBits),
    response,
  };
}

/** As the pipeline fills it (RFC 7871 §7.2.1). */
function clientOf({ from, ecs }: ParsedAsk): Client {
  const client = new Client();
  if (ecs !== undefined && ecs.bits > 0) client.set(ecs.family, ecs.octets, 0, ecs.bits, true);
  else client.set(from.length === 4 ? 4 : 6, from, 0, from.length * 8, false);
  return client;
}

function describeClient(client: Client, { prefixes, places }: PlaceTable): ExplainClient {
  const place = places[findPrefix(prefixes, client)] ?? { lines: [] };
  const { city, latitude, longitude, lines, asn, asOrganization, isp } = place;
  const address = givenOctets(client);
  return {
    address: client.ecs
      ? formatPrefix({ family: client.family, octets: address, bits: client.sourceBits })
      : formatAddress(address),
    by: client.ecs ? 'ecs' : 'requestor',
    ...(client.tableFamily === client.family ? {} : { askedBy: embeddedAddress(client) }),
    prefix: prefixAround(client, client.givenBits(client.matchBits)),
    place: describePlace(place),
    ...(city === undefined ? {} : { city }),
    ...(latitude === undefined || longitude === undefined
      ? {}
      : { coordinates: [latitude, longitude] as const }),
    lines,
    ...(asn === undefined ? {} : { asn }),
    ...(asOrganization === undefined ? {} : { asOrganization }),
    ...(isp === undefined ? {} : { isp }),
  };
}

function givenOctets(client: Client): Uint8Array {
  return client.octets.slice(0, client.family === 4 ? 4 : 16);
}

function embeddedAddress(client: Client): string {
  const octets = new Uint8Array(4);
  put32(octets, 0, client.word0);
  return formatAddress(octets);
}

/** The client's address cut to a length: `203.0.113.0/24`. */
function prefixAround(client: Client, bits: number): string {
  const cut = new Client();
  cut.set(client.family, client.octets, 0, bits, false);
  return formatPrefix({ family: cut.family, octets: givenOctets(cut), bits });
}

function describeStep(step: AnswerStep): ExplainStep {
  if (step.step !== 'steered') return step;
  const { spec } = step.service;
  const { rules, rule, pools, choice, lastResort, members, scope, ttl } = step.trace;
  return {
    step: 'steered',
    owner: step.owner,
    service: spec.name,
    written: `${spec.where.file}:${spec.where.line}`,
    want: step.trace.want,
    choice,
    rule,
    rules: rules.map((traced) => {
      const written = spec.rules[traced.index];
      return { ...traced, conditions: written === undefined ? '' : describeRule(written) };
    }),
    pools: pools.map((pool) => describePool(pool, spec)),
    lastResort,
    members,
    scope,
    ttl,
    answerTtl: step.ttl,
  };
}

function describePool(pool: PoolTrace, { members }: ServiceSpec): ExplainPool {
  return {
    ...pool,
    members: pool.members.map((traced) => ({
      ...traced,
      endpoints: endpointsOf(members.find(({ name }) => name === traced.name)),
    })),
  };
}

function endpointsOf(member: MemberSpec | undefined): string[] {
  if (member === undefined) return [];
  return member.host === undefined ? member.addresses.map(formatAddress) : [formatName(member.host)];
}

function describeEcs(
  { ecs }: ParsedAsk,
  client: Client,
  steps: readonly ExplainStep[],
  response: ExplainResponse,
  sentBits: number | undefined,
): ExplainEcs {
  const { bits, why } = widestScope(steps, response);
  const unwanted = ecs?.bits === 0;
  const scopeBits = sentBits ?? bits;
  return {
    sent: ecs !== undefined,
    scopeBits,
    prefix: scopeBits === 0 ? 'everyone' : prefixAround(client, scopeBits),
    why: unwanted ? 'the resolver asks for no tailoring (SOURCE 0, RFC 7871 §7.1.2)' : why,
  };
}

/** What the pipeline says: the longest of the decisions' scopes, and 0 for what does not depend on the client. */
function widestScope(
  steps: readonly ExplainStep[],
  { rcode }: ExplainResponse,
): { readonly bits: number; readonly why: string } {
  const scopes = steps.flatMap((step) => (step.step === 'steered' ? [step.scope] : []));
  const [widest] = scopes.toSorted((a, b) => b.bits - a.bits);
  if (widest === undefined) return { bits: 0, why: 'nothing here depends on who asks' };
  if (rcode === 'SERVFAIL') return { bits: 0, why: 'there is no answer' };
  if (steps.some(({ step }) => step === 'nodata' || step === 'nxdomain')) {
    return { bits: 0, why: 'negative answers are not tailored (RFC 7871 §7.4)' };
  }
  return widest;
}
