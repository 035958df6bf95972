/** A response, read by nothing of steerdns: what is compared. Each section's records are sorted. */
export interface Message {
  readonly rcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  /** Records as {@link formatRecord} writes them, owner names in lower case. */
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  /** Without OPT. */
  readonly additional: readonly string[];
  readonly hasOpt: boolean;
  /** Every record with its owner name as it came. */
  readonly asWritten: readonly string[];
}

export interface WireRecord {
  /** In wire form, not compressed, as it came. */
  readonly owner: Uint8Array;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** Names in it not compressed, and in lower case. */
  readonly data: Buffer;
}

/** @throws Error when it can't be read, or has octets left over */
export function readMessage(octets: Uint8Array): Message {
  const { rcode, sections, hasOpt, extendedRcode } = readSections(octets);
  const [answer = [], authority = [], additional = []] = sections.map((records) =>
    records.map((record) => formatRecord(record, true)).sort(),
  );
  const flags = octets[2] as number;
  return {
    rcode: rcode | (extendedRcode << 4),
    aa: (flags & 4) !== 0,
    tc: (flags & 2) !== 0,
    answer,
    authority,
    additional,
    hasOpt,
    asWritten: sections.flat().map((record) => formatRecord(record, false)),
  };
}

/** The records of the answer section. */
export function readAnswers(octets: Uint8Array): readonly WireRecord[] {
  return readSections(octets).sections[0] ?? [];
}

/** A name in wire form as text: `a\.b.example.`, all but printable octets as `\DDD`. */
export function formatWireName(name: Uint8Array): string {
  let text = '';
  for (let at = 0; at < name.length && name[at] !== 0; at += (name[at] as number) + 1) {
    for (let i = at + 1; i <= at + (name[at] as number); i++) text += CHARACTERS[name[i] as number];
    text += '.';
  }
  return text === '' ? '.' : text;
}

/** How each octet of a label is written. */
const CHARACTERS: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet);
  if (octet <= 0x20 || octet >= 0x7f) return `\\${String(octet).padStart(3, '0')}`;
  return /[.\\"();@$]/.test(character) ? `\\${character}` : character;
});

function formatRecord(record: WireRecord, lower: boolean): string {
  const owner = formatWireName(lower ? lowerName(record.owner) : record.owner);
  return `${owner} ${record.ttl} ${record.class} TYPE${record.type} ${record.data.toString('hex')}`;
}

function readSections(octets: Uint8Array) {
  const message = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const rcode = (message[3] as number) & 0xf;
  let at = 12;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = readName(message, at).end + 4;
  const sections: WireRecord[][] = [];
  let hasOpt = false;
  let extendedRcode = 0;
  for (const countAt of [6, 8, 10]) {
    const records: WireRecord[] = [];
    for (let left = message.readUInt16BE(countAt); left > 0; left--) {
      const { record, end } = readRecord(message, at);
      at = end;
      if (record.type === OPT) {
        hasOpt = true;
        extendedRcode = record.ttl >>> 24;
      } else records.push(record);
    }
    sections.push(records);
  }
  if (at !== message.length) throw new Error(`${message.length - at} octets are left over`);
  return { rcode, sections, hasOpt, extendedRcode };
}

const OPT = 41;

function readRecord(message: Buffer, from: number): { record: WireRecord; end: number } {
  const { name: owner, end: at } = readName(message, from);
  const type = message.readUInt16BE(at);
  const dataAt = at + 10;
  const end = dataAt + message.readUInt16BE(at + 8);
  if (end > message.length) throw new Error('RDATA goes past the message');
  const record = {
    owner,
    type,
    class: message.readUInt16BE(at + 2),
    ttl: message.readUInt32BE(at + 4),
    data: readData(message, type, dataAt, end),
  };
  return { record, end };
}

/** By type: octets before the names of RDATA, and how many names there are. */
const NAMES: ReadonlyMap<number, readonly [number, number]> = new Map([
  [2, [0, 1]],
  [5, [0, 1]],
  [6, [0, 2]],
  [12, [0, 1]],
  [14, [0, 2]],
  [15, [2, 1]],
  [17, [0, 2]],
  [18, [2, 1]],
  [21, [2, 1]],
  [26, [2, 2]],
  [33, [6, 1]],
  [36, [2, 1]],
  [39, [0, 1]],
  [64, [2, 1]],
  [65, [2, 1]],
]);
const NAPTR = 35;

function readData(message: Buffer, type: number, from: number, end: number): Buffer {
  let [prefix, names] = NAMES.get(type) ?? [end - from, 0];
  if (type === NAPTR) {
    // ORDER, PREFERENCE, then FLAGS, SERVICES and REGEXP, strings with a length octet each.
    prefix = 4;
    for (let i = 0; i < 3; i++) prefix += 1 + (message[from + prefix] as number);
    names = 1;
  }
  const parts: Uint8Array[] = [message.subarray(from, from + prefix)];
  let at = from + prefix;
  for (; names > 0; names--) {
    const { name, end: past } = readName(message, at);
    parts.push(lowerName(name));
    at = past;
  }
  if (at > end) throw new Error('a name goes past its RDATA');
  parts.push(message.subarray(at, end));
  return Buffer.concat(parts);
}

/** Octets of a length below `A` are none of a letter's, so that a name can be lowered whole. */
function lowerName(name: Uint8Array): Uint8Array {
  return name.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet));
}

function readName(message: Buffer, from: number): { name: Uint8Array; end: number } {
  const octets: number[] = [];
  let at = from;
  let end = -1;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new Error('a name goes past the message');
    if (length >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff;
      if (end < 0) end = at + 2;
      // RFC 1035 §4.1.4: to a prior occurrence.
      if (target >= at) throw new Error('a pointer leads forwards');
      at = target;
      continue;
    }
    if (length > 63) throw new Error('a label of more than 63 octets');
    for (let i = at; i <= at + length; i++) octets.push(message[i] as number);
    at += length + 1;
    if (octets.length > 255) throw new Error('a name of more than 255 octets');
    if (length === 0) return { name: Uint8Array.from(octets), end: end < 0 ? at : end };
  }
}
