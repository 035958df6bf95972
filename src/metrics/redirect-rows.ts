import { counter, type MetricRow, type Sample } from './metric-row.js';

/** What the redirect endpoint counts. */
export interface RedirectSource {
  /** Responses by site and status. */
  sites(): Iterable<{ readonly site: string; readonly status: number; readonly count: number }>;
  /** Requests by how they ended, and connections that never became one. */
  outcomes(): Readonly<Record<string, number>>;
}

export function redirectRows(source: RedirectSource): MetricRow[] {
  return [
    counter(
      {
        name: 'steerdns_http_responses_total',
        help: 'Responses of the redirect endpoint; site is (forward) for URLFWD records and (none) for what is no site.',
        labels: ['site', 'status'],
      },
      function* (): Iterable<Sample> {
        for (const { site, status, count } of source.sites()) {
          yield { labels: { site, status: String(status) }, value: count };
        }
      },
    ),
    counter(
      {
        name: 'steerdns_http_requests_total',
        help: 'Requests to the redirect endpoint by how they ended, and connections that never became one.',
        labels: ['outcome'],
      },
      function* (): Iterable<Sample> {
        for (const [outcome, value] of Object.entries(source.outcomes()))
          yield { labels: { outcome }, value };
      },
    ),
  ];
}
