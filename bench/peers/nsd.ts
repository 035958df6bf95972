import { masterFiles } from './master-file.js';
import type { Launch, Peer, PeerSetup } from './peer.js';

/** NSD: it steers nothing, and is here for what plain answers cost. */
export const nsd: Peer = {
  name: 'NSD',
  needs: { command: 'nsd', packages: 'nsd' },
  features: ['static', 'negative', 'names'],
  launch,
};

function launch({ folder, port, workers, many }: PeerSetup): Launch {
  const zones = masterFiles(many);
  return {
    files: {
      'nsd.conf': config(folder, port, workers, Object.keys(zones)),
      ...Object.fromEntries(Object.entries(zones).map(([zone, text]) => [`${zone}.zone`, text])),
    },
    command: 'nsd',
    args: ['-d', '-c', `${folder}/nsd.conf`],
  };
}

/** Debian's NSD limits the rate of responses unless told not to. */
function config(folder: string, port: number, workers: number, zones: readonly string[]): string {
  return `
server:
    ip-address: 127.0.0.1@${port}
    server-count: ${workers}
    reuseport: yes
    username: ""
    chroot: ""
    zonesdir: "${folder}"
    database: ""
    zonelistfile: "${folder}/zone.list"
    xfrdfile: "${folder}/xfrd.state"
    xfrdir: "${folder}"
    pidfile: "${folder}/nsd.pid"
    rrl-ratelimit: 0
    minimal-responses: yes
remote-control:
    control-enable: no
${zones.map((zone) => `zone:\n    name: ${zone}\n    zonefile: ${zone}.zone\n`).join('')}`;
}
