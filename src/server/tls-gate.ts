import { constants, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { Counter, type Counters, count } from '../state/counters.js';

/** A certificate, with those that lead to its root after it, and its key; both in PEM. */
export interface TlsPair {
  readonly certificate: string;
  readonly key: string;
}

/** Makes connections secure, for every listener of a thread; sessions of one are resumed at another. */
export class TlsGate {
  readonly #server: Server;
  readonly #counters: Counters;
  readonly #ticketTimer: NodeJS.Timeout;
  /** Handshakes under way, by the connection's ends: TLS tells of its own socket, not of the one under it. */
  readonly #waiting = new Map<string, (secure: TLSSocket) => void>();
  #pair: TlsPair;
  #ticketKeys = randomBytes(TICKET_KEY_OCTETS);

  /** @throws Error when OpenSSL refuses the pair */
  constructor(pair: TlsPair, counters: Counters) {
    this.#pair = pair;
    this.#counters = counters;
    // It never listens: connections are given to it.
    this.#server = createServer({ ...this.#context(), ...SERVER_OPTIONS });
    this.#server.on('secureConnection', (secure) => this.#enter(secure));
    this.#server.on('tlsClientError', (_error, socket) => {
      count(counters, Counter.tlsFailed);
      socket.destroy();
    });
    this.#ticketTimer = setInterval(() => {
      this.#ticketKeys = randomBytes(TICKET_KEY_OCTETS);
      this.#server.setTicketKeys(this.#ticketKeys);
    }, TICKET_KEYS_MS).unref();
  }

  /**
   * Takes another certificate for handshakes from now on. Sessions of the one before can still be resumed.
   * @throws Error when OpenSSL refuses the pair; the one before holds then
   */
  renew(pair: TlsPair): void {
    const before = this.#pair;
    if (pair.certificate === before.certificate && pair.key === before.key) return;
    this.#pair = pair;
    try {
      this.#server.setSecureContext(this.#context());
    } catch (error) {
      this.#pair = before;
      throw error;
    }
  }

  /** Begins the handshake of a connection. @param onSecure told when it is done; when it fails, the connection closes */
  secure(socket: Socket, onSecure: (secure: TLSSocket) => void): void {
    if (socket.destroyed) return;
    const ends = endsOf(socket);
    this.#waiting.set(ends, onSecure);
    socket.once('close', () => this.#waiting.delete(ends));
    // A client that ends in the middle of the handshake is gone; TLS's socket takes this over.
    socket.allowHalfOpen = false;
    this.#server.emit('connection', socket);
  }

  close(): void {
    clearInterval(this.#ticketTimer);
  }

  #enter(secure: TLSSocket): void {
    const ends = endsOf(secure);
    const onSecure = this.#waiting.get(ends);
    this.#waiting.delete(ends);
    if (onSecure === undefined) {
      // The client is gone already.
      secure.destroy();
      return;
    }
    count(this.#counters, Counter.tlsHandshakes);
    if (secure.isSessionReused()) count(this.#counters, Counter.tlsResumed);
    // From here on a client may close its direction alone, as it may over TCP.
    secure.allowHalfOpen = true;
    onSecure(secure);
  }

  #context(): TlsOptions {
    const { certificate, key } = this.#pair;
    return { cert: certificate, key, ticketKeys: this.#ticketKeys, ...CONTEXT_OPTIONS };
  }
}

const CONTEXT_OPTIONS: TlsOptions = {
  // RFC 8310 §9 points to BCP 195, whose RFC 8996 says: TLS 1.0 and 1.1 MUST NOT be used.
  minVersion: 'TLSv1.2',
  honorCipherOrder: true,
  // A client could make the server work for ever; RFC 9325 §3.5 allows to refuse it.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  /** Seconds that a session can be resumed: resolvers come back after minutes. RFC 9325 §3.4: at most a week. */
  sessionTimeout: 3600,
};

const SERVER_OPTIONS: TlsOptions = {
  // Without ALPN a client is taken: RFC 7858 knows none. One that offers other protocols alone is no client of ours, and RFC 7301
  // §3.2 wants it told so.
  ALPNProtocols: ['dot'],
  /** ms. Whoever gives a connection looks after its time; this is only behind it. */
  handshakeTimeout: 120_000,
};

/** OpenSSL's: 16 of a name, 16 of HMAC, 16 of AES. */
const TICKET_KEY_OCTETS = 48;

/** RFC 9325 §3.4: keys of tickets MUST be changed regularly, such as once every week. */
const TICKET_KEYS_MS = 24 * 3600 * 1000;

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
