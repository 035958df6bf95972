import { randomBytes } from 'node:crypto';
import type { RedisConnection } from './redis-connection.js';
import { type Keys, swapWords } from './redis-exchange.js';
import {
  formatWords,
  hasNews,
  MAX_WORDS_OCTETS,
  parseWords,
  REVISION_DIGITS,
  type WordKeeper,
  type WordList,
} from './shared-words.js';

/** The words of this instance and those in Redis: takes what is newer there, gives what is newer here. */
export class WordExchange {
  readonly #keeper: WordKeeper;
  readonly #keys: Keys;
  /** What Redis has, as far as is known. */
  #known: WordList = NOTHING;
  #isNew = true;
  #refused = 0;

  constructor(keeper: WordKeeper, keys: Keys) {
    this.#keeper = keeper;
    this.#keys = keys;
  }

  /** Of the text in Redis that is known here. */
  get revision(): string {
    return this.#known.revision;
  }

  /** Words that were none, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Something new was said on this instance. */
  changed(): void {
    this.#isNew = true;
  }

  /**
   * @param text what Redis has, '' for nothing; undefined: what is known here
   * @returns false when another instance was faster: it is to be tried again
   * @throws what the connection throws
   */
  async share(connection: RedisConnection, text: string | undefined): Promise<boolean> {
    if (text !== undefined && (text !== '' || this.#known.words.length > 0)) {
      this.#known = text === '' ? NOTHING : parseWords(text);
      this.#refused += this.#known.refused + this.#keeper.merge(this.#known.words);
      this.#isNew = true;
    }
    if (!this.#isNew) return true;
    this.#isNew = false;
    const mine = this.#keeper.all();
    if (!this.#known.isForeign && !hasNews(mine, this.#known.words)) return true;
    const revision = randomBytes(REVISION_DIGITS / 2).toString('hex');
    let words = mine;
    let next = formatWords(revision, words);
    // Sorted by age: what was said last is what has to be known.
    while (Buffer.byteLength(next) > MAX_WORDS_OCTETS) {
      words = words.slice(Math.ceil(words.length / 2));
      next = formatWords(revision, words);
    }
    if (await swapWords(connection, this.#keys, this.#known.revision, next)) {
      this.#known = { revision, words, refused: 0, isForeign: false };
      return true;
    }
    this.#isNew = true;
    return false;
  }
}

const NOTHING: WordList = { revision: '', words: [], refused: 0, isForeign: false };
