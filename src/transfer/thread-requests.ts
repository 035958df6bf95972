import { type Answer, Exchange, Transport } from '../answer/exchange.js';
import type { SpecialContext, SpecialRequests } from '../server/special-requests.js';
import { copyOctets, put16, u16 } from '../wire/octets.js';
import {
  Flag,
  HEADER_OCTETS,
  MAX_UDP_PAYLOAD,
  MIN_UDP_PAYLOAD,
  Rcode,
  RrClass,
  RrType,
} from '../wire/protocol.js';
import { isAllowed, nameKey } from './access.js';
import { Message, MessageError, NOTAUTH, Opcode, type Question } from './message.js';
import { plainRdata } from './plain-rdata.js';
import { serialOfSoa } from './rr-list.js';
import type { Allowed, FromTransferThread, ToTransferThread, TransferZone } from './thread-messages.js';
import { changesFor, wholeOf } from './transfer-lists.js';
import { TransferStream } from './transfer-stream.js';
import {
  appendTsig,
  appendUnsigned,
  FUDGE_SECONDS,
  findTsig,
  keyOf,
  signedPart,
  type Tsig,
  TsigError,
  timeOctets,
  tsigOctets,
  verifyTsig,
} from './tsig.js';
import type { TsigKey } from './tsig-key.js';

/** A request on its way to its response. */
interface Request {
  readonly message: Message;
  readonly question: Question;
  readonly questionEnd: number;
  readonly exchange: Exchange;
  /** UDP's limit; 65,535 over TCP. */
  readonly limit: number;
  /** Who signed it, once that is known. */
  readonly signer: Signer | undefined;
}

interface Signer {
  readonly key: TsigKey;
  readonly tsig: Tsig;
}

/** Answers AXFR, IXFR, NOTIFY, and queries that are signed, in a thread that answers queries. */
export function makeSpecialRequests(context: SpecialContext): SpecialRequests {
  return new ThreadRequests(context);
}

class ThreadRequests implements SpecialRequests {
  readonly #context: SpecialContext;
  #zones = new Map<string, TransferZone>();
  #coming = new Map<string, TransferZone>();
  #secondaries = new Map<string, readonly Allowed[]>();
  #keys: readonly TsigKey[] = [];
  readonly #plain = new Exchange();

  constructor(context: SpecialContext) {
    this.#context = context;
  }

  take(message: unknown): void {
    const told = message as ToTransferThread;
    if (told.kind === 'zones') {
      for (const zone of told.zones) this.#coming.set(nameKey(zone.apex), zone);
      return;
    }
    this.#zones = this.#coming;
    this.#coming = new Map();
    this.#keys = told.keys;
    this.#secondaries = new Map(told.secondaries.map(({ apex, from }) => [nameKey(apex), from]));
  }

  answer(exchange: Exchange, plain: Answer): number {
    let message: Message | undefined;
    try {
      // A copy: transports refill theirs, and a stream goes on for longer.
      message = new Message(exchange.query.slice(0, exchange.queryLength));
      return this.#answer(message, exchange, plain);
    } catch (error) {
      // Any other is a bug, which the transport counts and logs.
      if (!(error instanceof MessageError)) throw error;
      return message === undefined ? 0 : begin(exchange.response, message, HEADER_OCTETS, Rcode.FORMERR);
    }
  }

  #answer(message: Message, exchange: Exchange, plain: Answer): number {
    const question = message.question();
    if (question === undefined || message.count(0) !== 1) throw new MessageError('has no single question');
    const questionEnd = message.questionEnd();
    const tsig = findTsig(message);
    const unsigned = {
      message,
      question,
      questionEnd,
      exchange,
      limit: limitOf(exchange, message),
      signer: undefined,
    };
    if (tsig === undefined) return this.#handle(unsigned, plain);
    const key = keyOf(tsig, this.#keys);
    if (key === undefined) return refuseSigner(unsigned, tsig, TsigError.BADKEY);
    const now = this.#context.now();
    const context = { before: undefined, timersOnly: false };
    const error = verifyTsig(message, tsig, key, context, now);
    if (error === TsigError.BADSIG) return refuseSigner(unsigned, tsig, error);
    const request: Request = { ...unsigned, signer: { key, tsig } };
    if (error === TsigError.NONE) return this.#handle(request, plain);
    const length = begin(exchange.response, message, questionEnd, NOTAUTH);
    return this.#sign(request, length, error);
  }

