import { Flag, RrType } from '../wire/protocol.js';
import { type ClientMessage, checkSignature, makeRequest } from './client-message.js';
import { type Endpoint, exchangeUdp } from './exchange-udp.js';
import { formatRcode, Message, MessageError, Opcode } from './message.js';
import type { TransferLog } from './transfer-log.js';
import type { TsigKey } from './tsig-key.js';

/** A secondary that is told of changes. */
export interface NotifyTarget extends Endpoint {
  readonly key: TsigKey | undefined;
}

/** A zone whose secondaries are told. */
export interface NotifyZone {
  /** In presentation format. */
  readonly name: string;
  readonly apex: Uint8Array;
  readonly serial: number;
  /** The SOA as an RR, uncompressed: RFC 1996 §3.7 lets it go along. */
  readonly soa: Uint8Array;
  readonly targets: readonly NotifyTarget[];
}

/** RFC 1996 §3.6 says 60 s and 5 retries. Loss shows sooner, and who restarts is back within the later ones. */
const TIMEOUTS_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000];

/** Tells secondaries of new serials (RFC 1996), again and again until they respond. */
export class Notifier {
  readonly #log: TransferLog;
  /** Serials told by zone. */
  readonly #told = new Map<string, number>();
  /** What is under way, by zone and target. */
  readonly #running = new Map<string, AbortController>();
  #stopped = false;

  constructor(log: TransferLog) {
    this.#log = log;
  }

  /** Tells of each zone whose serial it has not told yet: at the start, of all. */
  update(zones: readonly NotifyZone[]): void {
    if (this.#stopped) return;
    for (const zone of zones) {
      if (this.#told.get(zone.name) === zone.serial) continue;
      this.#told.set(zone.name, zone.serial);
      for (const target of zone.targets) void this.#notify(zone, target);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const running of this.#running.values()) running.abort();
  }

  async #notify(zone: NotifyZone, target: NotifyTarget): Promise<void> {
    const job = `${zone.name} ${target.address} ${target.port}`;
    this.#running.get(job)?.abort();
    const abort = new AbortController();
    this.#running.set(job, abort);
    const { address, port } = target;
    const fields = { zone: zone.name, serial: zone.serial, to: address, port };
    let problem = '';
    for (const timeoutMs of TIMEOUTS_MS) {
      try {
        const started = performance.now();
        const rcode = await ask(zone, target, timeoutMs, abort.signal).catch(async (error: unknown) => {
          // A refused port is known at once: its owner may be restarting.
          await pause(timeoutMs - (performance.now() - started), abort.signal);
          throw error;
        });
        if (rcode === 0) this.#log.debug(fields, 'NOTIFY taken');
        else this.#log.warn(fields, `NOTIFY of ${zone.name} answered ${formatRcode(rcode)} by ${address}`);
        problem = '';
        break;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        if (abort.signal.aborted) break;
      }
    }
    if (problem !== '' && !abort.signal.aborted)
      this.#log.warn(fields, `NOTIFY of ${zone.name} to ${address} failed: ${problem}`);
    if (this.#running.get(job) === abort) this.#running.delete(job);
  }
}

function ask(
  zone: NotifyZone,
  target: NotifyTarget,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number> {
  const request = makeRequest({
    flags: (Opcode.NOTIFY << 11) | Flag.AA,
    name: zone.apex,
    type: RrType.SOA,
    section: { number: 1, record: zone.soa },
    key: target.key,
    now: Math.floor(Date.now() / 1000),
  });
  return exchangeUdp(target, request.octets, (octets) => rcodeOf(request, octets), timeoutMs, signal);
}

/** RFC 1996 §4.7: a response has the ID, the opcode, QR. @returns undefined when it is none */
function rcodeOf(request: ClientMessage, octets: Uint8Array): number | undefined {
  try {
    const message = new Message(octets);
    if (message.id !== request.id || !message.isResponse || message.opcode !== Opcode.NOTIFY)
      return undefined;
    const context = { before: request.mac, timersOnly: false };
    const checked = checkSignature(request, message, context, Math.floor(Date.now() / 1000));
    // A refusal need not be signed (RFC 8945 §5.3.2).
    if ('problem' in checked) return message.rcode === 0 ? undefined : message.rcode;
    if (request.key !== undefined && checked.mac === undefined && message.rcode === 0) return undefined;
    return message.rcode;
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, Math.max(0, ms));
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
