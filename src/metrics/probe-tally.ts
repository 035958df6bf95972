import type { Distribution, Sample } from './metric-row.js';

/** Upper bounds of the histogram of probes, in seconds: a host in the same rack to the longest that checks wait. */
export const PROBE_BOUNDS: readonly number[] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type ProbeOutcome = 'passed' | 'failed' | 'unmade';

interface MemberTally {
  readonly labels: { readonly service: string; readonly member: string };
  readonly outcomes: Record<ProbeOutcome, number>;
  /** Buckets of {@link PROBE_BOUNDS} and what is past them. */
  readonly buckets: Float64Array;
  seconds: number;
  readonly transitions: Record<'up' | 'down', number>;
}

/** Counts probes and changes of health by member. A member keeps its counts while the process lives. */
export class ProbeTally {
  readonly #members = new Map<string, MemberTally>();
  #others: MemberTally | undefined;

  /** @param most members that are counted apart; those of more are counted together */
  constructor(private readonly most: number) {}

  /** @param member `service/member` */
  probed(member: string, outcome: ProbeOutcome, tookMs: number): void {
    const tally = this.#tallyOf(member);
    tally.outcomes[outcome] += 1;
    if (outcome === 'unmade') return;
    const seconds = tookMs / 1000;
    const found = PROBE_BOUNDS.findIndex((bound) => seconds <= bound);
    const bucket = found < 0 ? PROBE_BOUNDS.length : found;
    tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1;
    tally.seconds += seconds;
  }

  /** @param member `service/member` */
  changed(member: string, to: 'up' | 'down'): void {
    this.#tallyOf(member).transitions[to] += 1;
  }

  *transitions(): Iterable<Sample> {
    for (const { labels, transitions } of this.#all()) {
      for (const to of ['up', 'down'] as const) yield { labels: { ...labels, to }, value: transitions[to] };
    }
  }

  *outcomes(): Iterable<Sample> {
    for (const { labels, outcomes } of this.#all()) {
      for (const [outcome, value] of Object.entries(outcomes))
        yield { labels: { ...labels, outcome }, value };
    }
  }

  *durations(): Iterable<Distribution> {
    for (const { labels, buckets, seconds } of this.#all()) {
      yield { labels: { ...labels }, counts: buckets, sum: seconds };
    }
  }

  *#all(): Iterable<MemberTally> {
    yield* this.#members.values();
    if (this.#others !== undefined) yield this.#others;
  }

  #tallyOf(key: string): MemberTally {
    const known = this.#members.get(key);
    if (known !== undefined) return known;
    if (this.#members.size >= this.most) {
      this.#others ??= newTally('other', 'other');
      return this.#others;
    }
    // A member's name has no slash; the name of a service that octoDNS's `dynamic` made has.
    const slash = key.lastIndexOf('/');
    const made = newTally(key.slice(0, slash), key.slice(slash + 1));
    this.#members.set(key, made);
    return made;
  }
}

function newTally(service: string, member: string): MemberTally {
  return {
    labels: { service, member },
    outcomes: { passed: 0, failed: 0, unmade: 0 },
    buckets: new Float64Array(PROBE_BOUNDS.length + 1),
    seconds: 0,
    transitions: { up: 0, down: 0 },
  };
}
