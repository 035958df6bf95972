import { copyOctets } from '../wire/octets.js';
import { HEADER_OCTETS } from '../wire/protocol.js';
import { Zone, zoneWord } from '../zone/zone-store.js';
import type { Exchange } from './exchange.js';
import {
  openRing,
  RECORD_NAME_AT,
  RecordHalf,
  RecordOctet,
  RecordReal,
  type Ring,
  RingWord,
} from './query-ring.js';
import type { TallyRows } from './tally.js';
import type { Work } from './work.js';

/**
 * Puts down some of the queries for the query log, in a ring that another thread empties. When that one is behind the query
 * is not put down: an answer waits for nobody.
 */
export class QueryRecorder {
  readonly #ring: Ring;
  readonly #random: () => number;
  /** ln(1 - sample). */
  readonly #logMiss: number;
  #untilNext = 0;

  /**
   * @param memory of a ring, see {@link makeRing}
   * @param sample the share of queries that are put down, above 0, to 1
   * @param random a uint32, uniform
   */
  constructor(memory: SharedArrayBuffer, sample: number, random: () => number) {
    this.#ring = openRing(memory);
    this.#random = random;
    this.#logMiss = Math.log(1 - sample);
    this.#untilNext = this.#draw();
  }

  /** True for a query that is to be put down. Chosen at random: one of so many would follow the rhythm of who asks. */
  isDue(): boolean {
    this.#untilNext -= 1;
    if (this.#untilNext > 0) return false;
    this.#untilNext = this.#draw();
    return true;
  }

  /** How many queries until the next: geometric, which is as if each were drawn for itself. */
  #draw(): number {
    const uniform = (this.#random() + 1) / 2 ** 32;
    return 1 + Math.floor(Math.log(uniform) / this.#logMiss);
  }

  /**
   * Puts down a query and its response.
   * @param octets of the response
   * @returns false when there is no room
   */
  record(
    work: Work,
    exchange: Exchange,
    octets: number,
    rcode: number,
    rows: TallyRows,
    durationMs: number,
  ): boolean {
    const { control, reals, halves, bytes, slots, recordOctets } = this.#ring;
    const head = Atomics.load(control, RingWord.HEAD);
    if (((head - Atomics.load(control, RingWord.TAIL)) | 0) >= slots) return false;
    const at = (head & (slots - 1)) * recordOctets;
    const { query, askedZone } = work;
    const real = at >>> 3;
    reals[real + RecordReal.TIME] = Date.now();
    reals[real + RecordReal.DURATION] = durationMs;
    const half = at >>> 1;
    const { response } = exchange;
    halves[half + RecordHalf.SIZE] = octets;
    halves[half + RecordHalf.FLAGS] = ((response[2] as number) << 8) | (response[3] as number);
    halves[half + RecordHalf.TYPE] = query.type;
    halves[half + RecordHalf.CLASS] = query.class;
    halves[half + RecordHalf.RCODE] = rcode;
    recordMembers(work, rows, halves, half);
    bytes[at + RecordOctet.TRANSPORT] = exchange.transport;
    bytes[at + RecordOctet.FAMILY] = exchange.family;
    bytes[at + RecordOctet.ECS] = query.ecs ? 1 : 0;
    bytes[at + RecordOctet.ECS_FAMILY] = query.ecsFamily;
    bytes[at + RecordOctet.ECS_SOURCE_BITS] = query.ecsSourceBits;
    bytes[at + RecordOctet.ECS_SCOPE_BITS] = query.ecsSourceBits === 0 ? 0 : work.scopeBits;
    bytes[at + RecordOctet.ZONE_LABELS] =
      askedZone < 0 ? NO_ZONE : zoneWord(work.catalog.zones, askedZone, Zone.LABELS);
    copyOctets(exchange.address, 0, bytes, at + RecordOctet.ADDRESS, 16);
    if (query.ecs) copyOctets(query.ecsAddress, 0, bytes, at + RecordOctet.ECS_ADDRESS, 16);
    // As it was asked: the parsed name goes on along CNAMEs.
    const nameOctets = query.hasQuestion ? query.questionEnd - 4 - HEADER_OCTETS : 0;
    bytes[at + RecordOctet.NAME_OCTETS] = nameOctets;
    copyOctets(exchange.query, HEADER_OCTETS, bytes, at + RECORD_NAME_AT, nameOctets);
    Atomics.store(control, RingWord.HEAD, (head + 1) | 0);
    return true;
  }
}

/** {@link RecordOctet.ZONE_LABELS} of a question in no zone; names have at most 127 labels. */
export const NO_ZONE = 0xff;

/** Members of an answer that a record has room for. */
const RECORD_MEMBERS = 8;

function recordMembers(
  { service, decision, catalog }: Work,
  rows: TallyRows,
  halves: Uint16Array,
  half: number,
): void {
  const count = service < 0 ? 0 : Math.min(decision.count, RECORD_MEMBERS);
  halves[half + RecordHalf.MEMBER_COUNT] = count;
  if (count === 0) return;
  const ofService = rows.members[service] as Uint16Array;
  const poolAt = decision.pool * (catalog.services[service]?.slots.length ?? 0);
  for (let i = 0; i < count; i++) {
    halves[half + RecordHalf.MEMBERS + i] = ofService[poolAt + (decision.members[i] as number)] ?? 0;
  }
}
