import { parseHost } from '../http/host.js';

/** A request target that may be joined to another URL: it can't leave that URL's path. */
export interface RequestTarget {
  /** From an absolute-form target; it replaces the Host field (RFC 9112 §3.2.2). */
  readonly host?: string;
  /** Starts with `/`; octets that RFC 3986 does not allow in a path are percent-encoded. */
  readonly path: string;
  /** With its `?`; empty when there is none. */
  readonly query: string;
}

/** Why a target is refused; both are the client's error. */
export type TargetProblem = 'malformed' | 'too long';

/** RFC 9110 §4.1 recommends at least 8000 octets. */
export const MAX_TARGET_OCTETS = 8192;

/**
 * Reads the target of GET and HEAD: origin-form or absolute-form (RFC 9112 §3.2).
 *
 * Percent-encoding is decoded once, for the check alone, and passed on as it came. So `%252e%252e` is a file of that odd name
 * and stays one, and `%2F`, which package names have, is kept. Refused is what some client or member would take for a way out
 * of the member's path: `.` and `..` segments in whatever encoding (clients resolve them before they ask), backslashes, and
 * control characters.
 *
 * @param text as the request line has it, one character an octet
 */
export function parseRequestTarget(text: string): RequestTarget | TargetProblem {
  if (text.length > MAX_TARGET_OCTETS) return 'too long';
  let host: string | undefined;
  let rest = text;
  const absolute = ABSOLUTE_FORM.exec(text);
  if (absolute !== null) {
    host = parseHost(absolute[1] ?? '');
    if (host === undefined) return 'malformed';
    rest = text.slice(absolute[0].length);
    if (!rest.startsWith('/')) rest = `/${rest}`;
  }
  if (!rest.startsWith('/') || FORBIDDEN.test(rest)) return 'malformed';
  const queryAt = rest.indexOf('?');
  const path = queryAt < 0 ? rest : rest.slice(0, queryAt);
  const query = queryAt < 0 ? '' : rest.slice(queryAt);
  if (!isSafePath(path)) return 'malformed';
  const target = { path: encodeRest(path, NOT_IN_PATH), query: encodeRest(query, NOT_IN_QUERY) };
  return host === undefined ? target : { host, ...target };
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/** Controls, space and DEL; a backslash, which browsers read as `/`; and `#`, which has no place in a request. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\x00-\x20\x7f\\#]/;

/** `%` without two digits, and encoded controls and backslashes. */
const BAD_ENCODING = /%(?![0-9a-f]{2})|%(?:[01][0-9a-f]|7f|5c)/i;

/** `.` and `..`, also with the `;parameter` that some application servers cut off before they resolve. */
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:;[^/]*)?(?:\/|$)/;

/** What is not unreserved, sub-delims, `:`, `@`, `/` or a percent-encoding (RFC 3986 §3.3). */
const NOT_IN_PATH = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g;

/** RFC 3986 §3.4. */
const NOT_IN_QUERY = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/g;

function isSafePath(path: string): boolean {
  if (BAD_ENCODING.test(path)) return false;
  const decoded = path.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%3b/gi, ';');
  return !DOT_SEGMENT.test(decoded);
}

function encodeRest(text: string, notAllowed: RegExp): string {
  return text.replace(
    notAllowed,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
