import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  type ManyNames,
  manyZones,
  NETWORKS,
  NS_ADDRESS,
  namesIn,
  PLACES,
  type Place,
  STATIC_ADDRESS,
  TTL,
  WEIGHTED,
  type WeightedAddress,
  ZONE,
} from '../compare/plan.js';
import type { Launch, Peer, PeerSetup } from './peer.js';

/** The program of the same build as this file. */
const PROGRAM = fileURLToPath(new URL('../../src/main.js', import.meta.url));

/**
 * The rate limit looks at each response, at the address and the networks around it, but keeps back none: all of the load comes
 * from one address, and asks more than any limit allows.
 */
const LIMITED = 'rrl: {rate: 100000, dry_run: true}\n';

/** steerdns as it starts by itself, with a rate limit, without cookies, and over `node:dgram` where it has a choice. */
export function steerdnsPeers(): readonly Peer[] {
  const peers = [
    peer('steerdns', []),
    peer('steerdns limited', [], LIMITED),
    peer('steerdns bare', [], 'cookies: none\n'),
  ];
  return hasUdpOption() ? [...peers, peer('steerdns dgram', ['--udp', 'dgram'])] : peers;
}

/** @param keys of steerdns.yaml beside those of every peer */
function peer(name: string, options: readonly string[], keys = ''): Peer {
  return {
    name,
    features: ['static', 'weighted', 'geo', 'ecs', 'geo-weighted', 'negative', 'names'],
    reloadSignal: 'SIGHUP',
    launch: (setup) => launch(setup, options, keys),
  };
}

function hasUdpOption(): boolean {
  return execFileSync(process.execPath, [PROGRAM, 'serve', '--help'], { encoding: 'utf8' }).includes('--udp');
}

function launch(setup: PeerSetup, options: readonly string[], keys: string): Launch {
  return {
    files: steerdnsFiles(setup, keys),
    command: process.execPath,
    args: [PROGRAM, 'serve', '--config', `${setup.folder}/steerdns.yaml`, '--log-level', 'warn', ...options],
  };
}

/** Configuration, zones, services and networks, by their path. */
export function steerdnsFiles(
  { port, workers, many }: PeerSetup,
  keys = '',
): Readonly<Record<string, string>> {
  return {
    'steerdns.yaml': config(port, workers) + keys,
    [`zones/${ZONE}.yaml`]: steeredZone(),
    ...(many === undefined ? {} : namesZones(many)),
    'services/weighted.yaml': service({ everyone: WEIGHTED }),
    'services/geo.yaml': byPlace(({ members }) => members.slice(0, 1)),
    'services/geow.yaml': byPlace(({ members }) => members),
    'networks.yaml': NETWORKS.map(({ prefix, place }) => `${prefix}: {place: ${PLACES[place]?.code}}\n`).join(
      '',
    ),
  };
}

function config(port: number, workers: number): string {
  return `
listen: {dns: ['127.0.0.1:${port}'], http: [], admin: []}
zones: zones
services: services
state: var
workers: ${workers}
geo: {databases: [], networks: [networks.yaml]}
`;
}

function head(): string {
  return `
'':
  - type: SOA
    ttl: ${TTL}
    value: {mname: ns1, rname: hostmaster, serial: 1, refresh: 7200, retry: 900, expire: 1209600, minimum: 300}
  - {type: NS, ttl: ${TTL}, value: ns1.${ZONE}.}
ns1: {type: A, ttl: ${TTL}, value: ${NS_ADDRESS}}
`;
}

function steeredZone(): string {
  const steered = ['weighted', 'geo', 'geow'].map((name) => `${name}: {type: GSLB, service: ${name}}\n`);
  return `${head()}www: {type: A, ttl: ${TTL}, value: ${STATIC_ADDRESS}}\n${steered.join('')}`;
}

function namesZones(many: ManyNames): Readonly<Record<string, string>> {
  return Object.fromEntries(
    manyZones(many).map((zone, i) => {
      const lines = [head()];
      for (const name of namesIn(i, many)) {
        lines.push(`${name}: {type: A, ttl: ${TTL}, value: ${STATIC_ADDRESS}}\n`);
      }
      return [`zones/${zone}.yaml`, lines.join('')];
    }),
  );
}

function byPlace(membersOf: (place: Place) => readonly WeightedAddress[]): string {
  const pools = Object.fromEntries(PLACES.map((place) => [nameOf(place), membersOf(place)]));
  const rules = PLACES.map((place) => `  - {geos: [${place.code}], pool: ${nameOf(place)}}\n`);
  return `${service(pools)}rules:\n${rules.join('')}  - {pool: ${nameOf(PLACES[0] as Place)}}\n`;
}

/** Members and pools with them; weighted pools are exact (`wrr`). */
function service(pools: Readonly<Record<string, readonly WeightedAddress[]>>): string {
  const member = (pool: string, i: number): string => `${pool}-${i}`;
  const entries = Object.entries(pools);
  const members = entries.flatMap(([pool, list]) =>
    list.map(
      ({ address, weight }, i) => `  ${member(pool, i)}: {addresses: [${address}], weight: ${weight}}\n`,
    ),
  );
  const lines = entries.map(
    ([pool, list]) =>
      `  ${pool}: {members: [${list.map((_, i) => member(pool, i)).join(', ')}], scheduler: wrr}\n`,
  );
  return `members:\n${members.join('')}pools:\n${lines.join('')}answers: {ttl: ${TTL}}\n`;
}

function nameOf({ code }: Place): string {
  return code.toLowerCase();
}
