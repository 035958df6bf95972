import type { SourceFile } from '../config/diagnostics.js';
import { didYouMean } from '../config/suggest.js';
import type { ReadName } from '../rr/field.js';
import { parseSeconds } from '../rr/number-fields.js';
import { readRdataWords } from '../rr/rdata.js';
import { RdataError, shown } from '../rr/rdata-error.js';
import { parseRrType, rrTypeByNumber, rrTypes, TYPE } from '../rr/rr-types.js';
import { TextReader } from '../rr/text-reader.js';
import { u32 } from '../wire/octets.js';
import type { MasterErrors, Span } from './master-errors.js';
import type { MasterToken } from './master-lexer.js';
import { reportWarning, type ZoneLoad } from './zone-load.js';

/** What follows an owner name: `[TTL] [class] type RDATA`. */
export interface MasterData {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly rdata: Uint8Array;
  /** Index of the first word of the RDATA. */
  readonly rdataAt: number;
}

/** A class, which stands before or after the TTL (RFC 1035 §5.1). */
export const CLASS = /^(IN|CH|CHAOS|HS|CS|CLASS\d{1,5})$/i;

/** Reads what follows owner names, and remembers the TTLs that records without one have. */
export class MasterDataReader {
  readonly #load: ZoneLoad;
  readonly #errors: MasterErrors;
  /** By $TTL, in seconds. */
  #defaultTtl: number | undefined;
  /** Of the last record that gave one. */
  #lastTtl: number | undefined;
  /** Numbers of types, as they are written. */
  readonly #types = new Map<string, number>();

  constructor(load: ZoneLoad, errors: MasterErrors) {
    this.#load = load;
    this.#errors = errors;
  }

  /** Takes the TTL of a $TTL. */
  setDefaultTtl(source: SourceFile, token: MasterToken): void {
    this.#defaultTtl = this.#readTtl(source, token) ?? this.#defaultTtl;
  }

  /**
   * Reads `[TTL] [class] type RDATA`, TTL and class in either order.
   * @param at the first word of it
   * @param whole where the record stands
   * @returns undefined after an error
   */
  read(
    source: SourceFile,
    tokens: readonly MasterToken[],
    at: number,
    whole: Span,
    readName: ReadName,
  ): MasterData | undefined {
    let ttl: number | undefined;
    let sawClass = false;
    for (; ; at++) {
      const token = tokens[at];
      if (token === undefined) {
        const hint = 'a record is: owner [TTL] [class] type RDATA';
        this.#errors.report(source, { start: whole.end, end: whole.end }, 'the record has no type', hint);
        return undefined;
      }
      if (token.quoted || this.#types.has(token.text)) break;
      if (ttl === undefined && isDigit(token.text.charCodeAt(0))) {
        ttl = this.#readTtl(source, token);
        if (ttl === undefined) return undefined;
      } else if (!sawClass && CLASS.test(token.text)) {
        sawClass = true;
        if (!IN.test(token.text)) {
          this.#errors.report(source, token, `class must be IN but is ${token.text}`);
          return undefined;
        }
      } else break;
    }
    const typeToken = tokens[at] as MasterToken;
    const type = this.#readType(source, typeToken);
    if (type === undefined) return undefined;
    if (ttl !== undefined) this.#lastTtl = ttl;
    const rdata = this.#readRdata(source, tokens, at, whole, type, readName);
    if (rdata === undefined) return undefined;
    ttl ??= this.#inheritedTtl(source, typeToken, type, rdata);
    return ttl === undefined ? undefined : { type, ttl, rdata, rdataAt: at + 1 };
  }

  /** @param at of the type */
  #readRdata(
    source: SourceFile,
    tokens: readonly MasterToken[],
    at: number,
    whole: Span,
    type: number,
    readName: ReadName,
  ): Uint8Array | undefined {
    const name = (): string => (tokens[at] as MasterToken).text.toUpperCase();
    const reader = new TextReader(tokens, at + 1);
    try {
      const { out } = this.#load;
      out.clear();
      const rdata = readRdataWords(type, reader, readName, out);
      const doubt = rrTypeByNumber(type)?.lint?.(rdata);
      if (doubt !== undefined) {
        reportWarning(this.#load, { source, start: whole.start, end: whole.end }, `${name()} ${doubt}`);
      }
      return rdata;
    } catch (error) {
      const isMissing = error instanceof RdataError && reader.left === 0 && /is missing$/.test(error.message);
      // The word that was read last, unless it is the next one that is missing.
      const wrong = isMissing ? { start: whole.end, end: whole.end } : (tokens[reader.at - 1] ?? whole);
      this.#errors.reportThrown(source, wrong, name(), error);
      return undefined;
    }
  }

  /** @returns undefined after an error */
  #readTtl(source: SourceFile, token: MasterToken): number | undefined {
    try {
      const ttl = parseSeconds(token.text);
      if (ttl <= MAX_TTL) return ttl;
      const message = `TTL must be 0 to ${MAX_TTL} seconds but is ${shown(token.text)}`;
      this.#errors.report(source, token, message);
    } catch (error) {
      if (!(error instanceof RdataError)) throw error;
      this.#errors.report(source, token, `TTL must be seconds, or 1h30m, but is ${shown(token.text)}`);
    }
    return undefined;
  }

