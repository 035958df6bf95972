import { makeTrustedProxies } from '../../redirect/client-address.js';
import type { RedirectSource } from '../../redirect/redirect-source.js';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import type { Circumstances } from '../../steer/decide.js';
import { LookupName } from '../../wire/lookup-name.js';
import { NameError, parseName } from '../../wire/name.js';
import { Finding, Found, findNode, findRrset, findZone } from '../../zone/find.js';
import { FORWARD_TYPE, RrsetWord, rrsetWord } from '../../zone/zone-store.js';

/**
 * What the redirect endpoint answers from: the sites and URLFWD records of a snapshot.
 * @param ready false: not yet
 */
export function redirectsOf(
  snapshot: Snapshot,
  circumstances: Circumstances,
  ready: boolean,
): RedirectSource {
  const { config, serviceByName } = snapshot;
  const sites: RedirectSource['sites'] = new Map(
    config.sites.flatMap(({ host, service: name, status, cacheControl }) => {
      const service = serviceByName.get(name);
      return service === undefined ? [] : [[host, { service, status, cacheControl }] as const];
    }),
  );
  const trustedProxies = makeTrustedProxies(config.trustedProxies);
  return { ready, sites, forwards: (host) => findForwards(snapshot, host), circumstances, trustedProxies };
}

/** The URLFWD record that a host has, found as DNS finds names, wildcards too (RFC 4592). */
function findForwards({ catalog, forwards }: Snapshot, host: string): ReturnType<RedirectSource['forwards']> {
  const name = lookupName(host);
  const store = catalog.zones;
  const zone = name === undefined ? -1 : findZone(store, name);
  if (name === undefined || zone < 0) return undefined;
  const finding = new Finding();
  findNode(store, zone, name, finding);
  if (finding.found !== Found.EXACT && finding.found !== Found.WILDCARD) return undefined;
  const rrset = findRrset(store, finding.node, FORWARD_TYPE);
  return rrset < 0 ? undefined : forwards[rrsetWord(store, rrset, RrsetWord.DATA)];
}

/** undefined when the host can't be a name. */
function lookupName(host: string): LookupName | undefined {
  try {
    const name = new LookupName();
    name.set(parseName(host), 0);
    return name;
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}
