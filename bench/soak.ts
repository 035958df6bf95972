/**
 * Prints what is lost at 80 % of saturation, with reloads too, and what an idle server costs:
 * `node build/bench/soak.js [SECONDS] [PEER ...]`.
 */

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chosen } from './compare/arguments.js';
import { CASES, makeRandom } from './compare/cases.js';
import { compilePrograms, type LoadReport, runLoad } from './compare/load.js';
import { writeQueryFile } from './compare/query-file.js';
import { LOAD_CPU, type RunningPeer, startPeer } from './compare/running-peer.js';
import { addSbinToPath, makeTemporaryFolder } from './compare/tools.js';
import { gdnsd } from './peers/gdnsd.js';
import { steerdnsPeers } from './peers/steerdns.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const SHARE = 0.8;
const SATURATION_SECONDS = 3;
const IDLE_MS = 10_000;
const SETTLE_MS = 3000;
const RELOAD_MS = 1000;

addSbinToPath();
const [seconds = '60', ...names] = process.argv.slice(2);
const folder = makeTemporaryFolder();
const { load } = compilePrograms(CHECKOUT, folder);
const mix = CASES.find(({ name }) => name === 'geo-weighted');
const queries = join(folder, 'queries');
writeQueryFile(queries, mix?.queries(makeRandom(1), { names: 0, zones: 1 }) ?? []);
for (const peer of chosen('server', [gdnsd, ...steerdnsPeers()], names)) {
  const running = await startPeer(peer, { folder, workers: 1 });
  try {
    await soak(running, (of, rate) =>
      runLoad(load, {
        ...{ port: running.port, queries, cpu: LOAD_CPU, sources: mix?.sources },
        ...{ seconds: of, window: 128, sockets: 8, rate },
      }),
    );
  } finally {
    await running.process.stop();
  }
}

async function soak(
  { peer, process: running }: RunningPeer,
  load: (seconds: number, rate?: number) => Promise<LoadReport>,
): Promise<void> {
  await load(1);
  const { perSecond } = await load(SATURATION_SECONDS);
  const rate = Math.round(perSecond * SHARE);
  tell(peer.name, `saturated at ${perSecond}/s`, undefined);
  tell(peer.name, `${rate}/s for ${seconds} s`, await load(Number(seconds), rate));
  const { reloadSignal } = peer;
  if (reloadSignal !== undefined) {
    const reloads = setInterval(() => running.signal(reloadSignal), RELOAD_MS);
    try {
      tell(peer.name, `${rate}/s for ${seconds} s, reloading each second`, await load(Number(seconds), rate));
    } finally {
      clearInterval(reloads);
    }
  }
  // The last reload and what its garbage takes are over by then.
  await delay(SETTLE_MS);
  const before = running.cpu().totalUs;
  await delay(IDLE_MS);
  const idle = (running.cpu().totalUs - before) / (IDLE_MS * 10);
  tell(peer.name, `idle: ${idle.toFixed(2)} % of a CPU`, undefined);
}

function tell(name: string, what: string, report: LoadReport | undefined): void {
  const counts =
    report === undefined
      ? ''
      : `: ${report.lost} lost, ${report.bad} wrong, p50 ${report.latencyUs.p50} µs, p99.9 ${report.latencyUs.p999} µs`;
  console.log(`${name}, ${what}${counts}`);
}
