/** A socket that can't be opened. The message names transport, address and port, and says what to do where that is known. */
export class ListenError extends Error {
  /** @param code the system's, `EADDRINUSE` */
  constructor(
    readonly transport: 'UDP' | 'TCP',
    readonly address: string,
    readonly port: number,
    readonly code: string,
    cause: unknown,
  ) {
    super(
      `can't listen on ${transport} ${formatEndpoint(address, port)}: ${REASONS[code] ?? String(cause)} (${code})`,
      { cause },
    );
  }
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Wraps what a socket's `error` event gave. */
export function listenError(
  transport: 'UDP' | 'TCP',
  address: string,
  port: number,
  cause: unknown,
): ListenError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'ERR_UNKNOWN';
  return new ListenError(transport, address, port, code, cause);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'not allowed; a port below 1024 needs root or CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'no interface of this machine has the address',
  EAFNOSUPPORT: 'the address family is switched off on this machine',
  EINVAL: 'the address can not be listened on; a link-local one needs its scope id, fe80::1%eth0',
};
