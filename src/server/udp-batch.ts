import { type Answer, Exchange, Transport } from '../answer/exchange.js';
import type { Tally } from '../answer/tally.js';
import { Counter, type Counters, count } from '../state/counters.js';
import { copyOctets } from '../wire/octets.js';
import { ROOM_OCTETS, Room } from '../wire/room.js';
import { faultReporter, type TransportLog } from './listener.js';
import type { Addon, BatchHandle } from './native-udp.js';
import { ProxySource, parseProxyV2 } from './proxy-header.js';
import { ProxyPeers } from './proxy-peers.js';

export interface UdpBatchOptions {
  readonly addon: Addon;
  /** Sockets that this batch answers; no other batch may have the same. */
  readonly descriptors: readonly number[];
  readonly answer: Answer;
  readonly counters: Counters;
  /** Told when a batch has come, and when its responses are ready. */
  readonly tally?: Pick<Tally, 'begin' | 'end'>;
  readonly log: TransportLog;
  /** Datagrams of one exchange, at most 256. */
  readonly slots?: number;
  /** Peers whose datagrams begin with a PROXY header; none unless given. */
  readonly proxies?: ProxyPeers;
}

/**
 * Answers DNS over UDP, a batch of datagrams at a time. Used by one thread, which does nothing else while it waits:
 * ```
 * while (Atomics.load(stop, 0) === 0) batch.turn(100);
 * batch.close();
 * ```
 * Memory that the addon fills and reads, in this order, by slot but for the first:
 *
 *     tallies     6 × u32 in 64 octets
 *     query's octets, -1 for none to answer    i32
 *     response's octets, 0 for none to send    i32
 *     requestor's address                      16 octets
 *     its family, 4 or 6                       1 octet
 *     query                                    QUERY_OCTETS
 *     response                                 RESPONSE_OCTETS
 *     room for the last response to run over
 */
export class UdpBatch {
  readonly #addon: Addon;
  readonly #handle: BatchHandle;
  readonly #answer: Answer;
  readonly #counters: Counters;
  readonly #watch: UdpBatchOptions['tally'];
  readonly #onFault: (error: unknown) => void;
  readonly #exchange = new Exchange();
  readonly #proxies: ProxyPeers;
  readonly #source = new ProxySource();

  readonly #tallies: Uint32Array;
  readonly #queryOctets: Int32Array;
  readonly #responseOctets: Int32Array;
  readonly #addresses: Uint8Array;
  readonly #families: Uint8Array;
  readonly #queries: readonly Uint8Array[];
  readonly #rooms: readonly Room[];

