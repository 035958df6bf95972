/** What RFCs say of a query, read by code of its own. */
export interface QueryFacts {
  /** No response may come. */
  readonly silent: 'short' | 'notQuery' | undefined;
  readonly opcode: number;
  /** Offset past one whole question; 12 when there is none. */
  readonly questionEnd: number;
  readonly type: number;
  readonly class: number;
  /** Of the first OPT that can be read. */
  readonly opt: { readonly payload: number; readonly version: number } | undefined;
  readonly cookie: Buffer | undefined;
  readonly subnet: Buffer | undefined;
  /** Nobody can read it otherwise: FORMERR it must be. */
  readonly malformed: boolean;
  /** A name behind the question is too long, or leads nowhere: nobody has to look. */
  readonly doubtful: boolean;
  readonly signed: boolean;
}

/** Reads a query as far as it goes. */
export function readQueryFacts(octets: Buffer): QueryFacts {
  const facts = {
    silent: undefined as QueryFacts['silent'],
    opcode: 0,
    questionEnd: 12,
    type: 0,
    class: 0,
    opt: undefined as QueryFacts['opt'],
    cookie: undefined as Buffer | undefined,
    subnet: undefined as Buffer | undefined,
    malformed: false,
    doubtful: false,
    signed: false,
  };
  if (octets.length < 12) return { ...facts, silent: 'short' };
  const flags = octets.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return { ...facts, silent: 'notQuery' };
  facts.opcode = (flags >>> 11) & 15;
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = [4, 6, 8, 10].map((at) =>
    octets.readUInt16BE(at),
  );
  const bad = (): QueryFacts => ({ ...facts, malformed: true });
  let at = 12;
  if (questions > 1) return bad();
  if (questions === 1) {
    const end = skipLabels(octets, at);
    if (end === undefined || end.pointer || end.at - at > 255 || end.at + 4 > octets.length) return bad();
    facts.type = octets.readUInt16BE(end.at);
    facts.class = octets.readUInt16BE(end.at + 2);
    at = end.at + 4;
    facts.questionEnd = at;
  }
  for (let i = 0; i < answers + authorities + additionals; i++) {
    const name = skipLabels(octets, at);
    if (name === undefined || name.at + 10 > octets.length) return bad();
    if (name.pointer || name.at - at > 255) facts.doubtful = true;
    const end = name.at + 10 + octets.readUInt16BE(name.at + 8);
    if (end > octets.length) return bad();
    const type = octets.readUInt16BE(name.at);
    // In another section, with another owner than the root, it is no OPT; nor need it be an error.
    if (type === 41 && i < answers + authorities && octets[at] !== 0) facts.doubtful = true;
    else if (type === 41) {
      if (i < answers + authorities || facts.opt !== undefined || octets[at] !== 0) return bad();
      facts.opt = { payload: octets.readUInt16BE(name.at + 2), version: octets[name.at + 5] as number };
      if (facts.opt.version === 0 && !readOptions(octets.subarray(name.at + 10, end), facts)) return bad();
    }
    if (type === 250) facts.signed = true;
    at = end;
  }
  if (at !== octets.length || (questions === 0 && facts.cookie === undefined)) return bad();
  return facts;
}

function readOptions(
  rdata: Buffer,
  facts: { cookie: Buffer | undefined; subnet: Buffer | undefined },
): boolean {
  let at = 0;
  while (at < rdata.length) {
    if (at + 4 > rdata.length) return false;
    const code = rdata.readUInt16BE(at);
    const data = rdata.subarray(at + 4, at + 4 + rdata.readUInt16BE(at + 2));
    if (data.length !== rdata.readUInt16BE(at + 2)) return false;
    if (code === 8) {
      if (!isSubnet(data)) return false;
      facts.subnet ??= data;
    }
    if (code === 10 && facts.cookie === undefined) {
      // RFC 7873 §5.2.2.
      if (data.length !== 8 && (data.length < 16 || data.length > 40)) return false;
      facts.cookie = data;
    }
    at += 4 + data.length;
  }
  return true;
}

/** RFC 7871 §6, §7.1.2. */
function isSubnet(data: Buffer): boolean {
  if (data.length < 4) return false;
  const family = data.readUInt16BE(0);
  const [source, scope] = [data[2] as number, data[3] as number];
  const most = [0, 32, 128][family];
  if (most === undefined || source > most || scope !== 0 || data.length !== 4 + Math.ceil(source / 8))
    return false;
  const spare = (8 - (source % 8)) % 8;
  return ((data.at(-1) as number) & ((1 << spare) - 1)) === 0 || spare === 0;
}

/** The end of a name; whether a pointer ends it. */
function skipLabels(octets: Buffer, from: number): { at: number; pointer: boolean } | undefined {
  for (let at = from; at < octets.length; ) {
    const label = octets[at] as number;
    if (label === 0) return { at: at + 1, pointer: false };
    if (label >= 0xc0) return at + 1 < octets.length ? { at: at + 2, pointer: true } : undefined;
    if (label > 63) return undefined;
    at += label + 1;
  }
  return undefined;
}
