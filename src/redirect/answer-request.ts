import { Client } from '../geo/client.js';
import { parseHost } from '../http/host.js';
import type { PeerAddress } from '../server/proxy-header.js';
import { Choice, Decision, decide, Want } from '../steer/decide.js';
import { isTrusted, requestClient } from './client-address.js';
import { errorOutcome, type Outcome, redirectOutcome } from './outcome.js';
import type { RedirectSite, RedirectSource } from './redirect-source.js';
import { parseRequestTarget, type RequestTarget } from './request-target.js';
import { findForward, forwardLocation } from './url-forward.js';

/** What the endpoint reads of a request. */
export interface RedirectRequest {
  readonly method: string;
  /** As the request line has it. */
  readonly target: string;
  /** Every Host field. */
  readonly hosts: readonly string[];
  /** Every X-Forwarded-For field, joined by commas. */
  readonly forwardedFor: string | undefined;
  /** Who opened the connection, or whom its PROXY header names. */
  readonly peer: PeerAddress;
}

/** Decides what a request is answered. Not reentrant: one decision is reused. */
export function answerRequest(request: RedirectRequest, source: RedirectSource): Outcome {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return errorOutcome('badMethod', { allow: 'GET, HEAD' });
  }
  if (!source.ready) return errorOutcome('starting', { 'retry-after': '1' });
  const target = parseRequestTarget(request.target);
  if (target === 'too long') return errorOutcome('targetTooLong');
  if (target === 'malformed') return errorOutcome('badRequest');
  const host = requestHost(request.hosts, target);
  if (host === undefined) return errorOutcome('badRequest');
  const site = source.sites.get(host);
  if (site === undefined) return forwardRequest(source, host, target);
  return { ...steerRequest(source, site, request, target), site: host };
}

/** Refilled for each request. */
const client = new Client();
const decision = new Decision();

/**
 * RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host
 * header field and to any request message that contains more than one Host header field line or a Host header field with an
 * invalid field value." An HTTP/1.0 request without one does not say which site it is for.
 */
function requestHost(hosts: readonly string[], target: RequestTarget): string | undefined {
  if (hosts.length > 1) return undefined;
  const field = hosts[0] === undefined ? undefined : parseHost(hosts[0]);
  if (hosts[0] !== undefined && field === undefined) return undefined;
  return target.host ?? field;
}

function steerRequest(
  source: RedirectSource,
  site: RedirectSite,
  request: RedirectRequest,
  target: RequestTarget,
): Outcome {
  const { service, status, cacheControl } = site;
  const { octets, family } = requestClient(request.peer, request.forwardedFor, source.trustedProxies);
  client.set(family, octets, 0, octets.length * 8, false);
  decide(service, client, Want.URL, source.circumstances, decision);
  // Only of a trusted peer does the field's presence or absence change the response.
  const vary: Record<string, string> = isTrusted(source.trustedProxies, request.peer)
    ? { vary: 'X-Forwarded-For' }
    : {};
  const member = decision.choice === Choice.URL ? service.spec.members[decision.members[0] ?? -1] : undefined;
  if (member?.url === undefined) {
    return errorOutcome('noMember', { 'retry-after': String(retrySeconds(decision.ttl)), ...vary });
  }
  const location = member.url + target.path.slice(1) + target.query;
  return redirectOutcome('redirected', status, location, { 'cache-control': cacheControl, ...vary });
}

/** A decision without members holds for its TTL; bounded, so that no client stays away for long or comes at once. */
function retrySeconds(ttl: number): number {
  return Math.min(Math.max(ttl, 1), 120);
}

function forwardRequest(source: RedirectSource, host: string, target: RequestTarget): Outcome {
  const record = source.forwards(host);
  if (record === undefined) return errorOutcome('unknownHost');
  const forward = findForward(record.forwards, target.path);
  if (forward === undefined) return errorOutcome('notFound');
  const location = forwardLocation(forward, target);
  if (location === undefined) return errorOutcome('badForward');
  // The same for every client, so any cache may keep it as long as resolvers keep the record.
  return redirectOutcome('forwarded', forward.code, location, {
    'cache-control': `public, max-age=${record.ttl}`,
  });
}