  constructor(options: UdpBatchOptions) {
    const { addon, descriptors, slots = SLOTS } = options;
    const queriesAt = TALLIES_OCTETS + slots * (4 + 4 + ADDRESS_OCTETS + 1);
    const responsesAt = queriesAt + slots * QUERY_OCTETS;
    const octets = responsesAt + slots * RESPONSE_OCTETS + ROOM_OCTETS;
    // Shared, since nothing can detach it: the addon keeps pointers into it.
    const memory = new SharedArrayBuffer(octets);
    this.#tallies = new Uint32Array(memory, 0, TALLY_COUNTERS.length);
    this.#queryOctets = new Int32Array(memory, TALLIES_OCTETS, slots);
    this.#responseOctets = new Int32Array(memory, TALLIES_OCTETS + slots * 4, slots);
    this.#addresses = new Uint8Array(memory, TALLIES_OCTETS + slots * 8, slots * ADDRESS_OCTETS);
    this.#families = new Uint8Array(memory, queriesAt - slots, slots);
    this.#queries = slotViews(memory, queriesAt, slots, QUERY_OCTETS, QUERY_OCTETS);
    // A response that turns out too long may be written over the slots after its own: theirs are written later.
    this.#rooms = slotViews(memory, responsesAt, slots, RESPONSE_OCTETS, ROOM_OCTETS).map(
      (octets) => new Room(octets),
    );
    this.#addon = addon;
    this.#answer = options.answer;
    this.#counters = options.counters;
    this.#watch = options.tally;
    this.#onFault = faultReporter(options.counters, options.log);
    this.#exchange.transport = Transport.UDP;
    this.#proxies = options.proxies ?? new ProxyPeers();
    this.#handle = addon.attach(
      Int32Array.from(descriptors),
      new Uint8Array(memory),
      slots,
      QUERY_OCTETS,
      RESPONSE_OCTETS,
    );
  }

  /**
   * Sends the responses of the last turn, waits for queries, and answers them.
   * @param timeoutMs for the wait; 0 does not wait
   * @returns datagrams that came; 0 when none did in time
   */
  turn(timeoutMs: number): number {
    const received = this.#addon.exchange(this.#handle, timeoutMs);
    if (received > 0) this.#watch?.begin();
    if (this.#proxies.any) this.#unwrap(received);
    for (let slot = 0; slot < received; slot++) {
      const length = this.#queryOctets[slot] as number;
      if (length >= 0) this.#respond(slot, length);
    }
    if (received > 0) this.#watch?.end(Transport.UDP);
    this.#tally();
    return received;
  }

  /**
   * Answers the queries that have come, a socket's buffer at most, and closes. The batch is of no use afterwards. Each query that
   * it has taken is answered, those of the last turn too.
   */
  close(): void {
    let turns = 0;
    while (this.turn(0) > 0 && turns < CLOSING_TURNS) turns += 1;
    this.#addon.detach(this.#handle);
  }

  /** Closes without a look at what has come: it waits for others who have the sockets. */
  abandon(): void {
    this.#addon.detach(this.#handle);
  }

  /** Takes the PROXY headers off queries. The addon sends responses to where the datagrams came from all the same. */
  #unwrap(received: number): void {
    const source = this.#source;
    for (let slot = 0; slot < received; slot++) {
      const length = this.#queryOctets[slot] as number;
      const family = this.#families[slot] as 4 | 6;
      if (length < 0 || !this.#proxies.includes(family, this.#addresses, slot * ADDRESS_OCTETS)) continue;
      const query = this.#queries[slot] as Uint8Array;
      const header = parseProxyV2(query, length, source);
      if (header <= 0) {
        this.#queryOctets[slot] = -1;
        count(this.#counters, Counter.badProxyHeader);
        continue;
      }
      count(this.#counters, Counter.proxied);
      copyOctets(query, header, query, 0, length - header);
      this.#queryOctets[slot] = length - header;
      if (source.family === 0) continue;
      this.#families[slot] = source.family;
      copyOctets(source.address, 0, this.#addresses, slot * ADDRESS_OCTETS, ADDRESS_OCTETS);
    }
  }

  #respond(slot: number, queryLength: number): void {
    const exchange = this.#exchange;
    const address = slot * ADDRESS_OCTETS;
    const family = this.#families[slot] as 4 | 6;
    exchange.family = family;
    const octets = family === 4 ? 4 : ADDRESS_OCTETS;
    for (let i = 0; i < octets; i++) exchange.address[i] = this.#addresses[address + i] as number;
    exchange.query = this.#queries[slot] as Uint8Array;
    exchange.queryLength = queryLength;
    exchange.room = this.#rooms[slot] as Room;
    let length = 0;
    try {
      length = this.#answer(exchange);
    } catch (error) {
      // `Answer` never throws; should a bug make it, one query is lost and not the service.
      this.#onFault(error);
    }
    if (length > RESPONSE_OCTETS) count(this.#counters, Counter.sendErrors);
    else this.#responseOctets[slot] = length;
  }

  /** Adds what the addon has counted. */
  #tally(): void {
    for (let i = 0; i < TALLY_COUNTERS.length; i++) {
      const more = this.#tallies[i] as number;
      if (more === 0) continue;
      const counter = TALLY_COUNTERS[i] as Counter;
      this.#counters[counter] = (this.#counters[counter] as number) + more;
      this.#tallies[i] = 0;
    }
  }
}

/** Past 64 datagrams a system call costs each of them less than 1 % of its way; more only waits in the cache. */
const SLOTS = 64;

/**
 * Four times what a query needs: a name of 255 octets and options padded to multiples of 128 (RFC 8467 §4.1) stay below 512.
 * An odd number of cache lines, so that the slots spread over all sets of a cache.
 */
const QUERY_OCTETS = 33 * 64;

/** MAX_UDP_PAYLOAD (1232) in cache lines, an odd number of them. */
const RESPONSE_OCTETS = 21 * 64;

/** The layout's own numbers, as in native/udp.c. */
const ADDRESS_OCTETS = 16;
const TALLIES_OCTETS = 64;
const TALLY_COUNTERS: readonly Counter[] = [
  Counter.droppedPort,
  Counter.oversized,
  Counter.sendErrors,
  Counter.sendRetries,
  Counter.receiveErrors,
  Counter.kernelDrops,
];

/** A receive buffer of 4 MiB holds some 5,400 datagrams at 768 octets each: 85 batches. */
const CLOSING_TURNS = 85;

function slotViews(
  memory: SharedArrayBuffer,
  at: number,
  slots: number,
  stride: number,
  length: number,
): Uint8Array[] {
  return Array.from({ length: slots }, (_, slot) => new Uint8Array(memory, at + slot * stride, length));
}
