import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { TransportLog } from './listener.js';
import { startDns } from './start-dns.js';
import { ThreadAnswerer } from './thread-answerer.js';
import type { FromThread, ThreadSetup, ToThread } from './thread-messages.js';

/** How often a thread that answers from its event loop looks at the clock: TTLs are seconds. */
const CLOCK_MS = 100;

if (!isMainThread && parentPort !== null) await run(workerData as ThreadSetup, parentPort);

/** The body of an answering thread. */
async function run(setup: ThreadSetup, port: MessagePort): Promise<void> {
  const answerer = new ThreadAnswerer(setup);
  try {
    await answerFromEventLoop(setup, port, answerer);
  } catch (error) {
    tell(port, { kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    port.close();
  }
}

async function answerFromEventLoop(
  setup: ThreadSetup,
  port: MessagePort,
  answerer: ThreadAnswerer,
): Promise<void> {
  const tick = (): void => {
    answerer.now = Math.floor(Date.now() / 1000);
  };
  tick();
  const { listen, counters, tcp, dgram } = setup;
  const log = logTo(port);
  const dns = await startDns({ listen, answer: answerer.answer, tcp, counters, log, udp: dgram });
  const clock = setInterval(tick, CLOCK_MS);
  port.on('message', (message: ToThread) => {
    if (message.kind !== 'close') {
      answerer.take(message);
      return;
    }
    clearInterval(clock);
    void dns.close().finally(() => port.close());
  });
  tell(port, { kind: 'listening', addresses: dns.addresses });
}

function logTo(port: MessagePort): TransportLog {
  const say =
    (level: 'warn' | 'error') =>
    (fields: object, message: string): void =>
      tell(port, { kind: 'log', level, fields, message });
  return { warn: say('warn'), error: say('error') };
}

function tell(port: MessagePort, message: FromThread): void {
  port.postMessage(message);
}
