import type { Socket } from 'node:net';
import { type Answer, type Exchange, MAX_MESSAGE_OCTETS, type MoreMessages } from '../answer/exchange.js';
import { Counter, type Counters, count } from '../state/counters.js';
import { put16, u16 } from '../wire/octets.js';
import { HEADER_OCTETS } from '../wire/protocol.js';

/** What the connections of one listener share; one thread uses them, one connection at a time. */
export interface TcpShared {
  readonly answer: Answer;
  readonly counters: Counters;
  /** Told of an exception that answering threw. */
  readonly onFault: (error: unknown) => void;
  readonly limits: Required<TcpLimits>;
  readonly exchange: Exchange;
  /** Responses of one round, each with its length field. */
  readonly batch: Uint8Array;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Told after each round that answered something. */
  readonly onAnswered: (connection: TcpConnection) => void;
}

/** Durations in ms. */
export interface TcpLimits {
  /** A connection without a query for so long is closed. RFC 7766 §6.2.3: RECOMMENDED "on the order of seconds". */
  readonly idleMs: number;
  /** Open connections of all listeners together. */
  readonly maxConnections: number;
  /** Open connections of one IPv4 address or one IPv6 /64. */
  readonly maxPerClient: number;
  /** From a message's first octet to its last; for a PROXY header, and for a TLS handshake. */
  readonly frameMs?: number;
  /** For a client to take the responses that wait for it. */
  readonly drainMs?: number;
  /** From our end of the connection to the client's. */
  readonly closeMs?: number;
  /** For what is on its way when the listener closes. */
  readonly leaveMs?: number;
}

/** Octets of responses that a connection may have waiting before its queries wait too: four of the largest. */
const MAX_WAITING_OCTETS = 4 * (2 + MAX_MESSAGE_OCTETS);

/** Octets of responses after which a round writes; one write for many small responses, and the batch has room for one more of any size. */
const WRITE_OCTETS = 1 << 16;

/** For the first query of a client that has just connected, when the listener closes: a way there and back is less. */
const FIRST_QUERY_MS = 1_000;

/** Messages of a transfer that are written before other connections have their turn: a millisecond or so. */
const MESSAGES_A_TURN = 4;

/** Room for {@link TcpShared.batch}. */
export const BATCH_OCTETS = WRITE_OCTETS + 2 + MAX_MESSAGE_OCTETS;

const EMPTY: Uint8Array = new Uint8Array(0);

/** What a connection waits for, and so what its deadline means. */
const Phase = {
  /** A query. */
  IDLE: 0,
  /** The rest of a message. */
  FRAME: 1,
  /** The client, to take responses. */
  DRAIN: 2,
  /** The client, to close its side. */
  CLOSING: 3,
} as const;
type Phase = (typeof Phase)[keyof typeof Phase];

/** Who is at the other end of a connection. */
export interface StreamClient {
  readonly family: 4 | 6;
  /** 16 octets of room. */
  readonly address: Uint8Array;
  /** Whom {@link TcpLimits.maxPerClient} counts. */
  readonly key: string;
}

/**
 * One connection of DNS messages over TCP or TLS, each after a length field of 16 bits (RFC 1035 §4.2.2). Queries are answered in the order
 * they came, as many as there are (RFC 7766 §6.2.1.1), and the responses of one read leave in one write (§8).
 */
export class TcpConnection {
  #phase: Phase = Phase.IDLE;
  #deadlineMs: number;
  /** Octets received and not yet answered: from {@link #start} to {@link #end}. */
  #input = EMPTY;
  #start = 0;
  #end = 0;
  /** True once the client sent its last octet. It may have closed only that direction, and still read. */
  #ended = false;
  /** Messages that the last response still has; queries wait meanwhile. */
  #more: MoreMessages | undefined;
  /** True while a turn of {@link #sendMore} is to come. */
  #turning = false;
  /** True once the connection is to end as soon as it is idle. */
  #leaving = false;
  /** True once a query came. */
  #hasAsked = false;

