import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIPv6 } from 'node:net';

/** One of the example's members. */
export interface DemoMember {
  readonly name: string;
  readonly address: string;
  /** 0: a free one. */
  readonly port: number;
}

export interface DemoMembers {
  /** As asked for, with the real ports. */
  readonly members: readonly DemoMember[];
  /** Closes them and every connection to them. */
  stop(): Promise<void>;
}

/**
 * Starts small HTTP members for the example, in this process. `/healthz` answers 200 `ok`; any other path says which member
 * answered. `POST /stop` makes `/healthz` answer 503 until `POST /start`, as a member that fails its checks.
 * @throws Error that names the member and its address when one can't listen; none is left open then
 */
export async function startDemoMembers(list: readonly DemoMember[]): Promise<DemoMembers> {
  const servers: Server[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map(close));
  };
  try {
    const members: DemoMember[] = [];
    for (const member of list) {
      const server = await listen(member);
      servers.push(server);
      members.push({ ...member, port: (server.address() as AddressInfo).port });
    }
    return { members, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listen(member: DemoMember): Promise<Server> {
  const server = createServer(answerAs(member.name));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const address = isIPv6(member.address) ? `[${member.address}]` : member.address;
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
      reject(
        new Error(`can't start the example's member ${member.name} on ${address}:${member.port}: ${why}`, {
          cause: error,
        }),
      );
    });
    server.listen(member.port, member.address, () => resolve(server));
  });
}

function answerAs(name: string): (request: IncomingMessage, response: ServerResponse) => void {
  let healthy = true;
  return (request, response) => {
    // Nothing here reads a body; unread octets would hold the connection.
    request.resume();
    const path = request.url ?? '/';
    if (path === '/stop' || path === '/start') {
      if (request.method !== 'POST')
        return say(response, 405, `POST ${path} to change it`, { Allow: 'POST' });
      healthy = path === '/start';
      return say(response, 200, `${name}: /healthz answers ${healthy ? 'ok' : '503'} from now on`);
    }
    if (path === '/healthz') return say(response, healthy ? 200 : 503, healthy ? 'ok' : `${name} is stopped`);
    say(response, 200, `${name} answers ${request.method} ${path}`);
  };
}

function say(response: ServerResponse, status: number, text: string, headers: object = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${text}\n`);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
