import { lowerOctet } from '../wire/octets.js';
import { RrType } from '../wire/protocol.js';

/** Where the name begins in RDATA that ends in one, by type: names are the same in either case (RFC 4343). */
const NAME_AT: Readonly<Record<number, number>> = {
  [RrType.NS]: 0,
  [RrType.PTR]: 0,
  [RrType.MX]: 2,
  [RrType.SRV]: 6,
};

/** The same for RDATA of a type that is equal: RFC 2181 §5 has no duplicates in an RRset. */
export function rdataKey(type: number, rdata: Uint8Array): string {
  const nameAt = NAME_AT[type] ?? rdata.length;
  return octetKey(rdata, nameAt);
}

/** The same for names that are equal (RFC 4343). */
export function nameKey(name: Uint8Array): string {
  return octetKey(name, 0);
}

/** @param lowerFrom where letters of either case count as the same */
function octetKey(octets: Uint8Array, lowerFrom: number): string {
  const key = Buffer.from(octets);
  for (let at = lowerFrom; at < key.length; at++) key[at] = lowerOctet(key[at] as number);
  return key.toString('latin1');
}
