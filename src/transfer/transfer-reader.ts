import { formatRrType } from '../rr/rr-types.js';
import { formatName, isAtOrBelow, lowerName, sameName } from '../wire/name.js';
import { RrClass, RrType } from '../wire/protocol.js';
import { isLaterSerial } from '../zonefile/serial.js';
import { type Message, MessageError, type MessageRecord } from './message.js';
import { foldedRdata, plainRdata } from './plain-rdata.js';
import { type RrList, RrListWriter, rrsOf, serialOf, serialOfSoa } from './rr-list.js';

/** The most octets of a zone that is taken over: some ten million RRs. A primary that never ends is cut off there. */
const MAX_ZONE_OCTETS = 512 << 20;

/** RFC 6895 §3.1: types of questions and of messages, which no zone has. */
const FIRST_META_TYPE = 128;
const LAST_META_TYPE = 255;

/** What came of a transfer. */
export type Transferred =
  /** The zone as it is now. */
  | { readonly kind: 'zone'; readonly list: RrList; readonly incremental: boolean }
  /** The primary has nothing newer. */
  | { readonly kind: 'current' };

/**
 * Reads the messages of an AXFR or IXFR response (RFC 5936 §2.2, RFC 1995 §4). The zone of before is not changed; what is not
 * right is refused whole.
 */
export class TransferReader {
  readonly #apex: Uint8Array;
  readonly #have: RrList | undefined;
  readonly #limit: number;
  #octets = 0;
  #soa: Rr | undefined;
  #mode: 'begin' | 'second' | 'whole' | 'delete' | 'add' | 'end' = 'begin';
  readonly #whole = new RrListWriter();
  /** While it is incremental: the RRs by what they say, and the serial that they are. */
  #zone = new Map<string, Rr>();
  #serial = 0;

  /**
   * @param apex lower case
   * @param have the zone that changes are asked for of; undefined for AXFR
   */
  constructor(apex: Uint8Array, have: RrList | undefined, limit = MAX_ZONE_OCTETS) {
    this.#apex = apex;
    this.#have = have;
    this.#limit = limit;
  }

