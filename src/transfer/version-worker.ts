/** Lists zones for transfers and compares them with what they were, in a thread started by version-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { adoptService, type SharedService } from '../steer/share-service.js';
import { type ListedZone, VersionKeeper } from './version-keeper.js';
import type { FromVersionThread, ToVersionThread } from './version-messages.js';

/** The main thread takes so many over in about a millisecond. */
const ZONES_A_MESSAGE = 16;

const say = (message: FromVersionThread): void => parentPort?.postMessage(message);
const keeper = new VersionKeeper(workerData as string, (fields, message) =>
  say({ kind: 'warn', fields, message }),
);
let services: SharedService[] = [];
let hostAliases: Int32Array[] = [];

parentPort?.on('message', (message: ToVersionThread) => {
  if (message.kind === 'services') {
    services.push(...message.services);
    hostAliases.push(...message.hostAliases);
    return;
  }
  const catalog = { ...message.catalog, services: services.map(adoptService), hostAliases };
  services = [];
  hostAliases = [];
  list({ ...message, catalog }).catch((error: unknown) =>
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});

async function list(work: Parameters<VersionKeeper['update']>[0]): Promise<void> {
  let piece: ListedZone[] = [];
  for await (const zone of keeper.update(work)) {
    if (piece.push(zone) < ZONES_A_MESSAGE) continue;
    say({ kind: 'zones', zones: piece });
    piece = [];
  }
  if (piece.length > 0) say({ kind: 'zones', zones: piece });
  say({ kind: 'done' });
}
