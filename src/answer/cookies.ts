import { copyOctets, put32, u8, u32 } from '../wire/octets.js';
import { CLIENT_COOKIE_OCTETS, type Query } from '../wire/query.js';
import { putWord, readWord, sipHash24 } from '../wire/siphash.js';
import type { Exchange } from './exchange.js';

/** What a query's COOKIE says of its requestor. */
export const CookieState = {
  /** No COOKIE, or cookies are off. */
  NONE: 0,
  /** No server cookie, or one that does not hold: the requestor's address may be forged. */
  UNKNOWN: 1,
  /** A server cookie that holds: whoever asks got a response at its address in the last hour. */
  VALID: 2,
} as const;
export type CookieState = (typeof CookieState)[keyof typeof CookieState];

/** Octets of COOKIE in a response: 8 of the client's, 16 of the server's (RFC 9018 §4). */
export const COOKIE_OCTETS = 24;

/** Words of a secret: 128 bits. */
export const SECRET_WORDS = 4;

/**
 * Server cookies of RFC 9018: what other implementations make with the same secret, and take.
 *
 *   COOKIE     0   client cookie
 *              8   version 1, three reserved octets
 *              12  timestamp, seconds since 1970 modulo 2^32
 *              16  SipHash-2-4 of octets 0 to 15 and the requestor's address
 */
export class ServerCookies {
  readonly #secrets: Uint32Array;
  /** Words of what is hashed: the first 16 octets of COOKIE, the address, and the two that SipHash ends with. */
  readonly #input = new Int32Array(4 + 4 + 2);
  readonly #hash = new Int32Array(2);

  /**
   * @param secrets keys of SipHash, four words each, 1 at least: the first one makes cookies, all of them are tried to verify
   *   one. They may change while queries are answered; a cookie that is made or verified in that moment may not hold.
   */
  constructor(secrets: Uint32Array) {
    this.#secrets = secrets;
  }

  /**
   * Verifies the COOKIE of a query and makes that of its response.
   * @param query with `cookieOctets` over 0
   * @param nowSeconds since 1970
   * @param cookie receives COOKIE of the response, {@link COOKIE_OCTETS}
   */
  answer(query: Query, exchange: Exchange, nowSeconds: number, cookie: Uint8Array): CookieState {
    const input = this.#input;
    const octets = exchange.query;
    const at = query.cookieAt;
    input[0] = readWord(octets, at);
    input[1] = readWord(octets, at + 4);
    const length = this.#takeAddress(exchange);
    let valid = false;
    if (query.cookieOctets === COOKIE_OCTETS && u8(octets, at + VERSION_AT) === VERSION) {
      // RFC 9018 §4.3: serial number arithmetic (RFC 1982), since 32 bits of seconds come round in 2106.
      const ageSeconds = (nowSeconds - u32(octets, at + TIMESTAMP_AT)) | 0;
      if (ageSeconds <= MAX_AGE_SECONDS && ageSeconds >= -MAX_AHEAD_SECONDS) {
        input[2] = readWord(octets, at + VERSION_AT);
        input[3] = readWord(octets, at + TIMESTAMP_AT);
        const secret = this.#findSecret(
          readWord(octets, at + HASH_AT),
          readWord(octets, at + HASH_AT + 4),
          length,
        );
        valid = secret >= 0;
        if (secret === 0 && ageSeconds < RENEW_AGE_SECONDS) {
          copyOctets(octets, at, cookie, 0, COOKIE_OCTETS);
          return CookieState.VALID;
        }
      }
    }
    put32(cookie, VERSION_AT, VERSION << 24);
    put32(cookie, TIMESTAMP_AT, nowSeconds);
    input[2] = readWord(cookie, VERSION_AT);
    input[3] = readWord(cookie, TIMESTAMP_AT);
    sipHash24(this.#secrets, 0, input, length, this.#hash);
    putWord(cookie, 0, input[0] as number);
    putWord(cookie, 4, input[1] as number);
    putWord(cookie, HASH_AT, this.#hash[0] as number);
    putWord(cookie, HASH_AT + 4, this.#hash[1] as number);
    return valid ? CookieState.VALID : CookieState.UNKNOWN;
  }

  /** Puts the requestor's address behind the octets of COOKIE. @returns octets that are hashed */
  #takeAddress({ family, address }: Exchange): number {
    const input = this.#input;
    input[4] = readWord(address, 0);
    if (family === 4) {
      input[5] = 0;
      return HASH_AT + 4;
    }
    input[5] = readWord(address, 4);
    input[6] = readWord(address, 8);
    input[7] = readWord(address, 12);
    return HASH_AT + 16;
  }

  /** Which secret hashes the input to these two words, or -1. Compares in a time that tells nothing of how far they agree. */
  #findSecret(first: number, second: number, length: number): number {
    const hash = this.#hash;
    for (let secret = 0; secret < this.#secrets.length; secret += SECRET_WORDS) {
      sipHash24(this.#secrets, secret, this.#input, length, hash);
      if ((((hash[0] as number) ^ first) | ((hash[1] as number) ^ second)) === 0) return secret;
    }
    return -1;
  }
}

const VERSION = 1;
const VERSION_AT = CLIENT_COOKIE_OCTETS;
const TIMESTAMP_AT = 12;
const HASH_AT = 16;

/** RFC 9018 §4.3: the server SHOULD take cookies of the past hour, and of 5 minutes ahead for clocks that differ. */
const MAX_AGE_SECONDS = 3600;
const MAX_AHEAD_SECONDS = 300;

/** RFC 9018 §4.3: one older than half an hour SHOULD be answered with a new one. */
const RENEW_AGE_SECONDS = 1800;
