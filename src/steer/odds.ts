import type { Client } from '../geo/client.js';
import { Choice, type Circumstances, Decision, decide } from './decide.js';
import type { Pool } from './pool.js';
import type { Service } from './service.js';
import type { Want } from './want.js';

/** Decisions that are made at the most: beyond them an odd is known to 0.01 %, and plain weights have shorter cycles. */
const MAX_DECISIONS = 10_000;

/**
 * By member of the service: the share of answers to this client that it is in, while states stay as they are. Measured by
 * deciding on a copy of the turns until the pool's turns are where they began, so it holds for every scheduler.
 * @param poolIndex the pool that serves
 */
export function measureOdds(
  service: Service,
  client: Client,
  want: Want,
  circumstances: Circumstances,
  poolIndex: number,
): Float64Array {
  const turns = circumstances.turns.slice();
  const { turnsAt, turnWords } = service.pools[poolIndex] as Pool;
  const at = turnsAt + want * turnWords;
  const begin = turns.slice(at, at + turnWords);
  const decision = new Decision();
  const answers = new Float64Array(service.slots.length);
  let decisions = 0;
  do {
    decide(service, client, want, { ...circumstances, turns }, decision);
    decisions += 1;
    for (const member of membersInAnswer(decision)) answers[member] = (answers[member] ?? 0) + 1;
  } while (decisions < MAX_DECISIONS && !begin.every((word, i) => word === turns[at + i]));
  return answers.map((count) => count / decisions);
}

/** The members that a client is sent to; for URL those after the first are only named. */
export function membersInAnswer(decision: Decision): ReadonlySet<number> {
  const count = decision.choice === Choice.URL ? 1 : decision.count;
  return new Set(decision.members.subarray(0, count));
}
