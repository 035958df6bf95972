import type { Logger } from 'pino';
import { OwnSharing } from '../../cluster/own-sharing.js';
import { RedisSharing } from '../../cluster/redis-sharing.js';
import type { SharedConfiguration, Sharing } from '../../cluster/sharing.js';
import type { Config } from '../../config/config.js';
import type { OverrideStore } from '../../health/override-store.js';
import { probesIn } from '../../health/probe-spec.js';
import type { Snapshot } from '../../snapshot/snapshot-loader.js';
import { VERSION } from '../version.js';
import { digestParts } from './digest-parts.js';
import { overrideWords } from './override-words.js';

interface SharingEvents {
  /** Who makes which probe, or what others say of one, may be another. */
  readonly onChange: () => void;
  /** Operators said something new at another instance. */
  readonly onWords: () => void;
}

export function makeSharing(
  { cluster }: Config,
  overrides: OverrideStore,
  log: Logger,
  { onChange, onWords }: SharingEvents,
): Sharing {
  if (cluster === undefined) return new OwnSharing();
  return new RedisSharing({
    ...cluster,
    leaseMs: cluster.leaseMs,
    allowed: cluster.instances,
    version: VERSION,
    words: overrideWords(overrides, onWords),
    onChange,
    log,
  });
}

/** What is shared of a snapshot. */
export function sharedOf(snapshot: Snapshot): SharedConfiguration {
  return { ...probesIn(snapshot.services.map(({ spec }) => spec)), parts: digestParts(snapshot) };
}
