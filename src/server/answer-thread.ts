import {
  isMainThread,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import type { TransportLog } from './listener.js';
import { loadAddon } from './native-udp.js';
import { ProxyPeers } from './proxy-peers.js';
import { type RunningDns, startDns } from './start-dns.js';
import { ThreadAnswerer } from './thread-answerer.js';
import {
  Control,
  type Endpoint,
  type FromThread,
  type ThreadRole,
  type ThreadSetup,
  type ToThread,
} from './thread-messages.js';
import { TlsGate, type TlsPair } from './tls-gate.js';
import { UdpBatch } from './udp-batch.js';

/** How often a thread that answers from its event loop looks at the clock: TTLs are seconds, and each time wakes it. */
const CLOCK_MS = 250;
/** The same where it answers UDP, whose rates are limited by the clock. */
const UDP_CLOCK_MS = 100;

/** The longest that a thread waits for queries before it looks for messages: a new catalog is answered from as soon. */
const WAIT_MS = 90;

if (!isMainThread && parentPort !== null) await run(workerData as ThreadSetup, parentPort);

/** The body of an answering thread. */
async function run(setup: ThreadSetup, port: MessagePort): Promise<void> {
  const { role } = setup;
  const answerer = new ThreadAnswerer(setup);
  try {
    await answerer.prepare((message) => tell(port, { kind: 'special', message }));
    if (role.kind === 'stream') await answerFromEventLoop(role, setup, port, answerer);
    else answerBatches(role.descriptors, setup, port, answerer);
  } catch (error) {
    tell(port, { kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    port.close();
  }
}

async function answerFromEventLoop(
  { listen, dot, dgram }: ThreadRole & { kind: 'stream' },
  { counters, control, tcp, transport }: ThreadSetup,
  port: MessagePort,
  answerer: ThreadAnswerer,
): Promise<void> {
  const tick = (): void => {
    answerer.nowMs = Date.now();
    Atomics.add(control, Control.TURNS, 1);
  };
  tick();
  const log = logTo(port);
  const proxies = new ProxyPeers(transport.proxies);
  const tls = transport.tls && new TlsGate(transport.tls, counters);
  const start = (): Promise<RunningDns> =>
    startDns({
      listen,
      dot,
      answer: answerer.answerAlone,
      tcp,
      counters,
      log,
      udp: dgram,
      proxies,
      ...(tls === undefined ? {} : { tls }),
    });
  // Another process may be answering from these sockets: nothing is taken from them before there is a catalog to answer from.
  const waits = listen.every(({ descriptor }) => descriptor !== undefined);
  let dns = waits ? undefined : await start();
  const clock = setInterval(tick, dgram ? UDP_CLOCK_MS : CLOCK_MS);
  const hear = async (message: ToThread): Promise<void> => {
    if (message.kind === 'transport') {
      const { settings } = message;
      proxies.replace(settings.proxies);
      if (settings.tls !== undefined) renew(tls, settings.tls, log);
      return;
    }
    if (message.kind === 'close') {
      clearInterval(clock);
      await dns?.close();
      tls?.close();
      port.close();
      return;
    }
    answerer.take(message);
    if (message.kind !== 'use') return;
    dns ??= await start();
    tell(port, { kind: 'using' });
  };
  // One after the other: what comes while the sockets are opened waits.
  let heard = Promise.resolve();
  port.on('message', (message: ToThread) => {
    heard = heard.then(() => hear(message));
  });
  const listens = dns ?? { addresses: listen.map(endpointOf), dot: dot.map(endpointOf) };
  tell(port, { kind: 'listening', listens: { addresses: listens.addresses, dot: listens.dot } });
}

/** The main thread has checked the pair; should OpenSSL refuse it here all the same, the one before serves. */
function renew(tls: TlsGate | undefined, pair: TlsPair, log: TransportLog): void {
  try {
    tls?.renew(pair);
  } catch (error) {
    log.error({ err: error }, 'the new certificate is refused');
  }
}

/** Answers until the main thread says stop. The event loop never turns: messages are looked for between batches. */
function answerBatches(
  descriptors: readonly number[],
  { counters, control, transport }: ThreadSetup,
  port: MessagePort,
  answerer: ThreadAnswerer,
): void {
  const load = loadAddon();
  if (load.addon === undefined) throw new Error(`the UDP addon can't be loaded: ${load.reason}`);
  const { answer, tally } = answerer;
  const log = logTo(port);
  const proxies = new ProxyPeers(transport.proxies);
  const batch = new UdpBatch({ addon: load.addon, descriptors, answer, tally, counters, log, proxies });
  tell(port, { kind: 'listening', listens: { addresses: [], dot: [] } });
  let taken = 0;
  // Another process may be answering from these sockets: nothing is taken from them before there is a catalog to answer from.
  let answers = false;
  while (Atomics.load(control, Control.STOP) === 0) {
    answerer.nowMs = Date.now();
    Atomics.add(control, Control.TURNS, 1);
    const waiting = taken !== Atomics.load(control, Control.MESSAGES);
    if (answers) batch.turn(waiting ? 0 : WAIT_MS);
    else if (!waiting) Atomics.wait(control, Control.MESSAGES, taken, WAIT_MS);
    // One at a time: a piece of a catalog takes about a millisecond.
    const message = waiting ? receiveMessageOnPort(port) : undefined;
    if (message === undefined) continue;
    taken += 1;
    const said = message.message as ToThread;
    if (said.kind === 'transport') {
      proxies.replace(said.settings.proxies);
      continue;
    }
    answerer.take(said);
    if (said.kind !== 'use') continue;
    answers = true;
    tell(port, { kind: 'using' });
  }
  if (answers) batch.close();
  else batch.abandon();
  port.close();
}

function endpointOf({ address, port }: Endpoint): Endpoint {
  return { address, port };
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
