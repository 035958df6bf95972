import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { headerValues } from '../http/header-text.js';
import { parseHost } from '../http/host.js';
import { Problem } from './problem.js';

/**
 * Refuses what a web page could send through an operator's browser.
 *
 * A name of an attacker that resolves to a loopback address (DNS rebinding) shows in Host: only addresses and `localhost` are
 * taken. A page of another origin shows in Origin or Sec-Fetch-Site. And a change needs a content type or a method that a
 * browser sends to another origin only after a preflight, which is never answered here.
 *
 * Where every request has a token, which no page can make a browser send, any host is taken: a proxy may go by a name.
 *
 * @throws Problem
 */
export function guardRequest(request: IncomingMessage, needsToken: boolean): void {
  const hosts = headerValues(request, 'host');
  const host = hosts.length === 1 ? parseHost(hosts[0] ?? '') : undefined;
  const isOurs = host === 'localhost' || host?.startsWith('[') === true || isIP(host ?? '') === 4;
  if (host === undefined || !(needsToken || isOurs)) {
    throw new Problem(
      403,
      'foreign_host',
      'ask by the address of the API: the Host field must be an IP address or localhost',
    );
  }
  const { origin, 'sec-fetch-site': site } = request.headers;
  const own =
    origin === undefined || /^https?:\/\/(.*)$/i.exec(origin)?.[1]?.toLowerCase() === hosts[0]?.toLowerCase();
  if (!own || site === 'cross-site' || site === 'same-site') {
    throw new Problem(403, 'foreign_origin', 'pages of other origins can not use this API');
  }
}

/**
 * @param more media types of JSON beside `application/json` that the operation takes
 * @throws Problem unless a body of this request would be JSON by its content type
 */
export function requireJson(request: IncomingMessage, more: readonly string[] = []): void {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || more.includes(type)) return;
  throw new Problem(
    415,
    'not_json',
    'a change is asked for with the header "content-type: application/json"',
    {},
    { accept: 'application/json' },
  );
}
