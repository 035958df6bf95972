import { Counter, type Counters, count } from '../state/counters.js';
import type { TcpLimits } from './tcp-connection.js';

/** An open connection, or one that is being opened. */
export interface Registered {
  /** Whom {@link TcpLimits.maxPerClient} counts. */
  readonly clientKey: string;
  /** Closes it at once. */
  reset(): void;
}

/** The open connections of every listener: limits hold for all of them together. */
export class TcpRegister {
  /** The one that has been quiet the longest comes first. */
  readonly #connections = new Set<Registered>();
  readonly #perClient = new Map<string, number>();
  readonly #limits: TcpLimits;
  readonly #counters: Counters;

  constructor(limits: TcpLimits, counters: Counters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /** False when a client has as many connections as it may. */
  admits(clientKey: string): boolean {
    if ((this.#perClient.get(clientKey) ?? 0) < this.#limits.maxPerClient) return true;
    count(this.#counters, Counter.tcpRefused);
    return false;
  }

  /** Makes room for a connection more. */
  accept(): void {
    if (this.#connections.size >= this.#limits.maxConnections) this.#makeRoom();
    count(this.#counters, Counter.tcpAccepted);
  }

  add(connection: Registered): void {
    const { clientKey } = connection;
    this.#connections.add(connection);
    this.#perClient.set(clientKey, (this.#perClient.get(clientKey) ?? 0) + 1);
  }

  /** Told that a connection is not quiet. */
  touch(connection: Registered): void {
    if (this.#connections.delete(connection)) this.#connections.add(connection);
  }

  /** Told that a connection is closed; more than once is no harm. */
  remove(connection: Registered): void {
    if (!this.#connections.delete(connection)) return;
    const { clientKey } = connection;
    const open = (this.#perClient.get(clientKey) ?? 1) - 1;
    if (open === 0) this.#perClient.delete(clientKey);
    else this.#perClient.set(clientKey, open);
  }

  /**
   * RFC 7766 §6.2.3: under load a server may close connections early. Those that were quiet the longest go first, so that
   * idle clients can't keep others out.
   */
  #makeRoom(): void {
    for (const connection of this.#connections) {
      count(this.#counters, Counter.tcpEvicted);
      connection.reset();
      this.remove(connection);
      return;
    }
  }
}
