/**
 * Prints the CPU time of whole answers, from octets to octets: `node build/bench/answer.js [NAMES [COUNTED]]`.
 * COUNTED: `counted` as the program counts each answer, `logged` with the query log at 1 % as well.
 */

import { Answerer } from '../src/answer/answerer.js';
import { Exchange } from '../src/answer/exchange.js';
import { QueryRecorder } from '../src/answer/query-recorder.js';
import { makeRing, openRing, RingWord } from '../src/answer/query-ring.js';
import { Tally } from '../src/answer/tally.js';
import { tallyLayout, ZoneRow } from '../src/answer/tally-layout.js';
import { TallyRowNames } from '../src/server/tally-rows.js';
import { makeCounters } from '../src/state/counters.js';
import { makeRandom } from '../src/state/random.js';
import { makeRandom as makeDraw } from './compare/cases.js';
import { nameOf, ZONE } from './compare/plan.js';
import { encodeQuery, type QuerySpec } from './compare/query-file.js';
import { loadCatalog } from './micro/load-catalog.js';
import { printMeasures, printRatios, type Work } from './micro/measure.js';
import { protectedWork, SUBNET_OCTETS } from './micro/protected-works.js';

const NAMES = Number(process.argv[2] ?? 10_000);
const COUNTED = process.argv[3];
/** Queries of a kind that are asked in turn; a power of two. */
const QUERIES = 4096;
/** A header and a question. */
const MIN_RESPONSE = 12 + 17;

const COOKIES_SENT = {
  none: 'no cookie sent',
  client: 'a client cookie sent',
  valid: 'a cookie sent that holds',
} as const;

const { snapshot, states } = await loadCatalog(NAMES);
const { catalog } = snapshot;
const options = {
  catalog,
  circumstances: { states, turns: new Int32Array(catalog.turnWords), random: makeRandom(1) },
  identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
};
const counters = makeCounters();
const answerer = new Answerer({ ...options, counters, now: () => 1_800_000_000 });
const MAX_ZONES = 500;
const ring = makeRing(8192);
const { control } = openRing(ring);
const tally = COUNTED === undefined ? undefined : makeTally();
const draw = makeDraw(1);

await printMeasures({
  'static A': answersOf(() => ask(`www.${ZONE}`)),
  wildcard: answersOf((i) => ask(`x${i % 100}.wild.example.org`)),
  'CNAME and its target': answersOf(() => ask('alias.example.org')),
  NXDOMAIN: answersOf((i) => ask(`nx${i}.${ZONE}`)),
  'referral with glue': answersOf(() => ask('www.sub.example.org')),
  REFUSED: answersOf(() => ask('www.example.invalid')),
  [`one of ${NAMES} names`]: answersOf(() => ask(nameOf(draw(NAMES), { names: NAMES, zones: 1 }))),
  'weighted, 4 members': answersOf(() => ask(`weighted.${ZONE}`)),
  'geo by source': answersOf(() => ask(`geo.${ZONE}`)),
  'geo by client subnet': answersOf(() => ask(`geo.${ZONE}`, [10, draw(256), draw(256)])),
  'geo and weighted, by client subnet': answersOf(() => ask(`geow.${ZONE}`, [10, draw(256), draw(256)])),
});

for (const [title, query] of [
  ['static A', ask(`www.${ZONE}`)],
  ['geo and weighted, by client subnet', ask(`geow.${ZONE}`, [10, 1, 2])],
] as const) {
  for (const sent of ['none', 'client', 'valid'] as const) {
    const octets = encodeQuery(query);
    const work = (rrl: boolean, cookies: boolean): Work =>
      protectedWork(options, octets, query.subnet === undefined ? 0 : SUBNET_OCTETS, { rrl, cookies }, sent);
    console.log(`\n${title}, ${COOKIES_SENT[sent]}: CPU time of an answer beside that without protection`);
    printRatios({
      without: work(false, false),
      'rate limit': work(true, false),
      cookies: work(false, true),
      'rate limit and cookies': work(true, true),
    });
  }
}

function ask(name: string, subnet?: readonly [number, number, number]): QuerySpec {
  return { name, rcode: 0, addresses: [], ...(subnet === undefined ? {} : { subnet }) };
}

/** Answers the queries of a kind in turn, each from another requestor. */
function answersOf(make: (i: number) => QuerySpec): Work {
  const queries = Array.from({ length: QUERIES }, (_, i) => encodeQuery(make(i)));
  const exchange = new Exchange();
  exchange.address.set([10, 0, 0, 1]);
  return (times) => {
    let octets = 0;
    for (let i = 0; i < times; i++) {
      const query = queries[i & (QUERIES - 1)] as Buffer;
      exchange.query = query;
      exchange.queryLength = query.length;
      exchange.address[1] = i & 0xff;
      exchange.address[2] = (i * 37) & 0xff;
      // As ThreadAnswerer and UdpBatch do.
      if ((i & 63) === 0) tally?.begin();
      const length = answerer.answer(exchange);
      tally?.count(answerer.work, exchange, length);
      if ((i & 63) === 63) tally?.end(exchange.transport);
      octets += length;
    }
    Atomics.store(control, RingWord.TAIL, Atomics.load(control, RingWord.HEAD));
    if (octets < times * MIN_RESPONSE) throw new Error('some queries were not answered');
  };
}

function makeTally(): Tally {
  const zoneRows = ZoneRow.NAMED + MAX_ZONES;
  const recorder = COUNTED === 'logged' ? new QueryRecorder(ring, 0.01, makeRandom(2)) : undefined;
  const cells = new Float64Array(new SharedArrayBuffer(8 * tallyLayout(zoneRows).cells));
  const made = new Tally({ cells, zoneRows, counters, recorder });
  made.rows = new TallyRowNames(MAX_ZONES).rowsOf(catalog, snapshot.services);
  return made;
}