  #handle(request: Request, plain: Answer): number {
    const { message, question } = request;
    if (message.opcode === Opcode.NOTIFY) return this.#notified(request);
    if (question.type === RrType.AXFR || question.type === RrType.IXFR) return this.#transfer(request, plain);
    return this.#plainly(request, question.type, plain);
  }

  /** RFC 1996 §3: a primary says that a zone has changed. */
  #notified(request: Request): number {
    const { message, question, exchange } = request;
    const from = this.#secondaries.get(nameKey(question.name));
    if (from === undefined) return this.#refuse(request, NOTAUTH);
    // RFC 1996 §3.10: a NOTIFY from a host that is no primary of the zone is not acted on.
    if (!isAllowed(from, exchange, request.signer?.key.name)) return this.#refuse(request, Rcode.REFUSED);
    const told: FromTransferThread = { kind: 'notified', apex: question.name };
    this.#context.tell(told);
    const length = begin(exchange.response, message, request.questionEnd, Rcode.NOERROR);
    put16(exchange.response, 2, u16(exchange.response, 2) | Flag.AA);
    return this.#sign(request, length);
  }

  #transfer(request: Request, plain: Answer): number {
    const { question, exchange } = request;
    const isIxfr = question.type === RrType.IXFR;
    if (question.class !== RrClass.IN) return this.#refuse(request, Rcode.REFUSED);
    if (exchange.transport === Transport.UDP) {
      // RFC 1995 §2: over UDP the SOA tells the client to come by TCP. RFC 5936 §4.2: AXFR over UDP is not defined.
      return isIxfr ? this.#plainly(request, RrType.SOA, plain) : this.#refuse(request, Rcode.REFUSED);
    }
    const zone = this.#zones.get(nameKey(question.name));
    if (zone === undefined) return this.#refuse(request, Rcode.REFUSED);
    if (!isAllowed(zone.allow, exchange, request.signer?.key.name))
      return this.#refuse(request, Rcode.REFUSED);
    const lists = isIxfr ? changesFor(zone, clientSerial(request)) : wholeOf(zone);
    const { message, questionEnd, signer } = request;
    const stream = new TransferStream({
      query: message.octets,
      questionEnd,
      edns: hasOpt(message),
      lists,
      now: this.#context.now,
      ...(signer === undefined ? {} : { signer: { key: signer.key, requestMac: signer.tsig.mac } }),
    });
    const length = stream.next(exchange.response);
    exchange.more = stream;
    return length;
  }

  /** Answers a query as one that is not signed, and signs the response. @param type to ask for in place of the question's */
  #plainly(request: Request, type: number, plain: Answer): number {
    const { message, exchange, questionEnd, signer } = request;
    const query = signer === undefined ? message.octets.slice() : signedPart(message, signer.tsig);
    put16(query, 0, message.id);
    put16(query, questionEnd - 4, type);
    const inner = this.#plain;
    inner.transport = exchange.transport;
    inner.family = exchange.family;
    inner.address.set(exchange.address);
    inner.query = query;
    inner.queryLength = query.length;
    inner.room = exchange.room;
    const length = plain(inner);
    if (length <= 0) return 0;
    put16(exchange.response, questionEnd - 4, request.question.type);
    return this.#sign(request, length);
  }

  #refuse(request: Request, rcode: number): number {
    return this.#sign(request, begin(request.exchange.response, request.message, request.questionEnd, rcode));
  }

  /** Signs a response when its request was signed (RFC 8945 §5.3). */
  #sign(request: Request, written: number, error: TsigError = TsigError.NONE): number {
    const { signer, limit, questionEnd } = request;
    if (signer === undefined) return written;
    const { response } = request.exchange;
    const { key, tsig } = signer;
    let length = written;
    if (length + tsigOctets(key) > limit) {
      // RFC 8945 §5.3: what does not fit with its TSIG has only question and TSIG, TC set, RCODE 0.
      length = begin(response, request.message, questionEnd, Rcode.NOERROR);
      put16(response, 2, u16(response, 2) | Flag.TC);
    }
    // RFC 8945 §5.2.3: BADTIME is signed with the request's time; ours is in Other Data.
    const bad = error === TsigError.BADTIME;
    const now = this.#context.now();
    const fields = {
      time: bad ? tsig.time : now,
      fudge: FUDGE_SECONDS,
      error,
      other: bad ? timeOctets(now) : NOTHING,
    };
    return appendTsig(response, length, key, { before: tsig.mac, timersOnly: false }, fields).length;
  }
}

const NOTHING = new Uint8Array(0);

/** RFC 8945 §5.2.1, §5.2.2: NOTAUTH, with a TSIG that has no MAC. */
function refuseSigner(request: Request, tsig: Tsig, error: TsigError): number {
  const { exchange, message, questionEnd, limit } = request;
  const { response } = exchange;
  const length = appendUnsigned(response, begin(response, message, questionEnd, NOTAUTH), tsig, error);
  if (length <= limit) return length;
  // Names that were compressed in the request are whole here: anyone could have them sent to a forged address.
  begin(response, message, questionEnd, NOTAUTH);
  put16(response, 2, u16(response, 2) | Flag.TC);
  return questionEnd;
}

/** Begins a response of header and question. @returns its octets */
function begin(out: Uint8Array, message: Message, questionEnd: number, rcode: number): number {
  copyOctets(message.octets, 0, out, 0, questionEnd);
  put16(out, 2, Flag.QR | (u16(message.octets, 2) & (OPCODE_MASK | Flag.RD)) | rcode);
  put16(out, 4, questionEnd > HEADER_OCTETS ? 1 : 0);
  out.fill(0, 6, HEADER_OCTETS);
  return questionEnd;
}

const OPCODE_MASK = 0x7800;

/** RFC 1995 §3: the client's SOA is in the authority section. */
function clientSerial({ message }: Request): number {
  for (const record of message.records()) {
    if (record.section === 2 && record.type === RrType.SOA) {
      return serialOfSoa(plainRdata(message.octets, RrType.SOA, record.rdataAt, record.end));
    }
  }
  throw new MessageError('has no SOA');
}

function hasOpt(message: Message): boolean {
  for (const { section, type } of message.records()) if (section === 3 && type === RrType.OPT) return true;
  return false;
}

function limitOf(exchange: Exchange, message: Message): number {
  if (exchange.transport !== Transport.UDP) return 0xffff;
  for (const record of message.records()) {
    if (record.section === 3 && record.type === RrType.OPT) {
      return Math.min(Math.max(record.class, MIN_UDP_PAYLOAD), MAX_UDP_PAYLOAD);
    }
  }
  return MIN_UDP_PAYLOAD;
}
