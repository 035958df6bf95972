import { z } from 'zod';
import { pattern, text } from '../config/fields.js';

/** The most items of a page. */
const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;

const LIMIT = `a whole number from 1 to ${MAX_LIMIT}`;

/** Query parameters of every list. */
export const pageQuery = {
  limit: pattern(LIMIT, /^\d{1,4}$/)
    .refine((value) => Number(value) >= 1 && Number(value) <= MAX_LIMIT, LIMIT)
    .optional()
    .describe(`How many at the most; ${DEFAULT_LIMIT} unless given.`),
  after: text('the next of the page before', 1024).optional().describe('Goes on after this one.'),
};

interface PageAsk {
  readonly limit?: string | undefined;
  readonly after?: string | undefined;
}

export function limitOf({ limit }: PageAsk): number {
  return limit === undefined ? DEFAULT_LIMIT : Number(limit);
}

/**
 * Cuts a page out of a list.
 * @param keyOf unique in the list; a page whose `after` is not there any more is empty
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  ask: PageAsk,
): { readonly page: readonly Item[]; readonly next?: string } {
  const start = ask.after === undefined ? 0 : items.findIndex((item) => keyOf(item) === ask.after) + 1;
  if (ask.after !== undefined && start === 0) return { page: [] };
  const page = items.slice(start, start + limitOf(ask));
  const last = page.at(-1);
  return last === undefined || start + page.length >= items.length ? { page } : { page, next: keyOf(last) };
}

export const nextSchema = z
  .string()
  .optional()
  .describe('What to give as `after` for the rest; absent when this is all.');
