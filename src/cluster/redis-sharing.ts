import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../background/clock.js';
import type { RedisSpec } from '../config/cluster-spec.js';
import { differences, digestOf } from './configuration-digests.js';
import { describeServers } from './describe-servers.js';
import { formatLease, parseLease } from './lease.js';
import { OwnVotes } from './own-votes.js';
import { Peers, votesIn } from './peers.js';
import { decide, type Quorum, type Verdict, type Vote } from './quorum.js';
import { RedisConnection } from './redis-connection.js';
import { type ExchangeReply, exchange, Keys, leave, readVotes } from './redis-exchange.js';
import { holdersOf } from './rendezvous.js';
import type { WordKeeper } from './shared-words.js';
import type { SharedConfiguration, Sharing, SharingStatus } from './sharing.js';
import { formatVotes, type VoteWord } from './vote-text.js';
import { WordExchange } from './word-exchange.js';

/** The part of the application's log that this folder uses. */
export interface ClusterLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RedisSharingOptions {
  /** Of the cluster. */
  readonly name: string;
  readonly instance: string;
  readonly redis: RedisSpec;
  readonly quorum: Quorum;
  /** Instances that make each probe. */
  readonly probes: number;
  /** undefined: the shortest interval of a probe, within bounds. */
  readonly leaseMs: number | undefined;
  /** Names of instances whose votes count; undefined: all that come. */
  readonly allowed: readonly string[] | undefined;
  /** Of the program. */
  readonly version: string;
  readonly words: WordKeeper;
  /** Who makes which probe, or what others say of one, may be another. */
  readonly onChange: () => void;
  readonly log: ClusterLog;
  readonly clock?: Clock;
}

/** Time from one exchange to the next: what one instance says the others know after it and the time of two replies. */
const TICK_MS = 250;

/** An exchange that something new calls for waits this long, so that what comes together goes together. */
const GATHER_MS = 20;

/** From a failure to the next try. */
const RETRY_MS = 500;

/** A lease must outlive three exchanges, and a reply that is late. */
const MIN_LEASE_MS = 1000;
/** Longer ones would leave the members of a dead instance unwatched for no gain: its renewal costs nothing. */
const MAX_LEASE_MS = 10_000;

/** A reply takes a millisecond; a Redis that takes longer than this is not one to wait for. */
const MAX_REPLY_MS = 1000;

/** Shares votes and words through Redis. Only what an operator waits for touches it: no answer does. */
export class RedisSharing implements Sharing {
  readonly #options: RedisSharingOptions;
  readonly #clock: Clock;
  readonly #keys: Keys;
  readonly #peers: Peers;
  readonly #incarnation = randomBytes(16).toString('hex');
  readonly #startedAt: number;
  readonly #votes = new OwnVotes();
  readonly #words: WordExchange;
  #configuration: SharedConfiguration = { probes: [], shortestIntervalMs: undefined, parts: {} };
  #probesDigest = digestOf([]);
  /** Whether probes are ours, for as long as the instances stay the same. */
  readonly #ours = new Map<string, boolean>();

  /** `joining` and `alone`: only own votes count; `shared`: all; `clash`: only those of others. */
  #mode: 'joining' | 'shared' | 'alone' | 'clash' = 'joining';
  #isConnected = false;
  #since: number;
  #problem = 'not connected yet';
  #clashSince: number | undefined;
  #cancelAlone: () => void = () => {};

  #isStopped = false;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  /** Something is to be exchanged sooner than at the next tick. */
  #isHurried = false;
  #firstDone: () => void = () => {};
  readonly #first: Promise<void>;
  #exchanges = 0;
  #failures = 0;
  #refused = 0;
  #foreign = 0;
  #timesAlone = 0;
  #lastExchangeMs = 0;

