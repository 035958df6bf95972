import type { SiteSpec } from '../config/config.js';
import type { Circumstances } from '../steer/decide.js';
import type { Service } from '../steer/service.js';
import type { UrlForwardRecord } from '../zonefile/zone-source.js';
import type { TrustedProxies } from './client-address.js';

/** What the redirect endpoint answers from. Immutable; a reload makes a new one. */
export interface RedirectSource {
  /** False before the first round of probes: nobody is redirected yet. */
  readonly ready: boolean;
  /** By host: lower case, without port; an IPv6 address in brackets. */
  readonly sites: ReadonlyMap<string, RedirectSite>;
  /** The URLFWD record of this host, wildcards resolved (RFC 4592); undefined when there is none. */
  readonly forwards: (host: string) => Pick<UrlForwardRecord, 'ttl' | 'forwards'> | undefined;
  readonly circumstances: Circumstances;
  readonly trustedProxies: TrustedProxies;
}

export interface RedirectSite extends Pick<SiteSpec, 'status' | 'cacheControl'> {
  readonly service: Service;
}
