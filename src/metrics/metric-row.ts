/** A metric: a row of a table. What it says is read anew for each scrape. */
export interface MetricRow {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence, for HELP. */
  readonly help: string;
  readonly labels: readonly string[];
  read(): Iterable<Sample>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram's parts; the row's own unless given. */
  readonly name?: string;
}

/** A histogram with one set of labels. */
export interface Distribution {
  readonly labels: Readonly<Record<string, string>>;
  /** Of each bucket alone, and last of what is past the last bound. */
  readonly counts: ArrayLike<number>;
  readonly sum: number;
}

type Spec = Pick<MetricRow, 'name' | 'help'> & { readonly labels?: readonly string[] };

export function counter(spec: Spec, read: MetricRow['read']): MetricRow {
  return { labels: [], ...spec, type: 'counter', read };
}

export function gauge(spec: Spec, read: MetricRow['read']): MetricRow {
  return { labels: [], ...spec, type: 'gauge', read };
}

/** @param bounds upper bounds of the buckets, rising */
export function histogram(
  spec: Spec,
  bounds: readonly number[],
  read: () => Iterable<Distribution>,
): MetricRow {
  return {
    labels: [],
    ...spec,
    type: 'histogram',
    *read() {
      for (const distribution of read()) yield* samplesOf(spec.name, bounds, distribution);
    },
  };
}

/** A metric without labels. @param value undefined: it has no value now */
export function* single(value: number | undefined): Iterable<Sample> {
  if (value !== undefined) yield { labels: {}, value };
}

/** Buckets count what is at or below their bound, as Prometheus wants it. */
function* samplesOf(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum }: Distribution,
): Iterable<Sample> {
  let total = 0;
  for (const [bucket, bound] of [...bounds, Number.POSITIVE_INFINITY].entries()) {
    total += counts[bucket] ?? 0;
    const le = bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound);
    yield { name: `${name}_bucket`, labels: { ...labels, le }, value: total };
  }
  yield { name: `${name}_sum`, labels, value: sum };
  yield { name: `${name}_count`, labels, value: total };
}