  constructor(options: RedisSharingOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#keys = new Keys(options.name);
    this.#words = new WordExchange(options.words, this.#keys);
    this.#peers = new Peers(options.allowed);
    this.#startedAt = this.#clock.now();
    this.#since = this.#startedAt;
    this.#first = new Promise((resolve) => {
      this.#firstDone = resolve;
    });
  }

  async start(limitMs: number): Promise<void> {
    this.#loop = this.#run();
    const cancel = this.#clock.after(limitMs, this.#firstDone);
    await this.#first;
    cancel();
  }

  configure(configuration: SharedConfiguration): void {
    this.#configuration = configuration;
    this.#probesDigest = digestOf(configuration.probes);
    this.#ours.clear();
    this.#hurry();
  }

  isOurs(probe: string): boolean {
    if (this.#mode === 'joining' || this.#mode === 'alone') return true;
    if (this.#mode === 'clash') return false;
    const known = this.#ours.get(probe);
    if (known !== undefined) return known;
    const ours = holdersOf(
      probe,
      this.#group(),
      this.#options.probes,
      (name) => this.#wordOf(name, probe)?.health !== 'unmade',
    ).includes(this.#options.instance);
    this.#ours.set(probe, ours);
    return ours;
  }

  vote(probe: string, vote: VoteWord | undefined): void {
    if (this.#votes.set(probe, vote)) this.#hurry();
  }

  decide(probe: string): Verdict | undefined {
    return decide(this.#options.quorum, [...this.#countedVotes(probe).values()]);
  }

  votesOf(probe: string): ReadonlyMap<string, Vote['health']> {
    if (this.#mode === 'alone' || this.#mode === 'joining' || this.#peers.count === 0) return new Map();
    return new Map([...this.#countedVotes(probe)].map(([name, { health }]) => [name, health]));
  }

  wordsChanged(): void {
    this.#words.changed();
    this.#hurry();
  }

  status(): SharingStatus {
    const { name, instance, redis, version } = this.#options;
    const mode = this.#mode;
    const state =
      mode === 'clash'
        ? 'clash'
        : !this.#isConnected
          ? 'degraded'
          : mode === 'joining'
            ? 'joining'
            : 'connected';
    const own = { name: instance, isSelf: true, version, startedAt: this.#startedAt, differs: [] };
    const others = [...this.#peers.all].map(({ name: peer, lease }) => ({
      name: peer,
      isSelf: false,
      version: lease.version,
      startedAt: lease.startedAt,
      differs: differences(this.#configuration.parts, lease.parts),
    }));
    const instances = mode === 'clash' ? others : [own, ...(mode === 'shared' ? others : [])];
    return {
      name,
      instance,
      state,
      since: this.#since,
      ...(state === 'connected' ? {} : { problem: this.#problem }),
      probing: mode === 'shared' || mode === 'clash' ? 'shared' : 'alone',
      redis: describeServers(redis.servers),
      leaseMs: this.#leaseMs,
      instances: instances.sort((a, b) => (a.name < b.name ? -1 : 1)),
      counters: {
        exchanges: this.#exchanges,
        failures: this.#failures,
        refused: this.#refused + this.#words.refused + this.#peers.refused,
        timesAlone: this.#timesAlone,
        lastExchangeMs: this.#lastExchangeMs,
      },
    };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelAlone();
    this.#wake();
    await this.#loop;
  }

  get #leaseMs(): number {
    const shortest = this.#configuration.shortestIntervalMs ?? MAX_LEASE_MS;
    return this.#options.leaseMs ?? Math.min(MAX_LEASE_MS, Math.max(MIN_LEASE_MS, shortest));
  }

  /** A connection that takes half of the lease to answer would let it lapse. */
  get #replyMs(): number {
    return Math.min(MAX_REPLY_MS, this.#leaseMs / 2);
  }

  async #run(): Promise<void> {
    let connection: RedisConnection | undefined;
    while (!this.#isStopped) {
      try {
        connection ??= await RedisConnection.open(this.#options.redis, this.#replyMs);
        this.#isHurried = false;
        const begun = performance.now();
        await this.#exchange(connection);
        this.#lastExchangeMs = Math.round((performance.now() - begun) * 10) / 10;
        this.#exchanges += 1;
      } catch (error) {
        connection?.close();
        connection = undefined;
        this.#failed(error as Error);
      }
      this.#firstDone();
      if (!this.#isStopped) await this.#pause(this.#pauseMs(connection !== undefined));
    }
    if (connection === undefined) return;
    await leave(connection, this.#keys, this.#options.instance, this.#incarnation).catch(() => {});
    connection.close();
  }

  #pauseMs(isConnected: boolean): number {
    // Not all at once, when Redis comes back.
    if (!isConnected) return RETRY_MS * (0.5 + Math.random());
    return this.#isHurried ? GATHER_MS : TICK_MS;
  }

  async #exchange(connection: RedisConnection): Promise<void> {
    const { instance } = this.#options;
    const begun = this.#clock.now();
    const { changes } = this.#votes;
    const isDue = this.#votes.isDue(begun);
    const reply = await exchange(connection, this.#keys, {
      name: instance,
      incarnation: this.#incarnation,
      lease: formatLease({
        incarnation: this.#incarnation,
        startedAt: this.#startedAt,
        version: this.#options.version,
        probes: this.#probesDigest,
        parts: this.#configuration.parts,
        votes: changes,
      }),
      leaseMs: this.#leaseMs,
      votes: isDue ? formatVotes(this.#incarnation, this.#votes.all) : undefined,
      revision: this.#words.revision,
    });
    if (isDue) this.#votes.sent(changes, begun);
    if (!reply.areVotesThere) {
      this.#votes.lost();
      this.#hurry();
    }
    // The same foreign keys are found each time.
    this.#refused += Math.max(0, reply.foreign - this.#foreign);
    this.#foreign = reply.foreign;
    if (!(await this.#words.share(connection, reply.words))) this.#hurry();
    const others = new Map(reply.leases);
    if (reply.isHeld) others.delete(instance);
    const moved = this.#peers.update(others);
    const unread = this.#peers.unread();
    if (unread.length > 0) {
      const texts = await readVotes(
        connection,
        this.#keys,
        unread.map(({ name }) => name),
      );
      for (const [i, peer] of unread.entries()) this.#peers.takeVotes(peer, texts[i]);
    }
    const before = this.#mode;
    this.#succeeded(reply, begun);
    if (moved || unread.length > 0 || before !== this.#mode) this.#changed();
  }

  /** @param begun when the exchange began: the lease runs from then on */
  #succeeded(reply: ExchangeReply, begun: number): void {
    const { log, instance, name } = this.#options;
    const wasConnected = this.#isConnected;
    this.#isConnected = true;
    if (reply.isHeld) {
      this.#clashSince = undefined;
      if (this.#mode !== 'shared' || !wasConnected) {
        this.#since = this.#clock.now();
        log.info({ cluster: name, instance }, `in cluster ${name} as ${instance}`);
      }
      this.#mode = 'shared';
      this.#cancelAlone();
      const left = begun + this.#leaseMs - this.#clock.now();
      this.#cancelAlone = this.#clock.after(Math.max(0, left), () => this.#goAlone());
      return;
    }
    this.#cancelAlone();
    const now = this.#clock.now();
    if (this.#mode === 'shared') this.#mode = 'joining';
    this.#clashSince ??= now;
    this.#problem = `another process is in cluster ${name} as ${instance}${this.#sinceWhen(reply)}`;
    if (!wasConnected || this.#mode === 'joining') this.#since = this.#clashSince;
    // The lease of a process that was killed lapses; one that is renewed is of a process that lives.
    if (this.#mode !== 'clash' && now - this.#clashSince > this.#leaseMs + 2 * TICK_MS) {
      this.#mode = 'clash';
      this.#since = this.#clashSince;
      log.warn({ cluster: name, instance }, `${this.#problem}: this one has no vote`);
    }
  }

  #sinceWhen({ leases }: ExchangeReply): string {
    const lease = parseLease(leases.get(this.#options.instance) ?? '');
    return lease === undefined ? '' : `, started ${new Date(lease.startedAt).toISOString()}`;
  }

  #failed(error: Error): void {
    const { log, name, redis } = this.#options;
    this.#failures += 1;
    this.#problem = `Redis at ${describeServers(redis.servers)}: ${error.message}`;
    if (!this.#isConnected && this.#failures > 1) return;
    this.#isConnected = false;
    this.#since = this.#clock.now();
    log.warn({ cluster: name, problem: this.#problem }, `cluster ${name} is degraded: ${this.#problem}`);
  }

  /** The lease has lapsed: the others no longer count on this instance, and it knows no more what they say. */
  #goAlone(): void {
    const { log, name } = this.#options;
    this.#mode = 'alone';
    this.#timesAlone += 1;
    log.warn(
      { cluster: name },
      `cluster ${name}: no exchange for ${this.#leaseMs} ms, probing everything here`,
    );
    this.#changed();
  }

  #changed(): void {
    this.#ours.clear();
    this.#options.onChange();
  }

  /** Those that have the same probes, and so share them. */
  #group(): string[] {
    const others = [...this.#peers.all].filter(({ lease }) => lease.probes === this.#probesDigest);
    return [this.#options.instance, ...others.map(({ name }) => name)];
  }

  #wordOf(instance: string, probe: string): VoteWord | undefined {
    return instance === this.#options.instance
      ? this.#votes.get(probe)
      : this.#peers.find(instance)?.votes.get(probe);
  }

  #countedVotes(probe: string): ReadonlyMap<string, Vote> {
    const votes =
      this.#mode === 'shared' || this.#mode === 'clash'
        ? votesIn(this.#peers.all, probe)
        : new Map<string, Vote>();
    const own = this.#votes.get(probe);
    if (this.#mode !== 'clash' && own !== undefined && own.health !== 'unmade') {
      votes.set(this.#options.instance, own);
    }
    return votes;
  }

  #hurry(): void {
    this.#isHurried = true;
    this.#wake();
  }

  /** Waits, until something hurries at the longest. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#wake = (): void => {
        // While Redis is not there nothing is gained by hurry.
        if (!this.#isConnected && !this.#isStopped) return;
        cancel();
        this.#wake = () => {};
        this.#clock.after(this.#isStopped ? 0 : GATHER_MS, resolve);
      };
    });
  }
}
