/** Writes the query log, in a thread started by query-log.ts. */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openRing, type Ring, RingWord } from '../answer/query-ring.js';
import { LogSink } from './log-sink.js';
import { formatQueryLine, type LoggedMember } from './query-line.js';
import type { FromQueryLog, QueryLogSetup, ToQueryLog } from './query-log.js';

/** How often the rings are looked at: a thread is not woken for each query. */
const POLL_MS = 20;

/** How often the file's name is looked at, for a rotation that told nobody. */
const NAME_MS = 1_000;

/** Characters of a write. */
const CHUNK = 1 << 16;

if (parentPort !== null) run(workerData as QueryLogSetup, parentPort);

function run({ file, rings: memories, clientBits }: QueryLogSetup, port: MessagePort): void {
  const rings = memories.map(openRing);
  const members: LoggedMember[] = [];
  const sink = new LogSink(file);
  let told: string | undefined;
  let stopping = false;

  const timers = [setInterval(drain, POLL_MS), setInterval(checkName, NAME_MS)];
  port.on('message', (message: ToQueryLog) => {
    take(message);
    if (stopping) finish();
  });

  function take(message: ToQueryLog): void {
    switch (message.kind) {
      case 'members':
        members.push(...message.members);
        return;
      case 'reopen':
        sink.reopen();
        return;
      case 'stop':
        stopping = true;
    }
  }

  function drain(): void {
    for (const ring of rings) while (hasRecords(ring) && sink.isReady) sink.write(takeChunk(ring));
    tellOfProblem();
    if (stopping) finish();
  }

  function takeChunk({ control, ...ring }: Ring): string {
    let chunk = '';
    const head = Atomics.load(control, RingWord.HEAD);
    // Before a member is in a record, it was told.
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port)) {
      take(more.message as ToQueryLog);
    }
    let tail = Atomics.load(control, RingWord.TAIL);
    for (; tail !== head && chunk.length < CHUNK; tail = (tail + 1) | 0) {
      chunk += formatQueryLine(ring, tail, members, clientBits);
      // One by one: the answering thread has the room again at once.
      Atomics.store(control, RingWord.TAIL, (tail + 1) | 0);
    }
    return chunk;
  }

  function checkName(): void {
    sink.checkName();
    tellOfProblem();
  }

  function tellOfProblem(): void {
    if (sink.problem === told) return;
    told = sink.problem;
    port.postMessage({ problem: told } satisfies FromQueryLog);
  }

  function finish(): void {
    for (const timer of timers) clearInterval(timer);
    for (const ring of rings) while (hasRecords(ring) && sink.isReady) sink.write(takeChunk(ring));
    sink.close();
    port.close();
  }
}

function hasRecords({ control }: Ring): boolean {
  return Atomics.load(control, RingWord.HEAD) !== Atomics.load(control, RingWord.TAIL);
}
