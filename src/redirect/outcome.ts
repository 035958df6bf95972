import { escapeHtml } from '../http/header-text.js';

/** How a request ends; also the names of its counter. */
export type OutcomeKind =
  | 'redirected'
  | 'forwarded'
  | 'noMember'
  | 'badRequest'
  | 'unknownHost'
  | 'notFound'
  | 'badMethod'
  | 'targetTooLong'
  | 'badForward'
  | 'starting';

/** A response, before it is written. */
export interface Outcome {
  readonly kind: OutcomeKind;
  /** The host of the site that was asked for; absent where it is none. */
  readonly site?: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** HTML; HEAD leaves it out and keeps its length. */
  readonly body: string;
}

/**
 * A redirect by RFC 9110 §15.4, with the short page that it asks for.
 * @param location an absolute URL without control characters
 */
export function redirectOutcome(
  kind: 'redirected' | 'forwarded',
  status: number,
  location: string,
  headers: Readonly<Record<string, string>>,
): Outcome {
  const link = escapeHtml(location);
  return {
    kind,
    status,
    headers: { location, ...headers },
    body: page(`Redirect`, `This is at <a href="${link}">${link}</a>.`),
  };
}

/** An error; shared caches and clients keep none of them. */
export function errorOutcome(
  kind: Exclude<OutcomeKind, 'redirected' | 'forwarded'>,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  const { status, title, text } = ERRORS[kind];
  return { kind, status, headers: { 'cache-control': 'no-store', ...headers }, body: page(title, text) };
}

const ERRORS = {
  badRequest: {
    status: 400,
    title: 'Bad request',
    text: 'The Host field or the address asked for is not one that a browser would send.',
  },
  unknownHost: { status: 404, title: 'Unknown site', text: 'No site of this name is served here.' },
  notFound: { status: 404, title: 'Not found', text: 'Nothing is forwarded from this address.' },
  badMethod: { status: 405, title: 'Method not allowed', text: 'Only GET and HEAD are answered here.' },
  targetTooLong: { status: 414, title: 'Address too long', text: 'The address asked for is too long.' },
  badForward: {
    status: 500,
    title: 'Broken forward',
    text: 'The record of this address does not name an http or https URL.',
  },
  starting: {
    status: 503,
    title: 'Starting',
    text: 'The download sites are being looked at for the first time. Please try again in a moment.',
  },
  noMember: {
    status: 503,
    title: 'Not available',
    text: 'No download site can serve this at the moment. Please try again later.',
  },
} as const;

/** @param text HTML */
function page(title: string, text: string): string {
  return `<!DOCTYPE html>\n<html lang="en"><title>${title}</title><p>${text}</p></html>\n`;
}
