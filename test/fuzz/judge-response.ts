import { decode } from 'dns-packet';
import { Transport } from '../../src/answer/exchange.js';
import { Counter, type Counters } from '../../src/state/counters.js';
import { type QueryFacts, readQueryFacts } from './expect-of-query.js';
import { type WalkedMessage, type WalkedOption, walkMessage, walkOptions } from './walk-message.js';

/** One query, what was sent back, and what was counted between. */
export interface Judged {
  readonly query: Buffer;
  readonly transport: Transport;
  /** Messages of the response; none: silence. */
  readonly responses: readonly Buffer[];
  /** How far each counter rose. */
  readonly counted: Counters;
  readonly nsidOctets: number;
}

/**
 * Holds a response against what must be true of each one.
 * @returns what is wrong; undefined: nothing
 */
export function judgeResponse(judged: Judged): string | undefined {
  const { query, responses, counted } = judged;
  const facts = readQueryFacts(query);
  if (counted[Counter.queries] !== 1) return `counted ${counted[Counter.queries]} queries`;
  if (counted[Counter.internalErrors] !== 0) return 'an exception was caught';
  const [first] = responses;
  if (first === undefined) return judgeSilence(facts, counted);
  if (facts.silent !== undefined) return `a response to ${facts.silent}`;
  if (responses.length > 1 && judged.transport === Transport.UDP) return 'several messages over UDP';
  for (const response of responses) {
    const wrong = judgeMessage(response, facts, judged);
    if (wrong !== undefined) return wrong;
  }
  return judgeRcode(first, facts, judged);
}

function judgeSilence(facts: QueryFacts, counted: Counters): string | undefined {
  const dropped = [Counter.short, Counter.notQuery, Counter.rrlDropped].filter(
    (counter) => counted[counter] === 1,
  );
  if (dropped.length !== 1) return `a drop was counted ${dropped.length} times`;
  if (facts.silent === undefined) return counted[Counter.rrlDropped] === 1 ? undefined : 'not answered';
  return counted[Counter[facts.silent]] === 1 ? undefined : `not counted as ${facts.silent}`;
}

/** What holds for each message of a response. */
function judgeMessage(
  response: Buffer,
  facts: QueryFacts,
  { query, transport, counted, nsidOctets }: Judged,
): string | undefined {
  const walked = walkMessage(response);
  const limit = transport === Transport.TCP ? 65_535 : limitOf(facts);
  if (response.length > limit) return `${response.length} octets where ${limit} are allowed`;
  if (walked.id !== query.readUInt16BE(0)) return 'another ID';
  const flags = query.readUInt16BE(2);
  if ((walked.flags & 0x8000) === 0) return 'QR=0';
  if ((walked.flags & 0x7900) !== (flags & 0x7900)) return 'another opcode or RD';
  if ((walked.flags & 0x00f0) !== 0) return 'RA, Z, AD or CD are set (RFC 4035 §3.1.6)';
  const truncated = (walked.flags & 0x0200) !== 0;
  const records = walked.records.filter(({ type }) => type !== 41 && type !== 250);
  if (truncated && records.length > 0) return 'TC, and records (RFC 2181 §9)';
  if (truncated && transport === Transport.TCP && !facts.signed) return 'TC over TCP';
  if (counted[Counter.rrlSlipped] === 1) {
    // As short as the query, but for the server's part of a cookie, OPT's NSID, and errors' OPT.
    const most = query.length + 16 + 4 + nsidOctets;
    if (records.length > 0 || response.length > most)
      return `over the rate limit, and ${response.length} octets`;
  }
  return (
    judgeQuestion(response, walked, facts, query) ??
    judgeOpt(response, walked, facts) ??
    judgeByDnsPacket(response, walked)
  );
}

function judgeQuestion(
  response: Buffer,
  walked: WalkedMessage,
  facts: QueryFacts,
  query: Buffer,
): string | undefined {
  if (walked.counts[0] === 0) {
    const isError = (walked.flags & 0xf) === 1 || facts.questionEnd === 12;
    // Messages of a transfer after the first may leave it out (RFC 5936 §2.2.2), ours do not.
    return isError ? undefined : 'no question';
  }
  if (walked.questionEnd !== facts.questionEnd) return 'another question';
  return response.subarray(12, walked.questionEnd).equals(query.subarray(12, facts.questionEnd))
    ? undefined
    : 'another question';
}

