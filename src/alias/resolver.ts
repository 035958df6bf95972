import { promises } from 'node:dns';
import { isIPv6 } from 'node:net';
import { type Clock, systemClock } from '../background/clock.js';
import { Limiter } from '../background/limiter.js';
import { Outstanding } from '../background/outstanding.js';
import { AliasStatus, type AliasTable } from '../state/alias-table.js';
import { formatName, lowerName } from '../wire/name.js';
import { type AliasLog, AliasTask, type AliasTools } from './alias-task.js';

export interface AliasResolverOptions {
  readonly table: AliasTable;
  readonly log: AliasLog;
  /** Recursive resolvers; none: those of /etc/resolv.conf. */
  readonly servers?: readonly { readonly address: string; readonly port: number }[];
  readonly clock?: Clock;
  /** Uniform in 0 to 1. */
  readonly random?: () => number;
}

/** What operators are told of one family of a target. Plain data, for JSON. */
export interface AliasReport {
  /** In presentation format. */
  readonly target: string;
  readonly type: 'A' | 'AAAA';
  readonly status: 'unknown' | 'addresses' | 'nodata' | 'failed';
  readonly addresses: readonly string[];
  /** Ms since 1970. */
  readonly expires: number;
  /** Why the last try failed, a code of node:dns; absent when it did not. */
  readonly failure?: string;
}

/** Resolves ALIAS targets outside the served zones in the background and keeps them fresh in the table. */
export class AliasResolver {
  readonly #tools: AliasTools;
  readonly #resolver: promises.Resolver;
  /** A and AAAA of each target, by its name. */
  #tasks = new Map<string, readonly AliasTask[]>();
  readonly #pending = new Outstanding<AliasTask>();

  constructor(options: AliasResolverOptions) {
    this.#resolver = new promises.Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    if (options.servers !== undefined && options.servers.length > 0) {
      this.#resolver.setServers(
        options.servers.map(({ address, port }) => `${isIPv6(address) ? `[${address}]` : address}:${port}`),
      );
    }
    this.#tools = {
      table: options.table,
      resolver: this.#resolver,
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
      limiter: new Limiter(MAX_IN_FLIGHT),
      log: options.log,
      onResult: (task) => this.#pending.remove(task),
    };
  }

  /**
   * Resolves these targets from now on; those that were there go on as they were.
   * @param targets in wire form, any case
   * @throws RangeError when the table is full; nothing has changed then
   */
  update(targets: readonly Uint8Array[]): void {
    const tasks = new Map<string, readonly AliasTask[]>();
    const fresh: AliasTask[] = [];
    for (const target of targets) {
      const wire = lowerName(target);
      const name = formatName(wire);
      if (tasks.has(name)) continue;
      const known = this.#tasks.get(name);
      const slot = this.#tools.table.slotOf(wire);
      const pair = known ?? [
        new AliasTask(name, slot, 4, this.#tools),
        new AliasTask(name, slot, 6, this.#tools),
      ];
      if (known === undefined) fresh.push(...pair);
      tasks.set(name, pair);
    }
    for (const [name, pair] of this.#tasks) {
      if (tasks.has(name)) continue;
      for (const task of pair) {
        this.#pending.remove(task);
        void task.stop();
      }
    }
    this.#tasks = tasks;
    for (const task of fresh) {
      this.#pending.add(task);
      task.start();
    }
  }

  /**
   * Waits until every target had a result, at the longest `limitMs`.
   * @returns how many tries had none, A and AAAA counted apart
   */
  firstRound(limitMs: number): Promise<number> {
    return this.#pending.settled(this.#tools.clock, limitMs);
  }

  report(): AliasReport[] {
    return [...this.#tasks.values()].flat().map((task) => ({
      target: task.target,
      type: task.family === 4 ? 'A' : 'AAAA',
      status: STATUS_NAMES[task.status],
      addresses: task.addresses,
      expires: task.expires,
      ...(task.failure !== undefined && { failure: task.failure }),
    }));
  }

  /** Asks no more. The table keeps what it has. */
  async stop(): Promise<void> {
    const stopped = [...this.#tasks.values()].flat().map((task) => task.stop());
    this.#tasks = new Map();
    this.#pending.clear();
    this.#resolver.cancel();
    await Promise.all(stopped);
  }
}

/** Queries on their way at once: what a resolver of a small network takes without dropping. */
const MAX_IN_FLIGHT = 64;

/** c-ares waits twice as long at each further try: 2 + 4 s for each resolver. */
const QUERY_TIMEOUT_MS = 2000;
const QUERY_TRIES = 2;

const STATUS_NAMES = {
  [AliasStatus.UNKNOWN]: 'unknown',
  [AliasStatus.ADDRESSES]: 'addresses',
  [AliasStatus.NODATA]: 'nodata',
  [AliasStatus.FAILED]: 'failed',
} as const;
