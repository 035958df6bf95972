import type {
  ClusterStatus,
  InstanceStatus,
  MemberStatus,
  SecondaryStatus,
  TlsStatus,
} from '../admin/controls.js';
import { type Alignment, formatTable } from '../explain/text-table.js';

/**
 * The status as operators see it, each line ended.
 * @param nowMs since 1970
 */
export function formatStatus(status: InstanceStatus, nowMs: number): string {
  const { listen, snapshot, refusedReload, members, overrides, counters } = status;
  const ago = (time: string): string => formatDuration(nowMs - Date.parse(time));
  const head = [
    ['config', status.config],
    ['dns', listen.dns.join('  ') || 'off'],
    ['dot', listen.dot.join('  ')],
    ['certificate', status.tls === undefined ? '' : describeTls(status.tls, nowMs)],
    [
      'not renewed',
      status.tls?.problem === undefined
        ? ''
        : `${ago(status.tls.problem.at)} ago: ${status.tls.problem.message}`,
    ],
    ['http', listen.http.join('  ') || 'off'],
    ['admin', listen.admin],
    [
      'loaded',
      `${ago(snapshot.loadedAt)} ago: ${counted(snapshot.zones.length, 'zone')}, ${counted(snapshot.services, 'service')}`,
    ],
    [
      'refused',
      refusedReload === undefined
        ? ''
        : `a reload ${ago(refusedReload.at)} ago: ${counted(refusedReload.errors, 'error')}`,
    ],
    ['cluster', describeCluster(status.cluster, ago)],
    ['members', summarize(members)],
    ['counted', describeCounters(counters)],
  ];
  const zones = snapshot.zones.map(({ name, serial, records }) => [name, String(serial), String(records)]);
  const hasVotes = members.some(({ votes }) => votes !== undefined);
  const states = members.map(({ member, standing, health, override, weight, since, votes, result }) => [
    member,
    `${standing}${override === undefined ? '' : ' (operator)'}${weight === undefined ? '' : `, weight ${weight}`}`,
    health,
    since === undefined ? '' : ago(since),
    ...(hasVotes ? [describeVotes(votes)] : []),
    result ?? '',
  ]);
  const secondaries = (status.secondaries ?? []).map((zone) => [
    zone.name,
    zone.refreshing === true ? `${zone.state}, refreshing` : zone.state,
    zone.serial === undefined ? '' : String(zone.serial),
    zone.confirmedAt === undefined ? 'never' : `${ago(zone.confirmedAt)} ago`,
    describeExpiry(zone, nowMs),
    zone.problem === undefined ? '' : `for ${ago(zone.problemSince ?? '')}: ${zone.problem}`,
  ]);
  const said = overrides.map(({ pattern, override, weight, since, until, reason }) => [
    pattern,
    override === 'weight' ? `weight ${weight ?? 'own'}` : override,
    ago(since),
    until ?? '',
    reason ?? '',
  ]);
  const lines = [
    `steerdns ${status.version}, process ${status.pid}, up for ${ago(status.startedAt)}`,
    '',
    ...formatTable(head.filter(([, value]) => value !== '')),
    ...paragraph(['zone', 'serial', 'records'], zones, ['left', 'right', 'right']),
    ...paragraph(['secondary', 'state', 'serial', 'confirmed', 'expires', 'problem'], secondaries),
    ...paragraph(['instance', 'version', 'for', 'configuration'], instanceRows(status.cluster, ago)),
    ...paragraph(['member', 'state', 'health', 'for', ...(hasVotes ? ['votes'] : []), 'last result'], states),
    ...paragraph(headOf(['said of', 'what', 'for', 'until', 'reason'], said), said),
  ];
  return `${lines.join('\n')}\n`;
}

function describeExpiry({ state, expiresAt }: SecondaryStatus, nowMs: number): string {
  if (expiresAt === undefined) return '';
  const leftMs = Date.parse(expiresAt) - nowMs;
  return state === 'expired' ? `${formatDuration(-leftMs)} ago` : `in ${formatDuration(leftMs)}`;
}

function describeCluster(cluster: ClusterStatus | undefined, ago: (time: string) => string): string {
  if (cluster === undefined) return '';
  const { name, instance, state, since, problem, probing, instances } = cluster;
  const alone = probing === 'alone' ? ', probing everything here' : '';
  const why = problem === undefined ? '' : `: ${problem}`;
  return `${name} as ${instance}, ${counted(instances.length, 'instance')}, ${state} for ${ago(since)}${alone}${why}`;
}

/** `down a, b; up c` */
function describeVotes(votes: MemberStatus['votes']): string {
  return (['down', 'up'] as const)
    .map((health) => {
      const names = Object.entries(votes ?? {}).filter(([, vote]) => vote === health);
      return names.length === 0
        ? ''
        : `${health} ${names
            .map(([name]) => name)
            .sort()
            .join(', ')}`;
    })
    .filter((text) => text !== '')
    .join('; ');
}

function instanceRows(cluster: ClusterStatus | undefined, ago: (time: string) => string): string[][] {
  return (cluster?.instances ?? []).map(({ name, self, version, startedAt, differs }) => [
    self ? `${name} (this)` : name,
    version,
    ago(startedAt),
    differs.length === 0 ? 'as here' : `differs in ${differs.join(', ')}`,
  ]);
}

/** A table after an empty line; nothing without rows. */
function paragraph(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  alignments?: readonly Alignment[],
): string[] {
  return rows.length === 0 ? [] : ['', ...formatTable([head, ...rows], alignments)];
}

/** A head without the titles of columns that are empty. */
function headOf(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return titles.map((title, column) => (rows.some((row) => row[column] !== '') ? title : ''));
}

/** `3 up, 1 down, 1 draining` */
function summarize(members: readonly MemberStatus[]): string {
  if (members.length === 0) return 'none';
  const words = ['up', 'down', 'draining'] as const;
  return words
    .map((word) => [word, members.filter(({ standing }) => standing === word).length] as const)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}

function describeTls({ names, notAfter }: TlsStatus, nowMs: number): string {
  const leftMs = Date.parse(notAfter) - nowMs;
  const left = leftMs > 0 ? `in ${formatDuration(leftMs)}` : `${formatDuration(-leftMs)} ago`;
  return `of ${names.join(', ')}; ${leftMs > 0 ? 'ends' : 'EXPIRED'} ${notAfter.slice(0, 10)}, ${left}`;
}

function describeCounters(counters: Readonly<Record<string, number>>): string {
  return Object.entries(counters)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `12 s`, `5 min`, `3 h 20 min`, `9 d 4 h`: two units at the most, the smaller left out when 0. */
function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return twoUnits(hours, 'h', minutes % 60, 'min');
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
