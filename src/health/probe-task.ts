import type { Clock } from '../background/clock.js';
import type { Limiter } from '../background/limiter.js';
import { Health } from '../state/member-states.js';
import type { CheckSpec } from '../steer/spec.js';
import { probeHttp, probeHttps } from './http-probe.js';
import { failed, type ProbeResult, type Prober } from './probe-result.js';
import type { ProbeVote } from './probe-sharing.js';
import type { ProbeSpec } from './probe-spec.js';
import { probeTcp } from './tcp-probe.js';
import { Thresholds } from './thresholds.js';

/** What tasks share. */
export interface ProbeTools {
  readonly clock: Clock;
  /** Uniform in 0 to 1. */
  readonly random: () => number;
  readonly limiter: Limiter;
  /** Called after each result. */
  readonly onResult: (task: ProbeTask) => void;
}

/** Makes one probe again and again until it is stopped, never two of it at once. */
export class ProbeTask {
  readonly spec: ProbeSpec;
  /** What the results here say over time. */
  thresholds: Thresholds;
  /** What holds: what the results here say or, with other instances, what all say together. */
  health: Health;
  /** Results that it takes at the least until that changes. */
  resultsToChange: number;
  /** The last result, `tookMs` milliseconds after it was begun. */
  last: (ProbeResult & { readonly at: number; readonly tookMs: number }) | undefined;
  readonly #tools: ProbeTools;
  #cancelTimer: () => void = () => {};
  #abort: AbortController | undefined;
  /** Of a round: a later one makes it void. */
  #turn = 0;
  #isRunning = false;
  /** What came since the last start. */
  #came: 'nothing' | 'unmade' | 'results' = 'nothing';
  #round: Promise<void> = Promise.resolve();
  #rounds = 0;

  /** @param health what a former run remembered, or UNKNOWN */
  constructor(spec: ProbeSpec, health: Health, tools: ProbeTools) {
    this.spec = spec;
    this.thresholds = new Thresholds(spec.check.rise, spec.check.fall, health);
    this.health = health;
    this.resultsToChange = this.thresholds.resultsToChange();
    this.#tools = tools;
  }

  /** True from {@link start} to {@link stop}. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What the results since the last start say; undefined while there are none. */
  get vote(): ProbeVote | { readonly health: 'unmade' } | undefined {
    if (!this.#isRunning || this.#came === 'nothing') return undefined;
    if (this.#came === 'unmade') return { health: 'unmade' };
    const { health } = this.thresholds;
    if (health === Health.UNKNOWN) return undefined;
    return {
      health: health === Health.UP ? 'up' : 'down',
      resultsToChange: this.thresholds.resultsToChange(),
    };
  }

  /** True when this machine could not make the probe, so that nothing is known by it. */
  get unmade(): boolean {
    return this.health === Health.UNKNOWN && this.last?.outcome === 'unmade';
  }

  /** The first probe goes out at once. Results go on from the health that holds. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#came = 'nothing';
    this.#rounds = 0;
    const { rise, fall } = this.spec.check;
    if (this.health !== this.thresholds.health) this.thresholds = new Thresholds(rise, fall, this.health);
    this.#round = this.#run();
  }

  /** Ends the probe that is on its way, if any. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#turn += 1;
    this.#cancelTimer();
    this.#abort?.abort();
    await this.#round;
  }

  async #run(): Promise<void> {
    const { clock, limiter, onResult } = this.#tools;
    const turn = this.#turn;
    let begun = clock.now();
    const result = await limiter.run(async () => {
      begun = clock.now();
      return turn === this.#turn ? this.#probe() : undefined;
    });
    if (turn !== this.#turn || result === undefined) return;
    const tookMs = Math.max(0, clock.now() - begun);
    this.last = { ...result, at: begun + tookMs, tookMs };
    if (result.outcome !== 'unmade') {
      this.thresholds.count(result.outcome === 'passed');
      this.#came = 'results';
    } else if (this.#came === 'nothing') {
      this.#came = 'unmade';
    }
    this.#cancelTimer = clock.after(Math.max(0, this.#periodMs() - tookMs), () => {
      this.#round = this.#run();
    });
    onResult(this);
  }

  async #probe(): Promise<ProbeResult> {
    const { check, address } = this.spec;
    const abort = new AbortController();
    this.#abort = abort;
    let late = false;
    const cancel = this.#tools.clock.after(check.timeoutMs, () => {
      late = true;
      abort.abort();
    });
    const result = await PROBERS[check.type]({ ...check, address }, abort.signal);
    cancel();
    return late && result.outcome !== 'passed' ? failed(`no answer within ${check.timeoutMs} ms`) : result;
  }

  /**
   * Milliseconds from the begin of this probe to the next. The second probe comes at a random time around one interval, which
   * spreads the probes that all began at once; each later one varies a little, so that several instances don't march in step.
   */
  #periodMs(): number {
    this.#rounds += 1;
    const spread = this.#rounds === 1 ? FIRST_SPREAD : LATER_SPREAD;
    return this.spec.check.intervalMs * (1 + spread * (this.#tools.random() - 0.5));
  }
}

/** Of the interval: the second probe comes after 0.5 to 1.5 intervals. */
const FIRST_SPREAD = 1;

/** Of the interval: the others come after 0.95 to 1.05 intervals. */
const LATER_SPREAD = 0.1;

const PROBERS: Readonly<Record<CheckSpec['type'], Prober>> = {
  http: probeHttp,
  https: probeHttps,
  tcp: probeTcp,
};
