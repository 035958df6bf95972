import fc from 'fast-check';
import { Exchange, MAX_MESSAGE_OCTETS, Transport } from '../../src/answer/exchange.js';
import { Counter, type Counters, makeCounters } from '../../src/state/counters.js';
import { FuzzedServer } from './fuzzed-server.js';
import { judgeResponse } from './judge-response.js';
import { structured } from './message-arbitrary.js';
import { mutated, recordCorpus } from './mutations.js';

export interface RoundReport {
  /** Of {@link Counter}, over the round. */
  readonly counters: Counters;
  /** Milliseconds of the slowest answer. */
  readonly slowestMs: number;
  /** What is wrong, with the seed and the message by which it can be repeated; undefined: nothing. */
  readonly failure: string | undefined;
  /** Octets that the server kept over what it had after its first messages. */
  readonly growth: number;
}

/** One message, from whom, how, and how long after the one before. */
interface Case {
  readonly query: Uint8Array;
  readonly transport: Transport;
  readonly client: Uint8Array;
  readonly gapMs: number;
}

/** A few, that reach the rate limit, and others. */
const clients: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constantFrom(Uint8Array.of(192, 0, 2, 53), Uint8Array.of(192, 0, 2, 54), Uint8Array.of(203, 0, 113, 9)),
  fc.constantFrom(Uint8Array.from([0x20, 1, 0xd, 0xb8, ...Buffer.alloc(12, 1)])),
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);

/** Most messages of a transfer that are read of one response: there are few in these zones. */
const MOST_MESSAGES = 20;

/**
 * Sends so many messages to a server of their own: those made by structure, and real ones after mutations. The same seed makes
 * the same messages.
 * @param collectGarbage measures what is kept only when it is there
 */
export async function fuzzRound(
  seed: number,
  messages: number,
  collectGarbage?: () => void,
): Promise<RoundReport> {
  const server = await FuzzedServer.start(seed);
  const asker = new Asker(server);
  const cases: fc.Arbitrary<Case> = fc.record({
    query: fc.oneof(
      { weight: 2, arbitrary: structured },
      { weight: 1, arbitrary: mutated(recordCorpus(server)) },
    ),
    transport: fc.constantFrom(Transport.UDP, Transport.UDP, Transport.TCP),
    client: clients,
    gapMs: fc.constantFrom(0, 0, 0, 1, 20),
  });
  let asked = 0;
  let kept = 0;
  const property = fc.property(cases, (one) => {
    asked += 1;
    if (asked === WARM_UP) kept = heldOctets(collectGarbage);
    const wrong = asker.ask(one);
    if (wrong !== undefined) throw new Error(wrong);
  });
  const result = fc.check(property, { seed, numRuns: messages, endOnFailure: false, maxSkipsPerRun: 0 });
  const growth = asked < 2 * WARM_UP ? 0 : heldOctets(collectGarbage) - kept;
  server.close();
  return { counters: server.counters, slowestMs: asker.slowestMs, failure: failureOf(result, asked), growth };
}

/** Messages after which caches and compiled code are there. */
const WARM_UP = 10_000;

function heldOctets(collectGarbage: (() => void) | undefined): number {
  if (collectGarbage === undefined) return 0;
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function failureOf(result: fc.RunDetails<[Case]>, asked: number): string | undefined {
  if (!result.failed) return undefined;
  const one = result.counterexample?.[0];
  const reason =
    result.errorInstance instanceof Error
      ? (result.errorInstance.stack ?? result.errorInstance.message)
      : String(result.errorInstance);
  return [
    `seed ${result.seed}, message ${asked}: ${reason}`,
    `  query   ${Buffer.from(one?.query ?? []).toString('hex')}`,
    `  from    ${Buffer.from(one?.client ?? []).toString('hex')} over ${one?.transport === Transport.TCP ? 'TCP' : 'UDP'}`,
  ].join('\n');
}

/** Asks a server as a transport does. */
class Asker {
  slowestMs = 0;
  readonly #server: FuzzedServer;
  readonly #exchange = new Exchange();
  /** Octets of queries before stay behind a query, as in a transport's buffer. */
  readonly #buffer = new Uint8Array(MAX_MESSAGE_OCTETS);
  readonly #before = makeCounters();
  readonly #counted = makeCounters();
  #elapsedMs = 0;

  constructor(server: FuzzedServer) {
    this.#server = server;
  }

  ask({ query, transport, client, gapMs }: Case): string | undefined {
    const exchange = this.#exchange;
    this.#elapsedMs += gapMs;
    this.#server.elapsedMs = this.#elapsedMs;
    this.#buffer.set(query);
    exchange.query = this.#buffer;
    exchange.queryLength = query.length;
    exchange.transport = transport;
    exchange.family = client.length === 4 ? 4 : 6;
    exchange.address.set(client);
    this.#before.set(this.#server.counters);
    const start = performance.now();
    const responses = this.#responses();
    this.slowestMs = Math.max(this.slowestMs, performance.now() - start);
    for (let i = 0; i < this.#counted.length; i++)
      this.#counted[i] = (this.#server.counters[i] as number) - (this.#before[i] as number);
    if (this.#counted[Counter.tcp] !== (transport === Transport.TCP ? 1 : 0)) return 'TCP was counted wrong';
    return judgeResponse({
      query: Buffer.from(query),
      transport,
      responses,
      counted: this.#counted,
      nsidOctets: this.#server.nsid.length,
    });
  }

  #responses(): Buffer[] {
    const exchange = this.#exchange;
    const length = this.#server.answer(exchange);
    const responses = length === 0 ? [] : [Buffer.from(exchange.response.subarray(0, length))];
    const { more } = exchange;
    exchange.more = undefined;
    if (more === undefined) return responses;
    for (let next = more.next(exchange.response); next > 0; next = more.next(exchange.response)) {
      responses.push(Buffer.from(exchange.response.subarray(0, next)));
      if (responses.length > MOST_MESSAGES) throw new Error('a transfer without end');
    }
    return responses;
  }
}