function judgeOpt(response: Buffer, walked: WalkedMessage, facts: QueryFacts): string | undefined {
  const opts = walked.records.filter(({ type }) => type === 41);
  const [opt] = opts;
  if (opts.length > 1) return 'two OPT';
  if (opt === undefined)
    return facts.opt !== undefined && !facts.malformed && !facts.doubtful && !isSpecial(facts)
      ? 'no OPT (RFC 6891 §6.1.1)'
      : undefined;
  if (facts.opt === undefined) return 'OPT unasked (RFC 6891 §7)';
  if (opt.section !== 3 || opt.owner !== '.' || ((opt.ttl >>> 16) & 0xff) !== 0) return 'no good OPT';
  const options = walkOptions(response, opt);
  return judgeCookie(options, facts) ?? judgeSubnet(options, facts);
}

function judgeCookie(options: readonly WalkedOption[], { cookie }: QueryFacts): string | undefined {
  const sent = options.filter(({ code }) => code === 10);
  if (sent.length === 0) return undefined;
  if (cookie === undefined || sent.length > 1) return 'a cookie unasked';
  const [option] = sent;
  const echoes = option?.data.length === 24 && option.data.subarray(0, 8).equals(cookie.subarray(0, 8));
  return echoes ? undefined : 'a cookie of another client (RFC 7873 §5.2)';
}

function judgeSubnet(options: readonly WalkedOption[], { subnet }: QueryFacts): string | undefined {
  const sent = options.filter(({ code }) => code === 8);
  if (sent.length === 0) return undefined;
  if (subnet === undefined || sent.length > 1) return 'a client subnet unasked';
  const data = Buffer.from(sent[0]?.data ?? []);
  const scope = data[3] as number;
  const most = [0, 32, 128][data.readUInt16BE(0)] ?? 0;
  data[3] = 0;
  if (scope > most || (subnet[2] === 0 && scope !== 0)) return `SCOPE is ${scope}`;
  return data.equals(subnet) ? undefined : 'another client subnet (RFC 7871 §7.2.1)';
}

/** An independent decoder must see the same records. It does not know every type, but skips them by their length. */
function judgeByDnsPacket(response: Buffer, walked: WalkedMessage): string | undefined {
  const { answers = [], authorities = [], additionals = [] } = decode(response);
  const seen = answers.length + authorities.length + additionals.length;
  return seen === walked.records.length
    ? undefined
    : `dns-packet sees ${seen} of ${walked.records.length} records`;
}

/** RFC 6891 §6.2.3, §6.2.5. */
function limitOf({ opt }: QueryFacts): number {
  return opt === undefined ? 512 : Math.min(1232, Math.max(512, opt.payload));
}

/** A transfer, NOTIFY, or signed. */
function isSpecial({ opcode, type, signed }: QueryFacts): boolean {
  return signed || opcode === 4 || type === 251 || type === 252;
}

function judgeRcode(first: Buffer, facts: QueryFacts, { transport, counted }: Judged): string | undefined {
  const walked = walkMessage(first);
  const opt = walked.records.find(({ type }) => type === 41);
  const rcode = (walked.flags & 0xf) | (((opt?.ttl ?? 0) >>> 24) << 4);
  const allowed = allowedRcodes(facts);
  const slipped = counted[Counter.rrlSlipped] === 1;
  if (slipped && transport === Transport.TCP) return 'TCP is limited';
  if (slipped && (rcode === 0 || rcode === 23)) return undefined;
  if (rcode === 23 && facts.questionEnd !== 12) return 'BADCOOKIE within the limit';
  return allowed.includes(rcode) ? undefined : `RCODE ${rcode} where ${allowed.join(', ')} may be`;
}

const FORMERR = 1;

function allowedRcodes(facts: QueryFacts): readonly number[] {
  // NOTIFY (RFC 1996), and else RFC 1035 §4.1.1: «the name server does not support the requested kind of query».
  if (facts.opcode === 4) return [0, FORMERR, 5, 9];
  if (facts.opcode !== 0) return [4];
  const badVersion = facts.opt !== undefined && facts.opt.version !== 0;
  if (facts.malformed) return badVersion ? [FORMERR, 16] : [FORMERR];
  if (badVersion) return [16];
  if (facts.questionEnd === 12) return [0, 23];
  const doubtful = facts.doubtful || facts.signed ? [FORMERR] : [];
  if (facts.signed) return [0, 2, 3, 4, 5, 6, 9, ...doubtful];
  // Class ANY (255) is asked as IN is (RFC 1035 §6.2).
  const internet = facts.class === 1 || facts.class === 255;
  if (!internet && facts.class !== 3) return [5];
  if (facts.type === 251 || facts.type === 252)
    return [0, 2, 3, 5, 6, ...(facts.type === 251 ? [FORMERR] : []), ...doubtful];
  if (internet && [41, 249, 250].includes(facts.type)) return [FORMERR];
  if (internet && [253, 254].includes(facts.type)) return [4];
  return [0, 2, 3, 5, 6];
}
