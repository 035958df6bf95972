import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import type { Sources } from '../../snapshot/watch-sources.js';

/** Files of geo data that a reload is due for when they change. */
export function geoFiles({ config }: Snapshot): string[] {
  const { databases, networks } = config.geo;
  return [...databases.filter((path) => !path.startsWith('builtin:')), ...networks];
}

/** What else a reload reads; undefined when nobody asked to reload when it changes. */
export function sourcesOf({ config }: Snapshot): Sources | undefined {
  const { file, watch, zones, services, geo } = config;
  return watch ? { files: [file, ...geo.networks], folders: [zones, services] } : undefined;
}
