import { Counter, type Counters, count } from '../state/counters.js';
import type { Circumstances } from '../steer/decide.js';
import { Flag, MAX_UDP_PAYLOAD, MIN_UDP_PAYLOAD, Rcode, RrClass, RrType } from '../wire/protocol.js';
import { CLIENT_COOKIE_OCTETS, Parsed, parseQuery } from '../wire/query.js';
import { Section } from '../wire/response-writer.js';
import type { Catalog } from './catalog.js';
import { answerChaos, type Identity } from './chaos.js';
import { CookieState, type ServerCookies } from './cookies.js';
import { type Exchange, LEFT, MAX_MESSAGE_OCTETS, Transport } from './exchange.js';
import { type Limiter, Verdict } from './limiter.js';
import { optOctets, writeOpt } from './opt.js';
import { resolve } from './resolve.js';
import type { AnswerTrace } from './trace.js';
import { Work } from './work.js';

export interface AnswererOptions {
  readonly catalog: Catalog;
  readonly circumstances: Circumstances;
  readonly counters: Counters;
  readonly identity: Identity;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Leave transfers, NOTIFY and whatever is signed to others; without it they are refused, and signatures are ignored. */
  readonly leaves?: boolean;
}

/** What stands against forged addresses. */
export interface Protection {
  /** undefined: whatever is asked is answered. */
  readonly limiter: Limiter | undefined;
  /** undefined: COOKIE is ignored. */
  readonly cookies: ServerCookies | undefined;
}

/** Answers queries, one at a time: parse → zone → steer → write. One per answering thread. */
export class Answerer {
  readonly #work: Work;
  readonly #counters: Counters;
  readonly #identity: Identity;
  readonly #now: () => number;
  readonly #leaves: boolean;
  #limiter: Limiter | undefined;
  #cookies: ServerCookies | undefined;

  constructor(options: AnswererOptions) {
    this.#work = new Work(options.catalog, options.circumstances, options.counters);
    this.#counters = options.counters;
    this.#identity = options.identity;
    this.#now = options.now;
    this.#leaves = options.leaves ?? false;
  }

  /** What the last answer was made of. Borrowed: refilled for each query. */
  get work(): Work {
    return this.#work;
  }

  /** Answers from another catalog from the next query on. */
  use(catalog: Catalog, circumstances: Circumstances): void {
    this.#work.catalog = catalog;
    this.#work.circumstances = circumstances;
  }

  /** Limits what is answered from the next query on. */
  protect({ limiter, cookies }: Protection): void {
    this.#limiter = limiter;
    this.#cookies = cookies;
  }

