/** One run of one case on one peer. */
export interface Sample {
  readonly case: string;
  readonly workers: number;
  readonly peer: string;
  readonly round: number;
  /** CPU time an answer of the serving process, in microseconds. */
  readonly cpuUs: number;
  readonly userUs: number;
  readonly systemUs: number;
  readonly perSecond: number;
  readonly lost: number;
  readonly bad: number;
  readonly p50Us: number;
  readonly p999Us: number;
  readonly loadCpu: number;
}

/** The peer that others are compared with. */
const REFERENCE = 'gdnsd';

const COLUMNS = ['', 'CPU µs', 'user', 'system', 'answers/s', 'lost', 'p50 µs', 'p99.9', `/ ${REFERENCE}`];

/** The tables of a run, one a case, in the order of the samples: medians over the rounds. */
export function formatTables(samples: readonly Sample[], about: (name: string) => string): string {
  const keys = [...new Set(samples.map(keyOf))];
  return keys
    .map((key) => {
      const own = samples.filter((sample) => keyOf(sample) === key);
      return `${key} — ${about(own[0]?.case ?? '')}\n${formatRows([COLUMNS, ...rowsOf(own)])}`;
    })
    .join('\n\n');
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function keyOf({ case: name, workers }: Sample): string {
  return workers === 1 ? name : `${name}, ${workers} workers`;
}

function rowsOf(samples: readonly Sample[]): string[][] {
  const peers = [...new Set(samples.map(({ peer }) => peer))];
  return peers.map((peer) => {
    const own = samples.filter((sample) => sample.peer === peer);
    const of = (value: (sample: Sample) => number): number => median(own.map(value));
    const lost = own.reduce((total, sample) => total + sample.lost, 0);
    const bad = own.reduce((total, sample) => total + sample.bad, 0);
    return [
      peer,
      of(({ cpuUs }) => cpuUs).toFixed(2),
      of(({ userUs }) => userUs).toFixed(2),
      of(({ systemUs }) => systemUs).toFixed(2),
      of(({ perSecond }) => perSecond).toFixed(0),
      bad === 0 ? String(lost) : `${lost}, ${bad} wrong`,
      of(({ p50Us }) => p50Us).toFixed(0),
      of(({ p999Us }) => p999Us).toFixed(0),
      ratio(own, samples),
    ];
  });
}

/** By rounds, since what slows the machine slows the neighbours of a round alike. */
function ratio(own: readonly Sample[], all: readonly Sample[]): string {
  const ratios = own.flatMap(({ round, cpuUs }) => {
    const reference = all.find((sample) => sample.peer === REFERENCE && sample.round === round);
    return reference === undefined ? [] : [cpuUs / reference.cpuUs];
  });
  if (ratios.length === 0) return '';
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return `${median(ratios).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

/** The first column is text, the others numbers. */
function formatRows(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
