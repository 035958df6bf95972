import type { PeerName } from '../support/peer-process.js';
import { type Difference, ownerOf, type Part, type Responses, targetOf, typeOf, zoneOf } from './compare.js';

/** A kind of difference that is as it should be, reviewed. */
export interface Allowed {
  /** What steerdns does, and who does otherwise. */
  readonly because: string;
  /** The section that allows it. */
  readonly rfc: string;
  /** Peers that agree with us in each difference of this kind; none where the RFC leaves it to each server. */
  readonly agrees: readonly PeerName[];
  /** All parts without it. */
  readonly parts?: readonly Part[];
  readonly when: (difference: Difference) => boolean;
}

/** True when an entry of the list is about a difference. */
export function covers({ parts, agrees, when }: Allowed, difference: Difference): boolean {
  if (parts !== undefined && !parts.includes(difference.part)) return false;
  return agrees.every((peer) => difference.agrees.includes(peer)) && when(difference);
}

/**
 * Takes out of NSD's responses what it adds to each answer: the NS RRset of the zone and the addresses of those hosts. RFC 1034
 * §4.3.2 asks for none of them, BIND can leave them out, and Knot always does.
 */
export function withoutHabits(responses: Responses): Responses {
  const { nsd, steerdns } = responses;
  if (nsd === undefined || nsd.answer.length === 0 || nsd.authority.length === 0) return responses;
  if (!nsd.authority.every((record) => typeOf(record) === TYPE.NS)) return responses;
  if (nsd.authority.join() === steerdns.authority.join()) return responses;
  const hosts = new Set(nsd.authority.map(targetOf));
  const isAdded = (record: string): boolean =>
    hosts.has(ownerOf(record)) && !steerdns.additional.includes(record);
  const added = new Set([...nsd.authority, ...nsd.additional.filter(isAdded)]);
  const asWritten = nsd.asWritten.filter((record) => !added.has(lowerOwner(record)));
  const additional = nsd.additional.filter((record) => !isAdded(record));
  return { ...responses, nsd: { ...nsd, authority: [], additional, asWritten } };
}

function lowerOwner(record: string): string {
  const owner = ownerOf(record);
  return owner.toLowerCase() + record.slice(owner.length);
}

const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AFSDB: 18,
  RT: 21,
  KEY: 25,
  PX: 26,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  DNAME: 39,
  OPT: 41,
  RRSIG: 46,
  NSEC: 47,
  SVCB: 64,
  HTTPS: 65,
  TKEY: 249,
  TSIG: 250,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
} as const;

const CLASS = { IN: 1, ANY: 255 } as const;
const SERVFAIL = 2;

