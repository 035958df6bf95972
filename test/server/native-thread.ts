// A thread that answers by the addon, as native-threads.test.ts wants it.
import { parentPort, workerData } from 'node:worker_threads';
import { loadAddon } from '../../src/server/native-udp.js';
import { UdpBatch } from '../../src/server/udp-batch.js';
import type { Counters } from '../../src/state/counters.js';
import { ADDON_FOLDER } from './native-support.js';
import { echo, LogBook } from './support.js';

/** What a thread is given. */
export interface ThreadData {
  readonly descriptors: readonly number[];
  readonly counters: Counters;
  /** 0 at first; 1 asks the thread to end. */
  readonly stop: Int32Array;
  readonly timeoutMs: number;
}

const { descriptors, counters, stop, timeoutMs } = workerData as ThreadData;
const load = loadAddon(ADDON_FOLDER);
if (load.addon === undefined) throw new Error(load.reason);
const batch = new UdpBatch({ addon: load.addon, descriptors, answer: echo, counters, log: new LogBook() });
parentPort?.postMessage('ready');
let turns = 0;
while (Atomics.load(stop, 0) === 0) turns += batch.turn(timeoutMs) > 0 ? 1 : 0;
batch.close();
parentPort?.postMessage(turns);
