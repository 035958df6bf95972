/** A record of a message that was walked. */
export interface WalkedRecord {
  /** 1 answer, 2 authority, 3 additional. */
  readonly section: number;
  readonly at: number;
  readonly owner: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly rdataAt: number;
  readonly end: number;
}

export interface WalkedOption {
  readonly code: number;
  readonly data: Buffer;
}

export interface WalkedMessage {
  readonly id: number;
  readonly flags: number;
  readonly counts: readonly number[];
  /** Offset past the questions. */
  readonly questionEnd: number;
  readonly records: readonly WalkedRecord[];
}

/** What is wrong with a message. */
class WalkError extends Error {}

/**
 * Reads all of a message, strictly: each name, each record, RDATA of types with names in it, and nothing behind it. Shares no
 * code with what is tested.
 * @throws WalkError
 */
export function walkMessage(octets: Buffer): WalkedMessage {
  need(octets, 0, 12);
  const counts = [4, 6, 8, 10].map((at) => octets.readUInt16BE(at));
  let at = 12;
  for (let left = counts[0] as number; left > 0; left--) {
    at = walkName(octets, at).end + 4;
    need(octets, at, 0);
  }
  const questionEnd = at;
  const records: WalkedRecord[] = [];
  for (let section = 1; section <= 3; section++) {
    for (let left = counts[section] as number; left > 0; left--) {
      const record = walkRecord(octets, at, section);
      records.push(record);
      at = record.end;
    }
  }
  if (at !== octets.length) throw new WalkError(`${octets.length - at} octets behind the last record`);
  return { id: octets.readUInt16BE(0), flags: octets.readUInt16BE(2), counts, questionEnd, records };
}

/** The options of an OPT. @throws WalkError */
export function walkOptions(octets: Buffer, { rdataAt, end }: WalkedRecord): WalkedOption[] {
  const options: WalkedOption[] = [];
  for (let at = rdataAt; at < end; ) {
    if (at + 4 > end) throw new WalkError('an option is cut short');
    const dataEnd = at + 4 + octets.readUInt16BE(at + 2);
    if (dataEnd > end) throw new WalkError('an option is longer than OPT');
    options.push({ code: octets.readUInt16BE(at), data: octets.subarray(at + 4, dataEnd) });
    at = dataEnd;
  }
  return options;
}

function walkRecord(octets: Buffer, at: number, section: number): WalkedRecord {
  const { text: owner, end: head } = walkName(octets, at);
  need(octets, head, 10);
  const rdataAt = head + 10;
  const end = rdataAt + octets.readUInt16BE(head + 8);
  need(octets, end, 0);
  const type = octets.readUInt16BE(head);
  walkRdata(octets, type, rdataAt, end);
  const ttl = octets.readUInt32BE(head + 4);
  return { section, at, owner, type, class: octets.readUInt16BE(head + 2), ttl, rdataAt, end };
}

/** Octets before the names of a type's RDATA, how many names, octets behind them; -1: any. */
const RDATA: Readonly<Record<number, readonly [before: number, names: number, behind: number]>> = {
  1: [4, 0, 0],
  2: [0, 1, 0],
  5: [0, 1, 0],
  6: [0, 2, 20],
  12: [0, 1, 0],
  15: [2, 1, 0],
  28: [16, 0, 0],
  33: [6, 1, 0],
  39: [0, 1, 0],
};

function walkRdata(octets: Buffer, type: number, from: number, end: number): void {
  if (type === 16 || type === 13) {
    let at = from;
    while (at < end) at += 1 + (octets[at] as number);
    if (at !== end || from === end)
      throw new WalkError(`strings of type ${type} end at ${at}, not at ${end}`);
    return;
  }
  const shape = RDATA[type];
  if (shape === undefined) return;
  const [before, names, behind] = shape;
  let at = from + before;
  for (let i = 0; i < names; i++) at = walkName(octets, at).end;
  if (at + behind !== end) throw new WalkError(`RDATA of type ${type} ends at ${at + behind}, not at ${end}`);
}

/** RFC 1035 §4.1.4, §2.3.4: pointers go backwards, labels have 63 octets at most, names 255. */
function walkName(octets: Buffer, from: number): { text: string; end: number } {
  let text = '';
  let at = from;
  let end = -1;
  let length = 0;
  let before = from;
  for (;;) {
    need(octets, at, 1);
    const label = octets[at] as number;
    if (label >= 0xc0) {
      need(octets, at, 2);
      const target = octets.readUInt16BE(at) & 0x3fff;
      if (end < 0) end = at + 2;
      if (target >= before || target < 12) throw new WalkError(`the pointer at ${at} goes to ${target}`);
      before = target;
      at = target;
      continue;
    }
    if (label > 63) throw new WalkError(`the label at ${at} has type ${label >>> 6}`);
    length += label + 1;
    if (length > 255) throw new WalkError(`the name at ${from} has more than 255 octets`);
    need(octets, at + 1, label);
    if (label === 0) return { text: `${text}.`, end: end < 0 ? at + 1 : end };
    text += `.${octets.toString('latin1', at + 1, at + 1 + label).toLowerCase()}`;
    at += label + 1;
  }
}

function need(octets: Buffer, at: number, more: number): void {
  if (at + more > octets.length)
    throw new WalkError(`${octets.length} octets end inside of what begins at ${at}`);
}
