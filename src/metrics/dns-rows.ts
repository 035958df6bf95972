import { TRANSPORT_NAMES } from '../answer/exchange.js';
import {
  DURATION_BOUNDS,
  DURATION_CELLS,
  RCODE_AT,
  RCODES,
  ROW_CELLS,
  TYPE_NAMES,
  tallyLayout,
} from '../answer/tally-layout.js';
import { rcodeName } from '../rr/rcode-names.js';
import type { ThreadTallies } from '../server/dns-threads.js';
import { counter, type Distribution, gauge, histogram, type MetricRow, type Sample } from './metric-row.js';

/** What leaves the answering threads, and the threads themselves. @param tallies undefined before there are threads */
export function dnsRows(tallies: () => ThreadTallies | undefined, now: () => number): MetricRow[] {
  return [
    counter(
      {
        name: 'steerdns_queries_total',
        help: 'Queries that were answered, by the zone of their name, type and transport.',
        labels: ['zone', 'type', 'transport'],
      },
      () => zoneSamples(tallies(), 'type', TYPE_NAMES, 0),
    ),
    counter(
      {
        name: 'steerdns_responses_total',
        help: 'The same queries, by the rcode of their response.',
        labels: ['zone', 'rcode', 'transport'],
      },
      () => zoneSamples(tallies(), 'rcode', RCODE_COLUMNS, RCODE_AT),
    ),
    histogram(
      {
        name: 'steerdns_answer_duration_seconds',
        help: 'Time that queries were in our hands: over UDP from the receipt of their batch until all of it is answered, else that of the answer.',
        labels: ['transport'],
      },
      DURATION_BOUNDS,
      () => durations(tallies()),
    ),
    gauge(
      {
        name: 'steerdns_thread_lag_seconds',
        help: 'Time since an answering thread last looked up from its work; 0.05 for UDP and 0.1 for TCP are usual.',
        labels: ['thread'],
      },
      () => lags(tallies(), now()),
    ),
  ];
}

const RCODE_COLUMNS = Array.from({ length: RCODES }, (_, rcode) => rcodeName(rcode));

/** Every count that is not 0. @param at the first of the columns in a row */
function* zoneSamples(
  tallies: ThreadTallies | undefined,
  label: string,
  columns: readonly string[],
  at: number,
): Iterable<Sample> {
  if (tallies === undefined) return;
  const threads = [...tallies.threads.values()];
  for (const [row, zone] of tallies.zones.entries()) {
    for (const [index, transport] of TRANSPORT_NAMES.entries()) {
      const from = (row * TRANSPORT_NAMES.length + index) * ROW_CELLS + at;
      for (const [column, name] of columns.entries()) {
        const value = sum(threads, from + column);
        if (value > 0) yield { labels: { zone, [label]: name, transport }, value };
      }
    }
  }
}

function* durations(tallies: ThreadTallies | undefined): Iterable<Distribution> {
  if (tallies === undefined) return;
  const threads = [...tallies.threads.values()];
  const { durationsAt } = tallyLayout(tallies.zoneRows);
  for (const [index, transport] of TRANSPORT_NAMES.entries()) {
    const from = durationsAt + index * DURATION_CELLS;
    const counts = Array.from({ length: DURATION_CELLS - 1 }, (_, bucket) => sum(threads, from + bucket));
    yield { labels: { transport }, counts, sum: sum(threads, from + DURATION_CELLS - 1) };
  }
}

function* lags(tallies: ThreadTallies | undefined, nowMs: number): Iterable<Sample> {
  if (tallies === undefined) return;
  const { heartbeatAt } = tallyLayout(tallies.zoneRows);
  for (const [thread, cells] of tallies.threads) {
    const beatMs = cells[heartbeatAt] ?? 0;
    if (beatMs > 0) yield { labels: { thread }, value: Math.max(0, nowMs - beatMs) / 1000 };
  }
}

function sum(threads: readonly Float64Array[], at: number): number {
  let total = 0;
  for (const cells of threads) total += cells[at] ?? 0;
  return total;
}
