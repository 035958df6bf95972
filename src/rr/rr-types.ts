import { ipv4, ipv6 } from './address-fields.js';
import { base64, hex } from './blob-fields.js';
import { algorithm } from './dnssec-fields.js';
import type { RrType } from './field.js';
import { loc } from './loc-field.js';
import { name } from './name-field.js';
import { seconds, u8, u16, u32 } from './number-fields.js';
import { rareRrTypes } from './rare-rr-types.js';
import { characterString, longString, tag, textStrings, upperString } from './string-fields.js';
import { checkSvcb, svcParams } from './svc-params.js';

/** Every RR type whose RDATA is known. To add one, add a row. */
export const rrTypes: readonly RrType[] = [
  { name: 'A', number: 1, reference: 'RFC 1035 §3.4.1', fields: [{ key: 'address', kind: ipv4 }] },
  { name: 'NS', number: 2, reference: 'RFC 1035 §3.3.11', fields: [{ key: 'nsdname', kind: name }] },
  {
    name: 'CNAME',
    number: 5,
    reference: 'RFC 1035 §3.3.1',
    single: true,
    fields: [{ key: 'cname', kind: name }],
  },
  {
    name: 'SOA',
    number: 6,
    reference: 'RFC 1035 §3.3.13',
    single: true,
    fields: [
      { key: 'mname', kind: name },
      { key: 'rname', kind: name },
      { key: 'serial', kind: u32 },
      { key: 'refresh', kind: seconds },
      { key: 'retry', kind: seconds },
      { key: 'expire', kind: seconds },
      { key: 'minimum', kind: seconds },
    ],
  },
  { name: 'PTR', number: 12, reference: 'RFC 1035 §3.3.12', fields: [{ key: 'ptrdname', kind: name }] },
  {
    name: 'HINFO',
    number: 13,
    reference: 'RFC 1035 §3.3.2',
    fields: [
      { key: 'cpu', kind: characterString },
      { key: 'os', kind: characterString },
    ],
  },
  {
    name: 'MX',
    number: 15,
    reference: 'RFC 1035 §3.3.9',
    fields: [
      { key: 'preference', aliases: ['priority'], kind: u16 },
      { key: 'exchange', aliases: ['value'], kind: name },
    ],
  },
  { name: 'TXT', number: 16, reference: 'RFC 1035 §3.3.14', fields: [{ key: 'txt', kind: textStrings }] },
  { name: 'AAAA', number: 28, reference: 'RFC 3596 §2', fields: [{ key: 'address', kind: ipv6 }] },
  { name: 'LOC', number: 29, reference: 'RFC 1876', fields: [{ key: 'location', kind: loc }] },
  {
    name: 'SRV',
    number: 33,
    reference: 'RFC 2782',
    fields: [
      { key: 'priority', kind: u16 },
      { key: 'weight', kind: u16 },
      { key: 'port', kind: u16 },
      { key: 'target', kind: name },
    ],
  },
  {
    name: 'NAPTR',
    number: 35,
    reference: 'RFC 3403 §4.1',
    fields: [
      { key: 'order', kind: u16 },
      { key: 'preference', kind: u16 },
      { key: 'flags', kind: upperString },
      { key: 'service', kind: characterString },
      { key: 'regexp', kind: characterString },
      { key: 'replacement', kind: name },
    ],
  },
  { name: 'DNAME', number: 39, reference: 'RFC 6672', single: true, fields: [{ key: 'target', kind: name }] },
  {
    name: 'DS',
    number: 43,
    reference: 'RFC 4034 §5.1',
    fields: [
      { key: 'key_tag', kind: u16 },
      { key: 'algorithm', kind: algorithm },
      { key: 'digest_type', kind: u8 },
      { key: 'digest', kind: hex },
    ],
    legacyKeys: {
      when: ['public_key', 'flags'],
      keys: { key_tag: 'flags', algorithm: 'protocol', digest_type: 'algorithm', digest: 'public_key' },
    },
    // RFC 4034 §5.1.4 (SHA-1), RFC 4509 (SHA-256), RFC 6605 (SHA-384).
    lint: (rdata) => digestLength('digest_type', rdata[3], rdata.length - 4, { 1: 20, 2: 32, 4: 48 }),
  },
  {
    name: 'SSHFP',
    number: 44,
    reference: 'RFC 4255',
    fields: [
      { key: 'algorithm', kind: u8 },
      { key: 'fingerprint_type', kind: u8 },
      { key: 'fingerprint', kind: hex },
    ],
    // RFC 4255 §3.1.2 (SHA-1), RFC 6594 (SHA-256).
    check: (rdata) => digestLength('fingerprint_type', rdata[1], rdata.length - 2, { 1: 20, 2: 32 }),
  },
  {
    name: 'TLSA',
    number: 52,
    reference: 'RFC 6698 §2.1',
    fields: [
      { key: 'certificate_usage', kind: u8 },
      { key: 'selector', kind: u8 },
      { key: 'matching_type', kind: u8 },
      { key: 'certificate_association_data', kind: hex },
    ],
    // RFC 6698 §2.1.3: 1 is SHA-256, 2 SHA-512.
    lint: (rdata) => digestLength('matching_type', rdata[2], rdata.length - 3, { 1: 32, 2: 64 }),
  },
  { name: 'OPENPGPKEY', number: 61, reference: 'RFC 7929 §2', fields: [{ key: 'key', kind: base64 }] },
  {
    name: 'SVCB',
    number: 64,
    reference: 'RFC 9460',
    fields: [
      { key: 'svcpriority', kind: u16 },
      { key: 'targetname', kind: name },
      { key: 'svcparams', kind: svcParams, default: null },
    ],
    check: checkSvcb,
  },
  {
    name: 'HTTPS',
    number: 65,
    reference: 'RFC 9460',
    fields: [
      { key: 'svcpriority', kind: u16 },
      { key: 'targetname', kind: name },
      { key: 'svcparams', kind: svcParams, default: null },
    ],
    check: checkSvcb,
  },
  { name: 'SPF', number: 99, reference: 'RFC 4408 §3.1.1', fields: [{ key: 'txt', kind: textStrings }] },
  {
    name: 'URI',
    number: 256,
    reference: 'RFC 7553 §4',
    fields: [
      { key: 'priority', kind: u16 },
      { key: 'weight', kind: u16 },
      { key: 'target', kind: longString },
    ],
  },
  {
    name: 'CAA',
    number: 257,
    reference: 'RFC 8659 §4.1',
    fields: [
      { key: 'flags', kind: u8, default: '0' },
      { key: 'tag', kind: tag },
      { key: 'value', kind: longString },
    ],
  },
  ...rareRrTypes({ parse: parseRrType, format: formatRrType }),
  { name: 'ALIAS', reference: 'octoDNS', single: true, fields: [{ key: 'target', kind: name }] },
  {
    name: 'URLFWD',
    reference: 'octoDNS',
    fields: [
      { key: 'path', kind: characterString },
      { key: 'code', kind: u16 },
      { key: 'masking', kind: u8 },
      { key: 'query', kind: u8 },
      { key: 'target', kind: longString },
    ],
  },
];

