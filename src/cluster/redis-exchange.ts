import { MAX_LEASE_OCTETS } from './lease.js';
import type { RedisConnection } from './redis-connection.js';
import { LEAVE, READ_ALL, SWAP_WORDS, SYNC } from './scripts.js';
import { MAX_WORDS_OCTETS } from './shared-words.js';
import { MAX_VOTES_OCTETS } from './vote-text.js';

/** Instances of a cluster that see each other. */
const MAX_INSTANCES = 64;

/** What an instance says at each exchange. */
export interface ExchangeAsk {
  readonly name: string;
  readonly incarnation: string;
  readonly lease: string;
  readonly leaseMs: number;
  /** undefined: as before. */
  readonly votes: string | undefined;
  /** Of the words that it has; '' when it has none. */
  readonly revision: string;
}

export interface ExchangeReply {
  /** False when another process has the name. */
  readonly isHeld: boolean;
  /** False when the votes of before are gone. */
  readonly areVotesThere: boolean;
  /** Keys with what no instance writes. */
  readonly foreign: number;
  /** '' when there are none; undefined when they are those of the revision. */
  readonly words: string | undefined;
  /** Leases by name. */
  readonly leases: ReadonlyMap<string, string>;
}

/** The keys of a cluster. All have one hash tag, so that a Redis Cluster has them in one place. */
export class Keys {
  readonly #start: string;

  /** @param name the cluster's */
  constructor(name: string) {
    this.#start = `{steerdns:${name}}:`;
  }

  get index(): string {
    return `${this.#start}instances`;
  }

  get words(): string {
    return `${this.#start}overrides`;
  }

  lease(instance: string): string {
    return `${this.#start}instance:${instance}`;
  }

  votes(instance: string): string {
    return `${this.#start}votes:${instance}`;
  }
}

/** Renews the lease, and hears what the others share. @throws Error */
export async function exchange(
  connection: RedisConnection,
  keys: Keys,
  ask: ExchangeAsk,
): Promise<ExchangeReply> {
  const reply = await connection.run(
    SYNC,
    [keys.index, keys.words, keys.lease(''), keys.votes('')],
    [
      ask.name,
      ask.incarnation,
      ask.lease,
      ask.leaseMs,
      ask.votes ?? '',
      ask.revision,
      MAX_LEASE_OCTETS,
      MAX_WORDS_OCTETS,
      MAX_INSTANCES,
    ],
  );
  if (!Array.isArray(reply)) throw new Error('what answers is no Redis');
  const [isHeld, areVotesThere, foreign, words, ...rest] = reply as unknown[];
  const leases = new Map<string, string>();
  for (let i = 0; i + 1 < rest.length; i += 2) leases.set(String(rest[i]), String(rest[i + 1]));
  return {
    isHeld: isHeld === 1,
    areVotesThere: areVotesThere === 1,
    foreign: Number(foreign),
    words: typeof words === 'string' ? words : undefined,
    leases,
  };
}

/** The votes of instances in the same order; undefined where there are none. @throws Error */
export async function readVotes(
  connection: RedisConnection,
  keys: Keys,
  instances: readonly string[],
): Promise<(string | undefined)[]> {
  const reply = await connection.run(
    READ_ALL,
    instances.map((name) => keys.votes(name)),
    [MAX_VOTES_OCTETS],
  );
  const texts = Array.isArray(reply) ? (reply as unknown[]) : [];
  return instances.map((_, i) => (typeof texts[i] === 'string' ? texts[i] : undefined));
}

/**
 * Replaces the words.
 * @param revision of those that were read, '' for none
 * @returns false when another instance was faster
 * @throws Error
 */
export async function swapWords(
  connection: RedisConnection,
  keys: Keys,
  revision: string,
  text: string,
): Promise<boolean> {
  return (await connection.run(SWAP_WORDS, [keys.words], [revision, text, MAX_WORDS_OCTETS])) === 1;
}

/** Gives the lease back. @throws Error */
export async function leave(
  connection: RedisConnection,
  keys: Keys,
  name: string,
  incarnation: string,
): Promise<void> {
  await connection.run(LEAVE, [keys.lease(name), keys.votes(name)], [incarnation, MAX_LEASE_OCTETS]);
}
