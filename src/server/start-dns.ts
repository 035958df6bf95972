import type { Answer } from '../answer/exchange.js';
import type { Counters } from '../state/counters.js';
import { ListenError } from './listen-error.js';
import type { RunningListener, TransportLog } from './listener.js';
import type { ProxyPeers } from './proxy-peers.js';
import { startTcp } from './tcp.js';
import type { TcpLimits } from './tcp-connection.js';
import { TcpRegister } from './tcp-register.js';
import type { Endpoint } from './thread-messages.js';
import type { TlsGate } from './tls-gate.js';
import { startUdp } from './udp.js';

export interface DnsOptions {
  /** IPv4 and IPv6 addresses; UDP and TCP on each. Port 0: one that is free for both. Descriptors are of TCP. */
  readonly listen: readonly Endpoint[];
  readonly answer: Answer;
  readonly tcp: TcpLimits;
  readonly counters: Counters;
  readonly log: TransportLog;
  /** False: TCP alone; UDP is answered elsewhere. */
  readonly udp?: boolean;
  /** DNS over TLS alone; takes {@link tls}. */
  readonly dot?: readonly Endpoint[];
  readonly tls?: TlsGate;
  /** Peers whose datagrams and connections begin with a PROXY header. */
  readonly proxies?: ProxyPeers;
}

export interface RunningDns {
  /** In the order of {@link DnsOptions.listen}, with real ports. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[];
  /** In the order of {@link DnsOptions.dot}. */
  readonly dot: readonly { readonly address: string; readonly port: number }[];
  /** Takes no more queries; ends when the responses on their way are sent, or their time is over. */
  close(): Promise<void>;
}

/**
 * Listens on every address, or on none.
 * @throws ListenError for the first address that can't be listened on; those opened before are closed
 */
export async function startDns(options: DnsOptions): Promise<RunningDns> {
  const running: RunningListener[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map((listener) => listener.close()));
  };
  const addresses: { address: string; port: number }[] = [];
  const dot: { address: string; port: number }[] = [];
  const register = new TcpRegister(options.tcp, options.counters);
  try {
    for (const endpoint of options.listen) {
      const opened = await startAddress(endpoint, options, register);
      running.push(...opened);
      addresses.push({ address: opened[0].address, port: opened[0].port });
    }
    if (options.tls !== undefined) {
      for (const endpoint of options.dot ?? []) {
        const opened = await startTcp({ ...options, ...endpoint, limits: options.tcp, register });
        running.push(opened);
        dot.push({ address: opened.address, port: opened.port });
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, dot, close };
}

/** How often port 0 is tried: the kernel chooses a port free for UDP, which TCP may have in use. */
const PORT_TRIES = 32;

async function startAddress(
  { address, port, descriptor }: Endpoint,
  { tls: _, ...options }: DnsOptions,
  register: TcpRegister,
): Promise<[RunningListener, ...RunningListener[]]> {
  if (options.udp === false)
    return [await startTcp({ ...options, address, port, descriptor, limits: options.tcp, register })];
  for (let tries = 1; ; tries++) {
    const udp = await startUdp({ ...options, address, port });
    try {
      return [udp, await startTcp({ ...options, address, port: udp.port, limits: options.tcp, register })];
    } catch (error) {
      await udp.close();
      const taken = error instanceof ListenError && error.code === 'EADDRINUSE';
      if (port !== 0 || !taken || tries === PORT_TRIES) throw error;
    }
  }
}