export const ALLOWED: readonly Allowed[] = [
  {
    because: 'ANY has one HINFO instead of all the data, and so is never truncated; no peer does that',
    rfc: 'RFC 8482 §4.2',
    agrees: [],
    parts: ['answer', 'additional', 'tc'],
    when: ({ question, responses }) => question.type === TYPE.ANY && hasHinfo(responses),
  },
  {
    because:
      'ANY below a DNAME has the DNAME and its CNAME, as below a CNAME; Knot and NSD go on to the target',
    rfc: 'RFC 8482 §4.1',
    agrees: ['named'],
    when: ({ question, responses }) => question.type === TYPE.ANY && has(responses, TYPE.DNAME),
  },
  {
    because: 'a chain goes on in other zones that are served; BIND and Knot stop at the end of the zone',
    rfc: 'RFC 1034 §4.3.2',
    agrees: ['nsd'],
    when: (difference) => isInClass(difference) && crossesZones(difference),
  },
  {
    because:
      'NODATA at the end of a chain has a SOA for class ANY too; NSD leaves it out, Knot and BIND come to no end',
    rfc: 'RFC 2308 §2.2',
    agrees: [],
    parts: ['answer', 'authority'],
    when: (difference) => isClassAny(difference) && has(difference.responses, TYPE.CNAME),
  },
  {
    because:
      'an address of a name in a child zone is answered by the child; Knot refers to it, since a chain leads there',
    rfc: 'RFC 1034 §4.3.2',
    agrees: ['named', 'nsd'],
    parts: ['authority', 'additional'],
    when: (difference) => crossesZones(difference),
  },
  {
    because: 'a chain of 6 to 11 CNAMEs is given whole; Knot stops after 5',
    rfc: 'RFC 1034 §3.6.2',
    agrees: ['named', 'nsd'],
    when: ({ question, responses }) =>
      isOf(question.nameText, 'chain.test') && isBetween(cnames(responses), 6, 11),
  },
  {
    because: 'a chain of 12 to 15 CNAMEs is given whole; BIND stops after 12, and Knot after 5',
    rfc: 'RFC 1034 §3.6.2',
    agrees: ['nsd'],
    when: ({ question, responses }) =>
      isOf(question.nameText, 'chain.test') && isBetween(cnames(responses), 12, 15),
  },
  {
    because: 'a chain of 16 CNAMEs ends there; BIND ends after 12, Knot after 5, NSD later',
    rfc: 'RFC 1034 §5.2.2',
    agrees: [],
    parts: ['answer', 'authority'],
    when: ({ question, responses }) =>
      /^l[1-5]\.chain\.test\.$/i.test(question.nameText) && cnames(responses) === 16,
  },
  {
    because:
      'a loop and a chain too long are NOERROR with what there is of them; BIND says SERVFAIL beside it',
    rfc: 'RFC 1034 §3.6.2',
    agrees: ['knotd', 'nsd'],
    parts: ['rcode'],
    when: ({ responses }) => responses.named?.rcode === SERVFAIL && responses.named.answer.length > 0,
  },
  {
    because: 'a loop of DNAMEs is given once as it goes round; Knot gives its CNAMEs several times',
    rfc: 'RFC 6672 §2.2',
    agrees: ['named', 'nsd'],
    parts: ['answer'],
    when: ({ question }) => /\.(ping|pong|self)\.dname\.test\.$/i.test(question.nameText),
  },
  {
    because:
      'a DNAME to a name below itself is followed until the chain is 16 long; each server has its own limit',
    rfc: 'RFC 6672 §2.2',
    agrees: [],
    parts: ['answer', 'tc'],
    when: ({ question }) => /\.grow\.dname\.test\.$/i.test(question.nameText),
  },
  {
    because: 'a name that DNAME makes too long is YXDOMAIN behind a CNAME too; Knot says NXDOMAIN',
    rfc: 'RFC 6672 §2.2',
    agrees: ['named', 'nsd'],
    parts: ['rcode', 'authority'],
    when: ({ question }) => isOf(question.nameText, 'longer.dname.test'),
  },
  {
    because:
      'a DNAME with a long target and its CNAME do not fit 512 octets; BIND and Knot let the CNAME point into the DNAME',
    rfc: 'RFC 6672 §2.5',
    agrees: ['nsd'],
    parts: ['tc'],
    when: ({ question }) => question.transport === 'udp' && isOf(question.nameText, 'long.dname.test'),
  },
  {
    because:
      'a DNAME at a wildcard is one for names below it, its owner name as it is; Knot makes an owner name of it',
    rfc: 'RFC 6672 §3.3',
    agrees: ['named', 'nsd'],
    parts: ['answer'],
    when: ({ question }) => isOf(question.nameText, 'sub.wilddname.test'),
  },
  {
    because: 'what lies below a DNAME is hidden; Knot answers from it',
    rfc: 'RFC 6672 §2.4',
    agrees: ['named'],
    when: ({ question }) => isOf(question.nameText, 'dname.occluded.test'),
  },
  {
    because: 'addresses that a DNAME hides are not additional; Knot and NSD add them',
    rfc: 'RFC 6672 §2.4',
    agrees: ['named'],
    parts: ['additional'],
    when: ({ question }) => isOf(question.nameText, 'mx.occluded.test'),
  },
  {
    because: 'NS at a wildcard delegates nothing; Knot and NSD refer, BIND does not load it',
    rfc: 'RFC 4592 §4.2',
    agrees: [],
    when: ({ question }) => isOf(question.nameText, 'wildns.test'),
  },
  {
    because:
      'RRSIG and NSEC of an alias are those of its target where the zone has none; BIND and Knot say NODATA',
    rfc: 'RFC 4035 §2.5',
    agrees: ['nsd'],
    when: ({ question, responses }) =>
      (question.type === TYPE.RRSIG || question.type === TYPE.NSEC) && has(responses, TYPE.CNAME),
  },
  {
    because: 'they are asked for at the end of a chain too long, of which only NSD knows the zone',
    rfc: 'RFC 4035 §2.5',
    agrees: [],
    parts: ['answer', 'authority'],
    when: ({ question, responses }) =>
      (question.type === TYPE.RRSIG || question.type === TYPE.NSEC) && cnames(responses) === 16,
  },
  {
    because: 'KEY of an alias is that of its target; BIND says NODATA',
    rfc: 'RFC 2181 §10.1',
    agrees: ['nsd'],
    when: ({ question, responses }) => question.type === TYPE.KEY && has(responses, TYPE.CNAME),
  },
  {
    because: 'class ANY is answered; BIND says FORMERR',
    rfc: 'RFC 1035 §6.2',
    agrees: ['knotd'],
    when: (difference) => isClassAny(difference),
  },
  {
    because: 'an answer for class ANY is not authoritative; Knot sets AA',
    rfc: 'RFC 1035 §6.2',
    agrees: ['nsd'],
    when: (difference) => isClassAny(difference),
  },
  {
    because: 'the answer for class ANY is not truncated where that of class IN is not',
    rfc: 'RFC 1035 §6.2',
    agrees: [],
    parts: ['tc'],
    when: (difference) =>
      isClassAny(difference) && isOf(difference.question.nameText, 'addresses.types.test'),
  },
  {
    because: 'classes without zones are REFUSED; BIND says FORMERR, or NOTIMP',
    rfc: 'RFC 8906 §3.1.1',
    agrees: ['knotd', 'nsd'],
    parts: ['rcode'],
    when: ({ question }) => question.class !== CLASS.IN && question.class !== CLASS.ANY,
  },
  {
    because:
      'OPT, TKEY and TSIG as QTYPE are FORMERR, MAILA and MAILB NOTIMP; Knot and NSD look for such records',
    rfc: 'RFC 6895 §3.1',
    agrees: ['named'],
    when: ({ question }) => META.includes(question.type),
  },
  {
    because: 'QTYPE 0 is looked for as any other; Knot says NOTIMP',
    rfc: 'RFC 6895 §3.1',
    agrees: ['named', 'nsd'],
    when: ({ question }) => question.type === 0,
  },
  {
    because: 'glue that does not fit sets TC; BIND and NSD leave it out',
    rfc: 'RFC 9471 §3.1',
    agrees: ['knotd'],
    parts: ['tc'],
    when: ({ question }) => question.transport === 'udp' && isOf(question.nameText, 'many.cut.test'),
  },
  {
    because: 'a long name fits into 512 octets with its answer; BIND truncates',
    rfc: 'RFC 2181 §9',
    agrees: ['knotd', 'nsd'],
    parts: ['tc'],
    when: ({ question }) => question.transport === 'udp' && isOf(question.nameText, 'names.test'),
  },
  {
    because:
      'all addresses in the zone are given with NS RRs, as glue too; BIND leaves out those beside the cut',
    rfc: 'RFC 9471 §2.2',
    agrees: ['knotd', 'nsd'],
    parts: ['additional'],
    when: ({ responses }) => hasNs(responses),
  },
  {
    because: 'glue is for referrals alone, and is not additional to MX and SRV; Knot adds it',
    rfc: 'RFC 2181 §5.4.1',
    agrees: ['named', 'nsd'],
    parts: ['additional'],
    when: ({ question }) =>
      isOf(question.nameText, 'cut.test') && (question.type === TYPE.MX || question.type === TYPE.SRV),
  },
  {
    because: 'AFSDB, RT, KX, PX and NAPTR have nothing additional; BIND adds addresses, NSD some',
    rfc: 'RFC 1035 §6.2',
    agrees: ['knotd'],
    parts: ['additional'],
    when: ({ question }) =>
      [TYPE.AFSDB, TYPE.RT, TYPE.KX, TYPE.PX, TYPE.NAPTR].some((type) => type === question.type),
  },
  {
    because:
      'the SVCB RRs of TargetName and its addresses are additional; NSD has neither, BIND has addresses of their targets too',
    rfc: 'RFC 9460 §4.1',
    agrees: ['knotd'],
    parts: ['additional'],
    when: ({ question }) => question.type === TYPE.SVCB || question.type === TYPE.HTTPS,
  },
  {
    because: 'so are the addresses of the owner where TargetName is "."; Knot has none',
    rfc: 'RFC 9460 §2.5.2',
    agrees: ['named'],
    parts: ['additional'],
    when: ({ question }) => question.type === TYPE.HTTPS,
  },
  {
    because: 'additional records are left out where they do not fit, as many as each server needs to',
    rfc: 'RFC 2181 §9',
    agrees: [],
    parts: ['additional'],
    when: ({ question }) => question.transport === 'udp' && isOf(question.nameText, 'mxmany.types.test'),
  },
  {
    because: 'the owner name is written as the question has it; BIND writes it as the zone has it',
    rfc: 'RFC 4343 §4.1',
    agrees: ['knotd', 'nsd'],
    parts: ['case'],
    when: () => true,
  },
  {
    because: 'a name is compressed to one that was written in another case, each server where it finds one',
    rfc: 'RFC 4343 §4.1',
    agrees: [],
    parts: ['case'],
    when: ({ question }) => isOf(question.nameText, 'names.test') || /[A-Z]/.test(question.nameText),
  },
];