  /**
   * Answers one query. Allocates nothing and never throws, without a trace.
   * @param trace is filled with how the answer came about
   * @returns octets of the response in `exchange.response`, 0: send nothing, or {@link LEFT}
   */
  answer(exchange: Exchange, trace?: AnswerTrace): number {
    const work = this.#work;
    work.begin(exchange, this.#now());
    work.trace = trace;
    count(this.#counters, Counter.queries);
    if (exchange.transport !== Transport.UDP) {
      count(this.#counters, Counter.tcp);
      if (exchange.transport === Transport.TLS) count(this.#counters, Counter.dot);
    }
    const parsed = parseQuery(exchange.query, exchange.queryLength, work.query);
    if (parsed === Parsed.SHORT) return this.#drop(Counter.short);
    if (parsed === Parsed.RESPONSE) return this.#drop(Counter.notQuery);
    if (work.query.ecs) count(this.#counters, Counter.ecs);
    if (work.query.cookieOctets > 0) this.#readCookie();
    if (this.#limiter !== undefined && exchange.transport === Transport.UDP) {
      const verdict = work.cookieState === CookieState.VALID ? Verdict.ANSWER : this.#limiter.judge(exchange);
      if (verdict === Verdict.DROP) return 0;
      // Every other response is as short as this one already.
      if (verdict === Verdict.SLIP && parsed === Parsed.QUERY) return this.#slip();
    }
    switch (parsed) {
      case Parsed.FORMERR:
        return this.#withoutRecords(Rcode.FORMERR);
      case Parsed.NOTIMP:
        if (this.#leaves && (work.query.flags & OPCODE_MASK) === NOTIFY) return LEFT;
        return this.#withoutRecords(Rcode.NOTIMP);
      case Parsed.BADVERS:
        return this.#withoutRecords(Rcode.BADVERS);
      case Parsed.COOKIE:
        return this.#withoutRecords(this.#rcodeOfCookie());
      case Parsed.QUERY:
        return this.#answerQuestion();
    }
  }

  /**
   * Answers a query that {@link answer} left, without what made it so: it was judged and counted then, as a query.
   * @returns octets of the response; 0 when it is no query that can be answered here
   */
  answerLeft(exchange: Exchange): number {
    const work = this.#work;
    const { query } = work;
    work.begin(exchange, this.#now());
    work.trace = undefined;
    if (parseQuery(exchange.query, exchange.queryLength, query) !== Parsed.QUERY) return 0;
    if (query.cookieOctets > 0 && this.#cookies !== undefined)
      work.cookieState = this.#cookies.answer(query, exchange, work.now, work.cookie);
    return Math.max(0, this.#answerQuestion());
  }

  #readCookie(): void {
    if (this.#cookies === undefined) return;
    const { query, exchange, now, cookie } = this.#work;
    const state = this.#cookies.answer(query, exchange, now, cookie);
    this.#work.cookieState = state;
    count(this.#counters, Counter.cookies);
    if (state === CookieState.VALID) count(this.#counters, Counter.cookiesValid);
  }

  /** What a query for a cookie alone is answered with (RFC 7873 §5.4). */
  #rcodeOfCookie(): Rcode {
    const { cookieState, query } = this.#work;
    if (cookieState === CookieState.NONE) return Rcode.FORMERR;
    // RFC 7873 §5.4: BADCOOKIE if the server cookie was invalid, NOERROR if it was valid or there was none.
    const holds = cookieState === CookieState.VALID || query.cookieOctets === CLIENT_COOKIE_OCTETS;
    return holds ? Rcode.NOERROR : Rcode.BADCOOKIE;
  }

  /** Answers a question that is over the limit: with a cookie to ask again with, else by TC, which sends to TCP. */
  #slip(): number {
    const work = this.#work;
    if (work.cookieState === CookieState.UNKNOWN) return this.#withoutRecords(Rcode.BADCOOKIE);
    this.#begin(MAX_MESSAGE_OCTETS);
    work.truncated = true;
    return this.#finish();
  }

  #drop(counter: Counter): number {
    count(this.#counters, counter);
    return 0;
  }

  #answerQuestion(): number {
    const work = this.#work;
    const { query, exchange } = work;
    if (query.signed && this.#leaves) return LEFT;
    const limit =
      exchange.transport === Transport.UDP ? udpLimit(query.edns, query.udpPayload) : MAX_MESSAGE_OCTETS;
    this.#begin(limit);
    if (query.class === RrClass.IN) {
      work.rcode = rcodeOfType(query.type);
      if (work.rcode === Rcode.NOERROR) resolve(work);
      else if (this.#leaves && isTransfer(query.type)) return LEFT;
    } else this.#answerOtherClass();
    return this.#finish();
  }

  #answerOtherClass(): void {
    const work = this.#work;
    const { query } = work;
    if (query.class === RrClass.ANY) {
      work.rcode = rcodeOfType(query.type);
      if (work.rcode === Rcode.NOERROR) resolve(work);
      // RFC 1035 §6.2: with QCLASS=* "the response should never be authoritative unless the server can guarantee that the
      // response covers all classes".
      work.authoritative = false;
    } else if (query.class !== RrClass.CH || !answerChaos(work, this.#identity)) work.rcode = Rcode.REFUSED;
  }

  /** A response of header, question and OPT. */
  #withoutRecords(rcode: Rcode): number {
    const work = this.#work;
    this.#begin(MAX_MESSAGE_OCTETS);
    work.rcode = rcode;
    return this.#finish();
  }

  #begin(limit: number): void {
    const { writer, query, exchange } = this.#work;
    const reserved = optOctets(this.#work, this.#identity.id);
    writer.begin(exchange.room, exchange.query, query.questionEnd, limit - reserved);
  }

  #finish(): number {
    const work = this.#work;
    const { writer, query } = work;
    this.#tally();
    if (writer.overflows) work.truncated = true;
    if (work.truncated) {
      // An answer cut short is of no use and may mislead: only the question stays (RFC 2181 §9).
      count(this.#counters, Counter.truncated);
      writer.begin(work.exchange.room, work.exchange.query, query.questionEnd, writer.limit);
    }
    const flags =
      Flag.QR |
      // RFC 4035 §3.1.6: CD SHOULD be cleared; AD is too, since it is not ours to vouch.
      (query.flags & (OPCODE_MASK | Flag.RD)) |
      (work.authoritative ? Flag.AA : 0) |
      (work.truncated ? Flag.TC : 0) |
      (work.rcode & 0xf);
    let end = writer.at;
    if (query.edns) {
      end = writeOpt(work, this.#identity.id, end);
      writer.counts[Section.ADDITIONAL] = (writer.counts[Section.ADDITIONAL] as number) + 1;
    }
    writer.view.setUint16(2, flags);
    writer.finishCounts();
    return end;
  }

  #tally(): void {
    const { rcode, writer } = this.#work;
    const counters = this.#counters;
    switch (rcode) {
      case Rcode.NOERROR:
        if (writer.counts[Section.ANSWER] === 0 && this.#work.authoritative) count(counters, Counter.noData);
        break;
      case Rcode.FORMERR:
        count(counters, Counter.formErr);
        break;
      case Rcode.NOTIMP:
        count(counters, Counter.notImp);
        break;
      case Rcode.BADVERS:
        count(counters, Counter.badVers);
        break;
      case Rcode.REFUSED:
        count(counters, Counter.refused);
        break;
      case Rcode.NXDOMAIN:
        count(counters, Counter.nxDomain);
        break;
      case Rcode.SERVFAIL:
        count(counters, Counter.servFail);
        break;
      case Rcode.BADCOOKIE:
        count(counters, Counter.badCookie);
        break;
      case Rcode.YXDOMAIN:
        break;
    }
  }
}

const OPCODE_MASK = 0x7800;
/** Opcode 4 where the header has it (RFC 1996 §3.6). */
const NOTIFY = 0x2000;

function isTransfer(type: number): boolean {
  return type === RrType.AXFR || type === RrType.IXFR;
}

/** RFC 6891 §6.2.3: a payload below 512 MUST be treated as 512. Ours is bounded so that no response is fragmented. */
function udpLimit(edns: boolean, payload: number): number {
  if (!edns) return MIN_UDP_PAYLOAD;
  return Math.min(Math.max(payload, MIN_UDP_PAYLOAD), MAX_UDP_PAYLOAD);
}

/** What a QTYPE that is no type of data is answered with; NOERROR for all the others. */
function rcodeOfType(type: number): Rcode {
  switch (type) {
    // Neither are ever asked for (RFC 6891 §6.1.1, RFC 8945 §4.2, RFC 2930 §2).
    case RrType.OPT:
    case RrType.TSIG:
    case RrType.TKEY:
      return Rcode.FORMERR;
    // Nobody is allowed to transfer a zone where these are not left to others.
    case RrType.AXFR:
    case RrType.IXFR:
      return Rcode.REFUSED;
    // Obsolete (RFC 1035 §3.2.3).
    case RrType.MAILA:
    case RrType.MAILB:
      return Rcode.NOTIMP;
    default:
      return Rcode.NOERROR;
  }
}
