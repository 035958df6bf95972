import { formatWireName, type Message } from './message.js';
import type { Question } from './questions.js';
import { PEERS, SERVERS, type Server, serves, ZONES } from './servers.js';

/** What is compared. CASE is that of names in the sections, where they are alike otherwise. */
export const PARTS = ['rcode', 'aa', 'tc', 'hasOpt', 'answer', 'authority', 'additional', 'case'] as const;
export type Part = (typeof PARTS)[number];

/** Each server's response to a question, of those that have the zones. */
export type Responses = Readonly<Partial<Record<Server, Message>>> & { readonly steerdns: Message };

/** A part of a response that not all servers answer alike. */
export interface Difference {
  readonly question: Question;
  readonly part: Part;
  readonly responses: Responses;
  /** Peers that answer as steerdns does. */
  readonly agrees: readonly Server[];
  /** The peers, two at least, agree with each other. */
  readonly peersAgree: boolean;
}

/** Finds where responses to one question differ. */
export function differencesOf(question: Question, responses: Responses): Difference[] {
  const asked = PEERS.filter((peer) => responses[peer] !== undefined && serves(peer, question.nameText));
  const differences: Difference[] = [];
  for (const part of PARTS) {
    if (!isComparable(part, responses)) continue;
    const ours = comparable(responses.steerdns, part);
    const theirs = asked.map((peer) => comparable(responses[peer] as Message, part));
    if (theirs.every((value) => value === ours)) continue;
    const agrees = asked.filter((_, i) => theirs[i] === ours);
    const peersAgree = theirs.every((value) => value === theirs[0]);
    differences.push({ question, part, responses, agrees, peersAgree });
  }
  return differences;
}

/** RFC 2181 §9: what is in a truncated response is not to be used; of that, it is seen that it is truncated. */
function isComparable(part: Part, responses: Responses): boolean {
  const messages = SERVERS.flatMap((server) => responses[server] ?? []);
  if (part === 'rcode' || part === 'aa' || part === 'tc' || part === 'hasOpt') return true;
  if (messages.some(({ tc }) => tc)) return false;
  return part !== 'case' || new Set(messages.map((message) => sections(message).join('\n'))).size === 1;
}

function comparable(message: Message, part: Part): string {
  if (part === 'case') return [...message.asWritten].sort().join('\n');
  const value = message[part];
  return typeof value === 'object' ? value.join('\n') : String(value);
}

function sections({ answer, authority, additional }: Message): string[] {
  return [answer, authority, additional].map((section) => section.join('\n'));
}

/** Shows a difference as one reads it. */
export function formatDifference({ question, part, responses, agrees }: Difference): string {
  const { nameText, type, class: rrClass, transport } = question;
  const lines = SERVERS.flatMap((server) => {
    const message = responses[server];
    if (message === undefined) return [];
    const value = part === 'case' ? message.asWritten : message[part];
    return [`  ${server}: ${typeof value === 'object' ? value.join('\n      ') || 'none' : value}`];
  });
  const who = agrees.length === 0 ? 'nobody agrees' : `${agrees.join(', ')} agrees`;
  return [`${part} of ${nameText} TYPE${type} CLASS${rrClass} by ${transport}: ${who}`, ...lines].join('\n');
}

/** The zone of the corpus that a name is in: the longest apex. @param name as text, in any case */
export function zoneOf(name: string): string {
  const lower = name.toLowerCase();
  const found = ZONES.filter((zone) => lower === `${zone}.` || lower.endsWith(`.${zone}.`));
  return found.sort((a, b) => b.length - a.length)[0] ?? '';
}

/** The owner name of a record as the messages have it. */
export function ownerOf(record: string): string {
  return record.slice(0, record.indexOf(' '));
}

/** The number of a record's type. */
export function typeOf(record: string): number {
  return Number(/ TYPE(\d+) /.exec(record)?.[1]);
}

/** The name that the RDATA of an NS, CNAME or DNAME record is. */
export function targetOf(record: string): string {
  return formatWireName(Buffer.from(record.slice(record.lastIndexOf(' ') + 1), 'hex'));
}
