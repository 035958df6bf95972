import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type PeerName, PeerProcess } from '../support/peer-process.js';

export interface PeerSetup {
  /** Its own. */
  readonly folder: string;
  readonly port: number;
  /** Where the master files are: `example.com.zone`. */
  readonly zonesFolder: string;
  /** Names of zones, without the last dot. */
  readonly zones: readonly string[];
  /** Zones whose files this peer refuses, and the port that it transfers them from: transfers are checked less. */
  readonly transferred: ReadonlyMap<string, number>;
}

/**
 * Starts a peer that serves many zones. Where peers can be told how to answer, they are told what steerdns does: EDNS payloads of
 * 1,232 octets, no authority beside an answer, no rate limit, RRsets in the order of the file, nothing about themselves.
 */
export async function startPeer(program: PeerName, setup: PeerSetup): Promise<PeerProcess> {
  await mkdir(join(setup.folder, 'db'), { recursive: true });
  const peer = new PeerProcess(program, setup.folder);
  await peer.run(CONFIGS[program](setup));
  return peer;
}

const CONFIGS: Readonly<Record<PeerName, (setup: PeerSetup) => string>> = {
  named: namedConfig,
  knotd: knotConfig,
  nsd: nsdConfig,
};

function namedConfig({ folder, port, zonesFolder, zones, transferred }: PeerSetup): string {
  const kind = (zone: string): string => {
    const from = transferred.get(zone);
    return from === undefined
      ? `type primary; file "${zonesFolder}/${zone}.zone";`
      : `type secondary; primaries { 127.0.0.1 port ${from}; }; file "${folder}/${zone}.db"; masterfile-format text;`;
  };
  return `
options {
  directory "${folder}"; pid-file none; session-keyfile "${folder}/session.key"; managed-keys-directory "${folder}";
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; empty-zones-enable no; notify no; allow-transfer { 127.0.0.1; };
  minimal-responses no-auth; edns-udp-size 1232; max-udp-size 1232; answer-cookie no;
  check-names primary ignore; check-integrity no; check-mx ignore; check-mx-cname ignore; check-srv-cname ignore;
  check-spf ignore; check-wildcard no; zero-no-soa-ttl no;
  version none; hostname none; server-id none;
};
controls { };
${zones.map((zone) => `zone "${zone}" { ${kind(zone)} };`).join('\n')}
`;
}

function knotConfig({ folder, port, zonesFolder, zones }: PeerSetup): string {
  return `
server:
    listen: 127.0.0.1@${port}
    rundir: "${folder}"
    user: root
    udp-max-payload: 1232
    udp-workers: 1
    tcp-workers: 1
    identity: ""
    version: ""
    tcp-idle-timeout: 60
database:
    storage: "${folder}/db"
control:
    listen: "${folder}/knot.sock"
log:
  - target: stderr
    any: info
acl:
  - id: transfer
    address: 127.0.0.1
    action: transfer
template:
  - id: default
    storage: "${zonesFolder}"
    file: "%s.zone"
    acl: transfer
    journal-content: none
    zonefile-sync: -1
    zonefile-load: whole
    semantic-checks: soft
zone:
${zones.map((zone) => `  - domain: ${zone}`).join('\n')}
`;
}

function nsdConfig({ folder, port, zonesFolder, zones, transferred }: PeerSetup): string {
  const source = (zone: string): string => {
    const from = transferred.get(zone);
    return from === undefined
      ? `zonefile: ${zone}.zone`
      : `zonefile: ${folder}/${zone}.db\n  request-xfr: AXFR 127.0.0.1@${from} NOKEY`;
  };
  return `
server:
  ip-address: 127.0.0.1
  port: ${port}
  username: ""
  chroot: ""
  zonesdir: "${zonesFolder}"
  database: ""
  zonelistfile: "${folder}/zone.list"
  pidfile: ""
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  logfile: ""
  verbosity: 2
  server-count: 1
  ipv4-edns-size: 1232
  round-robin: no
  refuse-any: no
  minimal-responses: no
  hide-version: yes
  hide-identity: yes
  tcp-timeout: 60
  rrl-ratelimit: 0
remote-control:
  control-enable: no
${zones.map((zone) => `zone:\n  name: ${zone}\n  ${source(zone)}\n  provide-xfr: 127.0.0.1 NOKEY`).join('\n')}
`;
}
