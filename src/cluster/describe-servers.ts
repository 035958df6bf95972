import type { RedisAddress, RedisServers } from '../config/cluster-spec.js';

/** What an operator reads, without secrets: `127.0.0.1:6379`, `main of sentinels a:26379 b:26379`. */
export function describeServers(servers: RedisServers): string {
  switch (servers.kind) {
    case 'single':
      return formatAt(servers.at);
    case 'sentinel':
      return `${servers.master} of sentinels ${servers.sentinels.map(formatAt).join(' ')}`;
    case 'cluster':
      return `cluster ${servers.nodes.map(formatAt).join(' ')}`;
  }
}

function formatAt({ host, port }: RedisAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
