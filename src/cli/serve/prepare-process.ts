import { availableParallelism } from 'node:os';
import type { Config } from '../../config/config.js';
import { formatEndpoint } from '../../server/listen-error.js';
import { ListenSockets } from '../../server/listen-sockets.js';
import type { Addon } from '../../server/native-udp.js';
import { dropPrivileges } from './drop-privileges.js';
import { activatedSockets } from './service-manager.js';
import { StateFolder } from './state-folder.js';
import { type TakenOver, takeOver } from './take-over.js';

/** What a process has before it loads anything: its sockets, its user, its state folder. */
export interface PreparedProcess {
  /** undefined without the addon: each listener opens its own then. */
  readonly sockets: ListenSockets | undefined;
  readonly folder: StateFolder;
  /** The instance whose place is taken. */
  readonly taken: TakenOver | undefined;
  /** Gives all of it back: an instance whose place was to be taken goes on. */
  release(): void;
}

/**
 * Takes sockets over where they are, binds the others while it may, drops privileges, and claims the state folder.
 * @param replace takes over from the instance that runs with the state folder, if there is one
 * @throws Error with a message for the operator
 */
export async function prepareProcess(
  config: Config,
  addon: Addon | undefined,
  replace: boolean,
): Promise<PreparedProcess> {
  if (replace && addon === undefined) throw new Error('--replace takes the UDP addon');
  const taken = replace && addon !== undefined ? await takeOver(config.state, addon) : undefined;
  const given = [...(taken?.sockets ?? []), ...activatedSockets(process.env, addon)];
  const sockets = addon && new ListenSockets(addon, given);
  try {
    if (config.runAs !== undefined) {
      if (sockets === undefined) throw new Error('user: takes the UDP addon');
      openAhead(config, sockets);
      dropPrivileges(config.runAs);
    }
    const folder = StateFolder.claim(config.state, addon, taken?.lock);
    return {
      sockets,
      folder,
      taken,
      release() {
        sockets?.close();
        folder.release();
        taken?.abandon();
      },
    };
  } catch (error) {
    sockets?.close();
    taken?.abandon();
    throw error;
  }
}

/** UDP threads of a configuration. */
export function udpThreadsOf({ workers }: Config): number {
  return workers === 'auto' ? availableParallelism() : workers;
}

/** @throws Error when a service manager passed a socket that the configuration does not have */
export function checkAllUsed(sockets: ListenSockets): void {
  const [extra] = sockets.unused.filter(({ wanted }) => wanted === '');
  if (extra === undefined) return;
  const where = `${extra.protocol.toUpperCase()} ${formatEndpoint(extra.address, extra.port)}`;
  throw new Error(
    `the service manager passed a socket of ${where}, which is not under listen: in the configuration`,
  );
}

function openAhead({ listen, ...config }: Config, sockets: ListenSockets): void {
  const threads = udpThreadsOf({ listen, ...config });
  for (const endpoint of listen.dns) sockets.openAhead('dns', endpoint, threads);
  for (const endpoint of listen.dot) sockets.openAhead('dot', endpoint, 0);
  for (const endpoint of listen.http) sockets.openAhead('http', endpoint, 0);
  if (listen.admin !== undefined) sockets.openAhead('admin', listen.admin, 0);
}
