import type { Exchange } from '../answer/exchange.js';
import { type Limiter, Verdict } from '../answer/limiter.js';
import { Client } from '../geo/client.js';
import { findPrefix, type PrefixTable } from '../geo/prefix-table.js';
import { Counter, type Counters, count } from '../state/counters.js';
import { BUCKET_WORDS, bucketOf, type RrlTable } from './rrl-table.js';

/** How responses are limited; for all threads alike. */
export interface RrlSetup {
  readonly table: RrlTable;
  /** Responses a second to one address. */
  readonly rate: number;
  /** Responses at once to one that was quiet. At least a tenth of {@link rate}, or the rate is not reached. */
  readonly burst: number;
  /** Of the responses over the limit every so-manieth is short, the others are none; 0: there is none at all. */
  readonly slip: number;
  /** Only counts. */
  readonly dryRun: boolean;
  /** 1: whom nothing limits. */
  readonly allow: PrefixTable;
}

/**
 * Limits responses by the rate of each client, as Knot DNS does since 3.4: by its address, and by the prefixes around it,
 * which may have some more, since an attack may come from, or be aimed at, a whole network.
 *
 * A load goes up with each response and decays exponentially, so that it stays at the burst when it is fed at the rate.
 * Responses over the limit do not add to it: a client that asks too much gets the rate, not nothing.
 */
export class Rrl implements Limiter {
  readonly #setup: RrlSetup;
  readonly #table: RrlTable;
  readonly #counters: Counters;
  readonly #client = new Client();
  /** What a response adds to a load of each level, {@link FULL} ÷ (burst × times). */
  readonly #prices4: Int32Array;
  readonly #prices6: Int32Array;
  /** What is left of a load after so many ticks. */
  readonly #decays: Float64Array;
  /** Of the prefixes around a requestor that share a bucket. */
  readonly #tags6 = new Int32Array(4);
  #tick = 0;
  #limited = 0;

  constructor(setup: RrlSetup, counters: Counters) {
    this.#setup = setup;
    this.#table = setup.table;
    this.#counters = counters;
    this.#prices4 = TIMES4.map((times) => Math.ceil(FULL / (setup.burst * times)));
    this.#prices6 = TIMES6.map((times) => Math.ceil(FULL / (setup.burst * times)));
    this.#decays = Float64Array.from({ length: DECAYS }, (_, ticks) => this.#decayOf(ticks));
  }

  /** @param nowMs since any moment, the same for all threads */
  set nowMs(nowMs: number) {
    this.#tick = (nowMs / TICK_MS) | 0;
  }

  judge(exchange: Exchange): Verdict {
    const paid = exchange.family === 4 ? this.#pay4(exchange.address) : this.#pay6(exchange.address);
    return paid ? Verdict.ANSWER : this.#over(exchange);
  }

