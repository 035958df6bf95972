import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PeerName, PeerProcess } from '../support/peer-process.js';

const run = promisify(execFile);

/** The key of all tests. */
export const KEY = { name: 'transfer.test', secret: 'bXktc2VjcmV0LWtleS1mb3ItdGVzdHMtMTIzNDU2Nzg=' };

/** `-y` of dig. */
export const DIG_KEY = `-y hmac-sha256:${KEY.name}:${KEY.secret}`;

/** Loopback of either family. */
export type Address = '127.0.0.1' | '::1';

export interface PeerZone {
  readonly name: string;
  /** A master file: the peer is primary. Without it the peer is secondary. */
  readonly text?: string;
}

export interface PeerOptions {
  readonly folder: string;
  /** Kept over a restart. */
  readonly port: number;
  /** Where steerdns listens. */
  readonly otherPort: number;
  /** Both are at it; 127.0.0.1 unless given. */
  readonly address?: Address;
  readonly zone: PeerZone;
  /** Transfers and NOTIFY are signed. */
  readonly signed: boolean;
  /** False: no NOTIFY is sent. */
  readonly notify?: boolean;
}

/** A real BIND, Knot or NSD with one zone, primary or secondary. */
export class Peer extends PeerProcess {
  constructor(
    program: PeerName,
    readonly options: PeerOptions,
  ) {
    super(program, options.folder);
  }

  get at(): { address: string; port: number } {
    return { address: this.options.address ?? '127.0.0.1', port: this.options.port };
  }

  async start(): Promise<void> {
    const { zone } = this.options;
    await mkdir(join(this.folder, 'db'), { recursive: true });
    if (zone.text !== undefined) await this.writeZone(zone.text);
    await this.run(CONFIGS[this.program](this.options));
  }

  /** Writes the zone's master file; a primary reads it on {@link reload}. */
  async writeZone(text: string): Promise<void> {
    await writeFile(join(this.folder, 'zone.db'), text);
  }

  /** Makes a primary read its zone again. */
  reload(): void {
    this.signal('SIGHUP');
  }
}

const CONFIGS: Readonly<Record<PeerName, (options: PeerOptions) => string>> = {
  named: namedConfig,
  knotd: knotConfig,
  nsd: nsdConfig,
};

function namedConfig(options: PeerOptions): string {
  const { folder, port, otherPort, address = '127.0.0.1', zone, signed, notify } = options;
  const v6 = address === '::1';
  const key = signed ? ` key ${KEY.name}` : '';
  const allow = signed ? `key ${KEY.name};` : `${address};`;
  const tell =
    notify === false ? 'notify no;' : `notify explicit; also-notify { ${address} port ${otherPort}${key}; };`;
  const kind =
    zone.text === undefined
      ? `type secondary; primaries { ${address} port ${otherPort}${key}; }; allow-notify { ${allow} }; notify no; masterfile-format text;`
      : `type primary; allow-transfer { ${allow} }; ixfr-from-differences yes; ${tell}`;
  return `
options {
  directory "${folder}"; pid-file none; session-keyfile "${folder}/session.key"; managed-keys-directory "${folder}";
  listen-on port ${port} { ${v6 ? 'none' : address}; }; listen-on-v6 port ${port} { ${v6 ? address : 'none'}; };
  recursion no; dnssec-validation no; min-refresh-time 1; min-retry-time 1; minimal-responses yes;
  serial-query-rate 100; notify-delay 0; startup-notify-rate 100; notify-rate 100;
};
controls { };
key "${KEY.name}" { algorithm hmac-sha256; secret "${KEY.secret}"; };
zone "${zone.name}" { ${kind} file "${folder}/zone.db"; };
`;
}

