import { NODATA, NOTFOUND, type promises, type RecordWithTtl } from 'node:dns';
import type { Clock } from '../background/clock.js';
import type { Limiter } from '../background/limiter.js';
import { parseAddress } from '../config/address.js';
import { AliasStatus, type AliasTable } from '../state/alias-table.js';

/** The part of the application's log that this folder uses. */
export interface AliasLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What tasks share. */
export interface AliasTools {
  readonly table: AliasTable;
  readonly resolver: promises.Resolver;
  readonly clock: Clock;
  /** Uniform in 0 to 1. */
  readonly random: () => number;
  readonly limiter: Limiter;
  readonly log: AliasLog;
  /** Called after each result. */
  readonly onResult: (task: AliasTask) => void;
}

/** Keeps the addresses of one family of one target fresh in the table. */
export class AliasTask {
  /** In presentation format, with the final dot. */
  readonly target: string;
  readonly family: 4 | 6;
  /** Answers in the table's terms; UNKNOWN before the first result. */
  status: AliasStatus = AliasStatus.UNKNOWN;
  addresses: readonly string[] = [];
  /** Ms since 1970; past it the addresses are stale. */
  expires = 0;
  /** Why the last try failed; absent when it did not. */
  failure: string | undefined;
  readonly #slot: number;
  readonly #tools: AliasTools;
  #failures = 0;
  #cancelTimer: () => void = () => {};
  #stopped = false;
  #round: Promise<void> = Promise.resolve();

  constructor(target: string, slot: number, family: 4 | 6, tools: AliasTools) {
    this.target = target;
    this.family = family;
    this.#slot = slot;
    this.#tools = tools;
  }

  start(): void {
    this.#round = this.#run();
  }

  /** No result is taken from now on. The table keeps what it has. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#round;
  }

  async #run(): Promise<void> {
    const found = await this.#tools.limiter.run(async () => (this.#stopped ? undefined : this.#resolve()));
    if (this.#stopped || found === undefined) return;
    const delayMs = typeof found === 'string' ? this.#fail(found) : this.#succeed(found);
    this.#cancelTimer = this.#tools.clock.after(delayMs, () => this.start());
    this.#tools.onResult(this);
  }

  /** The records, none when the target has none of the family; or the error's code. */
  async #resolve(): Promise<readonly RecordWithTtl[] | string> {
    const { resolver } = this.#tools;
    try {
      return this.family === 4
        ? await resolver.resolve4(this.target, { ttl: true })
        : await resolver.resolve6(this.target, { ttl: true });
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      return code === NODATA || code === NOTFOUND ? [] : code;
    }
  }

  /** Publishes what was found. Returns when to ask again, in ms. */
  #succeed(records: readonly RecordWithTtl[]): number {
    const { random, log } = this.#tools;
    if (this.failure !== undefined) {
      const { target, family } = this;
      log.info({ target, family }, `ALIAS target ${target} resolves again`);
    }
    this.#failures = 0;
    this.failure = undefined;
    this.addresses = records.map(({ address }) => address);
    if (records.length === 0) {
      this.#publish(AliasStatus.NODATA, NEGATIVE_TTL);
      return NEGATIVE_TTL * 1000;
    }
    const least = Math.min(...records.map(({ ttl }) => ttl));
    const ttl = Math.min(Math.max(least, MIN_TTL), MAX_TTL);
    this.#publish(AliasStatus.ADDRESSES, ttl);
    return ttl * 1000 * (0.75 + 0.1 * random());
  }

  /** Keeps what is known, until it is too old. Returns when to ask again, in ms. */
  #fail(code: string): number {
    const { clock, random, log } = this.#tools;
    const known = this.status === AliasStatus.ADDRESSES || this.status === AliasStatus.NODATA;
    const stale = known && clock.now() < this.expires + STALE_FOR_MS;
    if (this.failure === undefined) {
      log.warn(
        { target: this.target, family: this.family, error: code },
        `can't resolve ALIAS target ${this.target}: ${code}${stale ? '; what is known is answered for up to a day' : ''}`,
      );
    }
    this.failure = code;
    if (!stale) {
      this.addresses = [];
      this.#publish(AliasStatus.FAILED, 0);
    }
    this.#failures += 1;
    const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
    return backoffMs * (0.75 + 0.5 * random());
  }

  #publish(status: AliasStatus, ttl: number): void {
    const { table, clock } = this.#tools;
    this.status = status;
    this.expires = clock.now() + ttl * 1000;
    const octets = this.addresses.map(parseAddress).filter((address) => address !== undefined);
    table.write(this.#slot, this.family, status, octets, Math.floor(this.expires / 1000));
  }
}

/** Seconds until a target without addresses is asked for again: RFC 2308 §5 would take the SOA's, which node:dns does not tell. */
const NEGATIVE_TTL = 60;

/** Seconds. A target with TTL 0 must not be asked for without a pause. */
const MIN_TTL = 5;

/** Seconds, a day: no target stays wrong for longer by a TTL that was a mistake. */
const MAX_TTL = 86_400;

/** RFC 8767 §5: "a maximum stale timer … of between 1 and 3 days" is suggested. */
const STALE_FOR_MS = 86_400_000;

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
