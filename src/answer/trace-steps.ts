import { AliasStatus } from '../state/alias-table.js';
import { Decision, type Want } from '../steer/decide.js';
import { Trace } from '../steer/trace.js';
import { formatName } from '../wire/name.js';
import { Found } from '../zone/find.js';
import { Node, nodeWord, RrsetWord, rrsetWord, Zone, type ZoneStore, zoneWord } from '../zone/zone-store.js';
import type { Work } from './work.js';

/** Writes down a step when somebody wants to know. The last argument is a zone, or an RRset for the steps that follow or give one. */
export function traceStep(
  work: Work,
  step: 'zone' | 'outside' | 'referral' | 'nodata' | 'nxdomain' | 'static' | 'cname' | 'dname' | 'alias',
  subject: number,
): void {
  if (work.trace === undefined) return;
  const store = work.catalog.zones;
  const { steps } = work.trace;
  const name = formatName(work.query.name.octets);
  switch (step) {
    case 'zone':
      steps.push({ step, name, apex: apexName(store, subject) });
      return;
    case 'outside':
      steps.push({ step, name });
      return;
    case 'referral':
      steps.push({ step, owner: nodeName(store, work.finding.node) });
      return;
    case 'nodata':
    case 'nxdomain':
      steps.push({ step, name, soa: apexName(store, subject) });
      return;
    case 'static':
      steps.push({
        step,
        owner: name,
        type: rrsetWord(store, subject, RrsetWord.TYPE),
        ttl: rrsetWord(store, subject, RrsetWord.TTL),
      });
      return;
    case 'cname':
    case 'dname':
    case 'alias': {
      const lengthOctets = step === 'alias' ? 0 : 2;
      const target = formatName(store.octets, rrsetWord(store, subject, RrsetWord.DATA) + lengthOctets);
      steps.push({ step, owner: step === 'dname' ? nodeName(store, work.finding.node) : name, target });
    }
  }
}

export function traceMatch(work: Work): void {
  if (work.trace === undefined) return;
  const { found, node } = work.finding;
  if (found !== Found.EXACT && found !== Found.WILDCARD) return;
  work.trace.steps.push({
    step: 'match',
    name: formatName(work.query.name.octets),
    how: found === Found.EXACT ? 'exact' : 'wildcard',
    owner: nodeName(work.catalog.zones, node),
  });
}

export function traceResolved(work: Work, status: AliasStatus): void {
  if (work.trace === undefined) return;
  work.trace.steps.push({ step: 'resolved', status: STATUS_WORDS[status] });
}

/** The trace that a decision is to fill, if any. */
export function steerTrace(work: Work, index: number): Trace | undefined {
  const service = work.trace?.services[index];
  return service === undefined ? undefined : new Trace(service);
}

export function traceSteered(
  work: Work,
  index: number,
  want: Want,
  trace: Trace | undefined,
  ttl: number,
): void {
  const service = work.trace?.services[index];
  if (work.trace === undefined || service === undefined || trace === undefined) return;
  work.trace.steps.push({
    step: 'steered',
    owner: formatName(work.query.name.octets),
    service,
    want,
    decision: copyOf(work.decision),
    trace,
    ttl,
  });
}

const STATUS_WORDS = {
  [AliasStatus.UNKNOWN]: 'unknown',
  [AliasStatus.ADDRESSES]: 'addresses',
  [AliasStatus.NODATA]: 'nodata',
  [AliasStatus.FAILED]: 'failed',
} as const;

function copyOf(decision: Decision): Decision {
  const copy = Object.assign(new Decision(), {
    choice: decision.choice,
    count: decision.count,
    ttl: decision.ttl,
    scopeBits: decision.scopeBits,
    rule: decision.rule,
    pool: decision.pool,
    lastResort: decision.lastResort,
  });
  copy.endpoints.set(decision.endpoints);
  copy.members.set(decision.members);
  return copy;
}

function nodeName(store: ZoneStore, node: number): string {
  return formatName(store.octets, nodeWord(store, node, Node.NAME_AT));
}

function apexName(store: ZoneStore, zone: number): string {
  return nodeName(store, zoneWord(store, zone, Zone.APEX));
}