function knotConfig(options: PeerOptions): string {
  const { folder, port, otherPort, address = '127.0.0.1', zone, signed, notify } = options;
  const key = signed ? `\n    key: ${KEY.name}` : '';
  const role =
    zone.text === undefined
      ? 'master: other\n    acl: [notify, transfer]\n    refresh-min-interval: 2\n    retry-min-interval: 1'
      : `acl: transfer\n    zonefile-load: difference\n    journal-content: all${notify === false ? '' : '\n    notify: other'}`;
  return `
server:
    listen: ${address}@${port}
    rundir: "${folder}"
    user: root
database:
    storage: "${folder}/db"
control:
    listen: "${folder}/knot.sock"
log:
  - target: stderr
    any: info
key:
  - id: ${KEY.name}
    algorithm: hmac-sha256
    secret: ${KEY.secret}
remote:
  - id: other
    address: ${address}@${otherPort}${key}
acl:
  - id: notify
    address: ${address}
    action: notify${key}
  - id: transfer
    address: ${address}
    action: transfer${zone.text === undefined ? '' : key}
zone:
  - domain: ${zone.name}
    storage: "${folder}"
    file: zone.db
    ${role}
`;
}

function nsdConfig(options: PeerOptions): string {
  const { folder, port, otherPort, address = '127.0.0.1', zone, signed, notify } = options;
  const key = signed ? KEY.name : 'NOKEY';
  const role =
    zone.text === undefined
      ? `request-xfr: ${address}@${otherPort} ${key}\n  allow-notify: ${address} ${key}\n  provide-xfr: ${address} NOKEY\n  min-refresh-time: 1\n  min-retry-time: 1`
      : `provide-xfr: ${address} ${key}\n  store-ixfr: yes\n  create-ixfr: yes${notify === false ? '' : `\n  notify: ${address}@${otherPort} ${key}`}`;
  return `
server:
  ip-address: ${address}
  port: ${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  zonelistfile: "${folder}/zone.list"
  pidfile: ""
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
  logfile: ""
  verbosity: 2
  server-count: 1
  xfrd-reload-timeout: 0
remote-control:
  control-enable: no
key:
  name: ${KEY.name}
  algorithm: hmac-sha256
  secret: ${KEY.secret}
zone:
  name: ${zone.name}
  zonefile: zone.db
  ${role}
`;
}

/** A port of loopback that was free for UDP and TCP just now. */
export async function freePort(address: Address = '127.0.0.1'): Promise<number> {
  for (;;) {
    const server = createServer();
    server.listen(0, address);
    await once(server, 'listening');
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const socket = createSocket(address === '::1' ? 'udp6' : 'udp4');
    const free = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, address, () => resolve(true));
    });
    socket.close();
    server.close();
    await once(server, 'close');
    if (free) return port;
  }
}

/** A port of 127.0.0.1, or any endpoint. */
type At = number | { readonly address: string; readonly port: number };

function digAt(at: At): string[] {
  const { address, port } = typeof at === 'number' ? { address: '127.0.0.1', port: at } : at;
  return [`@${address}`, '-p', `${port}`];
}

/** The lines of `dig AXFR`, sorted, without SOA; undefined when the transfer fails. */
export async function axfr(at: At, zone: string, ...more: readonly string[]): Promise<string[] | undefined> {
  const lines = await transferLines(at, zone, 'AXFR', ...more);
  return lines?.filter((line) => !/\tSOA\t/.test(line)).sort();
}

/** The lines of a transfer as they came. */
export async function transferLines(
  at: At,
  zone: string,
  type: string,
  ...more: readonly string[]
): Promise<string[] | undefined> {
  const args = [...digAt(at), '+time=3', '+tries=1', '+nocookie', '+onesoa', '+tcp', ...more, zone, type];
  const { stdout } = await run(
    'dig',
    args.filter((arg) => arg !== '+onesoa'),
  ).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  if (stdout.includes('Transfer failed') || !/\sSOA\s/.test(stdout)) return undefined;
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';') && !/\sTSIG\s/.test(line))
    .map((line) => line.split(/\s+/))
    .map(([name, ttl, rrClass, type, ...data]) => [name, ttl, rrClass, type, data.join(' ')].join('\t'));
}

/** The serial that a server answers; undefined when it answers none. */
export async function serialAt(
  at: At,
  zone: string,
  ...more: readonly string[]
): Promise<number | undefined> {
  const args = [...digAt(at), '+time=1', '+tries=1', '+short', ...more, zone, 'SOA'];
  const { stdout } = await run('dig', args).catch(() => ({ stdout: '' }));
  const serial = /^\S+ \S+ (\d+) /m.exec(stdout)?.[1];
  return serial === undefined ? undefined : Number(serial);
}
