import { NETWORKS, PLACES, TTL, WEIGHTED, type WeightedAddress } from '../compare/plan.js';
import { masterFiles } from './master-file.js';
import type { Launch, Peer, PeerSetup } from './peer.js';

/** gdnsd: its geoip plugin by networks alone, over its weighted plugin; no member is monitored. */
export const gdnsd: Peer = {
  name: 'gdnsd',
  needs: { command: 'gdnsd', packages: 'gdnsd' },
  features: ['static', 'weighted', 'geo', 'ecs', 'geo-weighted', 'negative', 'names'],
  launch,
};

function launch({ folder, port, workers, many }: PeerSetup): Launch {
  const zones = masterFiles(many, [
    `weighted ${TTL} DYNA weighted!weighted`,
    `geo ${TTL} DYNA geoip!geo`,
    `geow ${TTL} DYNA geoip!geow`,
  ]);
  return {
    files: {
      config: config(folder, port, workers),
      'geoip/nets': `${NETWORKS.map(({ prefix, place }) => `${prefix} => ${nameOf(place)}`).join('\n')}\n`,
      ...Object.fromEntries(Object.entries(zones).map(([zone, text]) => [`zones/${zone}`, text])),
      'run/.keep': '',
      'state/.keep': '',
    },
    command: 'gdnsd',
    args: ['-c', folder, 'start'],
  };
}

function config(folder: string, port: number, workers: number): string {
  const dcmap = (member: (place: number) => string): string =>
    PLACES.map((_, place) => `${nameOf(place)} => ${member(place)}`).join(', ');
  return `
options => {
  listen => 127.0.0.1:${port}
  udp_threads => ${workers}
  tcp_threads => 1
  run_dir => ${folder}/run
  state_dir => ${folder}/state
}
plugins => {
  weighted => {
    service_types => up
    weighted => ${weightedResource(WEIGHTED)}
    ${PLACES.map(({ members }, place) => `${nameOf(place)} => ${weightedResource(members)}`).join('\n    ')}
  }
  geoip => {
    service_types => up
    maps => { places => { nets => nets, datacenters => [ ${PLACES.map((_, place) => nameOf(place)).join(', ')} ] } }
    resources => {
      geo => { map => places, dcmap => { ${dcmap((place) => PLACES[place]?.members[0]?.address ?? '')} } }
      geow => { map => places, dcmap => { ${dcmap((place) => `%weighted!${nameOf(place)}`)} } }
    }
  }
}
`;
}

function weightedResource(members: readonly WeightedAddress[]): string {
  return `{ ${members.map(({ address, weight }, i) => `m${i} => [ ${address}, ${weight} ]`).join(', ')} }`;
}

function nameOf(place: number): string {
  return `p${place}`;
}
