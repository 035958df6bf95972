import { z } from 'zod';

/** Something that was said and that every instance is to know; the highest version of a key holds. */
export interface SharedWord {
  readonly key: string;
  /** Compared as text; no two words have the same. */
  readonly version: string;
  readonly text: string;
}

/** Where words are kept on this instance. */
export interface WordKeeper {
  /** What it holds, those that took something back included. */
  all(): readonly SharedWord[];
  /**
   * Takes what others said, as far as it is newer.
   * @returns how many were no words that it understands
   */
  merge(words: readonly SharedWord[]): number;
}

/** What was read from Redis. */
export interface WordList {
  /** Of this text: another one has another; '' when it has none. */
  readonly revision: string;
  readonly words: readonly SharedWord[];
  readonly refused: number;
  /** It is no list of words at all, and is to be replaced. */
  readonly isForeign: boolean;
}

/** Octets of the longest text of words that is written or read. */
export const MAX_WORDS_OCTETS = 1 << 20;

const MAX_WORDS = 4096;

/** Digits of a revision, on the first line of the text. */
export const REVISION_DIGITS = 16;

/** @param revision {@link REVISION_DIGITS} hexadecimal digits */
export function formatWords(revision: string, words: readonly SharedWord[]): string {
  const rows = words.slice(-MAX_WORDS).map(({ key, version, text }) => [key, version, text]);
  return `${revision}\n${JSON.stringify(rows)}`;
}

/** Reads what instances wrote; what is no word is left out, and a text that is none at all has no words. */
export function parseWords(text: string): WordList {
  const [, revision = '', json = ''] = /^([0-9a-f]{16})\n(.*)$/.exec(text) ?? [];
  const rows = parseArray(json);
  // The revision stays that of the text in Redis, so that it can be replaced.
  if (rows === undefined) return { revision, words: [], refused: 1, isForeign: true };
  const words = rows.slice(0, MAX_WORDS).flatMap((row: unknown) => {
    const { success, data } = wordRow.safeParse(row);
    return success ? [{ key: data[0], version: data[1], text: data[2] }] : [];
  });
  return { revision, words, refused: rows.length - words.length, isForeign: false };
}

/** True when some word of `mine` is newer than what `theirs` have of its key. */
export function hasNews(mine: readonly SharedWord[], theirs: readonly SharedWord[]): boolean {
  const known = new Map(theirs.map(({ key, version }) => [key, version]));
  return mine.some(({ key, version }) => version > (known.get(key) ?? ''));
}

function parseArray(json: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const wordRow = z.tuple([z.string().min(1).max(600), z.string().min(1).max(128), z.string().max(2048)]);
