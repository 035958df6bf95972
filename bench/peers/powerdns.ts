import { writeMmdb } from '../../test/geo/mmdb-writer.js';
import {
  NETWORKS,
  NS_ADDRESS,
  PLACES,
  STATIC_ADDRESS,
  TTL,
  WEIGHTED,
  type WeightedAddress,
  ZONE,
} from '../compare/plan.js';
import { manyMasterFiles } from './master-file.js';
import type { Launch, Peer, PeerSetup } from './peer.js';

/** PowerDNS: the geoip backend, its database made of the same networks; many names come from its bind backend. */
export const powerdns: Peer = {
  name: 'PowerDNS',
  needs: { command: 'pdns_server', packages: 'pdns-server pdns-backend-geoip pdns-backend-bind' },
  features: ['static', 'weighted', 'geo', 'ecs', 'geo-weighted', 'negative', 'names'],
  launch,
};

function launch({ folder, port, workers, many }: PeerSetup): Launch {
  const zones = many === undefined ? {} : manyMasterFiles(many);
  return {
    files: {
      'pdns.conf': config(folder, port, workers),
      'geo.yaml': geoZone(),
      'geo.mmdb': writeMmdb({ type: 'GeoLite2-Country', blocks: Object.fromEntries(NETWORKS.map(blockOf)) }),
      'named.conf': Object.keys(zones)
        .map((zone) => `zone "${zone}" { type master; file "${folder}/${zone}.zone"; };\n`)
        .join(''),
      ...Object.fromEntries(Object.entries(zones).map(([zone, text]) => [`${zone}.zone`, text])),
    },
    command: 'pdns_server',
    args: [`--config-dir=${folder}`],
  };
}

/** In MaxMind's schema of a country database. */
function blockOf({
  prefix,
  place,
}: (typeof NETWORKS)[number]): [string, Parameters<typeof writeMmdb>[0]['blocks'][string]] {
  const { continent = '', country = '' } = PLACES[place] ?? {};
  return [prefix, { continent: { code: continent }, country: { iso_code: country } }];
}

function config(folder: string, port: number, workers: number): string {
  return `
launch=geoip,bind
geoip-zones-file=${folder}/geo.yaml
geoip-database-files=mmdb:${folder}/geo.mmdb
bind-config=${folder}/named.conf
local-address=127.0.0.1
local-port=${port}
receiver-threads=${workers}
distributor-threads=1
reuseport=yes
edns-subnet-processing=yes
socket-dir=${folder}
daemon=no
guardian=no
setuid=
setgid=
security-poll-suffix=
`;
}

function geoZone(): string {
  const record = (name: string, addresses: readonly WeightedAddress[]): string =>
    `    ${name}.${ZONE}:\n${addresses
      .map(({ address, weight }) => `      - a: {content: ${address}, weight: ${weight}}\n`)
      .join('')}`;
  return `
domains:
- domain: ${ZONE}
  ttl: ${TTL}
  records:
    ${ZONE}:
      - soa: ns1.${ZONE} hostmaster.${ZONE} 1 7200 900 1209600 300
      - ns: ns1.${ZONE}
    ns1.${ZONE}:
      - a: ${NS_ADDRESS}
    www.${ZONE}:
      - a: ${STATIC_ADDRESS}
${record('weighted', WEIGHTED)}${PLACES.map(({ country, members }) => {
  const code = country.toLowerCase();
  return record(`${code}.one`, members.slice(0, 1)) + record(`${code}.all`, members);
}).join('')}
  services:
    geo.${ZONE}: '%cc.one.${ZONE}'
    geow.${ZONE}: '%cc.all.${ZONE}'
`;
}
