import { domainToASCII } from 'node:url';
import { formatAddress, formatPrefix, isV4Mapped, parseAddress, parsePrefix } from '../config/address.js';
import { didYouMean } from '../config/suggest.js';
import type { Prefix } from '../geo/prefix-table.js';
import { formatRrType, parseRrType, rrTypes } from '../rr/rr-types.js';
import { formatName, NameError, parseName } from '../wire/name.js';
import type { ExplainAsk, ExplainReport } from './explain-report.js';

/** A question that can't be asked. The message says what is wrong with it. */
export class AskError extends Error {
  readonly code = 'ERR_ASK';
}

/** An {@link ExplainAsk} that was read. */
export interface ParsedAsk {
  /** Wire form. */
  readonly name: Uint8Array;
  readonly type: number;
  /** The requestor's address, 4 or 16 octets. */
  readonly from: Uint8Array;
  readonly ecs: Prefix | undefined;
  /** As it was understood. */
  readonly question: ExplainReport['question'];
}

/** @throws AskError */
export function parseAsk(ask: ExplainAsk): ParsedAsk {
  const name = readName(ask.name);
  const type = readType(ask.type);
  const from = ask.from === undefined ? undefined : readAddress(ask.from);
  const ecs = ask.ecs === undefined ? undefined : readPrefix(ask.ecs);
  // A resolver that sends /0 asks for no tailoring: then its own address decides.
  if (from === undefined && (ecs === undefined || ecs.bits === 0)) {
    throw new AskError(
      'it must be said who asks: an address (from), or the prefix that a resolver sends (ecs)',
    );
  }
  return {
    name,
    type,
    from: from ?? UNSAID,
    ecs,
    question: {
      name: formatName(name),
      type: formatRrType(type),
      ...(from === undefined ? {} : { from: formatAddress(from) }),
      ...(ecs === undefined ? {} : { ecs: formatPrefix(ecs) }),
    },
  };
}

/** The resolver of a client that is known by ECS alone: it has no part in the answer. */
const UNSAID = Uint8Array.of(127, 0, 0, 1);

function readName(text: string): Uint8Array {
  // A name in other letters is asked for by its A-labels (RFC 5891 §4.4), which end up empty where there are none.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins at 0
  const ascii = /^[\x00-\x7f]*$/.test(text) ? text : domainToASCII(text);
  if (ascii === '') throw new AskError(`${JSON.stringify(text)} is no name`);
  try {
    return parseName(ascii);
  } catch (error) {
    if (error instanceof NameError) throw new AskError(error.message);
    throw error;
  }
}

function readType(text: string): number {
  const type = parseRrType(text);
  if (type !== undefined) return type;
  const upper = text.toUpperCase();
  if (NOT_ASKED_FOR.includes(upper)) {
    throw new AskError(`${upper} is never asked for: it answers questions of type A and AAAA`);
  }
  if (upper === 'URLFWD') throw new AskError('URLFWD is answered over HTTP, not in DNS');
  const hint = didYouMean(
    upper,
    rrTypes.map((row) => row.name),
  );
  throw new AskError(`there is no RR type ${JSON.stringify(text)}${hint === undefined ? '' : `; ${hint}`}`);
}

/** Types of zone YAML that are no types of DNS. */
const NOT_ASKED_FOR = ['ALIAS', 'GSLB'];

function readAddress(text: string): Uint8Array {
  const octets = parseAddress(text);
  if (octets === undefined) {
    throw new AskError(
      `from must be an address such as 203.0.113.7 or 2001:db8::7 but is ${JSON.stringify(text)}`,
    );
  }
  return isV4Mapped(octets) ? octets.slice(12) : octets;
}

function readPrefix(text: string): Prefix {
  const reading = parsePrefix(text);
  if (reading.ok) return reading.prefix;
  const hint = reading.meant === undefined ? '' : `; did you mean ${reading.meant}?`;
  throw new AskError(`ecs must be ${reading.problem} but is ${JSON.stringify(text)}${hint}`);
}
