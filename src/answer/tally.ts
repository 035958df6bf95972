import { Counter, type Counters, count } from '../state/counters.js';
import { Rcode } from '../wire/protocol.js';
import { type Exchange, TRANSPORT_NAMES, type Transport } from './exchange.js';
import type { QueryRecorder } from './query-recorder.js';
import {
  DURATION_BOUNDS,
  DURATION_CELLS,
  NO_TYPE,
  OTHER_MEMBER,
  RCODE_AT,
  ROW_CELLS,
  type TallyLayout,
  tallyLayout,
  typeColumn,
  ZoneRow,
} from './tally-layout.js';
import type { Work } from './work.js';

/** Which rows of the tally the zones and members of a catalog have. */
export interface TallyRows {
  /** By zone. */
  readonly zones: Uint16Array;
  /** By service: its pools × its members. */
  readonly members: readonly Uint16Array[];
}

export interface TallyOptions {
  /** In the order of {@link tallyLayout}. */
  readonly cells: Float64Array;
  /** Rows of zones in it. */
  readonly zoneRows: number;
  readonly counters: Counters;
  /** Puts down queries for the query log. */
  readonly recorder: QueryRecorder | undefined;
}

/**
 * Counts what leaves: each response once, by zone, type, rcode and transport, and the members in it; and how long it took. One
 * per answering thread. Allocates nothing.
 */
export class Tally {
  /** Rows of the catalog that is answered from. */
  rows: TallyRows = { zones: new Uint16Array(0), members: [] };
  readonly #cells: Float64Array;
  readonly #counters: Counters;
  readonly #recorder: QueryRecorder | undefined;
  readonly #layout: TallyLayout;
  #begunMs = 0;
  /** Responses since {@link begin}. */
  #responses = 0;

  constructor({ cells, zoneRows, counters, recorder }: TallyOptions) {
    this.#cells = cells;
    this.#counters = counters;
    this.#recorder = recorder;
    this.#layout = tallyLayout(zoneRows);
  }

  /** Tells that the thread is alive. @param nowMs since 1970 */
  beat(nowMs: number): void {
    this.#cells[this.#layout.heartbeatAt] = nowMs;
  }

  /** A batch of queries, or one, has come. */
  begin(): void {
    this.#begunMs = performance.now();
    this.#responses = 0;
  }

  /** The responses of the batch are ready. The clock is read once for all of them: they leave together. */
  end(transport: Transport): void {
    const responses = this.#responses;
    if (responses === 0) return;
    const cells = this.#cells;
    const seconds = (performance.now() - this.#begunMs) / 1000;
    const at = this.#layout.durationsAt + transport * DURATION_CELLS;
    let bucket = 0;
    while (bucket < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[bucket] as number)) bucket += 1;
    cells[at + bucket] = (cells[at + bucket] as number) + responses;
    const sumAt = at + DURATION_CELLS - 1;
    cells[sumAt] = (cells[sumAt] as number) + seconds * responses;
  }

  /**
   * Counts a response.
   * @param work what it was made of
   * @param length its octets; 0: none is sent, and nothing is counted
   */
  count(work: Work, exchange: Exchange, length: number): void {
    if (length === 0) return;
    this.#responses += 1;
    const cells = this.#cells;
    const { query, askedZone } = work;
    const zone = askedZone < 0 ? ZoneRow.NONE : (this.rows.zones[askedZone] as number);
    const row = (zone * TRANSPORT_NAMES.length + exchange.transport) * ROW_CELLS;
    const typeAt = row + (query.hasQuestion ? typeColumn(query.type) : NO_TYPE);
    cells[typeAt] = (cells[typeAt] as number) + 1;
    // What others answered has its rcode in the header alone.
    const rcode = work.rcode >= Rcode.BADVERS ? work.rcode : (exchange.response[3] as number) & 0xf;
    const rcodeAt = row + RCODE_AT + rcode;
    cells[rcodeAt] = (cells[rcodeAt] as number) + 1;
    if (query.ecs && query.ecsSourceBits > 0 && work.scopeBits > 0) count(this.#counters, Counter.ecsScoped);
    if (work.service >= 0 && rcode === Rcode.NOERROR) this.#countMembers(work);
    const recorder = this.#recorder;
    if (recorder?.isDue()) {
      const kept = recorder.record(
        work,
        exchange,
        length,
        rcode,
        this.rows,
        performance.now() - this.#begunMs,
      );
      count(this.#counters, kept ? Counter.queryLogged : Counter.queryLogDropped);
    }
  }

  /** Each member of the answer once, however many of its addresses are in it. */
  #countMembers({ decision, service, catalog }: Work): void {
    const rows = this.rows.members[service] as Uint16Array;
    const poolAt = decision.pool * (catalog.services[service]?.slots.length ?? 0);
    const { members } = decision;
    for (let i = 0; i < decision.count; i++) {
      const member = members[i] as number;
      // Members come in rounds, each whole before a member's second address.
      for (let j = 0; j < i; j++) if (members[j] === member) return;
      const at = this.#layout.membersAt + (rows[poolAt + member] ?? OTHER_MEMBER);
      this.#cells[at] = (this.#cells[at] as number) + 1;
    }
  }
}
