import { counter, gauge, type MetricRow, type Sample, single } from './metric-row.js';

/** What the metrics of sharing through Redis are made of. */
export interface ClusterFigure {
  readonly state: (typeof CLUSTER_STATES)[number];
  readonly probing: 'shared' | 'alone';
  /** Those that live, this one included. */
  readonly instances: readonly { readonly differs: readonly string[] }[];
  /** Since the start. */
  readonly counters: {
    readonly exchanges: number;
    readonly failures: number;
    readonly refused: number;
    readonly timesAlone: number;
    readonly lastExchangeMs: number;
  };
}

const CLUSTER_STATES = ['joining', 'connected', 'degraded', 'clash'] as const;

/** @param cluster undefined where nothing is shared: none of these metrics has a value then */
export function clusterRows(cluster: () => ClusterFigure | undefined): MetricRow[] {
  const one = (read: (figure: ClusterFigure) => number) => (): Iterable<Sample> => {
    const figure = cluster();
    return single(figure === undefined ? undefined : read(figure));
  };
  return [
    gauge(
      {
        name: 'steerdns_cluster_state',
        help: '1 for the state of sharing through Redis, 0 for the others; nothing of the cluster is shown without `cluster:`.',
        labels: ['state'],
      },
      function* () {
        const figure = cluster();
        if (figure === undefined) return;
        for (const state of CLUSTER_STATES)
          yield { labels: { state }, value: figure.state === state ? 1 : 0 };
      },
    ),
    gauge(
      {
        name: 'steerdns_cluster_probing_alone',
        help: '1 while every probe is made here, and only these count.',
      },
      one(({ probing }) => (probing === 'alone' ? 1 : 0)),
    ),
    gauge(
      {
        name: 'steerdns_cluster_instances',
        help: 'Instances that live as far as is known here, this one included.',
      },
      one(({ instances }) => instances.length),
    ),
    gauge(
      {
        name: 'steerdns_cluster_instances_differing',
        help: 'Those of them whose configuration is other than here.',
      },
      one(({ instances }) => instances.filter(({ differs }) => differs.length > 0).length),
    ),
    counter(
      {
        name: 'steerdns_cluster_exchanges_total',
        help: 'Exchanges with Redis that were done; four a second are usual.',
      },
      one(({ counters }) => counters.exchanges),
    ),
    counter(
      {
        name: 'steerdns_cluster_failures_total',
        help: 'Exchanges with Redis that failed, connections that could not be made included.',
      },
      one(({ counters }) => counters.failures),
    ),
    counter(
      {
        name: 'steerdns_cluster_refused_total',
        help: 'Entries in Redis that no instance writes: they were ignored, or replaced.',
      },
      one(({ counters }) => counters.refused),
    ),
    counter(
      {
        name: 'steerdns_cluster_alone_total',
        help: 'Times that this instance lost the others, and began to probe everything itself.',
      },
      one(({ counters }) => counters.timesAlone),
    ),
    gauge(
      {
        name: 'steerdns_cluster_last_exchange_seconds',
        help: 'Time that the last exchange with Redis took.',
      },
      one(({ counters }) => counters.lastExchangeMs / 1000),
    ),
  ];
}