  /**
   * Takes the next message, whose header and signature are right.
   * @returns what came of the transfer once it is whole
   * @throws MessageError when it is not right
   */
  take(message: Message): Transferred | undefined {
    let answers = 0;
    for (const record of message.records()) {
      if (record.section !== 1) continue;
      answers += 1;
      this.#record(message, record);
    }
    if (this.#mode === 'end') return this.#finish();
    if (answers === 0) throw new MessageError('has no records');
    if (this.#mode === 'second' && answers === 1 && this.#isCurrent()) return { kind: 'current' };
    return undefined;
  }

  #record(message: Message, record: MessageRecord): void {
    const rr = this.#read(message, record);
    this.#octets += rr.rdata.length + rr.owner.length + 10;
    if (this.#octets > this.#limit) throw new MessageError(`goes on for more than ${this.#limit} octets`);
    const isSoa = rr.type === RrType.SOA;
    if (isSoa && !sameName(rr.owner, this.#apex))
      throw new MessageError(`has a SOA at ${formatName(rr.owner)}`);
    switch (this.#mode) {
      case 'begin':
        if (!isSoa) throw new MessageError('does not begin with a SOA');
        this.#soa = rr;
        this.#mode = 'second';
        return;
      case 'second':
        this.#second(rr, isSoa);
        return;
      case 'whole':
        if (isSoa) this.#end(rr);
        else this.#add(rr);
        return;
      case 'delete':
        if (isSoa) this.#turn(rr);
        else this.#remove(rr);
        return;
      case 'add':
        if (isSoa) this.#nextChange(rr);
        else this.#insert(rr);
        return;
      case 'end':
        throw new MessageError('has records past its last SOA');
    }
  }

  #read({ octets }: Message, { owner, type, class: rrClass, ttl, rdataAt, end }: MessageRecord): Rr {
    if (rrClass !== RrClass.IN) throw new MessageError(`has a record of class ${rrClass}`);
    if (!isAtOrBelow(owner, this.#apex))
      throw new MessageError(`has ${formatName(owner)}, which is out of zone`);
    if (type === 0 || type === RrType.OPT || (type >= FIRST_META_TYPE && type <= LAST_META_TYPE)) {
      throw new MessageError(`has a record of type ${formatRrType(type)}`);
    }
    // RFC 2181 §8: a TTL with its first bit set is taken as 0.
    const rdata = plainRdata(octets, type, rdataAt, end);
    return { owner: lowerName(owner), type, ttl: ttl > 0x7fffffff ? 0 : ttl, rdata };
  }

  /** The second RR tells what it is: a SOA of the serial that was asked from begins changes, anything else a zone. */
  #second(rr: Rr, isSoa: boolean): void {
    const have = this.#have;
    if (isSoa && have !== undefined && serialOfSoa(rr.rdata) === serialOf(have)) {
      this.#serial = serialOf(have);
      for (const { at, ownerEnd, type, ttl, rdataAt, end } of rrsOf(have)) {
        if (at === 0) continue;
        const old = { owner: have.subarray(at, ownerEnd), type, ttl, rdata: have.subarray(rdataAt, end) };
        this.#zone.set(keyOf(old), old);
      }
      this.#mode = 'delete';
      return;
    }
    this.#add(this.#soa as Rr);
    this.#mode = 'whole';
    if (isSoa) this.#end(rr);
    else this.#add(rr);
  }

  #add({ owner, type, ttl, rdata }: Rr): void {
    this.#whole.add(owner, type, ttl, rdata);
  }

  /** RFC 5936 §2.2: the last SOA is the first one again. */
  #end(rr: Rr): void {
    if (keyOf(rr) !== keyOf(this.#soa as Rr))
      throw new MessageError('ends with another SOA than it begins with');
    this.#mode = 'end';
  }

  /** The SOA between what goes and what comes. */
  #turn(rr: Rr): void {
    const serial = serialOfSoa(rr.rdata);
    if (!isLaterSerial(serial, this.#serial)) throw new MessageError(`goes back to serial ${serial}`);
    this.#serial = serial;
    this.#mode = 'add';
  }

  #remove(rr: Rr): void {
    if (!this.#zone.delete(keyOf(rr)))
      throw new MessageError(`removes a record of ${formatName(rr.owner)} that there is not`);
  }

  #insert(rr: Rr): void {
    this.#zone.set(keyOf(rr), rr);
  }

  /** The SOA that ends the changes, or that begins the next. */
  #nextChange(rr: Rr): void {
    const serial = serialOfSoa(rr.rdata);
    if (serial !== this.#serial)
      throw new MessageError(`goes on from serial ${serial} where it came to ${this.#serial}`);
    this.#mode = keyOf(rr) === keyOf(this.#soa as Rr) ? 'end' : 'delete';
  }

  #finish(): Transferred {
    if (this.#have === undefined || this.#whole.length > 0) {
      return { kind: 'zone', list: this.#whole.shared(), incremental: false };
    }
    this.#add(this.#soa as Rr);
    for (const rr of this.#zone.values()) this.#add(rr);
    return { kind: 'zone', list: this.#whole.shared(), incremental: true };
  }

  /** RFC 1995 §2: a SOA alone says that there is nothing newer. */
  #isCurrent(): boolean {
    if (this.#have === undefined || this.#soa === undefined) return false;
    return !isLaterSerial(serialOfSoa(this.#soa.rdata), serialOf(this.#have));
  }
}

interface Rr {
  readonly owner: Uint8Array;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Uint8Array;
}

/** The same for RRs that are the same, TTL and case aside. */
function keyOf({ owner, type, rdata }: Rr): string {
  const folded = Buffer.from(foldedRdata(type, rdata)).toString('latin1');
  return `${type} ${Buffer.from(owner).toString('latin1')} ${folded}`;
}
