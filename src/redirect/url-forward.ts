import type { UrlForward } from '../zonefile/zone-source.js';
import type { RequestTarget } from './request-target.js';

/**
 * octoDNS calls the field `masking`; what NS1, whose record this is, keeps in it is how the path is forwarded. ALL appends the
 * path asked for, CAPTURE what the `*` of the record's path stands for, NONE nothing.
 */
const PathForwarding = { ALL: 0, CAPTURE: 1, NONE: 2 } as const;

/**
 * The forward of a URLFWD record that this request matches: a path ending in `/*` matches everything below it, another one
 * only itself; the longest that matches wins, and itself before a wildcard.
 */
export function findForward(forwards: readonly UrlForward[], path: string): UrlForward | undefined {
  let best: UrlForward | undefined;
  for (const forward of forwards) {
    if (forward.path === path) return forward;
    if (!forward.path.endsWith('/*') || !path.startsWith(forward.path.slice(0, -1))) continue;
    if (best === undefined || forward.path.length > best.path.length) best = forward;
  }
  return best;
}

/**
 * Where a forward leads.
 * @returns an absolute http or https URL; undefined: the record's target is none
 */
export function forwardLocation(forward: UrlForward, request: RequestTarget): string | undefined {
  if (!/^https?:\/\//i.test(forward.target) || !URL.canParse(forward.target)) return undefined;
  const location = new URL(forward.target);
  const rest = forwardedPath(forward, request.path);
  if (rest !== '') location.pathname = location.pathname.replace(/\/$/, '') + rest;
  if (forward.query === 1 && request.query.length > 1) {
    location.search = location.search === '' ? request.query : `${location.search}&${request.query.slice(1)}`;
  }
  return location.href;
}

function forwardedPath(forward: UrlForward, path: string): string {
  switch (forward.masking) {
    case PathForwarding.ALL:
      return path;
    case PathForwarding.CAPTURE:
      return forward.path.endsWith('/*') ? path.slice(forward.path.length - 2) : '';
    default:
      return '';
  }
}
