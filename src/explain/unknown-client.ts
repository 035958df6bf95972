import { Answerer } from '../answer/answerer.js';
import type { Catalog } from '../answer/catalog.js';
import { Exchange, Transport } from '../answer/exchange.js';
import { rdataFromText } from '../rr/rdata.js';
import { parseRrType } from '../rr/rr-types.js';
import { makeCounters } from '../state/counters.js';
import type { MemberStates } from '../state/member-states.js';
import { formatName } from '../wire/name.js';
import { RrType } from '../wire/protocol.js';
import type { RecordSource, StaticRecord } from '../zonefile/zone-source.js';
import { buildQuery } from './build-query.js';
import { readResponse } from './read-response.js';

/** Answers what a client is answered of whom nothing is known: no place, no line, no address that rules could have. */
export type AnswerUnknown = (record: RecordSource) => StaticRecord[];

/**
 * Makes the RRsets that stand for steered records where nobody steers: in a master file. They are the same each time: first
 * turns, and no chance.
 * @param states of members; those that are unknown count as up
 */
export function makeAnswerUnknown(catalog: Catalog, states: MemberStates): AnswerUnknown {
  const nobody = new Uint8Array(0);
  return (record) => {
    if (record.kind === 'static') return [record];
    const types =
      record.kind === 'dynamic' ? [record.type] : record.kind === 'urlfwd' ? [] : [RrType.A, RrType.AAAA];
    const rrsets = new Map<number, { ttl: number; rdata: Uint8Array[] }>();
    for (const type of types) {
      const answerer = new Answerer({
        catalog,
        circumstances: { states, turns: new Int32Array(catalog.turnWords), random: () => 0 },
        counters: makeCounters(),
        identity: { version: nobody, id: nobody },
        now: () => 0,
      });
      const exchange = new Exchange();
      exchange.transport = Transport.TCP;
      exchange.query = buildQuery(record.owner, type, undefined);
      exchange.queryLength = exchange.query.length;
      // 0.0.0.0, "this host on this network" (RFC 1122 §3.2.1.3): no client has it.
      exchange.family = 4;
      const length = answerer.answer(exchange);
      collect(record.owner, exchange.response.subarray(0, length), rrsets);
    }
    const { owner, where } = record;
    return Array.from(rrsets, ([type, { ttl, rdata }]) => ({
      kind: 'static',
      owner,
      type,
      ttl,
      rdata,
      where,
    }));
  };
}

/** Takes the RRs of the owner itself: what a CNAME leads to has records of its own. */
function collect(
  owner: Uint8Array,
  message: Uint8Array,
  rrsets: Map<number, { ttl: number; rdata: Uint8Array[] }>,
): void {
  const name = formatName(owner).toLowerCase();
  for (const answer of readResponse(message).response.answer) {
    if (answer.owner.toLowerCase() !== name) continue;
    const type = parseRrType(answer.type) as number;
    const rdata = rdataFromText(type, answer.rdata);
    const rrset = rrsets.get(type) ?? { ttl: answer.ttl, rdata: [] };
    rrsets.set(type, rrset);
    if (!rrset.rdata.some((other) => Buffer.compare(other, rdata) === 0)) rrset.rdata.push(rdata);
  }
}
