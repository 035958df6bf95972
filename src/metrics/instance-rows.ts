import { counter, gauge, type MetricRow, type Sample, single } from './metric-row.js';

/** What the metrics of an instance are made of. Times in ms since 1970. */
export interface InstanceSource {
  readonly version: string;
  /** What is served was loaded then. */
  loadedAt(): number;
  reloads(): ReloadFigures;
  zones(): readonly { readonly name: string; readonly serial: number; readonly records: number }[];
  services(): number;
  secondaries(): Iterable<SecondaryFigure>;
  threadRestarts(): number;
}

export interface ReloadFigures {
  readonly done: number;
  readonly refused: number;
  /** Whether the last one was done; true before the first. */
  readonly lastDone: boolean;
}

/** A zone that comes from elsewhere. */
export interface SecondaryFigure {
  readonly name: string;
  readonly served: boolean;
  /** When a primary last said that it is current; 0: never. */
  readonly confirmedAt: number;
}

/** @param mostZones zones that are shown; the rest are not */
export function instanceRows(source: InstanceSource, mostZones: number): MetricRow[] {
  return [
    gauge(
      { name: 'steerdns_build_info', help: 'Always 1.', labels: ['version', 'node_version'] },
      function* () {
        yield { labels: { version: source.version, node_version: process.versions.node }, value: 1 };
      },
    ),
    counter(
      {
        name: 'steerdns_reloads_total',
        help: 'Reloads of the configuration; refused ones had errors, and changed nothing.',
        labels: ['outcome'],
      },
      function* () {
        const { done, refused } = source.reloads();
        yield { labels: { outcome: 'done' }, value: done };
        yield { labels: { outcome: 'refused' }, value: refused };
      },
    ),
    gauge(
      {
        name: 'steerdns_last_reload_successful',
        help: '0 when the last reload was refused: what is served is older than the files.',
      },
      () => single(source.reloads().lastDone ? 1 : 0),
    ),
    gauge({ name: 'steerdns_loaded_timestamp_seconds', help: 'When what is served was loaded.' }, () =>
      single(source.loadedAt() / 1000),
    ),
    gauge({ name: 'steerdns_zones', help: 'Zones that are served.' }, () => single(source.zones().length)),
    gauge({ name: 'steerdns_services', help: 'Services, those of octoDNS dynamic records too.' }, () =>
      single(source.services()),
    ),
    gauge({ name: 'steerdns_zone_serial', help: "Serial of a zone's SOA.", labels: ['zone'] }, () =>
      zoneSamples(source, mostZones, 'serial'),
    ),
    gauge({ name: 'steerdns_zone_records', help: 'Records of a zone.', labels: ['zone'] }, () =>
      zoneSamples(source, mostZones, 'records'),
    ),
    gauge(
      {
        name: 'steerdns_secondary_served',
        help: '0 when a zone from elsewhere never came, or has expired.',
        labels: ['zone'],
      },
      () => secondarySamples(source, mostZones, ({ served }) => (served ? 1 : 0)),
    ),
    gauge(
      {
        name: 'steerdns_secondary_confirmed_timestamp_seconds',
        help: 'When a primary last said that a zone is current; 0: never.',
        labels: ['zone'],
      },
      () => secondarySamples(source, mostZones, ({ confirmedAt }) => confirmedAt / 1000),
    ),
    counter(
      { name: 'steerdns_thread_restarts_total', help: 'Answering threads that died and were started again.' },
      () => single(source.threadRestarts()),
    ),
  ];
}

function* zoneSamples(source: InstanceSource, most: number, what: 'serial' | 'records'): Iterable<Sample> {
  for (const zone of source.zones().slice(0, most)) {
    yield { labels: { zone: zone.name }, value: zone[what] };
  }
}

function* secondarySamples(
  source: InstanceSource,
  most: number,
  read: (figure: SecondaryFigure) => number,
): Iterable<Sample> {
  let left = most;
  for (const figure of source.secondaries()) {
    if (left-- <= 0) return;
    yield { labels: { zone: figure.name }, value: read(figure) };
  }
}
