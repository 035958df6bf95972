import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerName, PeerProcess } from '../support/peer-process.js';
import {
  CHECKOUT,
  type Files,
  makeFolder,
  removeFolder,
  type Steerdns,
  startSteerdns,
} from '../support/steerdns.js';
import { until } from '../support/until.js';
import { freePort } from '../transfer/peers.js';
import { askAll } from './bulk-client.js';
import { readMessage } from './message.js';
import { startPeer } from './peers.js';
import { wireQuery } from './wire-query.js';

export const SERVERS = ['steerdns', 'named', 'knotd', 'nsd'] as const;
export type Server = (typeof SERVERS)[number];
export const PEERS: readonly PeerName[] = ['named', 'knotd', 'nsd'];

const ZONES_FOLDER = join(CHECKOUT, 'test/conformance/zones');

/** Files with which steerdns serves the corpus. */
export const STEERDNS_FILES: Files = {
  'steerdns.yaml': `listen: {dns: '127.0.0.1:0', http: [], admin: '127.0.0.1:0'}
zones: ${ZONES_FOLDER}
services: services
geo: {databases: []}
workers: 1
identity: {id: conformance}
`,
  'services/.keep': '',
};

/** Names of the corpus's zones, without the last dot. */
export const ZONES: readonly string[] = readdirSync(ZONES_FOLDER)
  .map((file) => file.replace(/\.zone$/, ''))
  .sort();

/** Zones whose files a peer refuses, and which peer it transfers them from. */
const TRANSFERRED: Readonly<Record<PeerName, Readonly<Record<string, PeerName>>>> = {
  named: {},
  knotd: {},
  // «DNAME at dname.occluded.test. has data below it. This is not allowed (rfc 2672).»
  nsd: { 'occluded.test': 'named' },
};

/** Zones that a peer takes from nobody: «invalid NS owner name (wildcard)». */
const REFUSED: Readonly<Partial<Record<Server, readonly string[]>>> = { named: ['wildns.test'] };

/** True when a server has all zones that a name could be in. @param name as text */
export function serves(server: Server, name: string): boolean {
  return !REFUSED[server]?.some((zone) => name.toLowerCase().endsWith(`${zone}.`));
}

/** The corpus, served by steerdns and its peers at once on 127.0.0.1. */
export interface Servers {
  readonly ports: Readonly<Record<Server, number>>;
  stop(): Promise<void>;
}

/** @throws with what a server printed when it does not answer for each zone */
export async function startServers(): Promise<Servers> {
  const folder = await makeFolder(STEERDNS_FILES);
  const started: (PeerProcess | Steerdns)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
    await removeFolder(folder);
  };
  try {
    const peerPorts: Record<PeerName, number> = { named: 0, knotd: 0, nsd: 0 };
    for (const peer of PEERS) peerPorts[peer] = await freePort();
    for (const program of PEERS) {
      const transferred = new Map(
        Object.entries(TRANSFERRED[program]).map(([zone, from]) => [zone, peerPorts[from]]),
      );
      const port = peerPorts[program];
      const peer = await startPeer(program, {
        folder: join(folder, program),
        port,
        zonesFolder: ZONES_FOLDER,
        zones: zonesOf(program),
        transferred,
      });
      started.push(peer);
    }
    const steerdns = await startSteerdns(folder);
    started.push(steerdns);
    for (const peer of started) {
      if (!('program' in peer)) continue;
      await waitForZones(peerPorts[peer.program], zonesOf(peer.program)).catch((error: unknown) => {
        throw new Error(`${peer.program}: ${String(error)}\n${peer.output}`);
      });
    }
    await waitForZones(steerdns.dns.port, ZONES);
    return { ports: { ...peerPorts, steerdns: steerdns.dns.port }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function zonesOf(server: Server): string[] {
  return ZONES.filter((zone) => serves(server, `${zone}.`));
}

/** Waits until a server answers for each zone. */
async function waitForZones(port: number, zones: readonly string[]): Promise<void> {
  const queries = zones.map((zone) => wireQuery({ name: nameOf(zone), type: 6 }));
  await until(
    async () => {
      const responses = (await askAll('udp', port, queries)).map(readMessage);
      return zones.filter((_, i) => !(responses[i]?.aa && responses[i]?.answer.length === 1));
    },
    (missing) => missing.length === 0,
    30_000,
  );
}

/** A name without escapes, in wire form. */
export function nameOf(text: string): Uint8Array {
  const labels = text.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.of(0),
  ]);
}
