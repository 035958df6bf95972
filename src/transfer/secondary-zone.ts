import type { Clock } from '../background/clock.js';
import type { Limiter } from '../background/limiter.js';
import { u32 } from '../wire/octets.js';
import { isLaterSerial } from '../zonefile/serial.js';
import { type Fetched, fetchZone, type Primary } from './fetch-zone.js';
import { MessageError } from './message.js';
import { type RrList, rrAt, serialOf } from './rr-list.js';
import type { SecondaryStore } from './secondary-store.js';
import type { TransferLog } from './transfer-log.js';

/** Asks a primary; {@link fetchZone} but in tests. */
export type Fetch = typeof fetchZone;

export interface SecondaryZoneOptions {
  /** In presentation format. */
  readonly name: string;
  /** Lower case. */
  readonly apex: Uint8Array;
  readonly store: SecondaryStore;
  readonly log: TransferLog;
  readonly clock: Clock;
  /** Of transfers at once. */
  readonly limiter: Limiter;
  /** From 0 to less than 1. */
  readonly random: () => number;
  readonly fetch?: Fetch;
  /** Told when what is to be served has changed: a new list came, or the zone expired, or is valid again. */
  readonly onChange: () => void;
}

/** Where a zone stands. */
export interface SecondaryState {
  /** Undefined while it can't be served: it never came, or it has expired. */
  readonly list: RrList | undefined;
  readonly serial: number | undefined;
  /** When a primary last said that it is current, in ms since 1970; 0: never. */
  readonly confirmedAt: number;
  /** What was wrong with each primary that failed in the last attempt; undefined when none did. */
  readonly problem: string | undefined;
  /** Since when primaries have failed in each attempt, in ms since 1970; 0 while none does. */
  readonly problemSince: number;
  /** When the zone expires unless a primary confirms it, or has, in ms since 1970; 0 while there is none. */
  readonly expiresAt: number;
  /** True while primaries are asked, or are about to be. */
  readonly refreshing: boolean;
}

/** A zone without data is asked for again after so long at first, then twice as long each time. */
const FIRST_RETRY_MS = 2_000;
const MAX_FIRST_RETRY_MS = 120_000;
/** A SOA's timers below or above are taken as these. */
const MIN_TIMER_MS = 1_000;
const MAX_TIMER_MS = 28 * 86_400_000;
/** Timers run up to a tenth short, so that secondaries don't come all at once. */
const JITTER = 0.1;

/** One zone that comes from elsewhere: refresh, retry and expire (RFC 1034 §4.3.5, RFC 1035 §3.3.13). */
export class SecondaryZone {
  readonly #options: SecondaryZoneOptions;
  #primaries: readonly Primary[];
  #list: RrList | undefined;
  #confirmedAt = 0;
  #problem: string | undefined;
  #problemSince = 0;
  /** Attempts without data that failed. */
  #failures = 0;
  #running: Promise<void> | undefined;
  #again = false;
  #expired = true;
  #cancelTimer: () => void = () => {};
  #cancelExpiry: () => void = () => {};
  readonly #stop = new AbortController();

  constructor(options: SecondaryZoneOptions, primaries: readonly Primary[]) {
    this.#options = options;
    this.#primaries = primaries;
  }

  /** Reads what was kept, and begins to ask. */
  async open(): Promise<void> {
    const kept = await this.#options.store.read(this.#options.name, this.#options.apex);
    if (kept !== undefined) {
      this.#list = kept.list;
      this.#confirmedAt = kept.confirmedAt;
      this.#watchExpiry();
    }
    this.refresh();
  }

  /** Other primaries hold from the next attempt on. */
  use(primaries: readonly Primary[]): void {
    this.#primaries = primaries;
  }

  state(): SecondaryState {
    return {
      list: this.#expired ? undefined : this.#list,
      serial: this.#list === undefined ? undefined : serialOf(this.#list),
      confirmedAt: this.#confirmedAt,
      problem: this.#problem,
      problemSince: this.#problemSince,
      expiresAt: this.#list === undefined ? 0 : this.#confirmedAt + this.#timer(EXPIRE),
      refreshing: this.#running !== undefined,
    };
  }