  /**
   * @param socket what the messages come by
   * @param carrier the connection itself: `socket`, or what is under it when that is TLS
   */
  constructor(
    private readonly socket: Socket,
    private readonly carrier: Socket,
    private readonly client: StreamClient,
    private readonly shared: TcpShared,
  ) {
    this.#deadlineMs = shared.now() + shared.limits.idleMs;
    carrier.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#resume());
    socket.on('end', () => {
      this.#ended = true;
      if (!this.#stalled()) this.finish();
    });
    // A reset by the client is its right; `close` follows and is all that matters.
    socket.on('error', () => {});
  }

  get clientKey(): string {
    return this.client.key;
  }

  /** Takes no more queries; responses that wait are sent, then the connection ends. */
  finish(): void {
    if (this.#phase === Phase.CLOSING) return;
    const { closeMs, drainMs } = this.shared.limits;
    this.#enter(Phase.CLOSING, this.socket.writableLength > 0 ? drainMs : closeMs);
    this.#input = EMPTY;
    this.#start = this.#end = 0;
    this.#more = undefined;
    this.socket.end();
    // What still comes is read and left: closing with unread octets would send RST, and the client could lose responses.
    this.socket.resume();
  }

  /**
   * Ends once what has come is answered: a query that is there in part is waited for, as is the first one of a client that has just
   * connected, and a transfer goes on to its end. RFC 7766 §6.2.4: clients ask what was not answered anew, on another connection.
   */
  leave(): void {
    this.#leaving = true;
    // What the kernel has is read first: the second turn comes after the event loop has looked at the socket.
    setImmediate(() => setImmediate(() => this.#finishIfIdle()));
    if (this.#hasAsked) return;
    const wait = setTimeout(() => {
      this.#hasAsked = true;
      this.#finishIfIdle();
    }, FIRST_QUERY_MS);
    this.socket.once('close', () => clearTimeout(wait));
  }

  #finishIfIdle(): void {
    if (this.#leaving && this.#hasAsked && this.#phase === Phase.IDLE) this.finish();
  }

  /** Closes the connection if it has waited too long. */
  expire(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    if (this.#phase === Phase.IDLE) {
      count(this.shared.counters, Counter.tcpIdle);
      this.finish();
      return;
    }
    if (this.#phase !== Phase.CLOSING) count(this.shared.counters, Counter.tcpTimeouts);
    this.reset();
  }

  /** RST frees what the kernel holds for a client that does not read. */
  reset(): void {
    this.carrier.resetAndDestroy();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#phase === Phase.CLOSING) return;
    if (this.#start === this.#end) {
      this.#input = chunk;
      this.#start = 0;
      this.#end = chunk.length;
    } else this.#append(chunk);
    if (!this.#stalled()) this.#answerWhole();
  }

  /** Keeps the octets behind those of an unfinished message, in a buffer that doubles, up to a whole one: a message may come octet by octet. */
  #append(chunk: Uint8Array): void {
    const kept = this.#end - this.#start;
    if (this.#end + chunk.length > this.#input.length) {
      const needed = kept + chunk.length;
      const grown = Buffer.allocUnsafe(Math.max(512, needed, Math.min(2 * needed, 2 + MAX_MESSAGE_OCTETS)));
      grown.set(this.#input.subarray(this.#start, this.#end));
      this.#input = grown;
      this.#start = 0;
      this.#end = kept;
    }
    this.#input.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Answers each message that is there whole, while the client takes the responses. */
  #answerWhole(): void {
    const { shared, socket } = this;
    const { batch, limits } = shared;
    let written = 0;
    let taken = 0;
    let bad = false;
    while (
      this.#more === undefined &&
      this.#end - this.#start >= 2 &&
      socket.writableLength <= MAX_WAITING_OCTETS
    ) {
      const length = u16(this.#input, this.#start);
      if (length < HEADER_OCTETS) {
        count(shared.counters, Counter.tcpBadFrames);
        bad = true;
        break;
      }
      if (this.#end - this.#start - 2 < length) break;
      written += this.#answerOne(this.#start + 2, length, written);
      taken += 1;
      this.#start += 2 + length;
      if (written >= WRITE_OCTETS) {
        socket.write(Buffer.from(batch.subarray(0, written)));
        written = 0;
      }
    }
    if (written > 0) socket.write(Buffer.from(batch.subarray(0, written)));

    if (taken > 0) {
      this.#hasAsked = true;
      shared.onAnswered(this);
    }
    if (this.#more !== undefined) {
      socket.pause();
      this.#sendMore();
    } else if (socket.writableLength > MAX_WAITING_OCTETS && !bad) {
      this.#enter(Phase.DRAIN, limits.drainMs);
      socket.pause();
    } else if (bad || this.#ended) this.finish();
    else if (this.#start < this.#end) {
      if (taken > 0 || this.#phase !== Phase.FRAME) this.#enter(Phase.FRAME, limits.frameMs);
    } else {
      this.#input = EMPTY;
      this.#start = this.#end = 0;
      this.#enter(Phase.IDLE, limits.idleMs);
      this.#finishIfIdle();
    }
  }

  /** Answers the message at `at` of the input into the batch; returns the octets that were added to it. */
  #answerOne(at: number, length: number, batchAt: number): number {
    const { shared } = this;
    const { exchange, batch } = shared;
    exchange.query.set(this.#input.subarray(at, at + length));
    exchange.queryLength = length;
    exchange.family = this.client.family;
    exchange.address.set(this.client.address);
    let responseLength = 0;
    try {
      responseLength = shared.answer(exchange);
    } catch (error) {
      // `Answer` never throws; should a bug make it, one query is lost and not the service.
      shared.onFault(error);
      return 0;
    }
    if (responseLength === 0) return 0;
    if (exchange.more !== undefined) {
      this.#more = exchange.more;
      exchange.more = undefined;
    }
    put16(batch, batchAt, responseLength);
    batch.set(exchange.response.subarray(0, responseLength), batchAt + 2);
    return 2 + responseLength;
  }

  /** Writes messages of a transfer, as fast as the client takes them. */
  #sendMore(): void {
    const { socket, shared } = this;
    this.#enter(Phase.DRAIN, shared.limits.drainMs);
    const { response } = shared.exchange;
    for (let turn = 0; turn < MESSAGES_A_TURN; turn++) {
      if (this.#more === undefined || socket.writableLength > MAX_WAITING_OCTETS) break;
      const length = this.#more.next(response);
      if (length === 0) {
        this.#more = undefined;
        shared.onAnswered(this);
        break;
      }
      const frame = Buffer.allocUnsafe(2 + length);
      put16(frame, 0, length);
      frame.set(response.subarray(0, length), 2);
      socket.write(frame);
    }
    // With more waiting than may, `drain` comes; else there is none to wait for.
    if (this.#turning || socket.writableLength > MAX_WAITING_OCTETS) return;
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      this.#resume();
    });
  }

  /** The client took every response: on with its queries. */
  #resume(): void {
    if (!this.#stalled()) return;
    if (this.#more !== undefined && !this.socket.destroyed) {
      this.#sendMore();
      return;
    }
    this.#enter(Phase.IDLE, this.shared.limits.idleMs);
    this.#answerWhole();
    if (!this.#stalled()) this.socket.resume();
  }

  #stalled(): boolean {
    return this.#phase === Phase.DRAIN;
  }

  #enter(phase: Phase, forMs: number): void {
    this.#phase = phase;
    this.#deadlineMs = this.shared.now() + forMs;
  }
}
