import { NETWORKS, PLACES, TTL, WEIGHTED, ZONE } from '../compare/plan.js';
import { masterFiles } from './master-file.js';
import type { Launch, Peer, PeerSetup } from './peer.js';

/** Knot DNS with mod-geoip. One name of it is by network or by weight, not both. */
export const knot: Peer = {
  name: 'Knot',
  needs: { command: 'knotd', packages: 'knot knot-module-geoip' },
  features: ['static', 'weighted', 'geo', 'ecs', 'negative', 'names'],
  launch,
};

function launch({ folder, port, workers, many }: PeerSetup): Launch {
  const zones = masterFiles(many);
  return {
    files: {
      'knot.conf': config(folder, port, workers, Object.keys(zones)),
      'geo.conf': geoConfig(),
      'weighted.conf': [
        `weighted.${ZONE}:`,
        ...WEIGHTED.map(({ address, weight }) => `  - weight: ${weight}\n    A: ${address}`),
        '',
      ].join('\n'),
      ...Object.fromEntries(Object.entries(zones).map(([zone, text]) => [`${zone}.zone`, text])),
    },
    command: 'knotd',
    args: ['-c', `${folder}/knot.conf`],
  };
}

function geoConfig(): string {
  const networks = NETWORKS.map(
    ({ prefix, place }) => `  - net: ${prefix}\n    A: ${PLACES[place]?.members[0]?.address}`,
  );
  return [`geo.${ZONE}:`, ...networks, ''].join('\n');
}

function config(folder: string, port: number, workers: number, zones: readonly string[]): string {
  return `
server:
    listen: 127.0.0.1@${port}
    rundir: ${folder}
    udp-workers: ${workers}
    tcp-workers: 1
    background-workers: 1
    edns-client-subnet: on
database:
    storage: ${folder}
log:
  - target: stderr
    any: warning
mod-geoip:
  - id: geo
    config-file: ${folder}/geo.conf
    ttl: ${TTL}
    mode: subnet
  - id: weighted
    config-file: ${folder}/weighted.conf
    ttl: ${TTL}
    mode: weighted
template:
  - id: default
    storage: ${folder}
    file: "%s.zone"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
${zones.map((zone) => `  - domain: ${zone}\n${zone === ZONE ? '    module: [mod-geoip/geo, mod-geoip/weighted]\n' : ''}`).join('')}`;
}
