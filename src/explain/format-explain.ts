import type {
  ExplainClient,
  ExplainEcs,
  ExplainPool,
  ExplainRecord,
  ExplainReport,
  ExplainResponse,
  ExplainStep,
  SteeredStep,
} from './explain-report.js';
import { formatTable } from './text-table.js';

/** The report as operators see it, each line ended. `*` marks what was chosen. */
export function formatExplain(report: ExplainReport): string {
  const { question, client, steps, ecs, response } = report;
  const lines = [
    `${question.name} ${question.type} for ${client.address}`,
    ...(report.states === 'unknown'
      ? ['no running instance was asked: the states of members are unknown, and all count as up']
      : []),
    '',
    ...section('client', describeClient(client)),
    ...section('way', describeWay(steps)),
    ...steps.flatMap((step) => (step.step === 'steered' ? describeDecision(step) : [])),
    ...section('ECS', describeEcs(ecs)),
    ...section('answer', describeResponse(response)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Columns of a section's title. */
const MARGIN = 9;

/** Lines beside a title, and an empty one. */
function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const margin = ' '.repeat(MARGIN);
  return [
    ...lines.map((line, index) => ((index === 0 ? title.padEnd(MARGIN) : margin) + line).trimEnd()),
    '',
  ];
}

function describeClient(client: ExplainClient): string[] {
  const { coordinates, asn } = client;
  const network = [asn === undefined ? '' : `AS${asn}`, client.asOrganization ?? client.isp ?? ''];
  const rows = [
    ['address', client.by === 'ecs' ? `${client.address} by ECS` : client.address],
    ['asked by', client.askedBy === undefined ? '' : `${client.askedBy}, the IPv4 address in it`],
    ['place', [client.place, client.city ?? ''].join(' ').trim()],
    ['at', coordinates === undefined ? '' : `${coordinates[0]}, ${coordinates[1]}`],
    ['line', client.lines.join(', ') || 'unknown'],
    ['network', network.join(' ').trim() || 'unknown'],
    ['prefix', `${client.prefix}, all of which is known alike`],
  ];
  return formatTable(rows.filter(([, value]) => value !== ''));
}

/** A line a step; where a zone is looked into and what is found there are one. */
function describeWay(steps: readonly ExplainStep[]): string[] {
  return steps.flatMap((step, index) => {
    const next = steps[index + 1];
    if (step.step === 'zone' && next?.step === 'match') return [];
    const before = steps[index - 1];
    const zone = step.step === 'match' && before?.step === 'zone' ? `zone ${before.apex}: ` : '';
    return [zone + describeStep(step)];
  });
}

function describeStep(step: ExplainStep): string {
  switch (step.step) {
    case 'zone':
      return `zone ${step.apex}: ${step.name} is not there itself`;
    case 'outside':
      return `${step.name} is in none of the served zones`;
    case 'match':
      return step.how === 'exact'
        ? `${step.name} is there`
        : `${step.name} is not there, but the wildcard ${step.owner}`;
    case 'cname':
      return `CNAME: on at ${step.target}`;
    case 'dname':
      return `DNAME at ${step.owner}: on below ${step.target}`;
    case 'alias':
      return `ALIAS: the addresses of ${step.target} are answered`;
    case 'flatten':
      return `CNAME can't stand here: the addresses of ${step.target} are answered`;
    case 'referral':
      return `delegated at ${step.owner}: a referral`;
    case 'nodata':
      return `NODATA: the name has nothing of this type; with the SOA of ${step.soa}`;
    case 'nxdomain':
      return `NXDOMAIN: there is no such name; with the SOA of ${step.soa}`;
    case 'static':
      return `the same for everyone, TTL ${step.ttl}`;
    case 'resolved':
      return RESOLVED_WORDS[step.status];
    case 'steered':
      return `service ${step.service} decides (${step.written})`;
  }
}

const RESOLVED_WORDS = {
  unknown: 'its addresses are not resolved yet (SERVFAIL)',
  addresses: 'its addresses as the resolver found them',
  nodata: 'the resolver found that it has no such address (NODATA)',
  failed: 'the resolver could not find its addresses (SERVFAIL)',
} as const;

function describeDecision(step: SteeredStep): string[] {
  const rules = step.rules.map(({ index, code, conditions, pool, why }) => [
    code === 'matched' || code === 'everyone' ? '*' : ' ',
    String(index + 1),
    conditions,
    RULE_WORDS[code],
    code === 'not-asked' ? '' : code === 'no-match' ? why : `pool ${pool}: ${why}`,
  ]);
  return [
    ...section('rules', formatTable(rules)),
    ...step.pools.flatMap((pool) => section('pool', describePool(pool))),
    ...section('choice', [describeChoice(step)]),
    ...section('TTL', [describeTtl(step)]),
  ];
}

const RULE_WORDS = { everyone: 'yes', matched: 'yes', 'no-match': 'no', 'not-asked': 'not asked' } as const;

function describePool(pool: ExplainPool): string[] {
  const nearest = pool.members.some(({ distanceKm }) => distanceKm !== undefined);
  const rows = pool.members.map((member) => [
    member.chosen ? '*' : ' ',
    member.name,
    member.endpoints.join(' '),
    describeState(member),
    String(member.weight),
    nearest ? `${member.distanceKm === undefined ? '?' : Math.round(member.distanceKm)} km` : '',
    formatOdds(member.odds),
    member.why,
  ]);
  const head = ['', 'member', 'sends to', 'state', 'weight', nearest ? 'distance' : '', 'odds', 'why'];
  return [
    `${pool.name} (${pool.scheduler}): ${POOL_WORDS[pool.code]}, ${pool.why}`,
    ...formatTable([head, ...rows], ['left', 'left', 'left', 'left', 'right', 'right', 'right']),
  ];
}

const POOL_WORDS = {
  serves: 'serves',
  'serves-nothing': 'answers with nothing',
  down: 'is down',
  'last-resort': 'serves as the last resort',
} as const;

/** What answers go by, and where it comes from when that is not its checks. */
function describeState({ standing, health, override, status }: ExplainPool['members'][number]): string {
  if (override !== 'none') return `${standing} (operator)`;
  if (status !== 'obey') return `${status} (zone)`;
  return health === 'unknown' ? 'unknown' : standing;
}

/** Whole percents, with a decimal where few; what is neither never nor always is not rounded to it. */
function formatOdds(odds: number): string {
  const percent = odds * 100;
  if (percent > 0 && percent < 0.05) return '<0.1 %';
  if (percent > 99.5 && percent < 100) return '>99 %';
  return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

function describeChoice({ members, lastResort, want, pools }: SteeredStep): string {
  if (members.length === 0) return `none: no member can give ${WANT_WORDS[want]}`;
  // A member may stand in several of the pools; the one that chose it has its odds.
  const chosen = pools.flatMap((pool) => pool.members.filter((member) => member.chosen));
  const odds = new Map(chosen.map((member) => [member.name, member.odds]));
  const named = members.map((name) => `${name} (${formatOdds(odds.get(name) ?? 0)})`).join(', ');
  return lastResort ? `${named}, as the last resort` : named;
}

const WANT_WORDS = {
  A: 'an IPv4 address',
  AAAA: 'an IPv6 address',
  HOST: 'a host name',
  URL: 'a URL',
} as const;

function describeTtl({ ttl, answerTtl }: SteeredStep): string {
  if (answerTtl === ttl.seconds) return `${ttl.seconds} s: ${ttl.why}`;
  return `${answerTtl} s: a record's own TTL bounds the ${ttl.seconds} s of the decision`;
}

function describeEcs({ sent, scopeBits, prefix, why }: ExplainEcs): string[] {
  const holds = prefix === 'everyone' ? 'for everyone' : `for ${prefix}`;
  if (sent) return [`SCOPE /${scopeBits}: the answer holds ${holds}; ${why}`];
  return [`not sent; a resolver that sends it gets SCOPE /${scopeBits}: ${why}`];
}

function describeResponse({
  rcode,
  flags,
  octets,
  answer,
  authority,
  additional,
}: ExplainResponse): string[] {
  const sections: readonly (readonly [string, readonly ExplainRecord[]])[] = [
    ['', answer],
    ['authority:', authority],
    ['additional:', additional],
  ];
  const rows = sections.map(([, records]) =>
    records.map(({ owner, ttl, type, rdata }) => [owner, String(ttl), 'IN', type, rdata]),
  );
  const table = formatTable(rows.flat(), ['left', 'right']);
  const lines = [`${rcode}, flags ${flags.join(' ')}, ${octets} octets`];
  let at = 0;
  for (const [title, records] of sections) {
    if (records.length === 0) continue;
    if (title !== '') lines.push(title);
    lines.push(...table.slice(at, at + records.length));
    at += records.length;
  }
  return lines;
}
