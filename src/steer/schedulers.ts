import type { Client } from '../geo/client.js';
import { findPrefix } from '../geo/prefix-table.js';
import { candidates } from './candidates.js';
import { hashClient, hashedBits, mix } from './client-hash.js';
import { MAX_POOL_MEMBERS, type Pool, type Scheduler } from './pool.js';
import { arrangeInTurn } from './smooth-turns.js';
import type { SchedulerName } from './spec.js';

/** One row makes one. */
export const schedulers: Readonly<Record<SchedulerName, Scheduler>> = {
  rr: { alone: false, byWeight: false, turnWords: oneWord, arrange: rotate },
  wrr: { alone: false, byWeight: false, turnWords: smoothWords, arrange: arrangeWeighted },
  fo: { alone: true, byWeight: true, turnWords: noWords, arrange: keepOrder },
  sh: { alone: false, byWeight: false, turnWords: noWords, arrange: arrangeByHash },
  mh: { alone: false, byWeight: false, turnWords: noWords, arrange: arrangeByTable },
  all: { alone: false, byWeight: false, turnWords: oneWord, arrange: rotate },
  nearest: { alone: false, byWeight: false, turnWords: nearestWords, arrange: arrangeNearest },
};

/** What candidates are put in order by, least first; by position in the pool. Refilled for each decision. */
const scores = new Float64Array(MAX_POOL_MEMBERS);

/** More than the square of any chord of a unit sphere (4): members without coordinates come last. */
const FAR_AWAY = 5;

function noWords(): number {
  return 0;
}

function oneWord(): number {
  return 1;
}

/** See smooth-turns.ts: one word tells whose turns they are, then one a member. */
function smoothWords(members: number): number {
  return 1 + members;
}

/** Turns of the whole pool, for clients from nowhere, then those of each site (at most one a member). */
function nearestWords(members: number): number {
  return smoothWords(members) + 2 * members;
}

function keepOrder(): number {
  return 0;
}

/** Each candidate is first once in `count` decisions, while the candidates stay the same. */
function rotate(
  _pool: Pool,
  count: number,
  need: number,
  _client: Client,
  turns: Int32Array,
  turnsAt: number,
): number {
  const first = (turns[turnsAt] as number) % count;
  turns[turnsAt] = first + 1 < count ? first + 1 : 0;
  if (need === 1) {
    candidates[0] = candidates[first] as number;
    return 0;
  }
  reverse(0, first);
  reverse(first, count);
  reverse(0, count);
  return 0;
}

function reverse(from: number, to: number): void {
  for (let low = from, high = to - 1; low < high; low++, high--) swap(low, high);
}

function swap(i: number, j: number): void {
  const held = candidates[i] as number;
  candidates[i] = candidates[j] as number;
  candidates[j] = held;
}

function arrangeWeighted(
  pool: Pool,
  count: number,
  need: number,
  _client: Client,
  turns: Int32Array,
  turnsAt: number,
): number {
  arrangeInTurn(pool.shares, 0, count, need, turns, turnsAt, turnsAt + 1);
  return 0;
}

/**
 * Weighted rendezvous hashing (Schindelhauer and Schomaker, 2005): each member draws a number from the client's hash,
 * exponential with its weight as rate, and the least wins. A member is first for w/Σw of the clients, and when one goes
 * only its own clients move, each to the member that was second for it.
 */
function arrangeByHash(pool: Pool, count: number, need: number, client: Client): number {
  drawScores(pool, 0, count, hashClient(client));
  selectLeast(0, count, need);
  return hashedBits(client);
}

/** Maglev's table names the first; where that member is gone, and for the other places, rendezvous hashing goes on. */
function arrangeByTable(pool: Pool, count: number, need: number, client: Client): number {
  const hash = hashClient(client);
  const named = pool.maglev[(hash >>> 0) % pool.maglev.length];
  let placed = 0;
  for (let i = 0; i < count; i++) {
    if (candidates[i] !== named) continue;
    swap(0, i);
    placed = 1;
    break;
  }
  if (placed < need) {
    drawScores(pool, placed, count, hash);
    selectLeast(placed, count, need);
  }
  return hashedBits(client);
}

function drawScores(pool: Pool, from: number, to: number, hash: number): void {
  for (let i = from; i < to; i++) {
    const position = candidates[i] as number;
    const draw = mix(hash ^ (pool.seeds[position] as number)) >>> 0;
    // Half a step off both ends, so that the logarithm is finite and never 0.
    scores[position] = -Math.log((draw + 0.5) / 0x100000000) / (pool.shares[position] as number);
  }
}

/** Puts the least of the candidates `from` to `to` at `from` and on, up to `need`; equal ones in the pool's order. */
function selectLeast(from: number, to: number, need: number): void {
  for (let place = from; place < need; place++) {
    let best = place;
    for (let i = place + 1; i < to; i++) {
      const position = candidates[i] as number;
      const other = candidates[best] as number;
      const difference = (scores[position] as number) - (scores[other] as number);
      if (difference < 0 || (difference === 0 && position < other)) best = i;
    }
    swap(place, best);
  }
}

/**
 * The nearest site first, its members by turns of their weights, then the next site. Members at the same coordinates are
 * one site; those without coordinates are the last. For a client from nowhere all members are one site.
 */
function arrangeNearest(
  pool: Pool,
  count: number,
  need: number,
  client: Client,
  turns: Int32Array,
  turnsAt: number,
): number {
  const place = findPrefix(pool.places, client);
  const scopeBits = client.givenBits(client.matchBits);
  if (!measure(pool, count, place)) {
    arrangeInTurn(pool.shares, 0, count, need, turns, turnsAt, turnsAt + 1);
    return scopeBits;
  }
  const siteWords = turnsAt + smoothWords(pool.sites.length);
  const siteTurns = siteWords + pool.sites.length;
  for (let from = 0; from < need; ) {
    selectLeast(from, count, from + 1);
    const site = pool.sites[candidates[from] as number] as number;
    const to = gatherSite(pool, from, count, site);
    arrangeInTurn(pool.shares, from, to, Math.min(need, to), turns, siteWords + site, siteTurns);
    from = to;
  }
  return scopeBits;
}

/** Scores candidates by the square of their chord to a place. Returns false when nobody knows where the place is. */
function measure(pool: Pool, count: number, place: number): boolean {
  const { placePoints, points } = pool;
  const x = placePoints[3 * place] as number;
  const y = placePoints[3 * place + 1] as number;
  const z = placePoints[3 * place + 2] as number;
  if (Number.isNaN(x)) return false;
  for (let i = 0; i < count; i++) {
    const position = candidates[i] as number;
    const dx = x - (points[3 * position] as number);
    const dy = y - (points[3 * position + 1] as number);
    const dz = z - (points[3 * position + 2] as number);
    const chord = dx * dx + dy * dy + dz * dz;
    scores[position] = Number.isNaN(chord) ? FAR_AWAY : chord;
  }
  return true;
}

/** Brings the candidates of a site together from `from` on, where one is already. Returns the end of them. */
function gatherSite(pool: Pool, from: number, count: number, site: number): number {
  let to = from + 1;
  for (let i = to; i < count; i++) {
    if (pool.sites[candidates[i] as number] === site) swap(to++, i);
  }
  return to;
}
