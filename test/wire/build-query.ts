import { parseName } from '../../src/wire/name.js';
import { RrClass } from '../../src/wire/protocol.js';

/** An OPT to put into a query. */
export interface OptSpec {
  readonly udpPayload?: number;
  readonly version?: number;
  readonly dnssecOk?: boolean;
  readonly options?: readonly { readonly code: number; readonly data: Uint8Array }[];
}

/** A query of one question, as most are. */
export function buildQuery(ask: {
  readonly id?: number;
  /** The header's second word, its QR and opcode too. */
  readonly flags?: number;
  readonly name: string;
  readonly type: number;
  readonly class?: number;
  readonly opt?: OptSpec | undefined;
}): Uint8Array {
  const opt = ask.opt === undefined ? [] : buildOpt(ask.opt);
  return Uint8Array.from([
    ...be16(ask.id ?? 0x1234),
    ...be16(ask.flags ?? 0),
    ...be16(1),
    ...be16(0),
    ...be16(0),
    ...be16(opt.length > 0 ? 1 : 0),
    ...parseName(ask.name),
    ...be16(ask.type),
    ...be16(ask.class ?? RrClass.IN),
    ...opt,
  ]);
}

/** ECS option data (RFC 7871 §6). */
export function clientSubnet(
  family: number,
  sourceBits: number,
  address: readonly number[],
  scopeBits = 0,
): Uint8Array {
  return Uint8Array.from([
    ...be16(family),
    sourceBits,
    scopeBits,
    ...address.slice(0, Math.ceil(sourceBits / 8)),
  ]);
}

function buildOpt(opt: OptSpec): number[] {
  const options = (opt.options ?? []).flatMap(({ code, data }) => [
    ...be16(code),
    ...be16(data.length),
    ...data,
  ]);
  return [
    0,
    ...be16(41),
    ...be16(opt.udpPayload ?? 1232),
    0,
    opt.version ?? 0,
    ...be16(opt.dnssecOk === true ? 0x8000 : 0),
    ...be16(options.length),
    ...options,
  ];
}

function be16(value: number): [number, number] {
  return [value >>> 8, value & 0xff];
}