  #over(exchange: Exchange): Verdict {
    const { slip, dryRun, allow } = this.#setup;
    this.#client.set(exchange.family, exchange.address, 0, exchange.family === 4 ? 32 : 128, false);
    if (findPrefix(allow, this.#client) === 1) return Verdict.ANSWER;
    if (dryRun) {
      count(this.#counters, Counter.rrlDryRun);
      return Verdict.ANSWER;
    }
    this.#limited += 1;
    if (this.#limited >= slip && slip > 0) {
      this.#limited = 0;
      count(this.#counters, Counter.rrlSlipped);
      return Verdict.SLIP;
    }
    count(this.#counters, Counter.rrlDropped);
    return Verdict.DROP;
  }

  /**
   * Adds a response to the loads of /24, and of /32, /20 and /18 unless the load of /24 is light.
   *
   * Most of the work is to get loads from memory, and most clients ask little. While a /24 has fewer responses than an eighth
   * of an address's burst, no address in it can be over its limit; and the 64 of a /18 add up to a hundredth of its.
   * @returns false when one is over its limit, and then adds to none
   */
  #pay4(address: Uint8Array): boolean {
    const table = this.#table;
    const tag16 = (table[address[0] as number] as number) ^ (table[256 + (address[1] as number)] as number);
    const tag24 = tag16 ^ (table[512 + (address[2] as number)] as number);
    const bucket = bucketOf(1, tag24);
    this.#decay(bucket);
    const slot = this.#slotOf(bucket, tag24);
    const load = table[slot] as number;
    if (load >= FULL) return false;
    if (load >= LIGHT && !this.#payAround(address, tag16, tag24, load)) return false;
    // Should threads add to one load at once and it wrap, a few responses more are sent than should be.
    table[slot] = (load + (this.#prices4[1] as number)) | 0;
    return true;
  }

  /** As {@link #pay4}, of /32, /20 and /18. */
  #payAround(address: Uint8Array, tag16: number, tag24: number, load24: number): boolean {
    const table = this.#table;
    const prices = this.#prices4;
    const tag32 = tag24 ^ (table[768 + (address[3] as number)] as number);
    const narrow = bucketOf(2, tag32);
    this.#decay(narrow);
    // What the /24 had while its load was light may all have been this address's.
    const before = Math.min(load24 * 32, FULL / 8 + (prices[0] as number), FULL);
    if (!this.#pay(narrow, tag32, prices[0] as number, before)) return false;
    const third = address[2] as number;
    const tag18 = tag16 ^ (table[512 + (third & 0xc0)] as number);
    // Bit by bit another one than that of /18, which has the same octets where two bits are 0.
    const tag20 = ~(tag16 ^ (table[512 + (third & 0xf0)] as number));
    const wide = bucketOf(0, tag18);
    this.#decay(wide);
    if (this.#pay(wide, tag20, prices[2] as number, 0)) {
      if (this.#pay(wide, tag18, prices[3] as number, 0)) return true;
      this.#refund(wide, tag20, prices[2] as number);
    }
    this.#refund(narrow, tag32, prices[0] as number);
    return false;
  }

  /** As {@link #pay4}, of /128, /64, /56, /48 and /32. */
  #pay6(address: Uint8Array): boolean {
    const tags = this.#tags6;
    // Bit by bit another one than the same octets of IPv4 give.
    const tag32 = ~this.#hash(address, 0, 4);
    tags[3] = tag32 ^ this.#hash(address, 4, 6);
    tags[2] = tags[3] ^ this.#hash(address, 6, 7);
    tags[1] = tags[2] ^ this.#hash(address, 7, 8);
    tags[0] = tags[1] ^ this.#hash(address, 8, 16);
    const wide = bucketOf(0, tag32);
    const narrow = bucketOf(1, tags[3]);
    this.#decay(narrow);
    this.#decay(wide);
    const prices = this.#prices6;
    let paid = 0;
    while (paid < 4 && this.#pay(narrow, tags[paid] as number, prices[paid] as number, 0)) paid += 1;
    if (paid === 4 && this.#pay(wide, tag32, prices[4] as number, 0)) return true;
    for (let i = 0; i < paid; i++) this.#refund(narrow, tags[i] as number, prices[i] as number);
    return false;
  }

  #hash(address: Uint8Array, from: number, to: number): number {
    const table = this.#table;
    let hash = 0;
    for (let i = from; i < to; i++) hash ^= table[(i << 8) + (address[i] as number)] as number;
    return hash;
  }

  /** Adds to the load of a prefix; false when it is over the limit. @param least what the load is taken for when it is less */
  #pay(bucket: number, tag: number, price: number, least: number): boolean {
    const slot = this.#slotOf(bucket, tag);
    const load = Math.max(this.#table[slot] as number, least);
    if (load >= FULL) return false;
    this.#table[slot] = (load + price) | 0;
    return true;
  }

  /** Where the load of a prefix is. One that is not there takes the place of the one that asked least. */
  #slotOf(bucket: number, tag: number): number {
    const table = this.#table;
    const end = bucket + BUCKET_WORDS;
    for (let at = bucket + 2; at < end; at += 2) {
      if (table[at - 1] === tag) return at;
    }
    let least = bucket + 2;
    for (let at = bucket + 4; at < end; at += 2) {
      if ((table[at] as number) < (table[least] as number)) least = at;
    }
    table[least - 1] = tag;
    table[least] = 0;
    return least;
  }

  #refund(bucket: number, tag: number, price: number): void {
    const table = this.#table;
    for (let at = bucket + 2; at < bucket + BUCKET_WORDS; at += 2) {
      if (table[at - 1] === tag) table[at] = ((table[at] as number) - price) | 0;
    }
  }

  #decay(bucket: number): void {
    const table = this.#table;
    const ticks = (this.#tick - (table[bucket] as number)) | 0;
    if (ticks === 0) return;
    // Threads look at the clock at different moments, so the bucket may be ahead of this one.
    if (ticks < 0 && ticks > -AHEAD_TICKS) return;
    table[bucket] = this.#tick;
    // The clock was set back.
    if (ticks < 0) return;
    const left = ticks < DECAYS ? (this.#decays[ticks] as number) : this.#decayOf(ticks);
    for (let at = bucket + 2; at < bucket + BUCKET_WORDS; at += 2) {
      table[at] = (table[at] as number) * left;
    }
  }

  #decayOf(ticks: number): number {
    const { rate, burst } = this.#setup;
    return Math.exp((-ticks * TICK_MS * rate) / (burst * 1000));
  }
}

/**
 * Load at the limit: that of a burst. What one response adds is 14 at the least, of the widest prefix with the largest burst
 * that the configuration takes; and a load over the limit by one response is still an int32.
 */
const FULL = 2 ** 30;
/** Load of a /24, whose limit is 32 times an address's, below which nothing in it or around it is looked at. */
const LIGHT = FULL / (32 * 8);

/** How many times the rate of one address a prefix has: Knot DNS's figures, for /32, /24, /20, /18. */
const TIMES4 = Int32Array.of(1, 32, 256, 768);
/** For /128, /64, /56, /48, /32. */
const TIMES6 = Int32Array.of(1, 2, 3, 4, 64);

/** A 30th of the shortest burst ÷ rate there may be, so that a load decays smoothly. */
const TICK_MS = 16;
/** Ticks whose decay is kept, 16 s; loads that rest for longer are few. */
const DECAYS = 1024;
/** About a second: threads wait no longer than that between looks at the clock. */
const AHEAD_TICKS = 64;