  /** RFC 2308 §4: $TTL's; RFC 1035 §5.1: else that of the record before. A SOA first of all has its MINIMUM, as in BIND. */
  #inheritedTtl(source: SourceFile, token: MasterToken, type: number, rdata: Uint8Array): number | undefined {
    const ttl = this.#defaultTtl ?? this.#lastTtl;
    if (ttl !== undefined) return ttl;
    const hint = 'write $TTL 3600 on top of the file';
    if (type !== TYPE.SOA) {
      this.#errors.report(source, token, 'the record has no TTL, nor is there one before it', hint);
      return undefined;
    }
    const minimum = Math.min(u32(rdata, rdata.length - 4), MAX_TTL);
    const message = `SOA has no TTL: its minimum, ${minimum}, is that of the zone`;
    reportWarning(this.#load, { source, start: token.start, end: token.end }, message, hint);
    this.#defaultTtl = minimum;
    return minimum;
  }

  /** @returns undefined after an error */
  #readType(source: SourceFile, token: MasterToken): number | undefined {
    const known = token.quoted ? undefined : this.#types.get(token.text);
    if (known !== undefined) return known;
    const type = token.quoted ? undefined : parseRrType(token.text);
    if (type === undefined) {
      this.#errors.report(source, token, `unknown type ${shown(token.text)}`, typeHint(token.text));
      return undefined;
    }
    if (type === 0 || type === OPT || (type >= FIRST_QUERY_TYPE && type <= 255)) {
      this.#errors.report(source, token, `${token.text.toUpperCase()} is no type of a record in a zone`);
      return undefined;
    }
    this.#types.set(token.text, type);
    return type;
  }
}

const IN = /^(IN|CLASS1)$/i;

/** RFC 2181 §8: a TTL has 31 bits. */
const MAX_TTL = 2 ** 31 - 1;

/** Pseudo type of EDNS (RFC 6891 §6.1.1). */
const OPT = 41;
/** RFC 6895 §3.1: 128 to 255 are for questions and meta types. */
const FIRST_QUERY_TYPE = 128;

/** Types that providers have and DNS has not. */
const YAML_TYPES: readonly string[] = ['ALIAS', 'ANAME', 'GSLB', 'URLFWD'];
const TYPE_NAMES = rrTypes.flatMap(({ name, number }) => (number === undefined ? [] : [name]));

function typeHint(text: string): string {
  const upper = text.toUpperCase();
  if (YAML_TYPES.includes(upper)) return 'it is no type of DNS; zone YAML has it';
  return didYouMean(upper, TYPE_NAMES) ?? 'a record is: owner [TTL] [class] type RDATA';
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
