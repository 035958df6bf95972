import { getSystemErrorName } from 'node:util';
import type { OpenSocket } from '../../server/listen-sockets.js';
import type { Addon } from '../../server/native-udp.js';

interface ManagerLog {
  warn(fields: object, message: string): void;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Tells the service manager how the process is (sd_notify), where there is one. */
export class ServiceManager {
  readonly #path: string | undefined;
  readonly #addon: Addon | undefined;
  readonly #log: ManagerLog;
  readonly #watchdogUs: number;
  #timer: NodeJS.Timeout | undefined;
  #complained = false;

  constructor(env: Environment, addon: Addon | undefined, log: ManagerLog) {
    this.#path = env.NOTIFY_SOCKET;
    this.#addon = addon;
    this.#log = log;
    // The process that a manager watches is named; one that took over from it has its place.
    const watched = env.WATCHDOG_PID === undefined || env.WATCHDOG_PID === String(process.pid);
    this.#watchdogUs = watched ? Number(env.WATCHDOG_USEC ?? 0) : 0;
    if (this.#path !== undefined && addon === undefined)
      log.warn({}, 'without the UDP addon the service manager is told nothing: its unit must be Type=exec');
  }

  /** It answers. @param status a line for people */
  ready(status: string): void {
    this.#tell(`READY=1\nSTATUS=${status}\nMAINPID=${process.pid}`);
  }

  reloading(): void {
    // CLOCK_MONOTONIC, as Type=notify-reload wants it.
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}\nSTATUS=reloading`);
  }

  stopping(): void {
    this.stopWatchdog();
    this.#tell('STOPPING=1\nSTATUS=finishing what is under way');
  }

  /** Another process takes this one's place. */
  replacedBy(pid: number): void {
    this.stopWatchdog();
    this.#tell(`MAINPID=${pid}`);
  }

  /**
   * Pings at twice the rate that is asked for, while it is alive.
   * @param isAlive asked before each ping
   */
  startWatchdog(isAlive: () => boolean): void {
    if (!(this.#watchdogUs > 0)) return;
    this.#timer = setInterval(() => {
      if (isAlive()) this.#tell('WATCHDOG=1');
      else
        this.#log.warn(
          {},
          'a thread that answers DNS hangs: the service manager is not told that all is well',
        );
    }, this.#watchdogUs / 2000).unref();
  }

  stopWatchdog(): void {
    clearInterval(this.#timer);
  }

  #tell(text: string): void {
    if (this.#path === undefined || this.#addon === undefined) return;
    const errno = this.#addon.send(this.#path, text, NONE);
    if (errno === 0 || this.#complained) return;
    this.#complained = true;
    this.#log.warn(
      { socket: this.#path },
      `the service manager can't be told how it goes: ${getSystemErrorName(errno)}`,
    );
  }
}

const NONE = new Int32Array(0);

/** SD_LISTEN_FDS_START */
const FIRST_DESCRIPTOR = 3;

/**
 * The sockets that a service manager has opened for this process (sd_listen_fds).
 * @throws Error when one of them is neither a UDP nor a listening TCP socket, or there is no addon
 */
export function activatedSockets(env: Environment, addon: Addon | undefined): OpenSocket[] {
  if (env.LISTEN_PID !== String(process.pid)) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: Number(env.LISTEN_FDS ?? 0) }, (_, i) => {
    if (addon === undefined) throw new Error('sockets from a service manager take the UDP addon');
    const descriptor = FIRST_DESCRIPTOR + i;
    const [protocol, address = '', port] = addon.describe(descriptor).split(' ');
    if (protocol !== 'udp' && protocol !== 'tcp') {
      throw new Error(
        `the service manager passed a descriptor (${names[i] || descriptor}) that is neither a UDP socket nor a listening TCP socket`,
      );
    }
    return { protocol, address, port: Number(port), wanted: '', descriptor };
  });
}
