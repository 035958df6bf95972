import { parseName } from '../wire/name.js';
import { copyOctets, put16 } from '../wire/octets.js';
import { RrClass, RrType } from '../wire/protocol.js';
import { Section } from '../wire/response-writer.js';
import type { Work } from './work.js';

/** What the server tells of itself; each is empty when it tells nothing. At most 255 octets. */
export interface Identity {
  /** CHAOS TXT of `version.bind.` and `version.server.` */
  readonly version: Uint8Array;
  /** CHAOS TXT of `id.server.` and `hostname.bind.` (RFC 4892), and NSID (RFC 5001). */
  readonly id: Uint8Array;
}

/**
 * Answers a question of class CHAOS (RFC 4892).
 * @returns false when it is to be REFUSED
 */
export function answerChaos(work: Work, identity: Identity): boolean {
  const { query, writer } = work;
  if (query.type !== RrType.TXT && query.type !== RrType.ANY) return false;
  const text = textOf(work, identity);
  if (text.length === 0) return false;
  writer.recordAt(Section.ANSWER, work.ownerAt, RrType.TXT, 0);
  // The writer's records are of class IN.
  put16(writer.out, writer.at - 6, RrClass.CH);
  put16(writer.out, writer.at, text.length + 1);
  writer.out[writer.at + 2] = text.length;
  copyOctets(text, 0, writer.out, writer.at + 3, text.length);
  writer.at += 3 + text.length;
  work.authoritative = true;
  return true;
}

function textOf(work: Work, identity: Identity): Uint8Array {
  const { octets, length } = work.query.name;
  if (isName(octets, length, VERSION_BIND) || isName(octets, length, VERSION_SERVER)) return identity.version;
  if (isName(octets, length, ID_SERVER) || isName(octets, length, HOSTNAME_BIND)) return identity.id;
  return NOTHING;
}

function isName(octets: Uint8Array, length: number, name: Uint8Array): boolean {
  if (length !== name.length) return false;
  for (let i = 0; i < length; i++) if (octets[i] !== name[i]) return false;
  return true;
}

const NOTHING = new Uint8Array(0);
const VERSION_BIND = parseName('version.bind.');
const VERSION_SERVER = parseName('version.server.');
const ID_SERVER = parseName('id.server.');
const HOSTNAME_BIND = parseName('hostname.bind.');
