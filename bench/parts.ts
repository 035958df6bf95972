/** Prints the CPU time of the stages of an answer: `node build/bench/parts.js`. bench/decide.ts has deciding. */

import { Client } from '../src/geo/client.js';
import { findPrefix, type PrefixTable } from '../src/geo/prefix-table.js';
import { put16 } from '../src/wire/octets.js';
import { RrType } from '../src/wire/protocol.js';
import { Parsed, parseQuery, Query } from '../src/wire/query.js';
import { ResponseWriter, Section } from '../src/wire/response-writer.js';
import { Room } from '../src/wire/room.js';
import { Finding, findNode, findRrset, findZone } from '../src/zone/find.js';
import { makeRandom } from './compare/cases.js';
import { nameOf, ZONE } from './compare/plan.js';
import { encodeQuery } from './compare/query-file.js';
import { loadCatalog } from './micro/load-catalog.js';
import { printMeasures, type Work } from './micro/measure.js';

const NAMES = 10_000;
const QUERIES = 4096;
/** An OPT without options. */
const OPT_OCTETS = 11;
const draw = makeRandom(1);
const { snapshot } = await loadCatalog(NAMES);
const geo = snapshot.serviceByName.get('geo');
const { zones } = snapshot.catalog;

await printMeasures({
  'parse, no OPT': parsing(plain(`www.${ZONE}`)),
  'parse, OPT': parsing(encodeQuery(spec(`www.${ZONE}`))),
  'parse, OPT with a client subnet': parsing(encodeQuery({ ...spec(`www.${ZONE}`), subnet: [10, 1, 2] })),
  'find a name': finding(() => `www.${ZONE}`),
  [`find one of ${NAMES} names`]: finding(() => nameOf(draw(NAMES), { names: NAMES, zones: 1 })),
  'find that a name does not exist': finding(() => `nx${draw(1000)}.${ZONE}`),
  'find the rule of an address': placing(geo?.ruleTable),
  'write an answer of one A': writing(1),
  'write an answer of four A': writing(4),
});

function spec(name: string): { name: string; rcode: number; addresses: string[] } {
  return { name, rcode: 0, addresses: [] };
}

function plain(name: string): Uint8Array {
  const whole = encodeQuery(spec(name));
  const message = whole.subarray(0, whole.length - OPT_OCTETS);
  put16(message, 10, 0);
  return message;
}

function parsing(message: Uint8Array): Work {
  const query = new Query();
  return (times) => {
    let failed = 0;
    for (let i = 0; i < times; i++) {
      if (parseQuery(message, message.length, query) !== Parsed.QUERY) failed += 1;
    }
    if (failed > 0) throw new Error('a query was not parsed');
  };
}

function finding(name: () => string): Work {
  const names = Array.from({ length: QUERIES }, () => {
    const query = new Query();
    const message = encodeQuery(spec(name()));
    parseQuery(message, message.length, query);
    return query.name;
  });
  const where = new Finding();
  return (times) => {
    let found = 0;
    for (let i = 0; i < times; i++) {
      const wanted = names[i & (QUERIES - 1)] as Query['name'];
      const zone = findZone(zones, wanted);
      findNode(zones, zone, wanted, where);
      found += findRrset(zones, where.node, RrType.A);
    }
    if (Number.isNaN(found)) throw new Error('nothing was found');
  };
}

function placing(table: PrefixTable | undefined): Work {
  if (table === undefined) throw new Error('the service geo has no rules by place');
  const client = new Client();
  const octets = Uint8Array.of(10, 0, 0, 0);
  return (times) => {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      octets[1] = i & 0xff;
      octets[2] = (i * 37) & 0xff;
      client.set(4, octets, 0, 24, true);
      sum += findPrefix(table, client);
    }
    if (Number.isNaN(sum)) throw new Error('no rule was found');
  };
}

function writing(records: number): Work {
  const writer = new ResponseWriter();
  const out = new Room(new Uint8Array(65_535));
  const query = encodeQuery(spec(`www.${ZONE}`));
  const questionEnd = query.length - OPT_OCTETS;
  const address = Uint8Array.of(192, 0, 2, 1);
  return (times) => {
    for (let i = 0; i < times; i++) {
      writer.begin(out, query, questionEnd, 1232);
      for (let left = records; left > 0; left--) {
        writer.recordAt(Section.ANSWER, 12, RrType.A, 60);
        writer.rdata(address, 0, 4);
      }
      writer.finishCounts();
    }
    if (writer.overflows) throw new Error('the answer was too long');
  };
}
