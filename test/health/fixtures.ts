import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HealthLog } from '../../src/health/state-file.js';
import type { CheckSpec, MemberSpec, ServiceSpec } from '../../src/steer/spec.js';

/** Something that listens on a free port of loopback. */
export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

export async function httpMember(answer: RequestListener, address = '127.0.0.1'): Promise<Listening> {
  return listening(createServer(answer), address);
}

export async function httpsMember(
  answer: RequestListener,
  onServerName: (name: string | false) => void = () => {},
): Promise<Listening> {
  const server = createTlsServer({ ...certificate() }, answer);
  server.on('secureConnection', (socket) => onServerName(socket.servername as string | false));
  return listening(server, '127.0.0.1');
}

export async function tcpMember(onConnection: (socket: Socket) => void): Promise<Listening> {
  return listening(createTcpServer(onConnection), '127.0.0.1');
}

/** A port that was free a moment ago, so that connections to it are refused. */
export async function closedPort(): Promise<number> {
  const member = await tcpMember(() => {});
  await member.close();
  return member.port;
}

async function listening(server: NetServer, address: string): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        (server as Server).closeAllConnections?.();
      }),
  };
}

let made: { key: string; cert: string } | undefined;

/** Self-signed, for a name that no test asks for, and long expired: probes must not care. */
function certificate(): { key: string; cert: string } {
  if (made !== undefined) return made;
  const folder = mkdtempSync(join(tmpdir(), 'steerdns-cert-'));
  try {
    const request =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other.invalid -days 1';
    execFileSync('openssl', [...request.split(' '), '-keyout', 'key.pem', '-out', 'cert.pem'], {
      cwd: folder,
      stdio: 'pipe',
    });
    made = {
      key: readFileSync(join(folder, 'key.pem'), 'utf8'),
      cert: readFileSync(join(folder, 'cert.pem'), 'utf8'),
    };
    return made;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function checkOf(check: Partial<CheckSpec>): CheckSpec {
  return {
    type: 'http',
    target: '127.0.0.1',
    port: 80,
    path: '/healthz',
    method: 'GET',
    headers: {},
    expect: { status: [200] },
    intervalMs: 10_000,
    timeoutMs: 4000,
    rise: 2,
    fall: 3,
    ...check,
  };
}

const WHERE = { file: 'services/web.yaml', line: 1, column: 1 };

export function memberOf(
  name: string,
  checks: readonly CheckSpec[],
  more: Partial<MemberSpec> = {},
): MemberSpec {
  return { name, addresses: [Uint8Array.of(192, 0, 2, 1)], weight: 1, checks, where: WHERE, ...more };
}

export function serviceOf(name: string, members: readonly MemberSpec[]): ServiceSpec {
  return {
    name,
    members,
    pools: [],
    rules: [],
    answers: { ttl: { min: 5, max: 60 }, whenAllDown: 'all' },
    where: WHERE,
  };
}

/** A log that keeps what it is told. */
export class KeptLog implements HealthLog {
  readonly messages: string[] = [];

  info(_fields: object, message: string): void {
    this.messages.push(message);
  }

  warn(_fields: object, message: string): void {
    this.messages.push(message);
  }
}
