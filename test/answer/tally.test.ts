import { expect } from 'chai';
import { Answerer } from '../../src/answer/answerer.js';
import { Exchange, TRANSPORT_NAMES, Transport } from '../../src/answer/exchange.js';
import { QueryRecorder } from '../../src/answer/query-recorder.js';
import { makeRing, openRing, RingWord } from '../../src/answer/query-ring.js';
import { Tally } from '../../src/answer/tally.js';
import {
  DURATION_CELLS,
  RCODE_AT,
  ROW_CELLS,
  TYPE_NAMES,
  tallyLayout,
  ZoneRow,
} from '../../src/answer/tally-layout.js';
import { TallyRowNames } from '../../src/server/tally-rows.js';
import { Counter, makeCounters } from '../../src/state/counters.js';
import { makeRandom } from '../../src/state/random.js';
import { buildQuery } from '../wire/build-query.js';
import { Scenario } from './scenario.js';

const ZONE_ROWS = ZoneRow.NAMED + 1;
const layout = tallyLayout(ZONE_ROWS);

const scenario = new Scenario({
  zones: {
    'example.com.': `
'': {type: NS, value: ns.example.net.}
www: {type: GSLB, service: web}
all: {type: GSLB, service: every}
alias: {type: CNAME, value: www.example.org.}
`,
    'example.org.': "'': {type: NS, value: ns.example.net.}\nwww: {type: A, value: 192.0.2.9}\n",
  },
  services: {
    web: 'members: {a: {addresses: [192.0.2.1]}}\npools: {p: {members: [a], scheduler: fo}}\n',
    every: `
members:
  one: {addresses: [192.0.2.1, 192.0.2.2, 192.0.2.3]}
  two: {addresses: [192.0.2.4, 192.0.2.5]}
pools:
  empty: {members: [two]}
  p: {members: [one, two], scheduler: all}
rules: [{pool: p}]
`,
  },
});

/** Counts what the scenario's catalog answers. */
class Counted {
  readonly cells = new Float64Array(layout.cells);
  readonly counters = makeCounters();
  readonly names = new TallyRowNames(1);
  readonly tally: Tally;
  readonly #answerer: Answerer;
  readonly #exchange = new Exchange();

  constructor(recorder?: QueryRecorder) {
    const { catalog, services } = scenario.built;
    const { cells, counters } = this;
    this.tally = new Tally({ cells, zoneRows: ZONE_ROWS, counters, recorder });
    this.tally.rows = this.names.rowsOf(catalog, services);
    this.#answerer = new Answerer({
      catalog,
      circumstances: {
        states: scenario.states,
        turns: new Int32Array(catalog.turnWords),
        random: makeRandom(1),
      },
      counters,
      identity: { version: new Uint8Array(0), id: new Uint8Array(0) },
      now: () => 0,
    });
  }

  ask(name: string, type = 1, transport: Transport = Transport.UDP): void {
    this.give(buildQuery({ name, type }), transport);
  }

  give(query: Uint8Array, transport: Transport = Transport.UDP): void {
    const exchange = this.#exchange;
    exchange.query = query;
    exchange.queryLength = query.length;
    exchange.transport = transport;
    const length = this.#answerer.answer(exchange);
    this.tally.count(this.#answerer.work, exchange, length);
  }

  type(row: number, name: string, transport = 0): number {
    return this.cells[(row * TRANSPORT_NAMES.length + transport) * ROW_CELLS + TYPE_NAMES.indexOf(name)] ?? 0;
  }

  rcode(row: number, rcode: number, transport = 0): number {
    return this.cells[(row * TRANSPORT_NAMES.length + transport) * ROW_CELLS + RCODE_AT + rcode] ?? 0;
  }

  member(service: string, pool: string, member: string): number {
    const row = this.names.members.findIndex(
      (name) => name.service === service && name.pool === pool && name.member === member,
    );
    return this.cells[layout.membersAt + row] ?? 0;
  }
}

