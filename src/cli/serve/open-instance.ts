import type { Logger } from 'pino';
import type { Diagnostics } from '../../config/diagnostics.js';
import { loadConfig } from '../../config/load-config.js';
import { StateFile } from '../../health/state-file.js';
import { StateHistory } from '../../health/state-history.js';
import { SerialStore } from '../../snapshot/serial-store.js';
import { SnapshotLoader } from '../../snapshot/snapshot-loader.js';
import { AliasTable } from '../../state/alias-table.js';
import { MemberStates } from '../../state/member-states.js';
import { Transfers } from '../../transfer/transfers.js';
import { progressOn } from '../progress.js';
import { Instance } from './instance.js';
import { TlsKeeper } from './tls-keeper.js';

/**
 * Loads everything that a configuration file says.
 * @param diagnostics takes every error and warning
 * @returns undefined when there are errors
 * @throws Error when the state folder can't be used
 */
export async function openInstance(
  file: string,
  log: Logger,
  diagnostics: Diagnostics,
): Promise<Instance | undefined> {
  const states = new MemberStates();
  const aliases = new AliasTable();
  const config = loadConfig(file, diagnostics);
  if (config === undefined) return undefined;
  const stateFile = await StateFile.open(config.state, log);
  const history = await StateHistory.open(config.state, log);
  const progress = progressOn(process.stderr);
  const transfers = new Transfers(config.state, log);
  const loader = new SnapshotLoader({
    states,
    aliases,
    serials: await SerialStore.open(config.state),
    onStep: progress.step,
    secondaries: transfers.secondaries,
  });
  const startedAt = Date.now();
  const tls = new TlsKeeper(log);
  const loadedTls = tls.read(config.tls, diagnostics);
  await transfers.prepare(config);
  const snapshot = await loader.load(config, diagnostics).catch(async (error: unknown) => {
    await transfers.stop();
    throw error;
  });
  progress.done();
  if (snapshot === undefined) {
    await transfers.stop();
    return undefined;
  }
  const { zones, services } = snapshot;
  log.info({ ms: Date.now() - startedAt, zones: zones.length, services: services.length }, 'loaded');
  tls.use(config.tls, loadedTls);
  return new Instance({ file, log, loader, states, aliases, stateFile, history, snapshot, transfers, tls });
}
