import { Counter, type Counters, countersByName } from '../state/counters.js';
import { counter, type MetricRow, type Sample, single } from './metric-row.js';

type CounterName = keyof typeof Counter;

/** Counters that one metric shows, and what its label says of each. */
interface CounterMetric {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  readonly values: Readonly<Partial<Record<CounterName, string>>>;
}

/** A counter that is in none of these is shown by its name in steerdns_events_total, so that none is ever left out. */
const COUNTER_METRICS: readonly CounterMetric[] = [
  {
    name: 'steerdns_dropped_total',
    help: 'What was not answered, by reason.',
    label: 'reason',
    values: {
      short: 'short',
      notQuery: 'response',
      droppedPort: 'port_zero',
      oversized: 'oversized',
      kernelDrops: 'kernel',
      rrlDropped: 'rate_limit',
      sendErrors: 'send_error',
      internalErrors: 'internal_error',
      badProxyHeader: 'proxy_header',
    },
  },
  {
    name: 'steerdns_answers_total',
    help: 'Answers of some kinds; an answer can be of several.',
    label: 'kind',
    values: { noData: 'nodata', referrals: 'referral', truncated: 'truncated', steered: 'steered' },
  },
  {
    name: 'steerdns_rate_limited_total',
    help: 'Responses over a rate limit, by what became of them.',
    label: 'action',
    values: { rrlSlipped: 'slipped', rrlDropped: 'dropped', rrlDryRun: 'dry_run' },
  },
  {
    name: 'steerdns_ecs_queries_total',
    help: 'Queries with a client subnet, and those of them whose response holds for a part of all clients (scope not 0).',
    label: 'what',
    values: { ecs: 'asked', ecsScoped: 'scoped' },
  },
  {
    name: 'steerdns_cookie_queries_total',
    help: 'Queries with a DNS cookie, those with a valid one, and those answered BADCOOKIE.',
    label: 'what',
    values: { cookies: 'asked', cookiesValid: 'valid', badCookie: 'bad' },
  },
  {
    name: 'steerdns_tcp_connections_total',
    help: 'TCP connections accepted, refused and closed by us, by why.',
    label: 'event',
    values: {
      tcpAccepted: 'accepted',
      tcpRefused: 'refused',
      tcpEvicted: 'evicted',
      tcpIdle: 'idle',
      tcpTimeouts: 'timeout',
      tcpBadFrames: 'bad_frame',
    },
  },
  {
    name: 'steerdns_tls_handshakes_total',
    help: 'TLS handshakes that were done, those of them that resumed a session, and those that failed.',
    label: 'what',
    values: { tlsHandshakes: 'done', tlsResumed: 'resumed', tlsFailed: 'failed' },
  },
  {
    name: 'steerdns_socket_troubles_total',
    help: 'Full send buffers that were waited for, and failed receives.',
    label: 'what',
    values: { sendRetries: 'send_retry', receiveErrors: 'receive_error' },
  },
  {
    name: 'steerdns_query_log_records_total',
    help: 'Queries put down for the query log, and those dropped since its writer was behind.',
    label: 'what',
    values: { queryLogged: 'kept', queryLogDropped: 'dropped' },
  },
];

/** Shown by steerdns_received_total, by transport in steerdns_queries_total, and by rcode in steerdns_responses_total. */
const SHOWN_ELSEWHERE: readonly CounterName[] = [
  'queries',
  'tcp',
  'dot',
  'formErr',
  'notImp',
  'badVers',
  'refused',
  'servFail',
  'nxDomain',
];

/** What the way of a query counts. @param counters of all threads together; undefined before there are threads */
export function counterRows(counters: () => Counters | undefined): MetricRow[] {
  const shown = new Set([
    ...SHOWN_ELSEWHERE,
    ...COUNTER_METRICS.flatMap(({ values }) => Object.keys(values) as CounterName[]),
  ]);
  const rest = (Object.keys(Counter) as CounterName[]).filter((name) => !shown.has(name));
  const events = {
    name: 'steerdns_events_total',
    help: 'What else is counted, by the name that status has for it.',
    label: 'event',
    values: Object.fromEntries(rest.map((name) => [name, name])),
  };
  return [
    counter(
      {
        name: 'steerdns_received_total',
        help: 'Messages that were looked at, answered or not.',
      },
      () => single(counters()?.[Counter.queries]),
    ),
    ...[...COUNTER_METRICS, events].map((metric) =>
      counter({ ...metric, labels: [metric.label] }, () => samples(counters(), metric)),
    ),
  ];
}

function* samples(counters: Counters | undefined, { label, values }: CounterMetric): Iterable<Sample> {
  if (counters === undefined) return;
  const byName = countersByName(counters);
  for (const [name, value] of Object.entries(values)) {
    yield { labels: { [label]: value }, value: byName[name] ?? 0 };
  }
}
