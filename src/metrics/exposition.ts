import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { MetricRow } from './metric-row.js';

/** Metrics as Prometheus reads them. */
export class Exposition {
  readonly #registry = new Registry();

  /** @throws Error when two rows have the same name */
  constructor(rows: readonly MetricRow[]) {
    for (const row of rows) {
      const configuration = {
        name: row.name,
        help: row.help,
        labelNames: [...row.labels],
        registers: [this.#registry],
      };
      if (row.type === 'counter') new RowCounter(configuration, row);
      else if (row.type === 'gauge') new RowGauge(configuration, row);
      else new RowHistogram(configuration, row);
    }
  }

  /** Reads every row. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** The library's own counters count by themselves; these show what the threads have counted. */
class RowCounter extends Counter {
  constructor(
    configuration: ConstructorParameters<typeof Counter>[0],
    private readonly row: MetricRow,
  ) {
    super(configuration);
  }

  override async get(): ReturnType<Counter['get']> {
    return { ...(await super.get()), values: valuesOf(this.row) };
  }
}

class RowGauge extends Gauge {
  constructor(
    configuration: ConstructorParameters<typeof Gauge>[0],
    private readonly row: MetricRow,
  ) {
    super(configuration);
  }

  override async get(): ReturnType<Gauge['get']> {
    return { ...(await super.get()), values: valuesOf(this.row) };
  }
}

class RowHistogram extends Histogram {
  /** The library's `get` asks {@link getForPromString}, so that the rest comes from another one. */
  readonly #plain: Histogram;

  constructor(
    configuration: ConstructorParameters<typeof Histogram>[0],
    private readonly row: MetricRow,
  ) {
    super(configuration);
    this.#plain = new Histogram({ ...configuration, registers: [] });
  }

  /** What the registry asks for, though the library's types do not tell. */
  async getForPromString(): ReturnType<Histogram['get']> {
    return { ...(await this.#plain.get()), values: valuesOf(this.row) };
  }
}

interface Value {
  value: number;
  labels: Record<string, string>;
  metricName: string;
}

function valuesOf(row: MetricRow): Value[] {
  return Array.from(row.read(), ({ name = row.name, labels, value }) => ({
    value,
    labels: { ...labels },
    metricName: name,
  }));
}
