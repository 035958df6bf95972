import { ipv4 } from './address-fields.js';
import { base64, hex } from './blob-fields.js';
import {
  algorithm,
  certificateType,
  hashedName,
  moment,
  salt,
  type TypeNames,
  typeBitmap,
  typeName,
} from './dnssec-fields.js';
import type { FieldKind, RrField, RrType } from './field.js';
import { name } from './name-field.js';
import { u8, u16, u32 } from './number-fields.js';
import {
  addressPrefixes,
  eui,
  hostIdentity,
  ipsecGateway,
  locator64,
  nsap,
  optionalString,
  relay,
  wellKnownServices,
} from './rare-fields.js';
import { characterString, textStrings } from './string-fields.js';

/** Rows of the types that octoDNS does not know: in YAML their values are text. */
export function rareRrTypes(types: TypeNames): readonly RrType[] {
  const bitmap = typeBitmap(types);
  const signature = [
    f('type_covered', typeName(types)),
    f('algorithm', algorithm),
    f('labels', u8),
    f('original_ttl', u32),
    f('expiration', moment),
    f('inception', moment),
    f('key_tag', u16),
    f('signer', name),
    f('signature', base64),
  ];
  return [
    ...OLD,
    row('SIG', 24, 'RFC 2535 §4.1', ...signature),
    row('RRSIG', 46, 'RFC 4034 §3', ...signature),
    row('NSEC', 47, 'RFC 4034 §4', f('next', name), f('types', bitmap)),
    row('NSEC3', 50, 'RFC 5155 §3', ...HASHED, f('next', hashedName), f('types', bitmap)),
    row('CSYNC', 62, 'RFC 7477 §2', f('serial', u32), f('flags', u16), f('types', bitmap)),
    ...NEWER,
  ];
}

const HASHED = [f('hash', u8), f('flags', u8), f('iterations', u16), f('salt', salt)];
const KEY = [f('flags', u16), f('protocol', u8), f('algorithm', algorithm), f('key', base64)];
const DELEGATION = [f('key_tag', u16), f('algorithm', algorithm), f('digest_type', u8), f('digest', hex)];

/** Of the twentieth century. */
const OLD: readonly RrType[] = [
  row('MD', 3, 'RFC 1035 §3.3.4', f('madname', name)),
  row('MF', 4, 'RFC 1035 §3.3.5', f('madname', name)),
  row('MB', 7, 'RFC 1035 §3.3.3', f('madname', name)),
  row('MG', 8, 'RFC 1035 §3.3.6', f('mgmname', name)),
  row('MR', 9, 'RFC 1035 §3.3.8', f('newname', name)),
  row('WKS', 11, 'RFC 1035 §3.4.2', f('address', ipv4), f('services', wellKnownServices)),
  row('MINFO', 14, 'RFC 1035 §3.3.7', f('rmailbx', name), f('emailbx', name)),
  row('RP', 17, 'RFC 1183 §2.2', f('mbox', name), f('txt', name)),
  row('AFSDB', 18, 'RFC 1183 §1', f('subtype', u16), f('hostname', name)),
  row('X25', 19, 'RFC 1183 §3.1', f('psdn_address', characterString)),
  row('ISDN', 20, 'RFC 1183 §3.2', f('isdn_address', characterString), f('subaddress', optionalString)),
  row('RT', 21, 'RFC 1183 §3.3', f('preference', u16), f('intermediate', name)),
  row('NSAP', 22, 'RFC 1706 §5', f('address', nsap)),
  row('NSAP-PTR', 23, 'RFC 1348', f('owner', name)),
  row('KEY', 25, 'RFC 2535 §3.1', ...KEY),
  row('PX', 26, 'RFC 2163 §4', f('preference', u16), f('map822', name), f('mapx400', name)),
  row(
    'GPOS',
    27,
    'RFC 1712',
    f('longitude', characterString),
    f('latitude', characterString),
    f('altitude', characterString),
  ),
  row('EID', 31, 'Nimrod', f('endpoint', hex)),
  row('NIMLOC', 32, 'Nimrod', f('locator', hex)),
  row('KX', 36, 'RFC 2230 §3', f('preference', u16), f('exchanger', name)),
];

const NEWER: readonly RrType[] = [
  row(
    'CERT',
    37,
    'RFC 4398 §2',
    f('type', certificateType),
    f('key_tag', u16),
    f('algorithm', algorithm),
    f('certificate', base64),
  ),
  row('APL', 42, 'RFC 3123 §4', f('prefixes', addressPrefixes)),
  row('IPSECKEY', 45, 'RFC 4025 §2', f('precedence', u8), f('gateway', ipsecGateway)),
  row('DNSKEY', 48, 'RFC 4034 §2', ...KEY),
  row('DHCID', 49, 'RFC 4701 §3', f('digest', base64)),
  row('NSEC3PARAM', 51, 'RFC 5155 §4', ...HASHED),
  row(
    'SMIMEA',
    53,
    'RFC 8162 §2',
    f('certificate_usage', u8),
    f('selector', u8),
    f('matching_type', u8),
    f('certificate_association_data', hex),
  ),
  row('HIP', 55, 'RFC 8005 §5', f('identity', hostIdentity)),
  row('NINFO', 56, 'IANA', f('txt', textStrings)),
  row('RKEY', 57, 'IANA', ...KEY),
  row('TALINK', 58, 'IANA', f('previous', name), f('next', name)),
  row('CDS', 59, 'RFC 7344 §3.1', ...DELEGATION),
  row('CDNSKEY', 60, 'RFC 7344 §3.2', ...KEY),
  row('ZONEMD', 63, 'RFC 8976 §2', f('serial', u32), f('scheme', u8), f('hash', u8), f('digest', hex)),
  row('NID', 104, 'RFC 6742 §2.1', f('preference', u16), f('node_id', locator64)),
  row('L32', 105, 'RFC 6742 §2.2', f('preference', u16), f('locator', ipv4)),
  row('L64', 106, 'RFC 6742 §2.3', f('preference', u16), f('locator', locator64)),
  row('LP', 107, 'RFC 6742 §2.4', f('preference', u16), f('fqdn', name)),
  row('EUI48', 108, 'RFC 7043 §3', f('address', eui(6))),
  row('EUI64', 109, 'RFC 7043 §4', f('address', eui(8))),
  row('AVC', 258, 'IANA', f('txt', textStrings)),
  row('AMTRELAY', 260, 'RFC 8777 §4', f('precedence', u8), f('relay', relay)),
  row('RESINFO', 261, 'RFC 9606 §3', f('txt', textStrings)),
  row('WALLET', 262, 'IANA', f('txt', textStrings)),
  row('TA', 32768, 'IANA', ...DELEGATION),
  row('DLV', 32769, 'RFC 4431', ...DELEGATION),
];

function row(mnemonic: string, number: number, reference: string, ...fields: readonly RrField[]): RrType {
  return { name: mnemonic, number, reference, fields, inOctodns: false };
}

function f(key: string, kind: FieldKind): RrField {
  return { key, kind };
}
