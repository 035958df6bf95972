import { parseName } from '../wire/name.js';

/** Algorithms of RFC 8945 §6 that a key may have, with the octets of their digests. */
export const TSIG_ALGORITHMS = {
  'hmac-sha256': { hash: 'sha256', octets: 32 },
  'hmac-sha384': { hash: 'sha384', octets: 48 },
  'hmac-sha512': { hash: 'sha512', octets: 64 },
} as const;
export type TsigAlgorithm = keyof typeof TSIG_ALGORITHMS;

/** A secret that two peers share. Threads get copies. */
export interface TsigKey {
  /** In wire form, lower case. */
  readonly name: Uint8Array;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
  /** Octets of a MAC that are sent, and that are wanted at least (RFC 8945 §5.2.2.1). */
  readonly macOctets: number;
}

/** Name of an algorithm in wire form, as TSIG's Algorithm Name has it. */
export function algorithmName(algorithm: TsigAlgorithm): Uint8Array {
  return NAMES[algorithm];
}

const NAMES: Readonly<Record<TsigAlgorithm, Uint8Array>> = {
  'hmac-sha256': parseName('hmac-sha256.'),
  'hmac-sha384': parseName('hmac-sha384.'),
  'hmac-sha512': parseName('hmac-sha512.'),
};