/** Numbers of the types that the code speaks of. */
export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28, DNAME: 39, DS: 43 } as const;

/** The row of a mnemonic, upper case. */
export function rrTypeByName(mnemonic: string): RrType | undefined {
  return byName.get(mnemonic);
}

export function rrTypeByNumber(number: number): RrType | undefined {
  return byNumber.get(number);
}

/**
 * The number of a type that can be on the wire, by mnemonic or as `TYPE65280` (RFC 3597 §5), case aside.
 * @returns undefined when there is none, and for ALIAS and URLFWD
 */
export function parseRrType(text: string): number | undefined {
  const upper = text.toUpperCase();
  const digits = /^TYPE(0|[1-9]\d{0,4})$/.exec(upper)?.[1];
  if (digits !== undefined) return Number(digits) <= 0xffff ? Number(digits) : undefined;
  return byName.get(upper)?.number ?? QUERY_TYPES[upper];
}

/** The mnemonic of a type, or `TYPE65280`. */
export function formatRrType(number: number): string {
  return byNumber.get(number)?.name ?? QUERY_TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

/** Types that may be asked for, or seen in messages, but not written in a zone file. */
const QUERY_TYPES: Readonly<Record<string, number>> = { OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 };

const QUERY_TYPE_NAMES = new Map(Object.entries(QUERY_TYPES).map(([mnemonic, number]) => [number, mnemonic]));
const byName = new Map(rrTypes.map((row) => [row.name, row]));
const byNumber = new Map(
  rrTypes.flatMap((row) => (row.number === undefined ? [] : [[row.number, row] as const])),
);

function digestLength(
  key: string,
  kind: number | undefined,
  octets: number,
  lengths: Readonly<Record<number, number>>,
): string | undefined {
  const expected = lengths[kind ?? 0];
  if (expected === undefined || octets === expected) return undefined;
  return `of ${key} ${kind} needs ${expected} octets (${expected * 2} hexadecimal digits) but has ${octets}`;
}
