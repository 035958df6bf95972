/**
 * Prints how long the main thread is held while a zone is listed for transfers, then compared with what it was:
 * `node build/bench/transfer-list.js [RECORDS]`, 100,000 unless given.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Diagnostics } from '../src/config/diagnostics.js';
import { loadConfig } from '../src/config/load-config.js';
import { SnapshotLoader } from '../src/snapshot/snapshot-loader.js';
import { AliasTable } from '../src/state/alias-table.js';
import { MemberStates } from '../src/state/member-states.js';
import { Transfers } from '../src/transfer/transfers.js';

/** Of the measurement; what is held for less is not seen. */
const RESOLUTION_MS = 5;
const count = Number(process.argv[2] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), 'steerdns-'));
mkdirSync(join(folder, 'zones'));
mkdirSync(join(folder, 'services'));
writeFileSync(
  join(folder, 'steerdns.yaml'),
  "zones: zones\nservices: services\nlisten: {dns: '127.0.0.1:0', http: [], admin: []}\ngeo: {databases: []}\ntransfer: {allow: [{prefix: 127.0.0.1}]}\n",
);
const log = {
  debug: () => {},
  info: () => {},
  warn: (_fields: object, message: string) => console.log(message),
};
const states = new MemberStates();
const loader = new SnapshotLoader({ states, aliases: new AliasTable() });
const transfers = new Transfers(folder, log);
try {
  await measure(1, 'listed');
  await measure(2, 'listed and compared');
} finally {
  await transfers.stop();
  rmSync(folder, { recursive: true });
}

async function measure(serial: number, what: string): Promise<void> {
  const hosts = Array.from(
    { length: count + serial },
    (_, i) => `h${i} A 10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}\n`,
  );
  const head = `$TTL 60\n@ SOA ns1 h ${serial} 1 1 1 1\n@ NS ns1\nns1 A 192.0.2.1\n`;
  writeFileSync(join(folder, 'zones', 'example.com.zone'), head + hosts.join(''));
  const diagnostics = new Diagnostics();
  const config = loadConfig(join(folder, 'steerdns.yaml'), diagnostics);
  const snapshot = config && (await loader.load(config, diagnostics));
  if (snapshot === undefined) throw new Error(diagnostics.list.map(({ message }) => message).join('\n'));
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await wait(10 * RESOLUTION_MS);
  delay.reset();
  const start = performance.now();
  await transfers.update(
    config as NonNullable<typeof config>,
    snapshot.catalog,
    snapshot.services,
    states.words.length,
  );
  const ms = performance.now() - start;
  await wait(4 * RESOLUTION_MS);
  delay.disable();
  const held = (delay.max / 1e6).toFixed(0);
  console.log(
    `${count} records ${what} in ${ms.toFixed(0)} ms; the main thread was held for ${held} ms at most`,
  );
}