  /** Asks the primaries now: a NOTIFY came, or it is time. */
  refresh(): void {
    if (this.#stop.signal.aborted) return;
    if (this.#running !== undefined) {
      // What changed since the question was asked is asked for behind it.
      this.#again = true;
      return;
    }
    this.#cancelTimer();
    this.#running = this.#options.limiter
      .run(() => this.#attempt())
      .finally(() => {
        this.#running = undefined;
        if (this.#again) {
          this.#again = false;
          this.refresh();
        }
      });
  }

  /** Ends when no primary is being asked. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancelTimer();
    this.#cancelExpiry();
    await this.settled();
  }

  /**
   * Asks the primaries in turn until one has a newer zone. One that has the same confirms it, and may lag behind the others, so
   * they are asked all the same.
   */
  async #attempt(): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    const problems: string[] = [];
    let confirmed = false;
    for (const primary of this.#primaries) {
      try {
        const ask = this.#options.fetch ?? fetchZone;
        const fetched = await ask(this.#options.apex, primary, this.#list, signal);
        const problem = await this.#take(fetched, primary);
        if (problem !== undefined) problems.push(problem);
        else confirmed = true;
        if (problem === undefined && fetched.kind === 'zone') break;
      } catch (error) {
        if (signal.aborted) return;
        const what = error instanceof Error ? error.message : String(error);
        problems.push(`${primary.address}: ${error instanceof MessageError ? 'the response ' : ''}${what}`);
      }
    }
    this.#tell(problems.join('; '), confirmed);
    if (confirmed) {
      this.#failures = 0;
      this.#schedule(this.#timer(REFRESH));
      return;
    }
    this.#failures += 1;
    const first = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), MAX_FIRST_RETRY_MS);
    this.#schedule(this.#list === undefined ? first : this.#timer(RETRY));
  }

  /** Logs each problem once. @param problem '' when no primary failed */
  #tell(problem: string, confirmed: boolean): void {
    const { name, log, clock } = this.#options;
    if (problem === '') {
      if (this.#problem !== undefined)
        log.info({ zone: name }, `zone ${name} is current: transfers work again`);
      this.#problem = undefined;
      this.#problemSince = 0;
      return;
    }
    if (problem !== this.#problem) {
      const what = confirmed
        ? `not every primary of zone ${name} has it`
        : `zone ${name} could not be transferred`;
      log.warn({ zone: name, problem }, `${what}: ${problem}`);
    }
    if (this.#problem === undefined) this.#problemSince = clock.now();
    this.#problem = problem;
  }

  /** @returns why it does not count */
  async #take(fetched: Fetched, { address }: Primary): Promise<string | undefined> {
    const { name, store, log, clock } = this.#options;
    if (fetched.kind === 'older') {
      return `${address}: its serial is ${fetched.serial}, older than ${serialOf(this.#list as RrList)} here`;
    }
    const now = clock.now();
    if (fetched.kind === 'zone') {
      const serial = serialOf(fetched.list);
      if (this.#list !== undefined && !isLaterSerial(serial, serialOf(this.#list))) {
        return `${address}: it sent serial ${serial}, not later than ${serialOf(this.#list)} here`;
      }
      this.#list = fetched.list;
      const fields = { zone: name, serial, from: address, octets: fetched.list.length };
      log.info(
        fields,
        `zone ${name}: serial ${serial} came by ${fetched.incremental ? 'IXFR' : 'AXFR'} from ${address}`,
      );
    }
    this.#confirmedAt = now;
    const wasExpired = this.#expired;
    this.#watchExpiry();
    if (fetched.kind === 'zone' || wasExpired) this.#options.onChange();
    try {
      if (fetched.kind === 'zone') await store.write(name, fetched.list, now);
      else await store.confirm(name, now);
    } catch (error) {
      log.warn({ err: error, zone: name }, `zone ${name} can't be kept on disk`);
    }
    return undefined;
  }

  #schedule(delayMs: number): void {
    if (this.#stop.signal.aborted) return;
    const { clock, random } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(delayMs * (1 - JITTER * random()), () => this.refresh());
  }

  /** RFC 1035 §3.3.13: past EXPIRE without a word of a primary the zone is no longer authoritative. */
  #watchExpiry(): void {
    const { clock, name, log, onChange } = this.#options;
    this.#cancelExpiry();
    const leftMs = this.#confirmedAt + this.#timer(EXPIRE) - clock.now();
    this.#expired = leftMs <= 0;
    if (this.#expired) return;
    this.#cancelExpiry = clock.after(leftMs, () => {
      this.#watchExpiry();
      if (!this.#expired) return;
      log.warn({ zone: name }, `zone ${name} has expired: no primary was reached in time`);
      onChange();
    });
  }

  /** One of the SOA's timers, in ms. @param field which of the five numbers at its end, from 0 */
  #timer(field: number): number {
    const list = this.#list as RrList;
    const seconds = u32(list, rrAt(list, 0).end - 20 + 4 * field);
    return Math.min(Math.max(seconds * 1000, MIN_TIMER_MS), MAX_TIMER_MS);
  }
}

const REFRESH = 1;
const RETRY = 2;
const EXPIRE = 3;
