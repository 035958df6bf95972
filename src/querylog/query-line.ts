import { TRANSPORT_NAMES } from '../answer/exchange.js';
import { NO_ZONE } from '../answer/query-recorder.js';
import { RECORD_NAME_AT, RecordHalf, RecordOctet, RecordReal, type Ring } from '../answer/query-ring.js';
import { formatAddress } from '../config/address.js';
import { rcodeName } from '../rr/rcode-names.js';
import { formatRrType } from '../rr/rr-types.js';
import { formatName, lowerName } from '../wire/name.js';
import { Flag, RrClass } from '../wire/protocol.js';

/** How much of clients' addresses is written, in bits. */
export interface ClientBits {
  readonly v4: number;
  readonly v6: number;
}

/** A member by the row that it has in the threads' tallies. */
export interface LoggedMember {
  readonly service: string;
  readonly pool: string;
  readonly member: string;
}

/** Formats a record as a line of JSON. @param members by row; the first one stands for all without a row, and is not written */
export function formatQueryLine(
  { reals, halves, bytes, slots, recordOctets }: Omit<Ring, 'control'>,
  record: number,
  members: readonly LoggedMember[],
  clientBits: ClientBits,
): string {
  const at = (record & (slots - 1)) * recordOctets;
  const half = (word: number): number => halves[at / 2 + word] as number;
  const octet = (offset: number): number => bytes[at + offset] as number;
  const real = (word: number): number => reals[at / 8 + word] as number;
  const v4 = octet(RecordOctet.FAMILY) === 4;
  const address = bytes.slice(at + RecordOctet.ADDRESS, at + RecordOctet.ADDRESS + (v4 ? 4 : 16));
  const nameOctets = octet(RecordOctet.NAME_OCTETS);
  const name = lowerName(bytes.slice(at + RECORD_NAME_AT, at + RECORD_NAME_AT + nameOctets));
  const type = half(RecordHalf.TYPE);
  const dnsClass = half(RecordHalf.CLASS);
  const line = {
    time: new Date(real(RecordReal.TIME)).toISOString(),
    client: formatClient(address, clientBits),
    ...(octet(RecordOctet.ECS) === 0 ? {} : ecsOf(bytes, at, clientBits)),
    ...(nameOctets === 0
      ? {}
      : {
          qname: formatName(name),
          qtype: formatRrType(type),
          ...(dnsClass === RrClass.IN ? {} : { qclass: className(dnsClass) }),
        }),
    transport: TRANSPORT_NAMES[octet(RecordOctet.TRANSPORT)],
    rcode: rcodeName(half(RecordHalf.RCODE)),
    flags: flagNames(half(RecordHalf.FLAGS)),
    size: half(RecordHalf.SIZE),
    ...zoneOf(name, octet(RecordOctet.ZONE_LABELS)),
    ...membersOf(halves, at / 2, members),
    duration_us: Math.round(real(RecordReal.DURATION) * 1e4) / 10,
  };
  return `${JSON.stringify(line)}\n`;
}

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [Flag.QR, 'qr'],
  [Flag.AA, 'aa'],
  [Flag.TC, 'tc'],
  [Flag.RD, 'rd'],
  [0x80, 'ra'],
  [0x20, 'ad'],
  [0x10, 'cd'],
];

/** As dig shows them. */
function flagNames(flags: number): string {
  return FLAGS.filter(([bit]) => (flags & bit) !== 0)
    .map(([, name]) => name)
    .join(' ');
}

function className(dnsClass: number): string {
  return Object.entries(RrClass).find(([, number]) => number === dnsClass)?.[0] ?? `CLASS${dnsClass}`;
}

/** An address; the prefix that it is in when not all of it is to be written. */
function formatClient(address: Uint8Array, clientBits: ClientBits): string {
  const most = address.length === 4 ? clientBits.v4 : clientBits.v6;
  if (most >= address.length * 8) return formatAddress(address);
  return formatCut(address, most);
}

function formatCut(address: Uint8Array, bits: number): string {
  const cut = address.map((octet, index) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))));
  return `${formatAddress(cut)}/${bits}`;
}

/** FAMILY 0 has no address: it is written as IPv4's whole. */
function ecsOf(bytes: Uint8Array, at: number, clientBits: ClientBits): { ecs: string; ecs_scope: number } {
  const v6 = bytes[at + RecordOctet.ECS_FAMILY] === 2;
  const from = at + RecordOctet.ECS_ADDRESS;
  const bits = bytes[at + RecordOctet.ECS_SOURCE_BITS] as number;
  return {
    ecs: formatCut(
      bytes.slice(from, from + (v6 ? 16 : 4)),
      Math.min(bits, v6 ? clientBits.v6 : clientBits.v4),
    ),
    ecs_scope: bytes[at + RecordOctet.ECS_SCOPE_BITS] as number,
  };
}

/** The name's last labels. */
function zoneOf(name: Uint8Array, labels: number): { zone?: string } {
  if (labels === NO_ZONE || name.length === 0) return {};
  const starts: number[] = [];
  let at = 0;
  for (; (name[at] as number) > 0; at += (name[at] as number) + 1) starts.push(at);
  starts.push(at);
  return { zone: formatName(name, starts[starts.length - 1 - labels] ?? at) };
}

function membersOf(
  halves: Uint16Array,
  at: number,
  names: readonly LoggedMember[],
): { service?: string; pool?: string; members?: string[] } {
  const count = halves[at + RecordHalf.MEMBER_COUNT] as number;
  const rows = [...halves.subarray(at + RecordHalf.MEMBERS, at + RecordHalf.MEMBERS + count)];
  const found = rows.flatMap((row) => (row === 0 ? [] : (names[row] ?? [])));
  const [first] = found;
  if (first === undefined) return {};
  // A member with several addresses in the answer is there several times.
  return {
    service: first.service,
    pool: first.pool,
    members: [...new Set(found.map(({ member }) => member))],
  };
}
