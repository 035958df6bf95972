/** Prints the CPU time of one decision, by what steers: `node build/bench/decide.js`. */

import { parseAddress, parsePrefix } from '../src/config/address.js';
import { Client } from '../src/geo/client.js';
import { compilePlaces } from '../src/geo/compile-places.js';
import { MemberStates } from '../src/state/member-states.js';
import { type Circumstances, Decision, decide, Want } from '../src/steer/decide.js';
import { compileService } from '../src/steer/service.js';
import type { RuleSpec, SchedulerName, ServiceSpec } from '../src/steer/spec.js';

const DECISIONS = 2_000_000;
const where = { file: 'bench', line: 1, column: 1 };

/** A /12 in each of these places, so that rules and `nearest` have something to tell apart. */
const networks = ['EU-DE', 'NA-US', 'AS-CN', 'EU-FR', 'SA-BR', 'AF-ZA', 'OC-AU', 'AS-JP'].flatMap(
  (place, i) => {
    const reading = parsePrefix(`10.${16 * i}.0.0/12`);
    return reading.ok ? [{ prefix: reading.prefix, place, lines: [], where }] : [];
  },
);

const everyone: readonly RuleSpec[] = [{ pool: 'main', matches: [{}] }];
const byGeo: readonly RuleSpec[] = [
  { pool: 'main', matches: [{ geos: ['EU', 'AF'] }] },
  { pool: 'other', matches: [{ geos: ['AS-CN'] }] },
  ...everyone,
];

function measure(title: string, scheduler: SchedulerName, members: number, rules = everyone): void {
  const context = {
    places: compilePlaces([], networks),
    states: new MemberStates(),
    ruleTables: new Map(),
    turnWords: 0,
  };
  const service = compileService(specOf(scheduler, members, rules), context);
  const circumstances: Circumstances = {
    states: context.states,
    turns: new Int32Array(context.turnWords),
    random: () => 0,
  };
  const client = new Client();
  const decision = new Decision();
  const octets = parseAddress('10.0.0.1') ?? new Uint8Array(4);
  let cpu = process.cpuUsage();
  // The first tenth warms up.
  for (let i = -DECISIONS / 10; i < DECISIONS; i++) {
    if (i === 0) cpu = process.cpuUsage();
    octets[1] = i & 127;
    octets[2] = i >>> 7;
    client.set(4, octets, 0, 32, false);
    decide(service, client, Want.A, circumstances, decision);
  }
  const { user } = process.cpuUsage(cpu);
  console.log(`${title.padEnd(28)} ${((user * 1000) / DECISIONS).toFixed(0).padStart(5)} ns`);
}

function specOf(scheduler: SchedulerName, size: number, rules: readonly RuleSpec[]): ServiceSpec {
  const names = Array.from({ length: size }, (_, i) => `m${i}`);
  return {
    name: 'bench',
    members: names.map((name, i) => ({
      name,
      addresses: [Uint8Array.of(192, 0, 2, i)],
      weight: 1,
      coordinates: [i * 7 - 60, i * 17 - 150],
      checks: [],
      where,
    })),
    pools: ['main', 'other'].map((name) => ({
      name,
      scheduler,
      members: names.map((member, i) => ({ member, weight: 10 + i, status: 'obey' })),
    })),
    rules,
    answers: { ttl: { min: 5, max: 60 }, whenAllDown: 'all' },
    where,
  };
}

measure('rr, 4 members', 'rr', 4);
measure('wrr, 4 members', 'wrr', 4);
measure('wrr, 16 members', 'wrr', 16);
measure('wrr by geo, 4 members', 'wrr', 4, byGeo);
measure('fo, 4 members', 'fo', 4);
measure('sh, 4 members', 'sh', 4);
measure('sh, 16 members', 'sh', 16);
measure('mh, 16 members', 'mh', 16);
measure('nearest, 16 members', 'nearest', 16);