describe('Tally', () => {
  it('counts a chain of CNAMEs in the zone that was asked, by the type that was asked', () => {
    const counted = new Counted();
    counted.ask('alias.example.com.');
    expect(counted.names.zones).to.have.length(3);
    expect(counted.type(counted.names.zones.indexOf('example.com.'), 'A')).to.equal(1);
  });

  it('counts zones past the bound as one, and questions in no zone as none', () => {
    const counted = new Counted();
    const named = counted.names.zones[ZoneRow.NAMED] as string;
    const other = named === 'example.com.' ? 'example.org.' : 'example.com.';
    counted.ask(`nx.${other}`);
    counted.ask('www.example.net.', 28);
    counted.give(Buffer.from('123401000002000000000000', 'hex'));
    expect(counted.rcode(ZoneRow.OTHER, 3)).to.equal(1);
    expect(counted.rcode(ZoneRow.NONE, 5)).to.equal(1);
    expect(counted.type(ZoneRow.NONE, 'AAAA')).to.equal(1);
    expect(counted.type(ZoneRow.NONE, 'none')).to.equal(1);
    expect(counted.rcode(ZoneRow.NONE, 1)).to.equal(1);
  });

  it('keeps a row for a name whatever catalogs come', () => {
    const names = new TallyRowNames(1);
    const { catalog, services } = scenario.built;
    const first = names.rowsOf(catalog, services);
    const before = { zones: [...names.zones], members: [...names.members] };
    expect(names.rowsOf(catalog, [...services].reverse()).zones).to.deep.equal(first.zones);
    expect({ zones: names.zones, members: names.members }).to.deep.equal(before);
  });

  it('counts each member of an answer once, though its addresses come in rounds', () => {
    const counted = new Counted();
    counted.ask('all.example.com.');
    expect(counted.member('every', 'p', 'one')).to.equal(1);
    expect(counted.member('every', 'p', 'two')).to.equal(1);
    expect(counted.member('every', 'empty', 'two')).to.equal(0);
    counted.ask('www.example.com.', 28);
    expect(counted.member('web', 'p', 'a')).to.equal(0);
  });

  it('counts nothing for a query that is not answered', () => {
    const counted = new Counted();
    counted.give(Buffer.from('12348100000000000000', 'hex'));
    expect(counted.cells.every((cell) => cell === 0)).to.equal(true);
  });

  it('gives all responses of a batch its duration, by transport', () => {
    const counted = new Counted();
    counted.tally.begin();
    for (let i = 0; i < 3; i++) counted.ask('www.example.com.', 1, Transport.TCP);
    counted.tally.end(Transport.TCP);
    const at = layout.durationsAt + DURATION_CELLS * Transport.TCP;
    const buckets = counted.cells.slice(at, at + DURATION_CELLS - 1);
    expect([...buckets].filter((count) => count > 0)).to.deep.equal([3]);
    expect(counted.cells[at + DURATION_CELLS - 1]).to.be.greaterThan(0);
    expect(counted.cells.slice(layout.durationsAt, at).every((cell) => cell === 0)).to.equal(true);
  });

  it('puts down the share of queries that it is told, at random', () => {
    const memory = makeRing(8192);
    const counted = new Counted(new QueryRecorder(memory, 0.05, makeRandom(7)));
    for (let i = 0; i < 20_000; i++) counted.ask('www.example.com.');
    const kept = counted.counters[Counter.queryLogged] as number;
    // Five standard deviations of a binomial distribution: √(20,000 × 0.05 × 0.95) is 31.
    expect(kept).to.be.within(1000 - 155, 1000 + 155);
  });

  it('drops and counts what does not fit, and goes on when there is room, over the wrap of its counts', () => {
    const memory = makeRing(4);
    const { control } = openRing(memory);
    const nearWrap = 0x7fffffff - 1;
    control[RingWord.HEAD] = control[RingWord.TAIL] = nearWrap;
    const counted = new Counted(new QueryRecorder(memory, 1, makeRandom(1)));
    const { counters } = counted;
    for (let i = 0; i < 6; i++) counted.ask('www.example.com.');
    expect([counters[Counter.queryLogged], counters[Counter.queryLogDropped]]).to.deep.equal([4, 2]);
    control[RingWord.TAIL] = (nearWrap + 3) | 0;
    for (let i = 0; i < 6; i++) counted.ask('www.example.com.');
    expect([counters[Counter.queryLogged], counters[Counter.queryLogDropped]]).to.deep.equal([7, 5]);
  });
});
