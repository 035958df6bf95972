import type { MoreMessages } from '../answer/exchange.js';
import { put16, u16 } from '../wire/octets.js';
import { Flag, HEADER_OCTETS, MAX_UDP_PAYLOAD, RrType } from '../wire/protocol.js';
import { ResponseWriter, Section } from '../wire/response-writer.js';
import { Room } from '../wire/room.js';
import { type RrList, rrAt } from './rr-list.js';
import { appendTsig, FUDGE_SECONDS, tsigOctets } from './tsig.js';
import type { TsigKey } from './tsig-key.js';

/** What names are compressed to must be within 14 bits of offset (RFC 1035 §4.1.4), so larger messages gain nothing. */
const MESSAGE_OCTETS = 0x4000;
const MAX_OCTETS = 0xffff;
const OPT_OCTETS = 11;
const NOTHING = new Uint8Array(0);

export interface StreamOptions {
  /** The query; its header and question are repeated. */
  readonly query: Uint8Array;
  readonly questionEnd: number;
  /** True when it had OPT, so that each response MUST have one (RFC 6891 §6.1.1). */
  readonly edns: boolean;
  /** What to send, one list after the other. */
  readonly lists: readonly RrList[];
  /** Signs each message. */
  readonly signer?: { readonly key: TsigKey; readonly requestMac: Uint8Array };
  /** Seconds since 1970. */
  readonly now: () => number;
}

/** Messages of an AXFR or IXFR response, as many RRs in each as fit (RFC 5936 §2.2). */
export class TransferStream implements MoreMessages {
  readonly #options: StreamOptions;
  readonly #writer = new ResponseWriter();
  #room = new Room(NOTHING);
  #list = 0;
  #at = 0;
  #first = true;
  /** MAC of the message before. */
  #mac: Uint8Array | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#mac = options.signer?.requestMac;
  }

  /** Writes the next message into a room's octets. @returns its octets; 0: there is no more */
  next(out: Uint8Array): number {
    const { query, questionEnd, edns, lists, signer } = this.#options;
    if (this.#list === lists.length) return 0;
    const reserve = (signer === undefined ? 0 : tsigOctets(signer.key)) + (edns ? OPT_OCTETS : 0);
    const writer = this.#writer;
    // RFC 5936 §2.2.1: the question is repeated in the first message, and may be left out of the others.
    if (out !== this.#room.octets) this.#room = new Room(out);
    writer.begin(this.#room, query, this.#first ? questionEnd : HEADER_OCTETS, MESSAGE_OCTETS - reserve);
    this.#fill(MAX_OCTETS - reserve);
    put16(out, 2, Flag.QR | Flag.AA | (u16(query, 2) & Flag.RD));
    let length = writer.at;
    if (edns) {
      length = putOpt(out, length);
      writer.counts[Section.ADDITIONAL] = 1;
    }
    writer.finishCounts();
    if (signer !== undefined) {
      const fields = { time: this.#options.now(), fudge: FUDGE_SECONDS, error: 0, other: NOTHING };
      const context = { before: this.#mac, timersOnly: !this.#first };
      const signed = appendTsig(out, length, signer.key, context, fields);
      length = signed.length;
      this.#mac = signed.mac;
    }
    this.#first = false;
    return length;
  }

  /** @param most octets that one RR alone may reach */
  #fill(most: number): void {
    const writer = this.#writer;
    const { lists } = this.#options;
    while (this.#list < lists.length) {
      const list = lists[this.#list] as RrList;
      const rr = rrAt(list, this.#at);
      const before = writer.at;
      const count = writer.counts[Section.ANSWER] as number;
      writer.recordOf(Section.ANSWER, list, rr.at, rr.type, rr.ttl);
      writer.rdataOf(rr.type, list, rr.rdataAt, rr.end - rr.rdataAt);
      if (writer.at > (count === 0 ? most : writer.limit)) {
        writer.cutTo(before, Section.ANSWER, count);
        if (count > 0) return;
        // No message holds it, so no query for it is answered either.
      }
      this.#at = rr.end;
      if (this.#at === list.length) {
        this.#list += 1;
        this.#at = 0;
      }
    }
  }
}

function putOpt(out: Uint8Array, at: number): number {
  out.fill(0, at, at + OPT_OCTETS);
  put16(out, at + 1, RrType.OPT);
  put16(out, at + 3, MAX_UDP_PAYLOAD);
  return at + OPT_OCTETS;
}