const META: readonly number[] = [TYPE.OPT, TYPE.TKEY, TYPE.TSIG, TYPE.MAILB, TYPE.MAILA];

function isInClass({ question }: Difference): boolean {
  return question.class === CLASS.IN;
}

function isClassAny({ question }: Difference): boolean {
  return question.class === CLASS.ANY;
}

function has({ steerdns }: Responses, type: number): boolean {
  return steerdns.answer.some((record) => typeOf(record) === type);
}

function hasHinfo({ steerdns }: Responses): boolean {
  return steerdns.answer.some((record) => record.endsWith(`TYPE${TYPE.HINFO} 075246433834383200`));
}

function hasNs({ steerdns }: Responses): boolean {
  return [...steerdns.answer, ...steerdns.authority].some((record) => typeOf(record) === TYPE.NS);
}

/** How many CNAMEs we answer. */
function cnames({ steerdns }: Responses): number {
  return steerdns.answer.filter((record) => typeOf(record) === TYPE.CNAME).length;
}

function isBetween(value: number, least: number, most: number): boolean {
  return least <= value && value <= most;
}

/** True when our answer has records of more zones than the question's. */
function crossesZones({ question, responses }: Difference): boolean {
  const { answer, authority } = responses.steerdns;
  const zone = zoneOf(question.nameText);
  return answer.length > 0 && [...answer, ...authority].some((record) => zoneOf(ownerOf(record)) !== zone);
}

/** True for a name and all below it. */
function isOf(name: string, top: string): boolean {
  const lower = name.toLowerCase();
  return lower === `${top}.` || lower.endsWith(`.${top}.`);
}
