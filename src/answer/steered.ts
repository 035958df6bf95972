import { AliasStatus, readAlias } from '../state/alias-table.js';
import { Counter, count } from '../state/counters.js';
import { Choice, decide, Want } from '../steer/decide.js';
import { Rcode, RrType } from '../wire/protocol.js';
import { Section } from '../wire/response-writer.js';
import { RrsetWord, rrsetWord, SteeredFlag } from '../zone/zone-store.js';
import { negative } from './negative.js';
import { steerTrace, traceResolved, traceSteered } from './trace-steps.js';
import { Next, type Work } from './work.js';

/** Answers with what a service decides for this client. */
export function answerSteered(work: Work, rrset: number): Next {
  const { writer, decision, catalog } = work;
  const store = catalog.zones;
  const index = rrsetWord(store, rrset, RrsetWord.DATA);
  const flags = rrsetWord(store, rrset, RrsetWord.COUNT);
  const service = catalog.services[index];
  if (service === undefined) return failed(work);
  const want = wantOf(rrsetWord(store, rrset, RrsetWord.TYPE));
  knowClient(work);
  count(work.counters, Counter.steered);
  const trace = steerTrace(work, index);
  decide(service, work.client, want, work.circumstances, decision, trace);
  work.service = index;
  work.scopeBits = Math.max(work.scopeBits, decision.scopeBits);
  let ttl = decision.ttl;
  if ((flags & SteeredFlag.TTL_BOUND) !== 0) ttl = Math.min(ttl, rrsetWord(store, rrset, RrsetWord.TTL));
  if (work.flattening) ttl = Math.min(ttl, work.flattenTtl);
  traceSteered(work, index, want, trace, ttl);
  switch (decision.choice) {
    case Choice.ADDRESSES:
      writeEndpoints(work, want === Want.A ? service.v4 : service.v6, want === Want.A ? 4 : 16, ttl);
      return Next.DONE;
    case Choice.HOST: {
      const member = decision.members[0] as number;
      const host = service.hosts[member];
      if (host === undefined) return failed(work);
      if (work.flattening || (flags & SteeredFlag.FLATTEN) !== 0) {
        work.flatten(ttl, catalog.hostAliases[index]?.[member] ?? -1);
        work.query.name.set(host, 0);
        return Next.NAME;
      }
      writer.recordAt(Section.ANSWER, work.ownerAt, RrType.CNAME, ttl);
      writer.rdataOf(RrType.CNAME, host, 0, host.length);
      // The target may be steered too, by other prefixes: one SCOPE could not tell both. The requestor asks for it next.
      return Next.DONE;
    }
    case Choice.NONE:
    case Choice.URL:
      return negative(work, Rcode.NOERROR, ttl);
  }
}

/** Answers with the addresses that the resolver found for a name outside of the served zones. */
export function answerExternal(work: Work): void {
  if (work.aliasSlot < 0) {
    failed(work);
    return;
  }
  const family = work.query.type === RrType.A ? 4 : 6;
  const answer = work.aliasAnswer;
  const status = readAlias(work.catalog.aliasWords, work.aliasSlot, family, work.now, answer);
  traceResolved(work, status);
  switch (status) {
    case AliasStatus.ADDRESSES:
      writeAddresses(
        work,
        answer.octets,
        answer.count,
        family === 4 ? 4 : 16,
        Math.min(answer.ttl, work.flattenTtl),
      );
      return;
    case AliasStatus.NODATA:
      negative(work, Rcode.NOERROR, answer.ttl);
      return;
    case AliasStatus.UNKNOWN:
    case AliasStatus.FAILED:
      // NODATA would be kept by resolvers, though nobody knows that there is none.
      failed(work);
  }
}

/** SERVFAIL, empty: what the answer needs is not to be had now. */
export function failed(work: Work): Next {
  work.rcode = Rcode.SERVFAIL;
  work.writer.cutTo(work.query.questionEnd, Section.ANSWER, 0);
  work.authoritative = false;
  work.scopeBits = 0;
  return Next.DONE;
}

function wantOf(rrsetType: number): Want {
  if (rrsetType === RrType.CNAME) return Want.HOST;
  return rrsetType === RrType.A ? Want.A : Want.AAAA;
}

/** Whom the answer is for: ECS's prefix when it says anything (RFC 7871 §7.2.1), else the requestor. */
function knowClient(work: Work): void {
  if (work.clientKnown) return;
  work.clientKnown = true;
  const { query, exchange, client } = work;
  if (query.ecs && query.ecsSourceBits > 0) {
    client.set(query.ecsFamily === 1 ? 4 : 6, query.ecsAddress, 0, query.ecsSourceBits, true);
  } else {
    client.set(exchange.family, exchange.address, 0, exchange.family === 4 ? 32 : 128, false);
  }
}

function writeEndpoints(work: Work, octets: Uint8Array, size: number, ttl: number): void {
  const { writer, decision } = work;
  const type = size === 4 ? RrType.A : RrType.AAAA;
  for (let i = 0; i < decision.count; i++) {
    writer.recordAt(Section.ANSWER, work.ownerAt, type, ttl);
    writer.rdata(octets, (decision.endpoints[i] as number) * size, size);
  }
}

function writeAddresses(work: Work, octets: Uint8Array, count: number, size: number, ttl: number): void {
  const { writer } = work;
  for (let i = 0; i < count; i++) {
    writer.recordAt(Section.ANSWER, work.ownerAt, size === 4 ? RrType.A : RrType.AAAA, ttl);
    writer.rdata(octets, i * size, size);
  }
}
