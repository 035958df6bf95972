/** Prints the CPU time of reading a networks file: `node build/bench/networks.js [PREFIXES]`, 100,000 unless given. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Diagnostics } from '../src/config/diagnostics.js';
import { loadNetworks } from '../src/config/load-networks.js';

const RUNS = 3;
const count = Number(process.argv[2] ?? 100_000);
const folder = mkdtempSync(join(tmpdir(), 'steerdns-'));

measure('of 100 networks (AS numbers)', (i) => 64_500 + (i % 100));
measure('each of another network', (i) => 100_000 + i);
rmSync(folder, { recursive: true });

function measure(title: string, asnOf: (i: number) => number): void {
  const file = join(folder, 'networks.yaml');
  const lines = Array.from(
    { length: count },
    (_, i) =>
      `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}/32: {place: AS-CN-BJ, lines: [telecom], asn: ${asnOf(i)}}\n`,
  );
  writeFileSync(file, lines.join(''));
  const runs = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    const networks = loadNetworks([file], new Diagnostics());
    const { user, system } = process.cpuUsage(before);
    if (networks.length !== count) throw new Error(`${networks.length} of ${count} prefixes were read`);
    return ((user + system) / 1e6).toFixed(2);
  });
  console.log(`${count} prefixes ${title}: ${runs.join(', ')} s of CPU`);
}
